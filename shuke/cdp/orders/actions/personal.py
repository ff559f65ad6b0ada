"""What orders hold about people: where things went, and what files that were read left behind."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries import personal
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders.actions import parts
from shuke.cdp.orders.actions.importing import KIND
from shuke.cdp.orders.actions.publishing import order_changed
from shuke.cdp.orders.models import (
    Adjustment,
    Checkout,
    Order,
    OrderPayment,
    Refund,
    Shipment,
)
from shuke.cdp.orders.rules import facts
from shuke.platform.db.failpoint import failpoint
from shuke.platform.imports import actions as imports
from shuke.platform.imports.actions import images
from shuke.platform.imports.queries import images_of_records, opened

# Of an order only these say something about a person; amounts, goods, times and the country stay.
_TELLING = ("region", "city", "description", "cancel_reason")
_BLANK_HASH = bytes(32)
_AT_ONCE = 500
# What the key of a cart becomes when its visitor is forgotten.
_NAMELESS = "erased:"


class OrdersPersonalData:
    """Shows a person what they bought; forgets where it went, and keeps the facts under the bare number."""

    name = "orders"
    fields = frozenset({
        "orders.Order.content_hash", "orders.Order.region", "orders.Order.city", "orders.Refund.content_hash",
        "orders.Adjustment.content_hash", "orders.Adjustment.description", "imports.BeforeImage.before",
        "imports.BeforeImage.after_hash", "orders.Order.cancel_reason", "orders.OrderPayment.reference",
        "orders.Shipment.tracking", "orders.Checkout.token",
    })  # fmt: skip

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return orders with their lines, refunds and adjustments, oldest first."""
        orders = Order.objects.filter(customer_id__in=customer_ids).select_related("shop")
        orders = orders.prefetch_related("lines", "coupons", "payments", "shipments")
        checkouts = Checkout.objects.filter(customer_id__in=customer_ids).select_related("shop")
        refunds = Refund.objects.filter(customer_id__in=customer_ids).select_related("shop")
        adjustments = Adjustment.objects.filter(customer_id__in=customer_ids).select_related("shop")
        return {
            "orders": [_order(row) for row in orders.order_by("placed_at", "pk")],
            "refunds": [
                _money(row) | {"refunded_at": row.refunded_at, "reason": row.reason, "order": row.order_number}
                for row in refunds.order_by("refunded_at", "pk")
            ],
            "adjustments": [
                _money(row) | {"adjusted_at": row.adjusted_at, "description": row.description}
                for row in adjustments.order_by("adjusted_at", "pk")
            ],
            "checkouts": [_checkout(row) for row in checkouts.order_by("started_at", "pk")],
        }

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port hands it to all
        """Empty places and descriptions, also in the images an undo would restore, and in refused rows of files."""
        scrubbed = imports.empty_refusals(KIND, personal.clear_values(customer_ids))
        failpoint("erasure.orders_files")
        with transaction.atomic():
            ids = {
                kind: list(model._default_manager.filter(customer_id__in=customer_ids).values_list("pk", flat=True))
                for kind, model in ((facts.ORDER, Order), (facts.REFUND, Refund), (facts.ADJUSTMENT, Adjustment))
            }
            mine = Order.objects.filter(pk__in=ids[facts.ORDER])
            told = mine.exclude(region="", city="", cancel_reason="", content_hash=_BLANK_HASH)
            carts = Checkout.objects.filter(customer_id__in=customer_ids).exclude(token__startswith=_NAMELESS)
            counts = {
                "refused_rows_emptied": scrubbed,
                "images_emptied": _scrub_images(ids),
                "orders_emptied": told.update(region="", city="", cancel_reason="", content_hash=_BLANK_HASH),
                "payments_emptied": OrderPayment.objects.filter(order_id__in=ids[facts.ORDER])
                .exclude(reference=b"").update(reference=b""),
                "shipments_emptied": Shipment.objects.filter(order_id__in=ids[facts.ORDER])
                .exclude(tracking=b"").update(tracking=b""),
                "checkouts_emptied": carts.update(token=Concat(Value(_NAMELESS), Cast("pk", CharField()))),
                "refunds_emptied": Refund.objects.filter(pk__in=ids[facts.REFUND])
                .exclude(content_hash=_BLANK_HASH).update(content_hash=_BLANK_HASH),
                "adjustments_emptied": Adjustment.objects.filter(pk__in=ids[facts.ADJUSTMENT])
                .exclude(description="", content_hash=_BLANK_HASH).update(description="", content_hash=_BLANK_HASH),
            }  # fmt: skip
        kept = sum(map(len, ids.values()))
        return {name: count for name, count in (counts | {"facts_kept": kept}).items() if count}


