"""What is expected of the days of an event, what that takes, and what then happened."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.engine import facts, staffing
from shuke.insight.forecasts.engine.peaks import Outlook
from shuke.insight.forecasts.engine.staffing import Need, Rates
from shuke.insight.forecasts.models import Plan, Run
from shuke.insight.forecasts.queries import Scope, calendar, lifting
from shuke.insight.forecasts.queries.calendar import Event
from shuke.insight.forecasts.queries.lifting import World
from shuke.insight.forecasts.rules import Step, Window
from shuke.platform.company import queries as company

MEASURES = (rules.ORDERS, rules.GROSS, rules.NEW)
SETTINGS = "forecasts"
# Tickets of another domain, where one counts them: then they need not be guessed.
TICKETS = "desk.tickets"
_UPCOMING = timedelta(days=366)
_RATES_FROM = timedelta(days=365)
_LEAST_TICKETS = 30


@dataclass(frozen=True, slots=True)
class Coming:
    """An event that will come, with its days and the lift of its past."""

    event: Event
    window: Window


def coming(run: Run, shop_id: int | None) -> tuple[World, list[Coming]]:
    """Return the sales and own promotions of the next year, soonest first, with the world they are planned in."""
    world = lifting.world(run, MEASURES, shop_id)
    found = []
    for event in world.events.values():
        if not event.is_shopping:
            continue
        ahead = [
            calendar.sale_days(one) for one in world.windows(event)
            if run.as_of < calendar.sale_days(one).last and one.first <= run.as_of + _UPCOMING
        ]  # fmt: skip
        if ahead:
            found.append(Coming(event, min(ahead, key=lambda one: one.first)))
    return world, sorted(found, key=lambda one: one.window.first)


def outlooks(world: World, event: Event | None, target: Window) -> dict[str, Outlook]:
    """Return what is expected of each measure; empty where there is nothing to expect it from."""
    found = {measure: world.outlook(measure, target, event) for measure in MEASURES}
    return {measure: one for measure, one in found.items() if one is not None}


def as_saved(found: dict[str, Outlook]) -> dict[str, Any]:
    """Return outlooks as a plan keeps them."""
    return {
        measure: {
            "basis": one.basis, "lift": [one.lift.value, one.lift.low, one.lift.high],
            "past": [
                {"first": each.first.isoformat(), "last": each.last.isoformat(), "seen": each.seen, "usual": each.usual}
                for each in one.lift.occurrences
            ],
            "total": [one.expected, one.low, one.high],
            "days": [[each.day.isoformat(), each.usual, each.expected, each.low, each.high] for each in one.days],
        }
        for measure, one in found.items()
    }  # fmt: skip


# -- rates


def usual_rates(run: Run, event: Event | None, world: World) -> Rates:
    """Return the company's rates, those that orders tell of learned from them: from the event's own days where there are some."""
    saved = company.settings_of(SETTINGS, Rates)
    past = [calendar.sale_days(one) for one in world.windows(event) if one.last <= run.as_of] if event else []
    last = max(past, key=lambda one: one.first, default=None)
    first, until = (last.first, last.last) if last else (run.as_of - _RATES_FROM, run.as_of)
    learned = warehouse.rows(facts.discounts(warehouse.table, first, until))[0]
    changed: dict[str, Any] = {}
    if learned["orders"]:
        changed["reduced_percent"] = round(100 * learned["reduced"] / learned["orders"], 1)
    if learned["reduced"]:
        changed["discount_minor"] = round(learned["discount_minor"] / learned["reduced"])
    tickets = _tickets_per_100(run)
    if tickets is not None:
        changed["tickets_per_100"] = tickets
    if not saved.recipients:
        changed["recipients"] = customers.count()
    return saved.model_copy(update=changed)


def _tickets_per_100(run: Run) -> float | None:
    """Return how many tickets came with a hundred orders, where tickets are counted."""
    found = {
        one.measure: one.past
        for one in queries.forecasts_of(run, Step.DAY, scope=Scope(), measures=[TICKETS, rules.ORDERS])
    }
    tickets, orders = sum(found.get(TICKETS, [])[-180:]), sum(found.get(rules.ORDERS, [])[-180:])
    return round(100 * tickets / orders, 1) if tickets >= _LEAST_TICKETS and orders else None


# -- a plan with what it takes, and with what happened


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """One day of a plan: expected with interval by measure, what it takes, and what happened (None: not yet)."""

    day: date
    expected: dict[str, tuple[float, float, float]]
    need: Need
    happened: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Worked:
    """A plan worked out."""

    days: list[PlannedDay]
    totals: dict[str, tuple[float, float, float]]
    need: Need
    high_need: Need
    messages: int
    messages_cost_minor: int
    happened: dict[str, float] | None


def worked_out(outlook: dict[str, Any], rates: Rates, happened: dict[date, dict[str, float]]) -> Worked:
    """Return an outlook with what its orders take, and beside what happened."""
    by_day: dict[date, dict[str, tuple[float, float, float]]] = {}
    for measure, one in outlook.items():
        for day, _usual, expected, low, high in one["days"]:
            by_day.setdefault(date.fromisoformat(day), {})[measure] = (expected, low, high)
    days = [
        PlannedDay(
            day, figures, staffing.need(figures.get(rules.ORDERS, (0.0, 0.0, 0.0))[0], rates), happened.get(day)
        )
        for day, figures in sorted(by_day.items())
    ]  # fmt: skip
    count, cost = staffing.messages(rates)
    orders = outlook.get(rules.ORDERS, {}).get("total", [0.0, 0.0, 0.0])
    more = orders[2] / orders[0] if orders[0] else 1.0
    over = {
        measure: sum(one.happened[measure] for one in days if one.happened is not None)
        for measure in outlook
    } if days and all(one.happened is not None for one in days) else None  # fmt: skip
    return Worked(
        days, {measure: (one["total"][0], one["total"][1], one["total"][2]) for measure, one in outlook.items()},
        staffing.summed([one.need for one in days]),
        staffing.summed([staffing.need(one.expected.get(rules.ORDERS, (0.0,))[0] * more, rates) for one in days]),
        count, cost, over,
    )  # fmt: skip


def happened_on(run: Run | None, plan: Plan) -> dict[date, dict[str, float]]:
    """Return what happened on the days of a plan that are over and known."""
    if run is None or run.as_of < plan.first_on:
        return {}
    scope = Scope() if plan.shop_id is None else Scope(rules.SHOP, str(plan.shop_id))
    found: dict[date, dict[str, float]] = {}
    for one in queries.forecasts_of(run, Step.DAY, scope=scope, measures=MEASURES):
        if one.begins_on is None:
            continue
        for number in range((min(plan.last_on, run.as_of) - plan.first_on).days + 1):
            day = plan.first_on + timedelta(days=number)
            place = (day - one.begins_on).days
            if 0 <= place < len(one.past):
                found.setdefault(day, dict.fromkeys(MEASURES, 0.0))[one.measure] = one.past[place]
    return found
