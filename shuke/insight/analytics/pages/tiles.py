"""Every report in one shape, to stand on a board or in a letter."""

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.insight.analytics.pages import customers, places, products, sales, times
from shuke.insight.analytics.pages.content import Card, Content, Stat
from shuke.insight.analytics.pages.framing import Frame, frame_of
from shuke.insight.analytics.pages.reports import REPORTS
from shuke.platform.ui import formats

# What of an address is about the days and customers, and so is a board's to say.
DAYS = ("period", "from", "to")
SHARED = (*DAYS, "against", "shop", "country", "segment")
_TITLES: dict[str, str | Promise] = {
    "sales": _("Sales"), "products": _("Products"), "customers": _("Buyers"), "places": _("Places"), "times": _("Times"),
    "week": _("Week"), "funnels": _("Funnels"), "retention": pgettext_lazy("report", "Retention"), "paths": _("Paths"), "holidays": _("Holidays"), "performance": _("Performance"),
    "prices": _("Prices"), "returns": _("Returns"), "searches": _("Searches"), "acquisition": _("Channels"),
}  # fmt: skip


def can_be_kept(report: str) -> bool:
    """Whether a page is a report that can be kept with its filters."""
    return report in _TITLES


def title_of(report: str) -> str:
    """Return what a report is called."""
    return str(_TITLES.get(report, report))


def has_days(asked: QueryDict) -> bool:
    """Whether an address says any days."""
    return any(asked.get(name) for name in DAYS)


def read(report: str, query: str, *, over: QueryDict | None = None) -> tuple[Frame, Content] | None:
    """Return a report as content; what ``over`` says of days, shop, country and segment stands in the place of its own."""
    data, over = QueryDict(query, mutable=True), over or QueryDict()
    for name in SHARED:
        if name in DAYS and not has_days(over):
            continue
        if name in DAYS or over.get(name):
            data.pop(name, None)
        if value := over.get(name):
            data[name] = str(value)
    form = REPORTS[report][1] if report in REPORTS else None
    frame = frame_of(data, report, form, may_keep=False)
    return None if frame is None else (frame, _make(report)(frame))


def _make(report: str) -> Callable[[Frame], Content]:
    return REPORTS[report][0] if report in REPORTS else _OLDER[report]


def _charted(
    figures: Callable[[Frame], dict[str, Any]], chart: str, title: str | Promise
) -> Callable[[Frame], Content]:
    """Return a maker of content from a report that is a page of its own: the chart that says most."""

    def made(frame: Frame) -> Content:
        found = figures(frame)
        return Content(str(title), cards=[[Card(chart, str(title), found[chart])]])

    return made


def _sales(frame: Frame) -> Content:
    found = sales.figures(frame)
    now, changes = found["whole"], found["figures"]["change"]
    return Content(
        str(_("Sales")),
        stats=[
            Stat(str(_("Net sales")), formats.money(now.net_minor, frame.currency), delta=changes["net_minor"]),
            Stat(str(_("Orders")), formats.number(now.orders), delta=changes["orders"]),
            Stat(str(_("Refunds")), formats.money(now.refunds_minor, frame.currency), delta=changes["refunds_minor"], good="down"),
        ],
        cards=[[Card("net_chart", str(_("Net sales")), found["net_chart"])]],
    )  # fmt: skip


_OLDER: dict[str, Callable[[Frame], Content]] = {
    "sales": _sales,
    "products": _charted(lambda frame: products.figures(frame, "net_minor"), "best_chart", _("Best by net sales")),
    "customers": _charted(lambda frame: customers.figures(frame, "share"), "new_chart", _("New and returning buyers")),
    "places": _charted(places.figures, "country_chart", _("Net sales by country")),
    "times": _charted(times.figures, "week_chart", _("When people order")),
}