def _money(row: Any) -> dict[str, Any]:
    amount = getattr(row, "gross_minor", None)
    return {
        "shop": row.shop.name, "number": row.number, "currency": row.currency,
        "amount_minor": row.amount_minor if amount is None else amount,
    }  # fmt: skip


def _order(row: Order) -> dict[str, Any]:
    return _money(row) | {
        "placed_at": row.placed_at, "status": row.status, "country": row.country, "region": row.region, "city": row.city,
        "payment_state": row.payment_state, "fulfilment_state": row.fulfilment_state, "cancelled_at": row.cancelled_at,
        "cancel_reason": row.cancel_reason,
        "coupons": [{"code": each.code, "amount_minor": each.amount_minor} for each in row.coupons.all()],
        "payments": [
            {"method": each.method, "amount_minor": each.amount_minor, "state": each.state, "paid_at": each.paid_at,
             "reference": parts.opened("reference", each.reference)}
            for each in row.payments.all()
        ],
        "shipments": [
            {"carrier": each.carrier, "state": each.state, "shipped_at": each.shipped_at,
             "delivered_at": each.delivered_at, "tracking": parts.opened("tracking", each.tracking)}
            for each in row.shipments.all()
        ],
        "lines": [
            {"title": line.title, "sku": line.sku, "quantity": str(line.quantity), "amount_minor": line.amount_minor}
            for line in row.lines.all()
        ],
    }  # fmt: skip


def _checkout(row: Checkout) -> dict[str, Any]:
    return {
        "shop": row.shop.name, "token": row.token, "currency": row.currency, "value_minor": row.value_minor,
        "lines": row.lines, "started_at": row.started_at, "active_at": row.active_at, "completed_at": row.completed_at,
    }  # fmt: skip


def _scrub_images(ids: dict[str, list[int]]) -> int:
    rows = []
    for image in images_of_records(ids):
        before = opened(image)
        row = before.get("row", {})
        if before.get("parts") or any(row.get(name) for name in _TELLING):
            kept = {name: value for name, value in before.items() if name != "parts"}
            rows.append((image, kept | {"row": row | {name: "" for name in _TELLING if name in row}}))
    return images.rewrite(rows)


class GuestPlaces:
    """Where orders went that belong to nobody we know."""

    name = "guest_orders"
    label = _("Places of orders by guests")
    help = _("City and region of older guest orders are emptied; amounts and goods stay.")
    usual_days = 0
    least_days = 30

    def count(self, before: datetime) -> int:
        """Return how many older guest orders still say where they went."""
        return _guests(before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:
        """Empty the places of a batch of them; tells the warehouse by ``order.changed``."""
        with transaction.atomic():
            some = list(_guests(before).order_by("pk").select_related("shop")[:_AT_ONCE])
            Order.objects.filter(pk__in=[row.pk for row in some]).update(
                region="", city="", content_hash=_BLANK_HASH, changed_at=now
            )
            by = Provenance("retention", "system:retention", now, historical=True)
            events.publish(
                [NewEvent.of(order_changed(row.shop, row), customer_id=None, occurred_at=now, by=by) for row in some]
            )
        return len(some)


def _guests(before: datetime) -> QuerySet[Order]:
    return Order.objects.filter(customer=None, placed_at__lt=before).exclude(region="", city="")
