"""How products and categories do."""

from dataclasses import dataclass
from datetime import date

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import performance as expressions
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Period, Scope, Step

ORDERINGS = expressions.ORDERINGS


@dataclass(frozen=True, slots=True)
class Performance:
    """The figures of one product, or of a category where ``title`` is its name and ``product_id`` 0."""

    product_id: int
    title: str
    sku: str
    category: str
    orders: int
    quantity: float
    gross_minor: int
    refunds_minor: int
    net_minor: int
    buyers: int
    repeat_buyers: int
    first_orders: int
    products: int
    returned: float
    first_share: float | None
    repeat_rate: float | None
    return_rate: float | None
    # The share of the net sales of known cost that is left after what the goods cost; None where no cost is known.
    margin: float | None
    costed_minor: int
    abc: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a product sold in a stretch of days."""

    period: Period
    quantity: float = 0.0
    gross_minor: int = 0
    refunds_minor: int = 0


def products(scope: Scope, *, order: str = "net_minor", limit: int = 100) -> list[Performance]:
    """Return the products of a scope, the highest by ``order`` first."""
    return [_of(row) for row in ask(expressions.products, scope, order=order, limit=limit)]


def categories(scope: Scope) -> list[Performance]:
    """Return the top categories of a scope, best first."""
    return [_of({**row, "title": row["category"]}) for row in ask(expressions.categories, scope)]


def product(scope: Scope, product_id: int) -> Performance:
    """Return the figures of one product, zeros where it was not sold."""
    rows = ask(expressions.one, scope, product_id)
    return _of(rows[0] if rows else {"product_id": product_id})


def by_step(scope: Scope, product_id: int, step: Step) -> list[Stretch]:
    """Return what a product sold in each step of a scope, without gaps."""
    sums: dict[date, list[float]] = {}
    for row in ask(expressions.by_day, scope, product_id):
        each = sums.setdefault(rules.start_of(step, row["day"]), [0.0, 0, 0])
        for place, name in enumerate(("quantity", "gross_minor", "refunds_minor")):
            each[place] += row[name]
    found = []
    for part in rules.steps(scope.period, step):
        quantity, gross, refunds = sums.get(rules.start_of(step, part.starts_on), [0.0, 0, 0])
        found.append(Stretch(part, quantity, int(gross), int(refunds)))
    return found


_COUNTS = (
    "product_id", "orders", "gross_minor", "refunds_minor", "net_minor", "buyers", "repeat_buyers", "first_orders", "products",
    "costed_minor",
)  # fmt: skip


def _of(row: dict[str, object]) -> Performance:
    texts = {name: row.get(name) or "" for name in ("title", "sku", "category", "abc")}
    rates = {name: row.get(name) for name in ("first_share", "repeat_rate", "return_rate", "margin")}
    sums = {name: row.get(name) or 0.0 for name in ("quantity", "returned")}
    return Performance(**texts, **rates, **sums, **{name: row.get(name) or 0 for name in _COUNTS})  # type: ignore[arg-type]
