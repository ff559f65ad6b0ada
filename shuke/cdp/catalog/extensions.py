"""The catalogue in the warehouse."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shuke.cdp.catalog.models import Product
from shuke.platform.company import queries as company

_COLUMNS = (
    "pk", "shop_id", "external_id", "sku", "title", "category", "brand", "price_minor", "currency", "is_active",
    "cost_minor",
)  # fmt: skip
_CURRENCY = _COLUMNS.index("currency")


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
        # What a piece costs, in the company's currency; NULL where nobody says, or it is said in another.
        "unit_cost_minor": "int64",
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
        return self._rows(Product.objects.filter(pk__in=keys).values_list(*_COLUMNS))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last = 0
        while rows := self._rows(Product.objects.filter(pk__gt=last).order_by("pk").values_list(*_COLUMNS)[:size]):
            yield rows
            last = rows[-1][0]

    def _rows(self, found: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        here = company.find_company()
        own = {here.currency if here else "", ""}
        return [(*row[:-1], row[-1] if row[_CURRENCY] in own else None) for row in found]
