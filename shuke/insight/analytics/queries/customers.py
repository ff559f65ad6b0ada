"""Whether buyers come back."""

from dataclasses import dataclass
from datetime import date

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import customers as expressions
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Period, Scope, Step

MOST_ORDERS = 6


@dataclass(frozen=True, slots=True)
class Cohort:
    """Everyone whose first sale fell in one month; position n of the rest is the n-th month after.

    Months that have not begun by the end of the period are missing, so the grid is a triangle.
    """

    month: Period
    customers: tuple[int, ...]
    net_minor: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many people it holds."""
        return self.customers[0]


@dataclass(frozen=True, slots=True)
class OrderCount:
    """How many buyers placed so many orders; ``is_open`` is "or more"."""

    orders: int
    customers: int
    gross_minor: int
    is_open: bool


def cohorts(scope: Scope) -> list[Cohort]:
    """Return the monthly cohorts whose months begin in or around the period, oldest first, empty ones with zeros."""
    found: dict[date, dict[int, tuple[int, int]]] = {}
    for row in ask(expressions.cohorts, scope):
        found.setdefault(row["cohort"], {})[row["age"]] = (row["customers"], row["net_minor"])
    period = scope.period
    last = period.last_day.replace(day=1)
    grid = []
    for part in rules.steps(period, Step.MONTH):
        month = rules.start_of(Step.MONTH, part.starts_on)
        ages = [found.get(month, {}).get(age, (0, 0)) for age in range(rules.months_between(month, last) + 1)]
        whole = Period(month, rules.add_months(month, 1))
        grid.append(Cohort(whole, tuple(count for count, _ in ages), tuple(net for _, net in ages)))
    return grid


def order_counts(scope: Scope) -> list[OrderCount]:
    """Return how many buyers of a scope placed one, two, … orders in it."""
    found = ask(expressions.order_counts, scope, most=MOST_ORDERS)
    return [OrderCount(**row, is_open=row["orders"] >= MOST_ORDERS) for row in found]
