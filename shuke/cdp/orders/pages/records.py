"""Sales, refunds and bookkeeping entries: the list and single records."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.orders.models import FulfilmentState, Order, OrderStatus, PaymentState, Refund
from shuke.cdp.orders.pages import history
from shuke.cdp.orders.queries import lists
from shuke.cdp.orders.queries.lists import ADJUSTMENTS, REFUNDS, SALES
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.imports import queries as imports
from shuke.platform.ui import formats

_KINDS = {
    SALES: (_("Sales"), "shopping-cart"),
    REFUNDS: (_("Refunds"), "receipt-refund"),
    ADJUSTMENTS: (_("Adjustments"), "adjustments-horizontal"),
}
_WEEKDAYS = {
    1: _("Monday"), 2: _("Tuesday"), 3: _("Wednesday"), 4: _("Thursday"), 5: _("Friday"), 6: _("Saturday"), 7: _("Sunday"),
}  # fmt: skip
_KEPT_BETWEEN_KINDS = (
    "q",
    "shop",
    "from",
    "to",
    "country",
    "guest",
    "product",
    "customer",
    "hour",
    "weekday",
    "min",
    "currency",
    "import",
)
PAYMENT_TONES: Mapping[str, str] = {
    PaymentState.PENDING: "info", PaymentState.AUTHORIZED: "info", PaymentState.PARTIALLY_PAID: "warn",
    PaymentState.PAID: "good", PaymentState.PARTIALLY_REFUNDED: "warn", PaymentState.REFUNDED: "bad",
}  # fmt: skip
FULFILMENT_TONES: Mapping[str, str] = {
    FulfilmentState.PARTIAL: "info", FulfilmentState.FULFILLED: "accent", FulfilmentState.DELIVERED: "good",
    FulfilmentState.RETURNED: "bad",
}  # fmt: skip
_TONES = {
    OrderStatus.OPEN: "info",
    OrderStatus.PAID: "accent",
    OrderStatus.COMPLETED: "good",
    OrderStatus.CANCELLED: "neutral",
}


@page("orders.view")
def index(request: Request) -> HttpResponse:
    """List sales, refunds or bookkeeping entries, newest first."""
    filters = lists.read(request.GET)
    records = lists.found(filters, zone=request.company.time_zone, currency=request.company.currency)
    at = lists.TIME_FIELDS[filters.kind]
    shown = paginate(records.select_related("shop", "customer", "identity"), request, keys=(f"-{at}", "-id"))
    sees_names = may(request, "customers.view_contacts")
    product = catalog.find_product(filters.product) if filters.product is not None else None
    context = {
        "filters": filters,
        "page": shown,
        "rows": [_row(record, at, sees_names=sees_names) for record in shown.rows],
        "totals": lists.totals(records, filters.kind),
        "tabs": [_tab(request, kind, filters.kind) for kind in _KINDS],
        "kind": filters.kind,
        "shops": company.shops(),
        "countries": formats.countries(lists.countries()),
        "statuses": OrderStatus.choices,
        "payment_states": PaymentState.choices,
        "fulfilment_states": FulfilmentState.choices,
        "weekdays": list(_WEEKDAYS.items()),
        "hours": range(24),
        "product": product,
        "is_filtered": any(
            request.GET.get(name) for name in (*_KEPT_BETWEEN_KINDS, "status", "payment", "fulfilment", "city")
        ),
        "has_more_filters": any(
            request.GET.get(name)
            for name in ("hour", "weekday", "min", "status", "payment", "fulfilment", "guest", "country")
        ),
        "may_import": may(request, "orders.import"),
    }
    return render(request, "orders/list.html", context)


def _tab(request: Request, kind: str, current: str) -> dict[str, Any]:
    kept = request.GET.copy()
    for name in list(kept):
        if name not in _KEPT_BETWEEN_KINDS:
            del kept[name]
    kept["kind"] = kind
    label, icon = _KINDS[kind]
    return {"label": label, "icon": icon, "url": f"?{kept.urlencode()}", "is_current": kind == current}


def _row(record: Any, at: str, *, sees_names: bool) -> dict[str, Any]:
    return {
        "record": record,
        "at": getattr(record, at),
        "amount_minor": record.gross_minor if isinstance(record, Order) else record.amount_minor,
        "customer": _customer(record, sees_names=sees_names),
        "tone": _TONES[OrderStatus(record.status)] if isinstance(record, Order) else "",
        "payment_tone": PAYMENT_TONES.get(record.payment_state, "neutral") if isinstance(record, Order) else "",
        "fulfilment_tone": FULFILMENT_TONES.get(record.fulfilment_state, "neutral")
        if isinstance(record, Order)
        else "",
    }


def _customer(record: Any, *, sees_names: bool) -> dict[str, Any] | None:
    if record.customer is None:
        return None
    name = record.customer.name
    identity = record.identity
    known_as = identity.value if identity is not None and identity.type == "external_id" else ""
    return {"uuid": record.customer.uuid, "name": (name if sees_names else mask.name(name)) or known_as}


@page("orders.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """Show a sale: its lines, what was given back, and what the log says of it."""
    order = lists.find_order(pk)
    if order is None:
        raise Http404
    lines = list(order.lines.select_related("product").order_by("position"))
    refunds = list(order.refunds.order_by("refunded_at", "pk"))
    sees_contacts = may(request, "customers.view_contacts")
    parts = lists.parts_of(order)
    context = {
        "order": order,
        "lines": lines,
        "refunds": refunds,
        "net_minor": order.gross_minor - order.refunded_minor,
        "tone": _TONES[OrderStatus(order.status)],
        "payment_tone": PAYMENT_TONES.get(order.payment_state, "neutral"),
        "fulfilment_tone": FULFILMENT_TONES.get(order.fulfilment_state, "neutral"),
        "customer": _customer(order, sees_names=sees_contacts),
        "has_discounts": any(line.discount_minor for line in lines),
        "coupons": parts.coupons,
        "payments": [(payment, _shown(payment.reference, sees_contacts)) for payment in parts.payments],
        "shipments": [(parcel, _shown(parcel.tracking, sees_contacts)) for parcel in parts.shipments],
        "history": history.entries(order, lists.changes_of(order), refunds),
        "order_import": imports.find_import_by_id(order.import_id),
        "may_import": may(request, "orders.import"),
    }
    return render(request, "orders/detail.html", context)


def _shown(number: str, sees_contacts: bool) -> str:
    """A number that leads to a person, masked for those who may not see contacts."""
    return number if sees_contacts or not number else f"•••• {number[-4:]}"


@page("orders.view")
def refund(request: Request, pk: int) -> HttpResponse:
    """Show a refund with its lines and the sale it belongs to."""
    found: Refund | None = lists.find_refund(pk)
    if found is None:
        raise Http404
    context = {
        "refund": found,
        "lines": list(found.lines.select_related("product").order_by("position")),
        "customer": _customer(found, sees_names=may(request, "customers.view_contacts")),
    }
    return render(request, "orders/refund.html", context)
