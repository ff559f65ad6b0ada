"""Holidays: how much each place buys on them, against ordinary days."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from shuke.insight.analytics.engine import places as engine
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat, money
from shuke.insight.analytics.pages.framing import Frame, shown, span
from shuke.insight.analytics.queries import holidays as queries
from shuke.insight.analytics.queries.holidays import Feast, Place
from shuke.insight.analytics.rules import Period
from shuke.kernel.calendars import Kind
from shuke.kernel.places import territory_of_zone
from shuke.platform.company import queries as company
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

MOST_YEARS = 6
_KINDS = {
    Kind.PUBLIC: gettext_lazy("Public holiday"), Kind.FESTIVAL: gettext_lazy("Festival"),
    Kind.SHOPPING: gettext_lazy("Shopping days"),
}  # fmt: skip


class HolidaysForm(OwnForm):
    """By which places, and which kind of days."""

    usual = {"places": "country", "kind": ""}
    places = forms.ChoiceField(label=gettext_lazy("Places"), required=False, choices=[
        ("country", gettext_lazy("Countries")), ("region", gettext_lazy("Regions")),
    ])  # fmt: skip
    kind = forms.ChoiceField(label=gettext_lazy("Kind of days"), required=False, choices=[
        ("", gettext_lazy("All")), *((kind.value, label) for kind, label in _KINDS.items()),
    ])  # fmt: skip


@page("reports.view")
def holidays(request: Request) -> HttpResponse:
    """Show what places buy on holidays."""
    return shown(request, "holidays", content, HolidaysForm)


def content(frame: Frame) -> Content:
    """Return places against holidays, and each holiday with its window and average order."""
    title, said = _("Holidays"), frame.said
    by_region = said["places"] == "region"
    if frame.asked.period.days > MOST_YEARS * 366:
        return Content(
            title, empty=_("This period is too long"),
            hint=_("At most %(years)s years can be compared at once.") % {"years": MOST_YEARS},
        )  # fmt: skip
    data = Period(frame.extent.first_on, frame.extent.last_on + timedelta(days=1))
    home = territory_of_zone(company.company().time_zone)
    found = queries.of_places(frame.asked.scope, by_region=by_region, home=home, data=data)
    kept = [
        (place, [feast for feast in place.feasts if not said["kind"] or feast.occasion.kind.value == said["kind"]])
        for place in found
    ]  # fmt: skip
    if not any(feasts for _place, feasts in kept):
        return Content(
            title, empty=_("No holiday lies in this period"),
            hint=_("Choose a longer period: whole windows of holidays are compared, inside the days of which there is data."),
        )  # fmt: skip
    return Content(
        title, subtitle=_("sales in the days of each holiday, against the same weekdays in the four weeks around it"),
        stats=_stats(frame, kept), cards=[[_grid(frame, kept, by_region)]],
        sheets=[_sheet(frame, kept, by_region)],
        notes=[_("1.0 is an ordinary day. Shopping days and festivals have windows of several days before the day itself.")],
    )  # fmt: skip


def people(frame: Frame, query: QueryDict) -> tuple[str, Any] | None:
    """Return who bought in one place in the window of a holiday: the period of the address is the window."""
    place = query.get("place", "")[:80]
    by_region = frame.said["places"] == "region"
    title = _("Bought in %(place)s, %(days)s") % {
        "place": place if by_region else formats.country(place), "days": span(frame.asked.period),
    }  # fmt: skip
    if not place:
        return None
    return title, lambda tables: engine.people(tables, frame.asked.scope, place=place, by_region=by_region)


def _called(feast: Feast) -> str:
    name = feast.occasion.name(get_language() or "en")
    return f"{name} {feast.occasion.day.year}"


def _window(feast: Feast) -> Period:
    return Period(feast.occasion.first, feast.occasion.last + timedelta(days=1))


def _opened(frame: Frame, feast: Feast) -> str:
    window = _window(feast)
    query = frame.asked.query(period=None, **{"from": window.starts_on, "to": window.last_day})
    return links.people("holidays", query, place=feast.place) if feast.buyers else ""


def _stats(frame: Frame, kept: list[tuple[Place, list[Feast]]]) -> list[Stat]:
    judged = [(place, feast) for place, feasts in kept for feast in feasts if feast.index is not None]
    if not judged:
        return []
    best = max(judged, key=lambda each: each[1].index or 0)
    weakest = min(judged, key=lambda each: each[1].index or 0)
    return [
        Stat(
            label,
            f"{formats.number(feast.index, 1)} ×",
            _opened(frame, feast),
            hint=f"{_called(feast)} · {_place(feast)}",
        )
        for label, (_place_found, feast) in ((_("Strongest"), best), (_("Weakest"), weakest))
    ]


def _place(feast: Feast) -> str:
    return formats.country(feast.place)


def _grid(frame: Frame, kept: list[tuple[Place, list[Feast]]], by_region: bool) -> Card:
    """Holidays below each other in the order of the year, places beside each other; what a place has not stays empty."""
    # Where too little is sold to say anything, the row would be blank.
    known = {
        (place.name, _key(feast)): feast for place, feasts in kept for feast in feasts if feast.index is not None
    }  # fmt: skip
    feasts = {_key(feast): feast for feast in known.values()}
    places = [place.name for place, _feasts in kept if any(name == place.name for name, _each in known)]
    series = []
    for key in sorted(feasts, key=lambda key: (feasts[key].occasion.day, key)):
        row = [known.get((name, key)) for name in places]
        series.append({
            "name": _called(feasts[key]),
            "values": [feast.index if feast else None for feast in row],
            "links": [_opened(frame, feast) if feast else None for feast in row],
            "details": [_detail(frame, feast) if feast else "" for feast in row],
        })  # fmt: skip
    return Card(
        "holidays-grid", _("Places and holidays"),
        {
            "kind": "grid", "y_name": _("Holiday"), "digits": 1, "format": "number", "series": series,
            "x_name": _("Region") if by_region else _("Country"),
            "categories": [name if by_region else formats.country(name) for name in places],
        },
        subtitle=_("How many times as much was sold as on ordinary days. Each cell opens its buyers."),
    )  # fmt: skip


def _key(feast: Feast) -> tuple[str, int]:
    return feast.occasion.code, feast.occasion.day.year


def _detail(frame: Frame, feast: Feast) -> str:
    facts = {
        "window": span(_window(feast)), "gross": formats.money(feast.gross_minor, frame.currency),
        "expected": money(feast.expected_minor, frame.currency),
    }  # fmt: skip
    if feast.expected_minor is None:
        return _("%(window)s: %(gross)s; too few ordinary days to compare with") % facts
    return _("%(window)s: %(gross)s, ordinarily %(expected)s") % facts


def _sheet(frame: Frame, kept: list[tuple[Place, list[Feast]]], by_region: bool) -> Sheet:
    rows = [_row(frame, place, feast, by_region) for place, feasts in kept for feast in feasts]
    return Sheet(
        "days", _("Holidays one by one"),
        [
            Column(_("Holiday")), Column(_("Place")), Column(_("Kind")), Column(_("Orders"), "number"),
            Column(_("Gross sales"), "money"), Column(_("Ordinarily"), "money"), Column(_("Times"), "number", 2),
            Column(_("Average order"), "money"), Column(_("Ordinary average order"), "money"),
        ],
        rows, currency=frame.currency, most=60,
    )  # fmt: skip


def _row(frame: Frame, place: Place, feast: Feast, by_region: bool) -> Row:
    opened = "" if by_region or not feast.orders else links.orders(
        frame.asked.scope, period=_window(feast), country=feast.place
    )  # fmt: skip
    return Row(
        [
            _called(feast), place.name if by_region else formats.country(place.name), str(_KINDS[feast.occasion.kind]),
            feast.orders, feast.gross_minor, feast.expected_minor, feast.index, feast.order_minor, feast.usual_order_minor,
        ],
        {3: opened, 4: _opened(frame, feast)},
        note=span(_window(feast)),
    )  # fmt: skip
