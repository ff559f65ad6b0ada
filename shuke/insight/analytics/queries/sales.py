"""Sales over time, in all and compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import sales as expressions
from shuke.insight.analytics.queries.asking import ask, ask_one
from shuke.insight.analytics.rules import Period, Scope, Step

_SUMS = ("gross_minor", "refunds_minor", "adjustments_minor", "orders", "rated_orders", "guest_orders", "refunds")


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in and went out in a stretch of days, in the company's currency."""

    period: Period
    gross_minor: int = 0
    refunds_minor: int = 0
    adjustments_minor: int = 0
    orders: int = 0
    rated_orders: int = 0
    guest_orders: int = 0
    refunds: int = 0

    @property
    def net_minor(self) -> int:
        """Return gross less refunds plus adjustments."""
        return self.gross_minor - self.refunds_minor + self.adjustments_minor

    @property
    def average_order_minor(self) -> int | None:
        """Return the gross per order that has an amount in the company's currency."""
        return round(self.gross_minor / self.rated_orders) if self.rated_orders else None

    @property
    def refund_rate(self) -> float | None:
        """Return the share of the gross that was given back."""
        return rules.ratio(self.refunds_minor, self.gross_minor)


@dataclass(frozen=True, slots=True)
class Buyers:
    """Who bought in a period. New: never before. Repeat: more than once by the end of the period."""

    buyers: int = 0
    new_buyers: int = 0
    repeat_buyers: int = 0

    @property
    def returning_buyers(self) -> int:
        """Return how many had bought before the period."""
        return self.buyers - self.new_buyers

    @property
    def repeat_rate(self) -> float | None:
        """Return the share of buyers who have bought more than once."""
        return rules.ratio(self.repeat_buyers, self.buyers)


@dataclass(frozen=True, slots=True)
class Unrated:
    """Money in one foreign currency that could not be converted; never added to the rest."""

    currency: str
    gross_minor: int
    refunds_minor: int
    adjustments_minor: int

    @property
    def net_minor(self) -> int:
        """Return gross less refunds plus adjustments."""
        return self.gross_minor - self.refunds_minor + self.adjustments_minor


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and last day of which the warehouse knows anything."""

    first_on: date
    last_on: date


def extent() -> Extent | None:
    """Return from when to when there are sales, None while there are none."""
    found = ask_one(expressions.extent)
    return None if found["last_on"] is None else Extent(found["first_on"], found["last_on"])


def takings(scope: Scope) -> list[Takings]:
    """Return every day of a period, quiet ones with zeros."""
    by_day = {row["day"]: row for row in ask(expressions.daily, scope)}
    return [_taken(each, by_day.get(each.starts_on)) for each in rules.steps(scope.period, Step.DAY)]


def _taken(period: Period, row: dict[str, int] | None) -> Takings:
    return Takings(period, **{name: row[name] for name in _SUMS}) if row else Takings(period)


def summed(days: Sequence[Takings], period: Period) -> Takings:
    """Return the days of ``period`` added up."""
    chosen = [each for each in days if each.period.starts_on in period]
    return Takings(period, **{name: sum(getattr(each, name) for each in chosen) for name in _SUMS})


def by_step(days: Sequence[Takings], period: Period, step: Step) -> list[Takings]:
    """Return the days of ``period`` added up by day, week or month, without gaps."""
    found: dict[date, list[Takings]] = {}
    for each in days:
        found.setdefault(rules.start_of(step, each.period.starts_on), []).append(each)
    return [summed(found.get(rules.start_of(step, part.starts_on), ()), part) for part in rules.steps(period, step)]


def buyers(scope: Scope) -> Buyers:
    """Return who bought in a scope."""
    return Buyers(**ask_one(expressions.buyers, scope))


def buyers_by_step(scope: Scope, step: Step) -> list[tuple[Period, Buyers]]:
    """Return who bought in each step of a scope, and how many of them for the first time ever."""
    found = {row["start"]: row for row in ask(expressions.buyers_by_step, scope, step)}
    parts = []
    for part in rules.steps(scope.period, step):
        row = found.get(rules.start_of(step, part.starts_on))
        parts.append((part, Buyers(row["buyers"], row["new_buyers"]) if row else Buyers()))
    return parts


def items(scope: Scope) -> float:
    """Return how many pieces were sold."""
    return float(ask_one(expressions.items, scope)["quantity"])


def unrated(scope: Scope) -> list[Unrated]:
    """Return the money without a rate, by currency."""
    return [Unrated(**row) for row in ask(expressions.unrated, scope)]
