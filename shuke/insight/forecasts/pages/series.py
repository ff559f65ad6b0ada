"""One series: what is expected of it, and how good that has been."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import running
from shuke.insight.forecasts.errors import UnknownSeries
from shuke.insight.forecasts.models import Forecast
from shuke.insight.forecasts.pages import judged
from shuke.insight.forecasts.pages.framing import Frame, frame, step_of
from shuke.insight.forecasts.queries import calendar, wording
from shuke.insight.forecasts.rules import Step
from shuke.platform.audit.actions import record
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_SHOWN_PAST = {Step.DAY: 70, Step.WEEK: 60}
# Beside the forecast, the same days a year before, where there are any.
_YEAR = {Step.DAY: 364, Step.WEEK: 52}
_MOST_EVENTS = 8


@page("forecasts.view")
def series(request: Request) -> HttpResponse:
    """Show what is expected of one series, with intervals, and in a sentence how good that has been."""
    around = frame(request, "series")
    found = found_series(around)
    context = {**around.context(), "found": found, "title": _title(around)}
    if found is not None and found.is_ready:
        context |= _figures(around, found)
    elif found is not None:
        context["refusal"] = wording.refusal(found)
    return render(request, "forecasts/series.html", context)


@page("forecasts.view")
def back_test(request: Request) -> HttpResponse:
    """Show how one series' forecasts did at past moments, beside two rules that anybody could use."""
    around = frame(request, "back_test")
    found = found_series(around)
    context = {**around.context(), "found": found, "title": _title(around)}
    if found is not None and found.is_ready:
        context |= judged.sheet(found, around.currency)
    elif found is not None:
        context["refusal"] = wording.refusal(found)
    return render(request, "forecasts/back_test.html", context)


@page("forecasts.edit", methods=("POST",))
def run(request: Request) -> HttpResponse:
    """Queue a run."""
    job = running.ask_for_run(now=request.now, by=request.actor)
    record(request.actor, "forecasts.run_asked", target=f"jobs.Job:{job.pk}", summary={}, now=request.now)
    messages.info(request, _("Forecasts are being made anew."))
    return redirect("forecasts:series")


def found_series(around: Frame) -> Forecast | None:
    """Return what the last run found of the series asked for; None before the first run, or where there is no such series."""
    if around.run is None:
        return None
    try:
        return queries.forecast_of(around.run, around.asked.key, around.asked.step)
    except UnknownSeries:
        return None


def _title(around: Frame) -> str:
    return f"{wording.measure(around.asked.measure)} · {around.scope_name(around.asked.scope)}"


def shown_points(around: Frame, found: Forecast) -> list[tuple[date, list[float]]]:
    """Return the steps to come that were asked for, with their first days."""
    assert around.run is not None
    begins, step = queries.first_step(around.run, step_of(found)), step_of(found)
    points = found.points[: around.asked.ahead]
    return [(begins + timedelta(days=place * step.days), point) for place, point in enumerate(points)]


def _figures(around: Frame, found: Forecast) -> dict[str, Any]:
    points, code, currency = shown_points(around, found), found.measure, around.currency
    return {
        "chart": _chart(around, found, points),
        "stats": _stats(around, found, points),
        "rows": [
            {
                "label": formats.day(day), "event": name,
                "figures": [wording.figure(value, code, currency) for value in point],
            }
            for (day, point), name in zip(points, _events(around, found, points), strict=True)
        ],
        "verdict": judged.sentence(found),
        "is_shortened": len(points) < (around.asked.ahead or 0),
        "longest": wording.steps(len(found.points), found.step),
        "downloads": [
            {"label": label, "url": f"{reverse('forecasts:download', args=[kind])}?{around.asked.query()}"}
            for kind, label in (("xlsx", "XLSX"), ("csv", "CSV"))
        ],
        "back_test_url": f"{reverse('forecasts:back_test')}?{around.asked.query()}",
        "method": wording.METHODS.get(found.method, found.method),
    }  # fmt: skip


