"""The peak planner: events to come, plans with what they take, and plans beside what then happened."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import planning as actions
from shuke.insight.forecasts.engine.peaks import LEAST_DAYS, OWN
from shuke.insight.forecasts.engine.staffing import Need, Rates
from shuke.insight.forecasts.errors import NothingToPlanFrom
from shuke.insight.forecasts.forms import PlanForm, plan_initial
from shuke.insight.forecasts.models import Plan
from shuke.insight.forecasts.pages import files
from shuke.insight.forecasts.pages.download import plain
from shuke.insight.forecasts.pages.framing import Frame, frame
from shuke.insight.forecasts.pages.promotions import lift_text
from shuke.insight.forecasts.queries import calendar, lifting, planning, wording
from shuke.insight.forecasts.queries.planning import Worked
from shuke.insight.forecasts.rules import Window
from shuke.kernel.money import from_minor
from shuke.platform.company.models import Shop
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_USUAL_OWN_DAYS = 3


@page("forecasts.view")
def plans(request: Request) -> HttpResponse:
    """Show the events to come with what their past lets one expect, and saved plans."""
    around = frame(request, "plans")
    shop = _shop(around, request.GET.get("shop", ""))
    rows: list[dict[str, Any]] = []
    if around.run is not None and around.run.series:
        world, coming = planning.coming(around.run, shop.pk if shop else None)
        for one in coming:
            lift = world.lift(rules.ORDERS, one.event)
            rows.append({
                "name": wording.event(one.event), "days": wording.span(one.window.first, one.window.last),
                "lift": lift_text(lift) or _("no past of its own"), "url": _new_url(one.event.key, shop),
                "in_days": formats.since(one.window.first, around.run.as_of),
            })  # fmt: skip
    return render(request, "forecasts/plans.html", {
        **around.context(), "coming": rows, "plans": [_saved(one) for one in queries.plans()], "shop": shop,
        "shops": [
            {"label": each.name, "url": f"?shop={each.pk}", "active": shop == each} for each in around.shops.values()
        ],
        "own_url": _new_url("", shop),
    })  # fmt: skip


@page("forecasts.edit", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Plan an event: days and rates are proposed, and can be changed before the plan is kept."""
    around = frame(request, "plans")
    asked = request.POST if request.method == "POST" else request.GET
    return _edited(request, around, None, asked.get("event", ""), _shop(around, asked.get("shop", "")))


