"""Keeping refunds and the sales they belong to together, whichever arrives first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions.writing import Written
from shuke.cdp.orders.models import Order, Refund
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact
from shuke.platform.company.models import Shop


@dataclass(slots=True)
class Linked:
    """What linking changed besides what was written: refunds that found their sale, sales that lost a refund."""

    refunds: list[Refund] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


def named_orders(shop: Shop, refunds: Iterable[Fact]) -> dict[str, Order]:
    """Return the sales that refunds name, by number and by the source's own key, in at most two queries."""
    named = list(refunds)
    numbers = {fact.details["order_number"] for fact in named} - {""}
    keys = {fact.details.get("order_external_id", "") for fact in named} - {""}
    found: dict[str, Order] = {}
    if keys:
        found |= {order.external_id: order for order in Order.objects.filter(shop=shop, external_id__in=keys)}
    if numbers:
        found |= {order.number: order for order in Order.objects.filter(shop=shop, number__in=numbers)}
    return found


def settle(shop: Shop, written: Sequence[Written], *, by: Provenance) -> Linked:
    """Give refunds that waited for a sale now written to it, and bring the refunded sums of all sales touched up to date."""
    linked = Linked()
    placed = {item.number: item for item in written if item.kind == facts.ORDER and item.is_new}
    if placed:
        linked.refunds = _waiting(shop, placed, by)
    refunds = [item for item in written if item.kind == facts.REFUND]
    now_with = {item.row["order_id"] for item in refunds} | {refund.order_id for refund in linked.refunds}
    left = {item.previous_order_id for item in refunds if item.previous_order_id != item.row["order_id"]} - {None}
    sum_up([pk for pk in now_with | left if pk is not None])
    if left:
        linked.orders = list(Order.objects.filter(pk__in=[pk for pk in left if pk is not None]).select_related("shop"))
    return linked


def _waiting(shop: Shop, placed: dict[str, Written], by: Provenance) -> list[Refund]:
    free = Refund.objects.filter(shop=shop, order=None)
    waiting = list(free.filter(order_number__in=list(placed)).exclude(order_number=""))
    keys = {key: item for item in placed.values() if (key := item.row["external_id"])}
    if keys:
        waiting += free.filter(order_number="", order_external_id__in=list(keys)).exclude(order_external_id="")
    for refund in waiting:
        order = placed.get(refund.order_number) or keys[refund.order_external_id]
        refund.order_id = order.record_id
        refund.changed_at = by.now
        if refund.customer_id is None:
            refund.customer_id, refund.identity_id = order.row["customer_id"], order.row["identity_id"]
    if waiting:
        Refund.objects.bulk_update(waiting, ["order", "customer", "identity", "changed_at"], batch_size=100)
    return waiting


def sum_up(order_ids: Sequence[int]) -> None:
    """Recompute how much of each sale was given back."""
    if not order_ids:
        return
    given_back = Refund.objects.filter(order=OuterRef("pk")).order_by().values("order")
    total = given_back.annotate(total=Sum("amount_minor")).values("total")
    Order.objects.filter(pk__in=order_ids).update(refunded_minor=Coalesce(Subquery(total), 0))
