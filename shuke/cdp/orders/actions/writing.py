"""Putting facts into tables, set by set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions.resolving import Resolution, moment
from shuke.cdp.orders.models import Adjustment, Order, OrderLine, Refund, RefundLine
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact
from shuke.kernel.ids import uuid7
from shuke.platform.company.models import Shop
from shuke.platform.db.bulk import insert_columns, insert_rows, update_rows

Row = Order | Refund | Adjustment
MODELS: dict[str, type[Order] | type[Refund] | type[Adjustment]] = {
    facts.ORDER: Order, facts.REFUND: Refund, facts.ADJUSTMENT: Adjustment,
}  # fmt: skip
LINE_MODELS: dict[str, tuple[type[OrderLine] | type[RefundLine], str]] = {
    facts.ORDER: (OrderLine, "order_id"), facts.REFUND: (RefundLine, "refund_id"),
}  # fmt: skip
LINE_FIELDS = ("position", "product_id", "sku", "title", "quantity", "unit_price", "amount_minor")
TIME_FIELDS = {facts.ORDER: "placed_at", facts.REFUND: "refunded_at", facts.ADJUSTMENT: "adjusted_at"}


@dataclass(slots=True)
class Written:
    """One record that was created or replaced."""

    kind: str
    number: str
    record_id: int
    is_new: bool
    fact: Fact
    row: dict[str, Any]
    # The sale that a replaced refund belonged to before.
    previous_order_id: int | None = None


def stored_rows(kind: str, shop: Shop, numbers: list[str]) -> dict[str, Row]:
    """Return the shop's rows under ``numbers``, in one query; none for no numbers."""
    if not numbers:
        return {}
    found: Iterable[Any] = MODELS[kind]._default_manager.filter(shop=shop, number__in=numbers)
    return {row.number: row for row in found}


def fingerprints(kind: str, shop: Shop, numbers: list[str]) -> dict[str, tuple[int, bytes]]:
    """Return id and fingerprint of what the shop already has under ``numbers``, in one query."""
    if not numbers:
        return {}
    found = MODELS[kind]._default_manager.filter(shop=shop, number__in=numbers)
    return {number: (pk, bytes(print_)) for number, pk, print_ in found.values_list("number", "pk", "content_hash")}


def row_of(
    fact: Fact, content_hash: bytes, *, shop: Shop, resolution: Resolution, orders: Mapping[str, Order], by: Provenance
) -> dict[str, Any]:
    """Return the columns of a fact's row, but for those that only a new row gets."""
    who = resolution.customer_of(fact)
    row: dict[str, Any] = {
        "shop_id": shop.pk, "number": fact.number, "customer_id": who and who.customer_id,
        "identity_id": who and who.identity_id, "currency": fact.currency,
        "base_minor": resolution.base_minor(fact.amount_minor, fact.currency), "content_hash": content_hash,
        "import_id": by.import_id, "changed_at": by.now, TIME_FIELDS[fact.kind]: moment(fact.at), **fact.details,
    }  # fmt: skip
    if fact.kind == facts.ORDER:
        return row | {"gross_minor": fact.amount_minor, "line_count": len(fact.lines)}
    if fact.kind == facts.ADJUSTMENT:
        return row | {"amount_minor": fact.amount_minor}
    order = orders.get(fact.details["order_number"])
    row |= {"amount_minor": fact.amount_minor, "line_count": len(fact.lines), "order_id": order and order.pk}
    if order and who is None:  # a refund that names its sale is its buyer's
        row |= {"customer_id": order.customer_id, "identity_id": order.identity_id}
    return row


def write(
    kind: str,
    news: Mapping[str, Fact],
    rows: Mapping[str, dict[str, Any]],
    stored: Mapping[str, Row],
    *,
    shop: Shop,
    resolution: Resolution,
) -> list[Written]:
    """Insert and replace the rows of one kind, with their lines."""
    model = MODELS[kind]
    _insert(model, [rows[number] for number in news if number not in stored])
    replaced = [number for number in news if number in stored]
    before = {number: getattr(stored[number], "order_id", None) for number in replaced}
    _replace(model, [stored[number] for number in replaced], rows)
    created = [number for number in news if number not in stored]
    found = model._default_manager.filter(shop=shop, number__in=created).values_list("number", "pk")
    ids = dict(found) | {number: stored[number].pk for number in replaced}
    written = [
        Written(kind, number, ids[number], number not in stored, fact, rows[number], before.get(number))
        for number, fact in news.items()
    ]
    if kind in LINE_MODELS:
        _write_lines(kind, written, resolution)
    return written


def _insert(model: type[Row], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    more: dict[str, Any] = {"refunded_minor": 0} if model is Order else {}
    columns = [*rows[0], *more, "uuid", "created_at"]
    insert_rows(model, columns, ((*row.values(), *more.values(), uuid7(), row["changed_at"]) for row in rows))


def _replace(model: type[Row], present: list[Row], rows: Mapping[str, dict[str, Any]]) -> None:
    if not present:
        return
    fields = [name for name in next(iter(rows.values())) if name not in {"shop_id", "number"}]
    update_rows(model, fields, ([rows[each.number][name] for name in fields] + [each.pk] for each in present))


def _write_lines(kind: str, written: list[Written], resolution: Resolution) -> None:
    model, owner = LINE_MODELS[kind]
    replaced = [item.record_id for item in written if not item.is_new]
    if replaced:
        model._default_manager.filter(**{f"{owner}__in": replaced}).delete()
    lines = [line for item in written for line in item.fact.lines]
    if not lines:
        return
    products, skus, titles, _categories, _brands, quantities, prices, amounts = zip(*lines, strict=True)
    columns = (
        [position for item in written for position in range(len(item.fact.lines))],
        [resolution.product_ids[product] if product else None for product in products],
        skus, titles, quantities, prices, amounts,
    )  # fmt: skip
    owners = [item.record_id for item in written for _line in item.fact.lines]
    insert_columns(model, {owner: owners, **dict(zip(LINE_FIELDS, columns, strict=True))})
