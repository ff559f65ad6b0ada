"""A warehouse for one test, and rows put straight into it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.engine.compiling import arrow_schema
from shuke.cdp.warehouse.engine.duckdb import DuckStore
from shuke.cdp.warehouse.rules import TABLES

# Day and hour columns that follow from a moment, and amounts that follow from another, when a test leaves them out.
_MOMENTS = {"placed": "placed_at", "refunded": "refunded_at", "adjusted": "adjusted_at", "occurred": "occurred_at"}
_USUAL: Mapping[str, Any] = {"shop_id": 1, "currency": "GBP", "status": "completed", "line_count": 1, "quantity": 1.0}
_ZERO = ("discount_minor", "shipping_minor", "tax_minor", "refunded_minor")
_EMPTY = (
    "country",
    "region",
    "city",
    "channel",
    "language",
    "sku",
    "title",
    "category",
    "brand",
    "number",
    "payment_state",
    "fulfilment_state",
    "kind",
)


@contextmanager
def fresh_warehouse(folder: Path) -> Iterator[DuckStore]:
    """Bind an empty DuckDB warehouse in ``folder`` to this process for the length of the block."""
    opened = DuckStore(Path(folder) / "warehouse" / "test.duckdb", memory_limit="512MB")
    former = queries.bind(opened)
    try:
        yield opened
    finally:
        queries.bind(former)
        opened.close()


def load(now: datetime | None = None) -> int:
    """Bring the warehouse up to date with the log."""
    return actions.catch_up(now=now or datetime.now(UTC))


def seed(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Add rows to the bound warehouse without any OLTP rows behind them.

    What a row leaves out is filled in plainly: days and hours follow from moments (UTC), ``base_minor`` from the amount,
    text is empty, the shop is 1, the currency GBP, anything else NULL.
    """
    with queries.store().batch() as batch:
        for name, rows in tables.items():
            batch.append(name, pa.Table.from_pylist([completed(name, row) for row in rows], schema=arrow_schema(name)))


def schema_of(name: str) -> pa.Schema:
    """Return the columns of a table as Arrow knows them."""
    return arrow_schema(name)


def completed(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``row`` with every column of table ``name``."""
    unknown = set(row) - set(TABLES[name])
    assert not unknown, f"{name} has no columns {sorted(unknown)}"
    return {column: row[column] if column in row else _usual(column, row) for column in TABLES[name]}


def _usual(column: str, row: Mapping[str, Any]) -> Any:
    stem, _, kind = column.rpartition("_")
    moment = row.get(_MOMENTS.get(stem, ""))
    if kind in {"on", "hour"} and moment is not None:
        return moment.date() if kind == "on" else moment.hour
    if kind == "at" and row.get(f"{stem}_on"):
        return datetime.combine(row[f"{stem}_on"], datetime.min.time())
    if column == "base_minor":
        return row.get("gross_minor", row.get("amount_minor"))
    if column in _USUAL:
        return _USUAL[column]
    if column in _ZERO:
        return 0
    return "" if column in _EMPTY else None
