"""What stands in the way of an undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.orders.models import Adjustment, ImportBeforeImage, Order, OrderImport, OrderLine, Refund, RefundLine
from shuke.cdp.orders.rules import facts

_MODELS: dict[str, type[Order] | type[Refund] | type[Adjustment]] = {
    facts.ORDER: Order, facts.REFUND: Refund, facts.ADJUSTMENT: Adjustment,
}  # fmt: skip
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Changed:
    """Records that somebody changed after an import: how many, and the first of them as (kind, number, id)."""

    count: int
    first: tuple[tuple[str, str, int], ...]


def changed_since(made: OrderImport) -> Changed:
    """Return the records of an import that are no longer as it left them; one query per kind and some for the list."""
    count = 0
    first: list[tuple[str, str, int]] = []
    for kind, model in _MODELS.items():
        table, images = model._meta.db_table, ImportBeforeImage._meta.db_table
        found = ImportBeforeImage.objects.raw(
            f"SELECT image.id, image.number, image.record_id FROM {images} AS image "  # noqa: S608  names of our own tables
            f"JOIN {table} AS row ON row.id = image.record_id "
            "WHERE image.order_import_id = %s AND image.kind = %s AND row.content_hash <> image.after_hash ORDER BY image.id",
            [made.pk, kind],
        )
        rows = [(kind, image.number, image.record_id) for image in found]
        count += len(rows)
        first += rows[: _SHOWN - len(first)]
    return Changed(count, tuple(first))


def customers_made_by(made: OrderImport) -> list[int]:
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
