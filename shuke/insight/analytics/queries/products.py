"""Products and categories."""

from dataclasses import dataclass

from shuke.insight.analytics.engine import products as expressions
from shuke.insight.analytics.queries.asking import ask
from shuke.insight.analytics.rules import Scope

ORDERINGS = expressions.ORDERINGS


@dataclass(frozen=True, slots=True)
class ProductFigures:
    """What one product sold and what of it came back."""

    product_id: int
    title: str
    sku: str
    category: str
    shop_id: int | None
    orders: int
    quantity: float
    gross_minor: int
    returned: float
    refunds_minor: int
    net_minor: int
    refund_rate: float | None


@dataclass(frozen=True, slots=True)
class CategoryFigures:
    """What the goods under one top category sold; ``category`` "" are goods without one."""

    category: str
    gross_minor: int
    refunds_minor: int
    net_minor: int
    quantity: float
    products: int


def products(scope: Scope, *, order: str = "net_minor", limit: int = 50) -> list[ProductFigures]:
    """Return the leading products of a scope."""
    return [ProductFigures(**row) for row in ask(expressions.products, scope, order=order, limit=limit)]


def categories(scope: Scope) -> list[CategoryFigures]:
    """Return the top categories of a scope, best first."""
    return [CategoryFigures(**row) for row in ask(expressions.categories, scope)]
