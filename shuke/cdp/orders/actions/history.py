"""What each message of a source changed in a sale, kept for staff to read. Values that say something of a person are not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions.parts import Parts
from shuke.cdp.orders.actions.writing import Written
from shuke.cdp.orders.models import Order, OrderChange
from shuke.platform.db.bulk import insert_rows
from shuke.platform.imports.rules import moments

_SHOWN = (
    "status", "payment_state", "fulfilment_state", "currency", "gross_minor", "discount_minor", "shipping_minor",
    "tax_minor", "line_count", "placed_at", "paid_at", "completed_at", "cancelled_at", "country", "channel",
)  # fmt: skip
_NOT_SHOWN = ("customer_id", "region", "city", "cancel_reason")
Change = list[Any]


def keep(written: Sequence[Written], before: Mapping[int, Order], parts: Mapping[int, Parts], by: Provenance) -> None:
    """Write down what became of the sales that were replaced; at most one query."""
    rows = [
        (item.record_id, by.now, item.row["version"], by.source, by.actor, by.import_id,
         changes(before[item.record_id], item.row, parts.get(item.record_id, {}), item.fact.details.get("more", {})))
        for item in written
        if item.record_id in before
    ]  # fmt: skip
    insert(rows)


def insert(rows: Sequence[tuple[Any, ...]]) -> None:
    """Write changes: order, moment, version, source, actor, import, what changed."""
    insert_rows(OrderChange, ("order_id", "at", "version", "source", "actor", "import_id", "changes"), rows)


def changes(before: Order, row: Mapping[str, Any], parts: Parts, more: Mapping[str, Any]) -> list[Change]:
    """Return ``[field, before, after]`` for everything that differs."""
    found: list[Change] = []
    for name in _SHOWN:
        old, new = getattr(before, name), row.get(name, getattr(before, name))
        if old != new:
            found.append([name, _plain(old), _plain(new)])
    found += [[name, None, None] for name in _NOT_SHOWN if name in row and getattr(before, name) != row[name]]
    for name, told in (("coupons", _coupons), ("payments", _payments), ("shipments", _shipments)):
        was, now = told(parts.get(name, [])), told(more.get(name, []))
        if was != now:
            found.append([name, was, now])
    return found or [["lines", None, None]]


def _plain(value: Any) -> Any:
    return moments.written(value) if isinstance(value, datetime) else value


def _coupons(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [row[0] for row in rows]


def _payments(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [[row[0], row[1], row[2]] for row in rows]


def _shipments(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [[row[1], row[3]] for row in rows]
