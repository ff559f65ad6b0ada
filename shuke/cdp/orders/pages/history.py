"""What changed in a sale, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.orders.models import (
    FulfilmentState,
    Order,
    OrderChange,
    OrderStatus,
    PaymentState,
    Refund,
    ShipmentState,
)
from shuke.platform.ui import formats

_LABELS: Mapping[str, Any] = {
    "status": gettext_lazy("Status"), "payment_state": gettext_lazy("Payment"),
    "fulfilment_state": gettext_lazy("Delivery"), "currency": gettext_lazy("Currency"),
    "gross_minor": gettext_lazy("Amount"), "discount_minor": gettext_lazy("Discount"),
    "shipping_minor": gettext_lazy("Shipping"), "tax_minor": gettext_lazy("Tax"), "line_count": gettext_lazy("Lines"),
    "placed_at": gettext_lazy("Placed"), "paid_at": gettext_lazy("Paid on"), "completed_at": gettext_lazy("Completed on"),
    "cancelled_at": gettext_lazy("Cancelled on"), "country": gettext_lazy("Country"),
    "channel": gettext_lazy("Sales channel"), "customer_id": gettext_lazy("Customer"), "region": gettext_lazy("Region"),
    "city": gettext_lazy("City"), "cancel_reason": gettext_lazy("Reason"), "coupons": gettext_lazy("Coupons"),
    "payments": gettext_lazy("Payments"), "shipments": gettext_lazy("Shipments"),
    "lines": gettext_lazy("Lines or other details"),
}  # fmt: skip
_STATES: Mapping[str, Any] = {
    "status": OrderStatus, "payment_state": PaymentState, "fulfilment_state": FulfilmentState,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a sale's history."""

    at: datetime
    icon: str
    title: str
    lines: list[str]
    source: str
    url: str = ""


def entries(order: Order, changes: Iterable[OrderChange], refunds: Iterable[Refund]) -> list[Entry]:
    """Return what happened to a sale, newest first."""
    found = [
        Entry(
            change.at,
            "refresh",
            _("Changed"),
            [_told(*each, currency=order.currency) for each in change.changes],
            change.source,
        )
        for change in changes
    ]
    found += [
        Entry(
            refund.created_at, "receipt-refund",
            _("Refund of %(amount)s recorded") % {"amount": formats.money(refund.amount_minor, refund.currency)},
            [], "", refund.number,
        )
        for refund in refunds
    ]  # fmt: skip
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _told(field: str, before: Any, after: Any, *, currency: str) -> str:
    label = str(_LABELS.get(field, field))
    if before is None and after is None:
        return _("%(field)s changed") % {"field": label}
    said = {"field": label, "before": _value(field, before, currency), "after": _value(field, after, currency)}
    return _("%(field)s: %(before)s → %(after)s") % said


def _value(field: str, value: Any, currency: str) -> str:
    """Return a value as people read it."""
    if value in (None, "", []):
        return "–"
    if field in _STATES:
        return str(dict(_STATES[field].choices).get(value, value))
    if field.endswith("_minor"):
        return formats.money(value, currency)
    if field.endswith("_at"):
        return formats.moment(datetime.fromisoformat(value))
    return formats.listed(_parts(field, value, currency))


def _parts(field: str, value: Any, currency: str) -> list[str]:
    states = dict(ShipmentState.choices)
    if field == "shipments":
        return [" ".join(str(part) for part in (one[0], states.get(one[1], one[1])) if part) for one in value]
    if field == "payments":
        return [" ".join((one[0], formats.money(one[1], currency))).strip() for one in value]
    if field == "country":
        return [formats.country(str(value))]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
