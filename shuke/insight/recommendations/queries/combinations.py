"""What is bought together, and by whom."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.recommendations.engine import facts
from shuke.insight.recommendations.errors import CombinationNotFound
from shuke.insight.recommendations.models import Combination

SORTS = {"together": "-together", "shrunk": "-shrunk", "confidence": "-confidence"}


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale that holds all of a combination."""

    order_id: int
    number: str
    customer_id: int | None
    placed_at: datetime
    base_minor: int | None


def found(*, size: int = 0, category: str = "", product: str = "", sort: str = "together") -> QuerySet[Combination]:
    """Return combinations by size, by a category or a word in the name of any of their products."""
    rows = Combination.objects.select_related("first", "second", "third")
    if size in {2, 3}:
        rows = rows.filter(third__isnull=size == 2)
    for field, value in (("category", category), ("title__icontains", product)):
        if value:
            rows = rows.filter(
                Q(**{f"first__{field}": value}) | Q(**{f"second__{field}": value}) | Q(**{f"third__{field}": value})
            )
    return rows.order_by(SORTS.get(sort, SORTS["together"]), "pk")


def by_products(first: int, second: int, third: int | None) -> Combination:
    """Return a combination by its products, which outlive the run that found it. Raises ``CombinationNotFound``."""
    rows = Combination.objects.select_related("first", "second", "third")
    one = rows.filter(first_id=first, second_id=second, third_id=third).first()
    if one is None:
        raise CombinationNotFound
    return one


def sales(products: tuple[int, ...], until: date, *, limit: int = 50) -> list[Sale]:
    """Return the latest sales that hold all of some products."""
    held = facts.orders_with(warehouse.today, products, until)
    rows: list[dict[str, Any]] = warehouse.rows(
        held.order_by([held.placed_at.desc(), held.order_id.desc()]).limit(limit)
    )
    return [
        Sale(row["order_id"], row["number"], row["customer_id"], row["placed_at"], row["base_minor"]) for row in rows
    ]


def customer_ids(products: tuple[int, ...], until: date) -> list[int]:
    """Return who bought all of some products in one sale."""
    held = facts.orders_with(warehouse.today, products, until)
    known = held.filter(held.customer_id.notnull()).select("customer_id").distinct().order_by("customer_id")
    return [row["customer_id"] for row in warehouse.rows(known)]