@page("forecasts.edit", methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Change a plan; what is expected is worked out anew from what is known today."""
    plan = _find(uuid)
    return _edited(request, frame(request, "plans"), plan, plan.event, plan.shop)


def _edited(request: Request, around: Frame, plan: Plan | None, key: str, shop: Shop | None) -> HttpResponse:
    if around.run is None or not around.run.series:
        return render(request, "forecasts/plan_edit.html", {**around.context(), "plan_form": None, "refusal": _needs()})
    world = lifting.world(around.run, planning.MEASURES, shop.pk if shop else None)
    event = world.events.get(key)
    form = PlanForm(request.POST if request.method == "POST" else None, initial=_proposed(around, world, event, plan))
    refusal = ""
    if request.method == "POST" and form.is_valid():
        target = _target(world, event, form.cleaned_data["first_on"], form.cleaned_data["last_on"])
        found = planning.outlooks(world, event, target)
        if rules.ORDERS in found:
            kept = actions.save(
                plan, name=form.cleaned_data["name"], event=event.key if event else "", first=target.first,
                last=target.last, shop=shop, rates=form.rates(around.currency), outlook=planning.as_saved(found),
                by=request.actor, now=request.now,
            )  # fmt: skip
            messages.success(request, _("The plan is saved."))
            return redirect("forecasts:plan", uuid=kept.uuid)
        refusal = _needs()
    return render(request, "forecasts/plan_edit.html", {
        **around.context(), "plan_form": form, "plan": plan, "event": key, "shop": shop, "refusal": refusal,
        "title": wording.event(event) if event else _("Own event"),
    })  # fmt: skip


def _needs() -> str:
    """Say what a plan would need."""
    return (
        str(NothingToPlanFrom(LEAST_DAYS))
        + " "
        + _(
            "It also takes a past occurrence, of this event or of any other sale of the calendar; enter a past promotion of your own if there was one."
        )
    )


def _proposed(around: Frame, world: lifting.World, event: Any, plan: Plan | None) -> dict[str, Any]:
    assert around.run is not None
    if plan is not None:
        rates, name, first, last = Rates(**plan.rates), plan.name, plan.first_on, plan.last_on
    else:
        rates = planning.usual_rates(around.run, event, world)
        window = _next(world, event, around.run.as_of)
        name = f"{wording.event(event)} {window.anchor.year}" if event else ""
        first, last = window.first, window.last
    return {"name": name, "first_on": first, "last_on": last, **plan_initial(rates, around.currency)}


def _next(world: lifting.World, event: Any, today: date) -> Window:
    """Return the next occurrence of an event; some days from next week on for one's own."""
    ahead = [calendar.sale_days(one) for one in world.windows(event)] if event else []
    found = min((one for one in ahead if one.last > today), key=lambda one: one.first, default=None)
    first = today + timedelta(days=7)
    return found or Window("", first, first, first + timedelta(days=_USUAL_OWN_DAYS - 1))


def _target(world: lifting.World, event: Any, first: date, last: date) -> Window:
    """Return the days to plan, counted from the anchor of the occurrence that they overlap or are nearest to."""
    windows = [calendar.sale_days(one) for one in world.windows(event)] if event else []
    nearest = min(windows, key=lambda one: abs((one.first - first).days), default=None)
    return Window(event.key if event else "", first, nearest.anchor if nearest else first, last)


@page("forecasts.view")
def plan(request: Request, uuid: UUID) -> HttpResponse:
    """Show a plan: what is expected by day, what it takes, and what happened on days that are over."""
    one = _find(uuid)
    around = frame(request, "plans")
    worked = planning.worked_out(one.outlook, Rates(**one.rates), planning.happened_on(around.run, one))
    return render(request, "forecasts/plan.html", {
        **around.context(), "plan": one, "days_text": wording.span(one.first_on, one.last_on),
        "shop_name": one.shop.name if one.shop else _("All shops"), "stats": _stats(around, worked),
        "chart": _chart(around, worked), "rows": [_line(around, each) for each in worked.days], "worked": worked,
        "has_happened": any(each.happened for each in worked.days), "basis": _basis(one),
        "takes": _takes(around, worked, Rates(**one.rates)), "compared": _compared(around, worked),
    })  # fmt: skip


@page("forecasts.edit", methods=("POST",))
def archive(request: Request, uuid: UUID) -> HttpResponse:
    """Put a plan away."""
    actions.archive(_find(uuid), by=request.actor, now=request.now)
    messages.success(request, _("The plan is put away."))
    return redirect("forecasts:plans")


@page("forecasts.view")  # type: ignore[arg-type]  # a file is no HttpResponse by name only
def download(request: Request, uuid: UUID) -> HttpResponseBase:
    """Answer a plan as a workbook: its days, what it takes, and its rates."""
    one = _find(uuid)
    around = frame(request, "plans")
    rates = Rates(**one.rates)
    worked = planning.worked_out(one.outlook, rates, planning.happened_on(around.run, one))
    heading = (
        _("Day"), _("Orders"), _("Low"), _("High"), _("Gross sales"), _("New customers"), _("Tickets"), _("Hours"),
        _("Staff"), _("Cost of staff"), _("Cost of coupons"), _("Orders, happened"), _("Currency"),
    )  # fmt: skip
    takes = [(name, value) for name, value, _hint in _takes(around, worked, rates)]
    return files.workbook(f"plan-{one.first_on}", [
        (_("Days"), heading, _file_rows(around, worked)),
        (_("What it takes"), (_("What"), _("Figure")), takes),
        (_("Rates"), (_("Rate"), _("Figure")), [(name, getattr(rates, name)) for name in Rates.model_fields]),
    ])  # fmt: skip


def _file_rows(around: Frame, worked: Worked) -> Iterator[tuple[Any, ...]]:
    for each in worked.days:
        orders = each.expected.get(rules.ORDERS, (0.0, 0.0, 0.0))
        gross = each.expected.get(rules.GROSS)
        new_ones = each.expected.get(rules.NEW)
        yield (
            each.day, *(round(value, 1) for value in orders),
            plain(gross[0], rules.GROSS, around.currency) if gross else None, round(new_ones[0], 1) if new_ones else None,
            each.need.tickets, each.need.hours, each.need.staff,
            from_minor(each.need.staff_cost_minor, around.currency),
            from_minor(each.need.coupon_cost_minor, around.currency),
            each.happened[rules.ORDERS] if each.happened else None, around.currency,
        )  # fmt: skip


def _find(uuid: UUID) -> Plan:
    found = queries.plan(uuid)
    if found is None:
        raise Http404
    return found


def _shop(around: Frame, text: str) -> Shop | None:
    return around.shops.get(int(text)) if text.isdigit() and len(text) < 10 else None


def _new_url(key: str, shop: Shop | None) -> str:
    address = reverse("forecasts:new_plan")
    return f"{address}?event={key}&shop={shop.pk}" if shop else f"{address}?event={key}"


def _saved(one: Plan) -> dict[str, Any]:
    total = one.outlook.get(rules.ORDERS, {}).get("total")
    return {
        "one": one, "url": reverse("forecasts:plan", args=[one.uuid]), "days": wording.span(one.first_on, one.last_on),
        "shop": one.shop.name if one.shop else _("All shops"), "orders": formats.number(total[0], 0) if total else "–",
        "saved": _("%(name)s, %(moment)s") % {"name": one.saved_by_label, "moment": formats.moment(one.saved_at)},
    }  # fmt: skip


def _stats(around: Frame, worked: Worked) -> list[dict[str, str]]:
    made = []
    for measure in planning.MEASURES:
        if measure in worked.totals:
            expected, low, high = (wording.figure(value, measure, around.currency) for value in worked.totals[measure])
            hint = _("%(low)s to %(high)s in nine of ten cases") % {"low": low, "high": high}
            made.append({"label": wording.measure(measure), "value": expected, "hint": hint})
    made.append({
        "label": _("Most staff on a day"),
        "value": formats.number(max((each.need.staff for each in worked.days), default=0)),
        "hint": _("for %(count)s tickets in all") % {"count": formats.number(worked.need.tickets)},
    })  # fmt: skip
    return made


def _chart(around: Frame, worked: Worked) -> dict[str, Any]:
    orders = [each.expected.get(rules.ORDERS, (0.0, 0.0, 0.0)) for each in worked.days]
    series: list[dict[str, Any]] = [{
        "name": _("Orders expected"), "values": [round(one[0], 1) for one in orders],
        "low": [round(one[1], 1) for one in orders], "high": [round(one[2], 1) for one in orders], "kind": "line",
    }]  # fmt: skip
    if any(each.happened for each in worked.days):
        values = [each.happened[rules.ORDERS] if each.happened else None for each in worked.days]
        series.insert(0, {"name": _("Orders, happened"), "values": values})
    del around
    return {
        "kind": "bar", "format": "number", "categories": [formats.day(each.day, "monthday") for each in worked.days],
        "series": series,
    }  # fmt: skip


def _line(around: Frame, each: Any) -> dict[str, Any]:
    def span(measure: str) -> tuple[str, str]:
        if measure not in each.expected:
            return formats.NOTHING, ""
        expected, low, high = (wording.figure(value, measure, around.currency) for value in each.expected[measure])
        return expected, f"{low} – {high}"

    return {
        "day": formats.day(each.day), "orders": span(rules.ORDERS), "gross": span(rules.GROSS), "new": span(rules.NEW),
        "tickets": formats.number(each.need.tickets), "hours": formats.number(each.need.hours, 1),
        "staff": formats.number(each.need.staff),
        "coupons": formats.money_short(each.need.coupon_cost_minor, around.currency),
        "happened": formats.number(each.happened[rules.ORDERS]) if each.happened else formats.NOTHING,
    }  # fmt: skip


def _takes(around: Frame, worked: Worked, rates: Rates) -> list[tuple[str, str, str]]:
    """Return what the whole event takes: name, figure, and what it comes to if it goes as high as the interval."""
    currency, need, high = around.currency, worked.need, worked.high_need

    def row(name: str, write: Any, of: Any) -> tuple[str, str, str]:
        return name, write(of(need)), _("%(figure)s at the high end") % {"figure": write(of(high))}

    def money(minor: int) -> str:
        return formats.money_short(minor, currency)

    found = [
        row(_("Tickets"), formats.number, lambda one: one.tickets),
        row(_("Hours on tickets"), lambda value: formats.number(value, 1), lambda one: one.hours),
        row(_("Shifts"), formats.number, lambda one: one.staff),
    ]
    if rates.hour_cost_minor:
        found.append(row(_("Cost of staff"), money, lambda one: one.staff_cost_minor))
    found.append(row(_("Orders at a reduced price"), formats.number, lambda one: one.reduced_orders))
    found.append(row(_("Cost of coupons and reductions"), money, lambda one: one.coupon_cost_minor))
    found.append((_("Messages"), formats.number(worked.messages), ""))
    if worked.messages_cost_minor:
        found.append((_("Cost of messages"), money(worked.messages_cost_minor), ""))
    total = _total(need, worked)
    if total:
        found.append(
            (_("All costs"), money(total), _("%(figure)s at the high end") % {"figure": money(_total(high, worked))})
        )
    return found


def _total(need: Need, worked: Worked) -> int:
    return need.staff_cost_minor + need.coupon_cost_minor + worked.messages_cost_minor


def _basis(one: Plan) -> dict[str, Any]:
    """Say what a plan rests on: the past occurrences with their lift, or other peaks where it has none."""
    orders = one.outlook.get(rules.ORDERS, {})
    value, low, high = orders.get("lift", (1.0, 1.0, 1.0))
    shown = {"lift": formats.number(value, 1), "low": formats.number(low, 1), "high": formats.number(high, 1)}
    return {
        "is_own": orders.get("basis") == OWN,
        "text": _("× %(lift)s (%(low)s–%(high)s) of a usual day") % shown,
        "rows": [
            {
                "days": wording.span(date.fromisoformat(each["first"]), date.fromisoformat(each["last"])),
                "seen": formats.number(each["seen"], 0), "usual": formats.number(each["usual"], 0),
                "lift": formats.number(each["seen"] / each["usual"], 1) if each["usual"] else formats.NOTHING,
            }
            for each in orders.get("past", ())
        ],
    }  # fmt: skip


def _compared(around: Frame, worked: Worked) -> list[tuple[str, str, str, str, bool]]:
    """Return how a plan that is over came true: measure, expected, happened, difference, whether within the interval."""
    if worked.happened is None:
        return []
    found = []
    for measure, (expected, low, high) in worked.totals.items():
        true = worked.happened[measure]
        change = true / expected - 1 if expected else None
        found.append((
            wording.measure(measure), wording.figure(expected, measure, around.currency),
            wording.figure(true, measure, around.currency), formats.change(change), low <= true <= high,
        ))  # fmt: skip
    return found
