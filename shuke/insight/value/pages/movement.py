"""Movement between groups from one month to another, and the sizes of groups over a year."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.insight.value import queries
from shuke.insight.value.models import Group
from shuke.insight.value.pages.framing import Frame, frame, nothing
from shuke.insight.value.pages.listing import listed
from shuke.insight.value.pages.wording import FAMILIES
from shuke.insight.value.rules import GROUPS, PROSPECT
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

MONTHS_OFFERED = 24
MONTHS_SHOWN = 12


@page("value.view")
def migration(request: Request) -> HttpResponse:
    """Show who moved from which group to which between two month ends."""
    found = frame(request, "migration")
    if found is None:
        return nothing(request)
    offered = days_offered(found)
    start, end = days_asked(request, offered)
    moves = queries.migration(start, end, shop_id=found.shop_id)
    return render(request, "value/migration.html", {
        **found.context(),
        "start": start,
        "end": end,
        "starts": [(day.isoformat(), label, day == start) for day, label in offered[1:]],
        "ends": [(day.isoformat(), label, day == end) for day, label in offered[:-1]],
        "grid": _grid(found, moves, start, end),
        **_summary(moves),
    })  # fmt: skip


@page("value.view")
def movers(request: Request) -> HttpResponse:
    """Show the most valuable customers behind one cell of the movement."""
    found = frame(request, "migration")
    if found is None:
        return nothing(request)
    was, now = request.GET.get("was", ""), request.GET.get("now", "")
    if was not in Group.values or now not in GROUPS:
        raise Http404
    start, end = days_asked(request, days_offered(found))
    rows = queries.movers(start, end, was, now, shop_id=found.shop_id)
    title = _("From %(was)s to %(now)s") % {"was": Group(was).label, "now": Group(now).label}
    back = urlencode({"from": start, "to": end, **({"shop": found.shop_id} if found.shop_id else {})})
    return render(request, "value/people.html", {
        **found.context(), **listed(request, rows), "title": title,
        "period": _("%(start)s to %(end)s") % {"start": formats.day(start), "end": formats.day(end)},
        "back_url": f"{reverse('value:migration')}?{back}",
    })  # fmt: skip


@page("value.view")
def trends(request: Request) -> HttpResponse:
    """Show the sizes of the groups at the last month ends; the figures come by themselves, since they take a while."""
    found = frame(request, "trends")
    if found is None:
        return nothing(request)
    if not request.htmx:
        return render(request, "value/trends.html", found.context())
    days = queries.month_ends(found.as_of, MONTHS_SHOWN)
    sizes = queries.group_sizes(days, shop_id=found.shop_id)
    figures = {"chart": _trend_chart(sizes), "grid": _trend_grid(sizes), "families": _family_words()}
    return render(request, "value/_trends.html", {**found.context(), **figures})


def days_offered(found: Frame) -> list[tuple[date, str]]:
    """Return the month ends, and the day that counts as today, between which movement can be shown, newest first."""
    return [(day, _day_label(day)) for day in reversed(queries.month_ends(found.as_of, MONTHS_OFFERED))]


def days_asked(request: Request, offered: list[tuple[date, str]]) -> tuple[date, date]:
    """Return the two days asked for, in order; by default the last month end and the day that counts as today."""
    known = {day.isoformat(): day for day, _label in offered}
    latest, before = offered[0][0], offered[1][0]
    start, end = known.get(request.GET.get("from", ""), before), known.get(request.GET.get("to", ""), latest)
    return (start, end) if start < end else (before, latest)


def _day_label(day: date) -> str:
    return formats.day(day, "month") if queries.is_month_end(day) else formats.day(day)


def _grid(frame: Frame, moves: dict[tuple[str, str], int], start: date, end: date) -> dict[str, Any]:
    shop = {"shop": frame.shop_id} if frame.shop_id else {}

    def link(was: str, now: str) -> str:
        return f"{reverse('value:movers')}?{urlencode({'from': start, 'to': end, 'was': was, 'now': now, **shop})}"

    origins = [*GROUPS, PROSPECT]
    labels = queries.group_labels()
    return {
        "kind": "grid",
        "x_name": _("Group then"),
        "y_name": _("Group before"),
        "categories": [labels[code] for code in GROUPS],
        "digits": 0,
        "total_name": _("Before"),
        "total": [sum(count for (was, _now), count in moves.items() if was == origin) for origin in origins],
        "series": [
            {
                "name": labels[was] if was != PROSPECT else _("Not a buyer yet"),
                "values": [moves.get((was, now)) for now in GROUPS],
                "links": [link(was, now) if (was, now) in moves else None for now in GROUPS],
                "details": [_arrow(labels, was, now) for now in GROUPS],
            }
            for was in origins
        ],
    }


def _arrow(labels: dict[str, str], was: str, now: str) -> str:
    return _("From %(was)s to %(now)s") % {"was": labels[was], "now": labels[now]}


def _summary(moves: dict[tuple[str, str], int]) -> dict[str, int]:
    """Return how many became buyers, rose, stayed and fell; groups are listed from the best to the worst."""
    rank = {code: place for place, code in enumerate(GROUPS)}
    known = {key: count for key, count in moves.items() if key[0] != PROSPECT}
    return {
        "came": sum(count for (was, _now), count in moves.items() if was == PROSPECT),
        "rose": sum(count for (was, now), count in known.items() if rank[now] < rank[was]),
        "stayed": sum(count for (was, now), count in known.items() if now == was),
        "fell": sum(count for (was, now), count in known.items() if rank[now] > rank[was]),
    }


def _family_words() -> list[tuple[str, str]]:
    labels = queries.group_labels()
    return [(str(name), " · ".join(labels[code] for code in codes)) for name, codes in FAMILIES]


def _trend_chart(sizes: dict[date, dict[str, int]]) -> dict[str, Any]:
    """Return the families of groups as areas: eleven colours could not be told apart."""
    return {
        "kind": "area",
        "stacked": True,
        "categories": [_day_label(day) for day in sizes],
        "series": [
            {"name": str(name), "values": [sum(found.get(code, 0) for code in codes) for found in sizes.values()]}
            for name, codes in FAMILIES
        ],
    }


def _trend_grid(sizes: dict[date, dict[str, int]]) -> dict[str, Any]:
    labels = queries.group_labels()
    return {
        "kind": "grid",
        "y_name": _("Group"),
        "categories": [_day_label(day) for day in sizes],
        "digits": 0,
        "series": [
            {"name": labels[code], "values": [found.get(code, 0) for found in sizes.values()]} for code in GROUPS
        ],
    }
