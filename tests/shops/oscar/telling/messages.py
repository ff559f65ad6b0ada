"""Orders, refunds and people of the shop in the words of Shuke's signed webhook."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

STATUSES = {"Pending": "open", "Being processed": "paid", "Complete": "completed", "Cancelled": "cancelled"}
PAID, REFUNDED, SHIPPED = "Paid", "Refunded", "Shipped"


def minor(amount: Decimal) -> int:
    return int((amount * 100).to_integral_exact())


def order(placed: Any) -> dict[str, Any]:
    """The whole order as it is now. Lines come to what was charged for them: with tax, without discounts."""
    paid, refunded = (_sum(placed, name) for name in (PAID, REFUNDED))
    address = placed.shipping_address
    changed = {change.new_status: change.date_created for change in placed.status_changes.all()}
    return {
        "number": placed.number, "external_id": str(placed.pk), "placed_at": _at(placed.date_placed), "updated_at": _at(timezone.now()),
        "currency": placed.currency, "status": _status(placed, paid), "channel": "oscar",
        "payment_state": _payment_state(paid, refunded), "fulfilment_state": _fulfilment_state(placed),
        "customer": buyer(placed.user, address, email=placed.email), "lines": [_line(line) for line in placed.lines.all()],
        "discount_minor": minor(placed.total_discount_incl_tax), "shipping_minor": minor(placed.shipping_incl_tax),
        "tax_minor": minor(placed.total_incl_tax - placed.total_excl_tax),
        "country": address.country.iso_3166_1_a2 if address else "", "city": address.line4 if address else "",
        "cancelled_at": _at(changed.get("Cancelled")), "completed_at": _at(changed.get("Complete")),
        "coupons": [
            {"code": each.voucher_code, "amount_minor": minor(each.amount)} for each in placed.discounts.all() if each.voucher_code
        ],
        "payments": [_payment(source, placed) for source in placed.sources.all()],
        "shipments": [_shipment(event) for event in placed.shipping_events.all() if event.event_type.name == SHIPPED],
        "checkout_token": cart_id(placed.basket) if placed.basket else "",
    }  # fmt: skip


def refund(event: Any) -> dict[str, Any]:
    return {
        "number": f"{event.order.number}-R{event.pk}", "order_number": event.order.number, "currency": event.order.currency,
        "refunded_at": _at(event.date_created), "updated_at": _at(event.date_created), "amount_minor": minor(event.amount),
        "reason": "returned",
    }  # fmt: skip


def buyer(user: Any, address: Any = None, *, email: str = "") -> dict[str, Any]:
    said = {"external_id": str(user.pk) if user else "", "email": user.email if user else email}
    if user and user.get_full_name():
        said["name"] = user.get_full_name()
    if address:
        said |= {
            "name": address.name, "address": ", ".join(filter(None, [address.line1, address.line2])), "city": address.line4,
            "postcode": address.postcode, "country": address.country.iso_3166_1_a2, "phone": str(address.phone_number or ""),
        }  # fmt: skip
    return said


def cart_id(basket: Any) -> str:
    return f"basket-{basket.pk}"


def product(item: Any, price: Any) -> dict[str, Any]:
    """A product in the words of the Ecommerce Spec."""
    found = {"product_id": str(item.pk), "sku": item.upc or "", "name": item.get_title()}
    return found | {"price": float(price.incl_tax), "currency": price.currency}


def _line(line: Any) -> dict[str, Any]:
    return {
        "product": str(line.product_id or ""), "sku": line.upc or line.partner_sku, "title": line.title, "quantity": line.quantity,
        "unit_price": str(line.unit_price_incl_tax), "amount_minor": minor(line.line_price_incl_tax),
        "discount_minor": minor(line.line_price_before_discounts_incl_tax - line.line_price_incl_tax),
    }  # fmt: skip


def _payment(source: Any, placed: Any) -> dict[str, Any]:
    amount = minor(source.amount_debited)
    return {
        "method": source.source_type.name, "amount_minor": amount, "state": "paid", "paid_at": _at(placed.date_placed),
        "reference": source.reference,
    }  # fmt: skip


def _shipment(event: Any) -> dict[str, Any]:
    return {
        "number": str(event.pk),
        "carrier": "Parcel",
        "tracking": event.notes,
        "shipped_at": _at(event.date_created),
    }


def _sum(placed: Any, name: str) -> Decimal:
    found = [event.amount for event in placed.payment_events.all() if event.event_type.name == name]
    return sum(found, Decimal(0))


def _status(placed: Any, paid: Decimal) -> str:
    known = STATUSES[placed.status]
    return "paid" if known == "open" and paid else known


def _payment_state(paid: Decimal, refunded: Decimal) -> str:
    if not paid:
        return "pending"
    if not refunded:
        return "paid"
    return "refunded" if refunded >= paid else "partially_refunded"


def _fulfilment_state(placed: Any) -> str:
    shipped = sum(
        each.quantity
        for event in placed.shipping_events.all()
        if event.event_type.name == SHIPPED
        for each in event.line_quantities.all()
    )
    if not shipped:
        return "unfulfilled"
    return "fulfilled" if shipped >= placed.num_items else "partial"


def _at(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
