"""What comes back, how soon, why and from whom."""

from dataclasses import dataclass

from shuke.cdp.orders import queries as orders
from shuke.cdp.orders.queries import Reason
from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import returns as expressions
from shuke.insight.analytics.queries.asking import ask, ask_one
from shuke.insight.analytics.rules import Scope

BANDS = expressions.BANDS


@dataclass(frozen=True, slots=True)
class Figures:
    """Refunds given in a scope, and of the orders placed in it those that came back since."""

    refunds: int
    refunds_minor: int
    customers: int
    orders: int
    gross_minor: int
    returned_orders: int

    @property
    def order_rate(self) -> float | None:
        """Return the share of the scope's orders of which something came back by now."""
        return rules.ratio(self.returned_orders, self.orders)

    @property
    def money_rate(self) -> float | None:
        """Return what was given back against what was sold in the same days."""
        return rules.ratio(self.refunds_minor, self.gross_minor)


def figures(scope: Scope) -> Figures:
    """Return the figures of a scope."""
    return Figures(**ask_one(expressions.figures, scope))


def delays(scope: Scope) -> list[tuple[int, int, int]]:
    """Return refunds and their money by days since the order, as (first day of the band, refunds, money); -1 is not known."""
    found = {row["band"]: row for row in ask(expressions.delays, scope)}
    bands = [*BANDS, *([-1] if -1 in found else [])]
    return [
        (band, found[band]["refunds"], found[band]["refunds_minor"]) if band in found else (band, 0, 0)
        for band in bands
    ]


def returners(scope: Scope) -> list[tuple[int, int, int]]:
    """Return how many customers had one, two … five or more refunds, as (refunds, customers, money)."""
    return [(row["refunds"], row["customers"], row["refunds_minor"]) for row in ask(expressions.returners, scope)]


def repeated(scope: Scope, *, limit: int) -> list[dict[str, int]]:
    """Return who sends back again and again."""
    return ask(expressions.repeated, scope, limit=limit)


def reasons(scope: Scope) -> list[Reason]:
    """Return why goods came back, as shops wrote it, the most frequent first. Texts stay in the database of record."""
    period = scope.period
    return orders.refund_reasons(period.starts_on, period.ends_on, shop_id=scope.shop_id, country=scope.country)
