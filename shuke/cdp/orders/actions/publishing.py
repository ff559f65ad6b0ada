"""Telling the log what was recorded."""

from collections.abc import Iterator, Sequence
from typing import Any

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions.linking import Linked
from shuke.cdp.orders.actions.resolving import moment
from shuke.cdp.orders.actions.writing import Written
from shuke.cdp.orders.models import Order, Refund
from shuke.cdp.orders.rules import facts, milestones
from shuke.platform.company.models import Shop
from shuke.vocabulary.orders import (
    OrderCancelled,
    OrderChanged,
    OrderCompleted,
    OrderDelivered,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    OrderShipped,
    RefundChanged,
    SalesAdjusted,
)

_MILESTONES: dict[int, tuple[Any, str]] = {
    milestones.PAID: (OrderPaid, "paid_at"), milestones.SHIPPED: (OrderShipped, ""),
    milestones.DELIVERED: (OrderDelivered, ""), milestones.COMPLETED: (OrderCompleted, "completed_at"),
    milestones.CANCELLED: (OrderCancelled, "cancelled_at"),
}  # fmt: skip


def publish(shop: Shop, written: Sequence[Written], linked: Linked, *, by: Provenance) -> None:
    """Publish one event per record written, and one per record that linking changed."""
    told = [_event(shop, item, by) for item in written]
    if not by.historical:
        told += [event for item in written if item.reached for event in _milestones(shop, item, by)]
    events.publish(told + list(_linked(shop, written, linked, by)))


def _event(shop: Shop, item: Written, by: Provenance) -> NewEvent:
    return NewEvent.of(
        _said(shop, item),
        customer_id=item.row["customer_id"],
        identity_id=item.row["identity_id"],
        # What happened is dated when it happened; that its record was replaced happens now.
        occurred_at=moment(item.fact.at) if item.is_new or item.kind == facts.ADJUSTMENT else by.now,
        by=by,
    )


def _said(shop: Shop, item: Written) -> Any:
    amount, currency = item.fact.amount_minor, item.fact.currency
    if item.kind == facts.ORDER:
        event = OrderPlaced if item.is_new else OrderChanged
        return event(item.record_id, shop.code, item.number, amount, currency, len(item.fact.lines))
    if item.kind == facts.REFUND:
        refund = OrderRefunded if item.is_new else RefundChanged
        return refund(item.record_id, item.row["order_id"], shop.code, item.number, amount, currency)
    return SalesAdjusted(item.record_id, shop.code, item.number, amount, currency)


def _milestones(shop: Shop, item: Written, by: Provenance) -> Iterator[NewEvent]:
    """What a sale reached for the first time, dated as its source dates it."""
    row = item.row
    for milestone, (said, at) in _MILESTONES.items():
        if item.reached & milestone:
            when = row.get(at) or (row["version"] if not item.is_new else None) or max(row["placed_at"], by.now)
            event = said(item.record_id, shop.code, item.number, item.fact.amount_minor, item.fact.currency)
            yield NewEvent.of(
                event, customer_id=row["customer_id"], identity_id=row["identity_id"], occurred_at=when, by=by
            )


def _linked(shop: Shop, written: Sequence[Written], linked: Linked, by: Provenance) -> Iterator[NewEvent]:
    told = {(item.kind, item.record_id) for item in written}
    for refund in linked.refunds:
        if (facts.REFUND, refund.pk) not in told:
            yield _changed(refund_changed(shop, refund), refund, by)
    for order in linked.orders:
        if (facts.ORDER, order.pk) not in told:
            yield _changed(order_changed(shop, order), order, by)


def _changed(said: Any, row: Order | Refund, by: Provenance) -> NewEvent:
    return NewEvent.of(said, customer_id=row.customer_id, identity_id=row.identity_id, occurred_at=by.now, by=by)


def refund_changed(shop: Shop, refund: Refund) -> RefundChanged:
    """Return the event of a refund that is no longer as it was."""
    return RefundChanged(refund.pk, refund.order_id, shop.code, refund.number, refund.amount_minor, refund.currency)


def order_changed(shop: Shop, order: Order) -> OrderChanged:
    """Return the event of a sale that is no longer as it was."""
    return OrderChanged(order.pk, shop.code, order.number, order.gross_minor, order.currency, order.line_count)
