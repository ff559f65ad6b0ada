"""The reasons of the list, spelled out a second time: from the facts row by row, without any engine."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import floor
from typing import Any

from shuke.cdp.customers.models import Customer
from shuke.cdp.orders.models import Order, OrderLine, Refund, RefundLine
from shuke.insight.predictions.models import Score
from shuke.insight.value.models import StandingInterval

RANK = ["top", "high", "medium", "low", "none"]
Facts = Mapping[str, Any]


class World:
    """The facts themselves, as of a day, in the company's zone."""

    def __init__(self, today: date, zone: Any = None) -> None:
        self.today = today
        self.orders: dict[Any, list[tuple[date, int]]] = defaultdict(list)
        for one in Order.objects.exclude(status="cancelled"):
            self.orders[one.customer_id].append((one.placed_at.astimezone(zone).date(), one.base_minor or 0))
        self.refunds: dict[Any, list[tuple[date, int]]] = defaultdict(list)
        for back in Refund.objects.all():
            self.refunds[back.customer_id].append((back.refunded_at.astimezone(zone).date(), back.base_minor or 0))
        # What goods cost, line by line; those that come back are taken off.
        self.costs: dict[Any, list[tuple[date, int]]] = defaultdict(list)
        sold = OrderLine.objects.exclude(order__status="cancelled").exclude(product__cost_minor=None)
        returned = RefundLine.objects.exclude(product__cost_minor=None)
        for sign, found in (
            (1, sold.values_list("order__customer_id", "order__placed_at", "quantity", "product__cost_minor")),
            (-1, returned.values_list("refund__customer_id", "refund__refunded_at", "quantity", "product__cost_minor")),
        ):
            for customer_id, at, quantity, cost in found:
                day = at.astimezone(zone).date()
                self.costs[customer_id].append((day, floor(sign * float(quantity) * (cost or 0) + 0.5)))
        known = [minor for pk, theirs in self.orders.items() if pk for _day, minor in theirs]
        self.average = sum(known) / len(known)
        self.people = Customer.objects.in_bulk()
        self.risks = dict(Score.objects.values_list("customer_id", "churn_risk"))

    def days_since(self, pk: int) -> int:
        """Return the days since the last order."""
        return (self.today - max(day for day, _ in self.orders[pk])).days

    def holds(self, pk: int, code: str, facts: Facts) -> bool:
        """Whether a reason is true of a customer, and the figures it names are right."""
        return HOLDS[code](self, pk, facts)


def _churn(world: World, pk: int, facts: Facts) -> bool:
    is_told = (facts["days"], facts["orders"]) == (world.days_since(pk), len(world.orders[pk]))
    if facts["basis"] == "prediction":
        risk = world.risks[pk]
        return is_told and risk is not None and risk >= 0.7 and facts["risk"] == risk
    return is_told and facts["risk"] is None and facts["stage"] in {"at_risk", "dormant"}


def _overdue(world: World, pk: int, facts: Facts) -> bool:
    days = sorted(day for day, _ in world.orders[pk])
    rhythm = (days[-1] - days[0]).days / (len(days) - 1)
    is_told = abs(facts["rhythm"] - rhythm) < 1e-9 and (facts["orders"], facts["days"]) == (
        len(days),
        world.days_since(pk),
    )
    return is_told and len(days) >= 3 and rhythm >= 7 and 1.3 * rhythm < world.days_since(pk) <= 3 * rhythm


def _welcome(world: World, pk: int, facts: Facts) -> bool:
    ((day, minor),) = world.orders[pk]
    is_fresh = 0 <= (world.today - day).days <= 3
    return facts["minor"] == minor and is_fresh and minor >= round(1.5 * round(world.average))


def _refunds(world: World, pk: int, facts: Facts) -> bool:
    within = [(day, minor) for day, minor in world.refunds[pk] if (world.today - day).days < 60]
    lately = sum(minor for day, minor in within if (world.today - day).days < 14)
    told = (facts["count"], facts["total"], facts["last"])
    if told != (len(within), sum(minor for _, minor in within), str(max(day for day, _ in within))):
        return False
    return lately > 0 and (lately >= round(0.5 * round(world.average)) or len(within) >= 2)


def _fell(world: World, pk: int, facts: Facts) -> bool:
    history = list(StandingInterval.objects.filter(customer_id=pk).order_by("valid_from"))
    at = next(i for i, one in enumerate(history) if str(one.valid_from) == facts["on"])
    since = world.today - timedelta(days=facts["period"] - 1)
    kept = sum(minor for day, minor in world.orders[pk] if day >= since)
    kept -= sum(minor for day, minor in world.refunds[pk] if day >= since)
    kept -= sum(minor for day, minor in world.costs[pk] if day >= since)
    is_told = (history[at - 1].tier, history[-1].tier, kept) == (facts["was"], facts["now"], facts["minor"])
    is_fresh = date.fromisoformat(facts["on"]) >= world.today - timedelta(days=7)
    return (
        is_told and is_fresh and facts["was"] in {"top", "high"} and RANK.index(facts["now"]) > RANK.index(facts["was"])
    )


def _birthday(world: World, pk: int, facts: Facts) -> bool:
    born = world.people[pk].birthday
    is_today = born is not None and (born.month, born.day) == (world.today.month, world.today.day)
    return is_today and facts["orders"] == len(world.orders[pk]) and world.days_since(pk) < 365


HOLDS: Mapping[str, Callable[[World, int, Facts], bool]] = {
    "churn": _churn, "overdue": _overdue, "welcome": _welcome, "refunds": _refunds, "tier_fell": _fell,
    "birthday": _birthday,
}  # fmt: skip
