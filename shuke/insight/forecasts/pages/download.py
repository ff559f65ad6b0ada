"""The forecast of a series as a file: what happened, and what is expected."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.models import Forecast
from shuke.insight.forecasts.pages import files
from shuke.insight.forecasts.pages.framing import Frame, frame, step_of
from shuke.insight.forecasts.pages.series import found_series, shown_points
from shuke.insight.forecasts.queries import wording
from shuke.kernel.money import from_minor
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

KINDS = ("xlsx", "csv")


@page("forecasts.view")  # type: ignore[arg-type]  # a file is no HttpResponse by name only
def download(request: Request, kind: str) -> HttpResponseBase:
    """Answer one series with its forecast; amounts are plain decimals."""
    around = frame(request, "series")
    found = found_series(around)
    if kind not in KINDS or found is None or not found.is_ready:
        raise Http404
    heading = (
        _("From"), _("To"), wording.measure(found.measure), _("Expected"), _("Low"), _("High"), _("Of"), _("Currency"),
    )  # fmt: skip
    name = f"forecast-{found.measure}-{found.step}-{found.run.as_of}"
    return files.answer(kind, name, heading, _rows(around, found))


def _rows(around: Frame, found: Forecast) -> Iterator[tuple[Any, ...]]:
    step, code = step_of(found), found.measure
    of = around.scope_name(around.asked.scope)
    currency = around.currency if code in rules.MONEY else ""
    begins = found.begins_on or date.min
    for place, value in enumerate(found.past):
        first = begins + timedelta(days=place * step.days)
        yield first, _until(first, step.days), plain(value, code, around.currency), None, None, None, of, currency
    for first, point in shown_points(around, found):
        yield (
            first, _until(first, step.days), None, *(plain(value, code, around.currency) for value in point), of, currency
        )  # fmt: skip


def _until(first: date, days: int) -> date:
    return first + timedelta(days=days - 1)


def plain(value: float | None, code: str, currency: str) -> Any:
    """Return a value as a file holds it: a decimal amount, a share of one, or a number."""
    if value is None:
        return None
    if code in rules.MONEY:
        return from_minor(round(value), currency)
    return round(value / 100, 6) if code in rules.SHARES else round(value, 3)
