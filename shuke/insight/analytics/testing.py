"""Warehouse tables of one's own making, for tests of figures: rows in, expressions evaluated by a private engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from shuke.insight.analytics.engine.results import typed

# The tables reports read, as the warehouse declares them.
SCHEMAS: dict[str, dict[str, str]] = {
    "orders": {
        "order_id": "int64", "shop_id": "int64", "number": "string", "customer_id": "int64", "identity_id": "int64",
        "placed_at": "timestamp", "placed_on": "date", "placed_hour": "int16", "currency": "string",
        "gross_minor": "int64", "base_minor": "int64", "discount_minor": "int64", "refunded_minor": "int64",
        "status": "string", "country": "string", "region": "string", "city": "string", "channel": "string",
        "line_count": "int32",
    },
    "order_lines": {
        "order_id": "int64", "shop_id": "int64", "customer_id": "int64", "placed_on": "date", "position": "int32",
        "product_id": "int64", "quantity": "float64", "amount_minor": "int64", "base_minor": "int64",
        "currency": "string",
    },
    "refunds": {
        "refund_id": "int64", "order_id": "int64", "shop_id": "int64", "number": "string", "customer_id": "int64",
        "refunded_at": "timestamp", "refunded_on": "date", "refunded_hour": "int16", "currency": "string",
        "amount_minor": "int64", "base_minor": "int64", "country": "string",
    },
    "refund_lines": {
        "refund_id": "int64", "order_id": "int64", "shop_id": "int64", "customer_id": "int64", "refunded_on": "date",
        "position": "int32", "product_id": "int64", "quantity": "float64", "amount_minor": "int64",
        "base_minor": "int64", "currency": "string",
    },
    "adjustments": {
        "adjustment_id": "int64", "shop_id": "int64", "customer_id": "int64", "adjusted_at": "timestamp",
        "adjusted_on": "date", "currency": "string", "amount_minor": "int64", "base_minor": "int64",
    },
    "products": {
        "product_id": "int64", "shop_id": "int64", "external_id": "string", "sku": "string", "title": "string",
        "category": "string", "brand": "string", "price_minor": "int64", "currency": "string", "is_active": "boolean",
    },
}  # fmt: skip

_ARROW = {
    "int64": pa.int64(), "int32": pa.int32(), "int16": pa.int16(), "float64": pa.float64(), "string": pa.string(),
    "date": pa.date32(), "timestamp": pa.timestamp("us"), "boolean": pa.bool_(),
}  # fmt: skip


class Bench:
    """A private DuckDB with the tables above, filled from rows or Arrow tables."""

    def __init__(self, **rows: Sequence[Mapping[str, Any]] | pa.Table) -> None:
        self._connection = duckdb.connect()
        for name, schema in SCHEMAS.items():
            given = rows.get(name, [])
            table = given if isinstance(given, pa.Table) else _arrow(given, schema)
            self._connection.register(f"given_{name}", table)
            self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given_{name}")  # noqa: S608

    def tables(self, name: str) -> Any:
        """Return the table ``name`` for building expressions."""
        return ibis.table(SCHEMAS[name], name=name)

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        """Evaluate an expression."""
        sql = ibis.to_sql(expression, dialect="duckdb")
        return typed(self._connection.cursor().sql(sql).to_arrow_table().to_pylist(), expression)


def _arrow(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, str]) -> pa.Table:
    shape = pa.schema([(column, _ARROW[kind]) for column, kind in schema.items()])
    return pa.Table.from_pylist([{name: row.get(name) for name in schema} for row in rows], schema=shape)
