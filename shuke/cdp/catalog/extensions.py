"""The catalogue in the warehouse."""

from collections.abc import Iterator, Mapping
from typing import Any

from shuke.cdp.catalog.models import Product

_COLUMNS = (
    "pk", "shop_id", "external_id", "sku", "title", "category", "brand", "price_minor", "currency", "is_active",
)  # fmt: skip


class ProductsDataset:
    """One row per product."""

    name = "products"
    key = "product_id"
    columns: Mapping[str, str] = {
        "product_id": "int64",
        "shop_id": "int64",
        "external_id": "string",
        "sku": "string",
        "title": "string",
        "category": "string",
        "brand": "string",
        "price_minor": "int64",
        "currency": "string",
        "is_active": "boolean",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the products that catalogue changes and import undos name."""
        touched: set[int] = set()
        for event in events:
            if event.name in {"products.changed", "import.rows_undone"}:
                touched.update(event.properties["product_ids"])
        return touched

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows of ``keys``."""
        return list(Product.objects.filter(pk__in=keys).values_list(*_COLUMNS))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last = 0
        while rows := list(Product.objects.filter(pk__gt=last).order_by("pk").values_list(*_COLUMNS)[:size]):
            yield rows
            last = rows[-1][0]
