"""The reports that are said as content, by name of their address: what files and boards are made from."""

from collections.abc import Callable

from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages import (
    acquisition,
    funnels,
    holidays,
    paths,
    performance,
    prices,
    retention,
    returns,
    searches,
    week,
)
from shuke.insight.analytics.pages.content import Content
from shuke.insight.analytics.pages.framing import Frame

REPORTS: dict[str, tuple[Callable[[Frame], Content], type[OwnForm] | None]] = {
    "retention": (retention.content, retention.RetentionForm),
    "paths": (paths.content, paths.PathsForm),
    "holidays": (holidays.content, holidays.HolidaysForm),
    "performance": (performance.content, performance.PerformanceForm),
    "prices": (prices.content, prices.PricesForm),
    "returns": (returns.content, None),
    "searches": (searches.content, None),
    "funnels": (funnels.content, funnels.FunnelForm),
    "week": (week.content, week.WeekForm),
    "acquisition": (acquisition.content, acquisition.AcquisitionForm),
}
