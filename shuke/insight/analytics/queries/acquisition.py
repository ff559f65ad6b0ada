"""What brought customers, what they brought, and what it cost."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import acquisition as expressions
from shuke.insight.analytics.engine.acquisition import DIRECT, UNKNOWN, VALUE_DAYS
from shuke.insight.analytics.models import ChannelCost
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Period, Scope, Step

__all__ = [
    "DIRECT",
    "UNKNOWN",
    "VALUE_DAYS",
    "Channel",
    "channels",
    "costs_within",
    "known_costs",
    "paybacks",
    "sources",
]

PAYBACK_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Channel:
    """Customers won through one source (and campaign), and what is known to have been spent on it; None where nothing is."""

    source: str
    medium: str
    campaign: str
    customers: int
    orders: int
    net_minor: int
    repeat: int
    aged: int
    value_minor: int
    cost_minor: int | None = None

    @property
    def repeat_rate(self) -> float | None:
        """Return the share with a second order."""
        return rules.ratio(self.repeat, self.customers)

    @property
    def early_value_minor(self) -> int | None:
        """Return what one of them brought in the first ninety days, of those for whom they are over."""
        return round(self.value_minor / self.aged) if self.aged else None

    @property
    def customer_cost_minor(self) -> int | None:
        """Return what one new customer cost."""
        return None if self.cost_minor is None or not self.customers else round(self.cost_minor / self.customers)

    @property
    def roi(self) -> float | None:
        """Return net revenue less cost, against cost. Goods are not paid from it yet: margins are not known here."""
        return (self.net_minor - self.cost_minor) / self.cost_minor if self.cost_minor else None


def channels(scope: Scope, *, touch: str, with_campaigns: bool) -> list[Channel]:
    """Return the channels of a scope, those that won most first, each with its costs.

    Spending is known by source, and by campaign where it was said so; of a source with several media it stands at the one
    that won most customers. A source that cost something and won nobody has its place.
    """
    rows = ask(expressions.channels, scope, touch=touch, with_campaigns=with_campaigns)
    spent = costs_within(scope.period, with_campaigns=with_campaigns)
    found, seen = [], set()
    for row in rows:
        key = (row["source"], row.get("campaign", ""))
        cost = spent.get(key) if key not in seen else None
        seen.add(key)
        found.append(Channel(**{"campaign": "", **row}, cost_minor=cost))
    lost = [Channel(*key, 0, 0, 0, 0, 0, 0, cost) for key, cost in _unmet(spent, seen)]
    return [*found, *lost]


def _unmet(spent: dict[tuple[str, str], int], seen: set[tuple[str, str]]) -> Iterable[tuple[tuple[str, str, str], int]]:
    for (source, campaign), cost in sorted(spent.items()):
        if (source, campaign) not in seen:
            yield (source, "", campaign), cost


def costs_within(period: Period, *, with_campaigns: bool) -> dict[tuple[str, str], int]:
    """Return what was spent in a period by source and campaign; of a month that lies in it in part, its share by days."""
    first = period.starts_on.replace(day=1)
    rows = ChannelCost.objects.filter(month__gte=first, month__lt=period.ends_on)
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for month, source, campaign, amount in rows.values_list("month", "source", "campaign", "amount_minor"):
        whole = Period(month, rules.add_months(month, 1))
        inside = (min(whole.ends_on, period.ends_on) - max(whole.starts_on, period.starts_on)).days
        sums[source, campaign if with_campaigns else ""] += amount * inside / whole.days
    return {key: round(amount) for key, amount in sums.items()}


def _earned(scope: Scope, touch: str) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for row in ask(expressions.earnings, scope, touch=touch, months=PAYBACK_MONTHS):
        found[row["source"]][row["age"]] = row["net_minor"]
    return found


def paybacks(scope: Scope, *, touch: str, costs: dict[str, int]) -> dict[str, int | None]:
    """Return in which month of their age (of thirty days) the customers of each source had brought its cost; None: not yet."""
    earned = _earned(scope, touch) if costs else {}
    return {source: _month_of(earned.get(source, {}), cost) for source, cost in costs.items()}


def _month_of(by_age: dict[int, int], cost_minor: int) -> int | None:
    brought = 0
    for age, net in sorted(by_age.items()):
        brought += net
        if brought >= cost_minor:
            return age + 1
    return None


def known_costs(months: int, *, until: date) -> list[ChannelCost]:
    """Return what was entered for the last ``months`` months, newest first."""
    first = rules.add_months(rules.start_of(Step.MONTH, until), 1 - months)
    return list(ChannelCost.objects.filter(month__gte=first).order_by("-month", "source", "campaign"))


def sources() -> list[str]:
    """Return the sources that brought anybody, for the form of costs."""
    return [row["source"] for row in ask(expressions.sources)]
