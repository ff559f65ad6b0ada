"""Putting facts into tables, set by set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions.resolving import Resolution, moment
from shuke.cdp.orders.models import Adjustment, Order, OrderLine, Refund, RefundLine
from shuke.cdp.orders.rules import facts, milestones
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
LINE_FIELDS = ("position", "product_id", "sku", "title", "quantity", "unit_price", "amount_minor", "discount_minor")
_MORE_TEXTS = ("external_id", "fulfilment_state", "cancel_reason", "landing_site", "referring_site")
_MORE_TIMES = ("paid_at", "completed_at", "cancelled_at")
_NOTHING_MORE: dict[str, Any] = dict.fromkeys(_MORE_TEXTS, "") | dict.fromkeys(_MORE_TIMES)
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
    # Milestones of a sale that are news to the log.
    reached: int = 0


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


def is_outdated(fact: Fact, content_hash: bytes, row: Row) -> bool:
    """Whether what is stored is newer than a fact. Of two messages of one moment the one that has come further counts."""
    if not fact.version or row.version is None:
        return False
    version = moment(fact.version)
    if version != row.version:
        return version < row.version
    if not isinstance(row, Order):
        return content_hash < bytes(row.content_hash)
    come = milestones.progress(row.status, row.payment_state, row.fulfilment_state)
    return (_progress(fact), content_hash) < (come, bytes(row.content_hash))


def _progress(fact: Fact) -> int:
    status, more = fact.details["status"], fact.details.get("more", {})
    payment = milestones.payment_state(status, more.get("payment_state", ""))
    return milestones.progress(status, payment, more.get("fulfilment_state", ""))


def see_versions(kind: str, shop: Shop, versions: Mapping[str, str]) -> None:
    """Note how recent what is stored is known to be, where a newer message says the same; ``versions`` by number."""
    if not any(versions.values()):
        return
    model = MODELS[kind]
    numbers = [number for number, version in versions.items() if version]
    stored = model._default_manager.filter(shop=shop, number__in=numbers).values_list("pk", "number", "version")
    seen = [(moment(versions[number]), pk, known) for pk, number, known in stored]
    update_rows(model, ("version",), [(new, pk) for new, pk, known in seen if known is None or new > known])


def row_of(
    fact: Fact, content_hash: bytes, *, shop: Shop, resolution: Resolution, orders: Mapping[str, Order], by: Provenance
) -> dict[str, Any]:
    """Return the columns of a fact's row, but for those that only a new row gets."""
    who = resolution.customer_of(fact)
    row: dict[str, Any] = {
        "shop_id": shop.pk, "number": fact.number, "customer_id": who and who.customer_id,
        "identity_id": who and who.identity_id, "currency": fact.currency, "content_hash": content_hash,
        "version": moment(fact.version) if fact.version else None, "import_id": by.import_id, "changed_at": by.now,
        TIME_FIELDS[fact.kind]: moment(fact.at), **resolution.in_base(fact.amount_minor, fact.currency, fact.at),
    }  # fmt: skip
    details = fact.details
    if fact.kind == facts.ORDER:
        return row | _order_columns(details) | {"gross_minor": fact.amount_minor, "line_count": len(fact.lines)}
    row |= details
    if fact.kind == facts.ADJUSTMENT:
        return row | {"amount_minor": fact.amount_minor}
    own_key = row.setdefault("order_external_id", "")
    order = orders.get(details["order_number"]) or orders.get(own_key)
    row |= {"amount_minor": fact.amount_minor, "line_count": len(fact.lines), "order_id": order and order.pk}
    if order and who is None:  # a refund that names its sale is its buyer's
        row |= {"customer_id": order.customer_id, "identity_id": order.identity_id}
    return row


def _order_columns(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only a sale's row has; ``more`` holds what few sources say."""
    more = details.get("more")
    columns = {**details, **_NOTHING_MORE}
    if more:
        del columns["more"]
        columns |= {name: more.get(name, "") for name in _MORE_TEXTS}
        columns |= {name: moment(more[name]) for name in _MORE_TIMES if name in more}
    else:
        more = {}
    columns["payment_state"] = milestones.payment_state(details["status"], more.get("payment_state", ""))
    columns["told"] = milestones.reached(details["status"], columns["payment_state"], columns["fulfilment_state"])
    return columns


def heed(row: dict[str, Any], fact: Fact, stored: Row) -> int:
    """Let a replacing row remember what only the stored one knows; return the milestones that are news to the log."""
    row["version"] = row["version"] or stored.version
    if not isinstance(stored, Order):
        return 0
    row["external_id"] = row["external_id"] or stored.external_id
    if not fact.version:
        _fill_in(row, fact.details.get("more", {}), stored)
    news: int = row["told"] & ~stored.told
    row["told"] |= stored.told
    return news


def _fill_in(row: dict[str, Any], said: Mapping[str, Any], stored: Order) -> None:
    """Keep what is stored where a record that is not the whole sale is silent, as far as it does not contradict it."""
    payment = said.get("payment_state", "")
    if not payment and milestones.rank(stored.payment_state) > milestones.rank(row["payment_state"]):
        row["payment_state"] = stored.payment_state
    for name in ("fulfilment_state", "landing_site", "referring_site"):
        row[name] = row[name] or getattr(stored, name)
    if row["payment_state"] == stored.payment_state:
        row["paid_at"] = row["paid_at"] or stored.paid_at
    if row["status"] == stored.status:
        for name in ("completed_at", "cancelled_at", "cancel_reason"):
            row[name] = row[name] or getattr(stored, name)
    row["told"] = milestones.reached(row["status"], row["payment_state"], row["fulfilment_state"])


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
    reached = {number: row.get("told", 0) for number, row in rows.items()}
    reached |= {number: heed(rows[number], news[number], stored[number]) for number in replaced}
    _replace(model, [stored[number] for number in replaced], rows)
    created = [number for number in news if number not in stored]
    found = model._default_manager.filter(shop=shop, number__in=created).values_list("number", "pk")
    ids = dict(found) | {number: stored[number].pk for number in replaced}
    written = [
        Written(
            kind, number, ids[number], number not in stored, fact, rows[number], before.get(number), reached[number]
        )
        for number, fact in news.items()
    ]
    if kind in LINE_MODELS:
        write_lines(kind, written, resolution)
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


def write_lines(kind: str, written: list[Written], resolution: Resolution) -> None:
    """Put the lines of records in the place of those they had."""
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
        skus, titles, quantities, prices, amounts, _line_discounts(written),
    )  # fmt: skip
    owners = [item.record_id for item in written for _line in item.fact.lines]
    insert_columns(model, {owner: owners, **dict(zip(LINE_FIELDS, columns, strict=True))})


def _line_discounts(written: Iterable[Written]) -> list[int]:
    found: list[int] = []
    for item in written:
        more = item.fact.details.get("more")
        said = more.get("line_discounts") if more else None
        found += said or [0] * len(item.fact.lines)
    return found
