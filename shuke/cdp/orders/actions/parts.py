"""What hangs on a sale besides its lines: coupons, payments and shipments, each list replaced whole."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Model

from shuke.cdp.orders.models import OrderCoupon, OrderPayment, Shipment
from shuke.cdp.orders.queries.lists import PAYMENT_REFERENCE, SHIPMENT_TRACKING
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.db.bulk import insert_rows
from shuke.platform.imports.rules import moments

Parts = Mapping[str, list[list[Any]]]
TABLES: tuple[tuple[str, type[Model], tuple[str, ...]], ...] = (
    ("coupons", OrderCoupon, ("code", "kind", "amount_minor")),
    ("payments", OrderPayment, ("method", "amount_minor", "state", "paid_at", "reference")),
    ("shipments", Shipment, ("number", "carrier", "tracking", "state", "shipped_at", "delivered_at", "contents")),
)
_TIMES = frozenset({"paid_at", "shipped_at", "delivered_at"})
_SEALED = {"reference": PAYMENT_REFERENCE, "tracking": SHIPMENT_TRACKING}


def sealed_as(name: str) -> bytes:
    """Return the context under which a column of parts is sealed."""
    return _SEALED[name]


def opened(name: str, sealed: Any) -> str:
    """Return what a sealed column of a part says, "" for nothing."""
    return unseal(bytes(sealed), context=_SEALED[name]) if sealed else ""


def load(order_ids: Sequence[int]) -> dict[int, dict[str, list[list[Any]]]]:
    """Return the parts of sales as plain JSON, sealed values opened: whoever keeps them seals the whole. One query per kind of part."""
    found: dict[int, dict[str, list[list[Any]]]] = defaultdict(dict)
    for name, model, fields in TABLES if order_ids else ():
        rows = model._default_manager.filter(order_id__in=order_ids).order_by("pk")
        for order_id, *values in rows.values_list("order_id", *fields):
            found[order_id].setdefault(name, []).append(
                [_json(column, value) for column, value in zip(fields, values, strict=True)]
            )
    return found


def _json(column: str, value: Any) -> Any:
    if column in _SEALED:
        return opened(column, value)
    return moments.written(value) if isinstance(value, datetime) else value


def replace(before: Mapping[int, Parts], after: Iterable[tuple[int, Parts]]) -> None:
    """Put the parts of sales in the place of those ``before``, which were loaded; only what there is costs a query."""
    wanted = list(after)
    for name, model, fields in TABLES:
        if gone := [order_id for order_id, parts in before.items() if parts.get(name)]:
            model._default_manager.filter(order_id__in=gone).delete()
        rows = [
            (order_id, *(_value(column, value) for column, value in zip(fields, values, strict=True)))
            for order_id, parts in wanted
            for values in parts.get(name, ())
        ]
        if rows:
            insert_rows(model, ("order_id", *fields), rows)


def _value(column: str, value: Any) -> Any:
    if column in _SEALED:
        return seal(value, context=_SEALED[column]) if value else b""
    if column in _TIMES:
        return datetime.fromisoformat(value) if value else None
    return value
