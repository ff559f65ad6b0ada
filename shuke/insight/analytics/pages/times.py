"""When people buy."""

from typing import Any

from babel import dates
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _

from shuke.insight.analytics.engine import times as engine
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.framing import Frame, answer
from shuke.insight.analytics.queries import times as queries
from shuke.insight.analytics.queries.times import Slot
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("reports.view")
def times(request: Request) -> HttpResponse:
    """Show orders by weekday and hour of the company's clock."""
    return answer(request, "times", figures)


def weekdays(width: str = "wide") -> list[str]:
    """Return the names of the days, Monday first."""
    names = dates.get_day_names(width, locale=formats.locale())
    return [str(names[day]) for day in range(7)]


def figures(frame: Frame) -> dict[str, Any]:
    """Return what the page of times shows."""
    week = queries.week(frame.asked.scope)
    by_day = [_sum(slots) for slots in week]
    by_hour = [_sum([slots[hour] for slots in week]) for hour in range(queries.HOURS)]
    total = sum(orders for orders, _gross in by_day)
    busiest = max((slot for slots in week for slot in slots), key=lambda slot: slot.orders)
    return {
        "total": total,
        "busiest_day": weekdays()[busiest.weekday],
        "busiest_hour": f"{busiest.hour:02d}:00",
        "busiest": busiest,
        "busiest_url": _orders(frame, busiest),
        "week_chart": {
            "kind": "heatmap",
            "categories": [f"{hour:02d}" for hour in range(queries.HOURS)],
            "series": [
                {
                    "name": name,
                    "values": [slot.orders for slot in slots],
                    "links": [_orders(frame, slot) if slot.orders else None for slot in slots],
                }
                for name, slots in zip(weekdays("abbreviated"), week, strict=True)
            ],
        },
        "day_chart": _bars(frame, weekdays("abbreviated"), by_day, [{"weekday": day} for day in range(1, 8)]),
        "hour_chart": _bars(
            frame,
            [f"{hour:02d}" for hour in range(queries.HOURS)],
            by_hour,
            [{"hour": hour} for hour in range(queries.HOURS)],
        ),
        **_visits(frame),
        "download": frame.download("hours"),
    }


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return the known customers whose visits began on a weekday (0 is Monday) and in an hour."""
    day, hour = (_number(query.get(name, ""), most) for name, most in (("weekday", 6), ("hour", 23)))
    if day is None and hour is None:
        return None
    words = [weekdays()[day]] if day is not None else []
    words += [f"{hour:02d}:00"] if hour is not None else []
    title = (
        _("Visited on %(when)s") % {"when": " ".join(words)}
        if day is not None
        else _("Visited at %(when)s") % {"when": words[0]}
    )
    return title, lambda tables: engine.visitors(tables, frame.asked.scope, weekday=day, hour=hour)


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 3 and int(text) <= most else None


def _visits(frame: Frame) -> dict[str, Any]:
    """When people look, where visits are known."""
    week = queries.visits(frame.asked.scope)
    if not any(count for hours in week for count in hours):
        return {"visits_chart": None}
    return {
        "visits": sum(count for hours in week for count in hours),
        "visits_chart": {
            "kind": "heatmap",
            "categories": [f"{hour:02d}" for hour in range(queries.HOURS)],
            "series": [
                {
                    "name": name,
                    "values": hours,
                    "links": [
                        frame.people("times", weekday=day, hour=hour) if count else None
                        for hour, count in enumerate(hours)
                    ],
                }
                for day, (name, hours) in enumerate(zip(weekdays("abbreviated"), week, strict=True))
            ],
        },
    }


def _sum(slots: list[Slot]) -> tuple[int, int]:
    return sum(slot.orders for slot in slots), sum(slot.gross_minor for slot in slots)


def _orders(frame: Frame, slot: Slot) -> str:
    return links.orders(frame.asked.scope, weekday=slot.weekday + 1, hour=slot.hour)


def _bars(frame: Frame, names: list[str], sums: list[tuple[int, int]], filters: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "kind": "bar",
        "categories": names,
        "series": [{"name": _("Orders"), "values": [orders for orders, _gross in sums]}],
        "links": [links.orders(frame.asked.scope, **each) for each in filters],
    }