def _stats(around: Frame, found: Forecast, points: list[tuple[date, list[float]]]) -> list[dict[str, Any]]:
    code, currency = found.measure, around.currency
    count = len(points)
    if code in rules.SHARES:
        usual = sum(point[0] for _day, point in points) / count
        return [{"label": _("Expected on average"), "value": wording.figure(usual, code, currency), "hint": ""}]
    total = sum(point[0] for _day, point in points)
    recent = found.past[-count:]
    change = total / sum(recent) - 1 if len(recent) == count and sum(recent) > 0 else None
    off = found.findings.get("sums", {}).get(str(count))
    span = ""
    if off and total > 0:
        low, high = (wording.figure(total * (1 + part), code, currency) for part in off)
        span = _("%(low)s to %(high)s in nine of ten cases") % {"low": low, "high": high}
    made = [
        {
            "label": _("Expected, next %(steps)s") % {"steps": wording.steps(count, found.step)},
            "value": wording.figure(total, code, currency), "hint": span,
        },
        {
            "label": _("Last %(steps)s") % {"steps": wording.steps(count, found.step)},
            "value": wording.figure(sum(recent), code, currency), "hint": "",
        },
        {
            "label": pgettext("of a figure", "Change"), "value": formats.change(change),
            "hint": _("expected against the last %(steps)s") % {"steps": wording.steps(count, found.step)},
        },
    ]  # fmt: skip
    best = max(points, key=lambda one: one[1][0])
    label = _("Strongest day") if step_of(found) is Step.DAY else _("Strongest week")
    made.append({"label": label, "value": formats.day(best[0], "monthday"),
                 "hint": wording.figure(best[1][0], code, currency)})  # fmt: skip
    return made


def _chart(around: Frame, found: Forecast, points: list[tuple[date, list[float]]]) -> dict[str, Any]:
    step, code = step_of(found), found.measure
    past = found.past[-_SHOWN_PAST[step] :]
    begins = points[0][0]
    days = [begins - timedelta(days=(len(past) - place) * step.days) for place in range(len(past))]
    nothing: list[float | None] = [None] * len(past)
    values = [[wording.chart_value(point[part], code) for _day, point in points] for part in range(3)]
    year = _a_year_before(found, len(past), len(points), step)
    series: list[dict[str, Any]] = [
        {
            "name": _("Actual figure"),
            "values": [*(wording.chart_value(value, code) for value in past), *([None] * len(points))],
        },
        {
            "name": _("Expected"), "values": [*nothing, *values[0]], "low": [*nothing, *values[1]],
            "high": [*nothing, *values[2]],
        },
    ]  # fmt: skip
    if any(value is not None for value in year):
        series.append({"name": _("A year before"), "values": year, "compare": True})
    return {
        "kind": "line", "format": wording.chart_format(code), "currency": around.currency,
        "categories": [formats.day(day, "monthday") for day in (*days, *(day for day, _point in points))],
        "series": series,
    }  # fmt: skip


def _a_year_before(found: Forecast, past: int, ahead: int, step: Step) -> list[float | None]:
    """Return what happened on the same weekdays a year before each shown step."""
    back, total = _YEAR[step], len(found.past)
    places = range(total - past - back, total + ahead - back)
    return [
        wording.chart_value(found.past[place], found.measure) if 0 <= place < total else None for place in places
    ]  # fmt: skip


def _events(around: Frame, found: Forecast, points: list[tuple[date, list[float]]]) -> list[str]:
    """Return which events each step lies in."""
    assert around.run is not None
    step = step_of(found)
    first, last = points[0][0], points[-1][0] + timedelta(days=step.days - 1)
    shop = int(found.scope_key) if found.scope == rules.SHOP else None
    known = calendar.everything(around.run.countries, first, last)
    named = []
    for day, _point in points:
        until = day + timedelta(days=step.days - 1)
        names = [
            wording.event(event)
            for event in known.values()
            if any(
                window.first <= until
                and window.last >= day
                and (window.shop_id is None or shop in {None, window.shop_id})
                for window in event.windows
            )
        ]
        named.append(formats.listed(dict.fromkeys(names)))
    return named
