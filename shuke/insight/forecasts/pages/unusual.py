"""What is out of the ordinary: the list, one anomaly with its evidence, and what staff make of it."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shuke.cdp.customers import queries as customers
from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import telling
from shuke.insight.forecasts.engine.alarms import RATE
from shuke.insight.forecasts.errors import UnknownSeries
from shuke.insight.forecasts.forms import AnomalyForm
from shuke.insight.forecasts.models import Anomaly, AnomalyState, Forecast, Unusual
from shuke.insight.forecasts.pages.framing import Frame, frame
from shuke.insight.forecasts.queries import Scope, wording
from shuke.insight.forecasts.queries.evidence import evidence_of
from shuke.insight.forecasts.rules import SeriesKey, Step
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_PER_PAGE = 25
_AROUND = {Step.DAY: (42, 14), Step.WEEK: (26, 8)}
TONES = {AnomalyState.OPEN: "warn", AnomalyState.SEEN: "info", AnomalyState.EXPLAINED: "good"}


@page("forecasts.view")
def unusual(request: Request) -> HttpResponse:
    """List what was unusual, newest first."""
    around = frame(request, "unusual")
    state = request.GET.get("state", "")
    found = queries.anomalies(state=state if state in AnomalyState.values else "")
    shown = Paginator(found, _PER_PAGE).get_page(request.GET.get("page"))
    counts = queries.counts_by_state()
    return render(request, "forecasts/unusual.html", {
        **around.context(),
        "rows": [row(around, one) for one in shown.object_list],
        "pages": shown,
        "states": [
            {"label": _("All"), "count": sum(counts.values()), "url": "?", "active": not state},
            *(
                {"label": label, "count": counts.get(value, 0), "url": f"?state={value}", "active": state == value}
                for value, label in AnomalyState.choices
            ),
        ],
        "state": state, "rate": formats.percent(RATE), "one_in": formats.number(round(1 / RATE)),
    })  # fmt: skip


@page("forecasts.view")
def anomaly(request: Request, uuid: UUID) -> HttpResponse:
    """Show one anomaly: what was seen, what was expected, who and what contributed most."""
    one = _find(uuid)
    around = frame(request, "unusual")
    found = evidence_of(one)
    return render(request, "forecasts/anomaly.html", {
        **around.context(), "one": one, "row": row(around, one), "chart": _chart(around, one),
        "facts": _facts(around, one), "grids": _grids(request, around, one, found),
        "handle_form": AnomalyForm({"state": one.state, "note": one.note}) if around.may_edit else None,
        "links": _links(one),
        "refunds": one.measure == rules.REFUNDS,
    })  # fmt: skip


@page("forecasts.edit", methods=("POST",))
def handle(request: Request, uuid: UUID) -> HttpResponse:
    """Note what staff make of an anomaly."""
    one = _find(uuid)
    form = AnomalyForm(request.POST)
    if form.is_valid():
        telling.handle(one, form.cleaned_data["state"], form.cleaned_data["note"], by=request.actor, now=request.now)
        messages.success(request, _("Noted."))
    else:
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return redirect("forecasts:anomaly", uuid=uuid)


def _find(uuid: UUID) -> Anomaly:
    one = queries.anomaly(uuid)
    if one is None:
        raise Http404
    return one


def row(around: Frame, one: Anomaly) -> dict[str, Any]:
    """Return an anomaly in words."""
    off = one.seen / one.expected - 1 if one.expected > 0 else None
    return {
        "one": one, "url": reverse("forecasts:anomaly", args=[one.uuid]), "kind": wording.kind(one.kind, one.measure),
        "of": around.scope_name(Scope(one.scope, one.scope_key)), "days": wording.span(one.first_on, one.last_on),
        "measure": wording.measure(one.measure), "seen": wording.figure(one.seen, one.measure, around.currency),
        "expected": wording.figure(one.expected, one.measure, around.currency), "off": formats.change(off),
        "state": AnomalyState(one.state).label, "tone": TONES[AnomalyState(one.state)],
        "icon": "trending-up" if one.kind in {Unusual.DEMAND_UP, Unusual.OTHER_UP, Unusual.REFUNDS} else "trending-down",
    }  # fmt: skip


def _facts(around: Frame, one: Anomaly) -> list[tuple[str, str]]:
    code, currency = one.measure, around.currency
    span = {name: wording.figure(getattr(one, name), code, currency) for name in ("low", "high")}
    facts = [
        (_("Seen"), wording.figure(one.seen, code, currency)),
        (_("Expected"), wording.figure(one.expected, code, currency)),
        (_("Nine of ten such days"), _("%(low)s to %(high)s") % span),
        (_("As far off on an ordinary day"), _("once in %(count)s days") % {
            "count": formats.number(max(round(1 / max(one.chance, 1e-6)), 1))
        }),
        (_("Found"), formats.moment(one.found_at)),
    ]  # fmt: skip
    if one.others:
        facts.append((_("Also unusual"), formats.listed(wording.measure(name) for name in one.others)))
    if one.handled_by_label:
        facts.append((_("Looked at by"), f"{one.handled_by_label}, {formats.moment(one.handled_at)}"))
    return facts


def _chart(around: Frame, one: Anomaly) -> dict[str, Any] | None:
    """Return the series round the anomaly, with what was expected of its days; None once the series is gone."""
    if around.run is None:
        return None
    try:
        found = queries.forecast_of(around.run, SeriesKey(one.measure, one.scope, one.scope_key), Step(one.step))
    except UnknownSeries:
        return None
    days, values = _window(found, one)
    if not days:
        return None
    step = Step(one.step)
    count = ((one.last_on - one.first_on).days + step.days) // step.days
    share = 1 if one.measure in rules.SHARES else count
    expected = wording.chart_value(one.expected / share, one.measure)
    return {
        "kind": "bar", "format": wording.chart_format(one.measure), "currency": around.currency,
        "categories": [formats.day(day, "monthday") for day in days],
        "series": [
            {"name": wording.measure(one.measure), "values": [wording.chart_value(value, one.measure) for value in values]},
            {
                "name": _("Expected"),
                "values": [expected if one.first_on <= day <= one.last_on else None for day in days],
            },
        ],
    }  # fmt: skip


def _window(found: Forecast, one: Anomaly) -> tuple[list[date], list[float]]:
    step = Step(found.step)
    before, after = _AROUND[step]
    if found.begins_on is None:
        return [], []
    begins = (one.first_on - found.begins_on).days // step.days
    ends = (one.last_on - found.begins_on).days // step.days
    places = range(max(begins - before, 0), min(ends + after + 1, len(found.past)))
    return (
        [found.begins_on + timedelta(days=place * step.days) for place in places], [found.past[place] for place in places]
    )  # fmt: skip


def _grids(request: Request, around: Frame, one: Anomaly, found: Any) -> list[dict[str, Any]]:
    """Return the tables of what contributed: title, heading, rows of cells (heading, text, address)."""
    made: list[dict[str, Any]] = []
    for title, rows in (
        (_("Products"), found.products),
        (_("Categories"), found.categories),
        (_("Shops"), found.shops),
    ):
        if rows:
            made.append({
                "title": title, "head": [title, _("These days"), _("Usual"), _("Difference")],
                "rows": [_compared(around, one, each) for each in rows],
            })  # fmt: skip
    if found.customers:
        made.append(_people(request, found.customers, around.currency))
    for grid in made:
        grid["rows"] = [
            [(label, *cell) for label, cell in zip(grid["head"], cells, strict=True)] for cells in grid["rows"]
        ]
    return made


def _compared(around: Frame, one: Anomaly, each: dict[str, Any]) -> list[tuple[str, str]]:
    """Return one line of a table: what it is, with the orders behind it, and amounts beside the usual ones."""
    if "product_id" in each:
        name = each["title"] or each["sku"] or f"#{each['product_id']}"
    else:
        name = each["category"] if "category" in each else around.scope_name(Scope(rules.SHOP, str(each["shop_id"])))
    amounts = (each["amount"], each["usual"], each["amount"] - each["usual"])
    return [(name, _drill(one, each)), *((formats.money_short(value, around.currency), "") for value in amounts)]


def _people(request: Request, rows: list[dict[str, Any]], currency: str) -> dict[str, Any]:
    sees = may(request, "customers.view_contacts")
    cards = customers.cards_of(row["customer_id"] for row in rows)
    return {
        "title": _("Customers"), "head": [_("Customer"), _("These days"), pgettext("how many", "Number")],
        "rows": [
            [
                ((card.name if sees else mask.name(card.name)) or f"#{card.pk}", _address("web:customer", card.uuid)),
                (formats.money_short(row["amount"], currency), ""), (formats.number(row["records"]), ""),
            ]
            for row in rows if (card := cards.get(row["customer_id"])) is not None
        ],
    }  # fmt: skip


def _drill(one: Anomaly, each: dict[str, Any]) -> str:
    """Return the orders or refunds of a product or shop on the days."""
    asked = {"product": each.get("product_id"), "shop": each.get("shop_id")}
    return _orders(one, **asked) if any(asked.values()) else ""


def _orders(one: Anomaly, **filters: Any) -> str:
    shop = one.scope_key if one.scope == rules.SHOP else None
    said = {
        "kind": "refund" if one.measure == rules.REFUNDS else "sale", "from": one.first_on, "to": one.last_on,
        "shop": shop, **{name: value for name, value in filters.items() if value},
    }  # fmt: skip
    return f"{_address('orders:list')}?{urlencode({name: value for name, value in said.items() if value})}"


def _links(one: Anomaly) -> list[dict[str, str]]:
    label = _("The refunds") if one.measure == rules.REFUNDS else _("The orders")
    shop = {"shop": one.scope_key} if one.scope == rules.SHOP else {}
    people = {"ordered_from": one.first_on, "ordered_to": one.last_on, **shop}
    found = [{"label": label, "url": _orders(one), "icon": "receipt"}]
    if one.measure != rules.REFUNDS:
        address = f"{_address('web:customers')}?{urlencode(people)}"
        found.append({"label": _("Who ordered"), "url": address, "icon": "users"})
    series = {"measure": one.measure, "by": one.step, "of": Scope(one.scope, one.scope_key).code}
    found.append(
        {"label": _("The forecast"), "url": f"{reverse('forecasts:series')}?{urlencode(series)}", "icon": "chart-dots"}
    )
    return found


def _address(route: str, *args: Any) -> str:
    try:
        return reverse(route, args=args)
    except NoReverseMatch:  # a house without that domain
        return ""
