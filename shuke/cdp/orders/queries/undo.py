"""What stands in the way of an undo."""

from collections.abc import Sequence
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.orders.models import Adjustment, Order, OrderLine, Refund, RefundLine
from shuke.cdp.orders.rules import facts
from shuke.platform.imports import queries as images
from shuke.platform.imports.kinds import Changed
from shuke.platform.imports.models import Import

_MODELS: dict[str, type[Order] | type[Refund] | type[Adjustment]] = {
    facts.ORDER: Order, facts.REFUND: Refund, facts.ADJUSTMENT: Adjustment,
}  # fmt: skip
_SHOWN = 50


def changed_since(made: Import) -> Changed:
    """Return the records of an import that are no longer as it left them; one query per kind and some for the list."""
    count = 0
    first: list[tuple[str, str, int]] = []
    for kind, model in _MODELS.items():
        rows = [(kind, number, pk) for number, pk in images.changed_images(made, kind, model)]
        count += len(rows)
        first += rows[: _SHOWN - len(first)]
    return Changed(count, tuple(first))


def customers_made_by(made: Import) -> list[int]:
    """Return the ids of customers that an import created."""
    return customers.created_by_import(made.pk)


def products_in_use(product_ids: Sequence[int]) -> set[int]:
    """Return which of ``product_ids`` any line names."""
    used: set[Any] = set()
    for model in (OrderLine, RefundLine):
        used |= set(
            model._default_manager.filter(product__in=product_ids).values_list("product_id", flat=True).distinct()
        )
    return used


__all__ = ["Changed", "changed_since", "customers_made_by", "products_in_use"]
