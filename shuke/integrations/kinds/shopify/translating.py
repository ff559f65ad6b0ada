"""Shopify's records in our words. The same JSON comes by webhook and, nearly, by the Admin API's bulk file.

Amounts are strings; ids are numbers; an order's ``updated_at`` is its version.
Source: the webhook payloads of Shopify's Admin API (order, customer, product, refund, checkout).
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.orders.actions import (
    CheckoutRecord,
    CouponRecord,
    LineRecord,
    OrderRecord,
    RefundRecord,
    ShipmentRecord,
)
from shuke.integrations.errors import Unusable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import currency, minor, moment, need, number, part, rows, text
from shuke.integrations.rules import wording
from shuke.integrations.rules.records import Article, Asked, Buyer, CalledOff, Records

_PAYMENT = {
    "pending": "pending", "authorized": "authorized", "partially_paid": "pending", "paid": "paid",
    "partially_refunded": "partially_refunded", "refunded": "refunded", "voided": "voided",
}  # fmt: skip
_FULFILMENT = {"fulfilled": "fulfilled", "partial": "partial", "restocked": "unfulfilled", None: "unfulfilled"}
_PARCEL = {
    "delivered": "delivered", "failure": "failed", "label_printed": "pending", "confirmed": "pending",
    "in_transit": "in_transit", "out_for_delivery": "in_transit", "attempted_delivery": "in_transit",
}  # fmt: skip
_CONSENT = {"subscribed": "granted", "unsubscribed": "withdrawn", "not_subscribed": "", "pending": "requested"}


def translate(topic: str, said: Any, here: Surroundings) -> Records:
    """Return what a call amounts to; topics we have no use for amount to nothing."""
    if not isinstance(said, dict):
        raise Unusable("not an object", reason=wording.NO_JSON)
    reader = _READERS.get(topic)
    return reader(said, here) if reader else Records()


def _order(said: dict[str, Any], here: Surroundings) -> Records:
    money = currency(said.get("currency"), here.currency)
    order = order_of(said, money)
    refunds = [found for refund in rows(said.get("refunds")) if (found := _refund_of(refund, money, said))]
    return Records(orders=[order], refunds=refunds)


def order_of(said: dict[str, Any], money: str) -> OrderRecord:
    """Return an order with its states as they are now."""
    placed = moment(said.get("created_at")) or moment(said.get("processed_at"))
    if placed is None:
        raise Unusable("created_at is missing", reason=wording.MISSING, field="created_at")
    cancelled = moment(said.get("cancelled_at"))
    payment = _PAYMENT.get(text(said.get("financial_status")), "pending")
    address = part(said, "shipping_address") or part(said, "billing_address")
    is_paid = payment in {"paid", "partially_refunded", "refunded"}
    is_done = bool(moment(said.get("closed_at")))
    lines = [_line(line, money) for line in rows(said.get("line_items"))]
    return OrderRecord(
        number=text(said.get("name") or need(said, "id"), 120),
        external_id=text(need(said, "id"), 120),
        placed_at=placed,
        currency=money,
        lines=lines,
        person=_person(part(said, "customer"), address, said),
        status="cancelled" if cancelled else "completed" if is_done else "paid" if is_paid else "open",
        payment_state=payment,
        fulfilment_state=_FULFILMENT.get(said.get("fulfillment_status"), "unfulfilled"),
        country=text(address.get("country_code") or address.get("country"), 80),
        region=text(address.get("province"), 80),
        city=text(address.get("city"), 80),
        channel=text(said.get("source_name"), 64),
        discount_minor=minor(said.get("total_discounts"), money),
        shipping_minor=sum(minor(line.get("price"), money) for line in rows(said.get("shipping_lines"))),
        tax_minor=minor(said.get("total_tax"), money),
        version=moment(said.get("updated_at")),
        cancelled_at=cancelled,
        cancel_reason=text(said.get("cancel_reason"), 120),
        completed_at=moment(said.get("closed_at")),
        landing_site=text(said.get("landing_site"), 2_000),
        referring_site=text(said.get("referring_site"), 2_000),
        coupons=[
            CouponRecord(text(code.get("code"), 120), minor(code.get("amount"), money), text(code.get("type"), 32))
            for code in rows(said.get("discount_codes"))
            if text(code.get("code"))
        ],
        shipments=[_shipment(parcel) for parcel in rows(said.get("fulfillments"))],
        checkout_token=text(said.get("cart_token") or said.get("checkout_token"), 120),
    )


def _line(said: dict[str, Any], money: str) -> LineRecord:
    quantity, price = number(said.get("quantity")), number(said.get("price"))
    off = sum((number(one.get("amount")) for one in rows(said.get("discount_allocations"))), Decimal(0))
    product_id = text(said.get("product_id")) or text(said.get("sku")) or text(said.get("variant_id"))
    title = text(said.get("title") or said.get("name"))
    product = ProductRecord(
        product_id, sku=text(said.get("sku"), 120), title=title, brand=text(said.get("vendor"), 120)
    )
    return LineRecord(
        quantity, price, product=product if product_id else None, title=text(said.get("name")) or title,
        sku=text(said.get("sku"), 120), discount_minor=minor(off, money),
    )  # fmt: skip


def _shipment(said: dict[str, Any]) -> ShipmentRecord:
    shipped = moment(said.get("created_at"))
    state = _PARCEL.get(text(said.get("shipment_status")), "in_transit")
    if text(said.get("status")) == "cancelled":
        state = "failed"
    return ShipmentRecord(
        number=text(said.get("id")), carrier=text(said.get("tracking_company"), 80),
        tracking=text(said.get("tracking_number"), 120), state=state, shipped_at=shipped,
        delivered_at=moment(said.get("updated_at")) if state == "delivered" else None,
        contents=[(text(line.get("product_id")), number(line.get("quantity"))) for line in rows(said.get("line_items"))],
    )  # fmt: skip


def _person(customer: dict[str, Any], address: dict[str, Any], order: dict[str, Any]) -> PersonRecord | None:
    names = [text(customer.get("first_name")), text(customer.get("last_name"))]
    name = " ".join(filter(None, names)) or text(address.get("name"))
    lines = [text(address.get(field)) for field in ("address1", "address2")]
    person = PersonRecord(
        external_id=text(customer.get("id")),
        email=text(customer.get("email") or order.get("email") or order.get("contact_email")),
        phone=text(customer.get("phone") or order.get("phone") or address.get("phone")),
        name=name,
        country=text(address.get("country_code") or address.get("country")),
        region=text(address.get("province")),
        city=text(address.get("city")),
        address=", ".join(filter(None, lines)),
        postcode=text(address.get("zip")),
        language=text(order.get("customer_locale"))[:10],
    )
    return person if person.external_id or person.email or person.phone else None


def _refund(said: dict[str, Any], here: Surroundings) -> Records:
    found = _refund_of(said, here.currency, {"id": said.get("order_id")})
    return Records(refunds=[found] if found else [])


def _refund_of(said: dict[str, Any], money: str, order: dict[str, Any]) -> RefundRecord | None:
    """Return a refund, None where no money went back (a restock, a refund that was declined).

    It comes by itself and within its order: both ways it reads the same, so that neither overwrites the other.
    """
    paid = [
        one for one in rows(said.get("transactions")) if one.get("kind") == "refund" and one.get("status") == "success"
    ]
    money = currency(next((one.get("currency") for one in paid), ""), money)
    lines = []
    for item in rows(said.get("refund_line_items")):
        line = _line(part(item, "line_item"), money)
        amount = minor(item.get("subtotal"), money)
        lines.append(
            LineRecord(number(item.get("quantity")), line.unit_price, line.product, line.title, line.sku, amount)
        )
    amount = sum(minor(one.get("amount"), money) for one in paid)
    at = moment(said.get("created_at")) or moment(said.get("processed_at"))
    if not amount or at is None:
        return None
    return RefundRecord(
        number=text(need(said, "id"), 120), refunded_at=at, currency=money, lines=lines, amount_minor=amount,
        order_external_id=text(order.get("id"), 120), reason=text(said.get("note"), 200), version=at,
    )  # fmt: skip


def _deleted_order(said: dict[str, Any], here: Surroundings) -> Records:
    """A deleted order names nothing but its id."""
    return Records(called_off=[CalledOff(text(need(said, "id"), 120))])


def _customer(said: dict[str, Any], here: Surroundings) -> Records:
    person = _person(said, part(said, "default_address"), said)
    tags = tuple(tag for one in text(said.get("tags"), 2_000).split(",") if (tag := one.strip()))
    customers = [Buyer(person, tags, moment(said.get("updated_at")))] if person else []
    return Records(customers=customers, consents=_consents_of(said))


def _consents_of(said: dict[str, Any]) -> list[Statement]:
    found = []
    for channel, field in (("email", "email_marketing_consent"), ("sms", "sms_marketing_consent")):
        consent, address = part(said, field), text(said.get("email" if channel == "email" else "phone"))
        action = _CONSENT.get(text(consent.get("state")), "")
        at = moment(consent.get("consent_updated_at"))
        if action and at and address:
            level = text(consent.get("opt_in_level"))
            is_confirmed = action == "granted" and level == "confirmed_opt_in"
            evidence = {"document": f"Shopify {field}", "opt_in_level": level}
            found.append(
                Statement(
                    channel=channel, address=address, purpose="marketing", action="confirmed" if is_confirmed else action,
                    method="provider_webhook", occurred_at=at, evidence=evidence,
                )
            )  # fmt: skip
    return found


def _consent(said: dict[str, Any], here: Surroundings) -> Records:
    address = {"email": said.get("email_address"), **said}
    return Records(consents=_consents_of(address))


def _product(said: dict[str, Any], here: Surroundings) -> Records:
    first = next(iter(rows(said.get("variants"))), {})
    cost = part(part(first, "inventory_item"), "unit_cost") or part(part(first, "inventoryItem"), "unitCost")
    record = ProductRecord(
        text(need(said, "id")), sku=text(first.get("sku"), 120), title=text(said.get("title")),
        category=text(said.get("product_type"), 200), brand=text(said.get("vendor"), 120),
        price_minor=minor(first["price"], here.currency) if first.get("price") and here.currency else None,
        currency=here.currency, is_active=text(said.get("status")) in {"", "active"}, cost_minor=_cost(cost, here.currency),
    )  # fmt: skip
    return Records(products=[Article(record, moment(said.get("updated_at")))])


def _cost(said: dict[str, Any], money: str) -> int | None:
    """Return what a piece costs; only the admin's own interface tells, and only in the shop's currency is it of use."""
    amount, own = said.get("amount"), currency(said.get("currencyCode") or said.get("currency_code"), money)
    return minor(amount, money) if amount not in (None, "") and money and own == money else None


def _gone_product(said: dict[str, Any], here: Surroundings) -> Records:
    return Records(products=[Article(ProductRecord(text(need(said, "id")), is_active=False))])


def _checkout(said: dict[str, Any], here: Surroundings) -> Records:
    """A checkout (and, with less in it, a cart). Carts name no currency of their own: the shop's."""
    money = currency(said.get("presentment_currency") or said.get("currency"), here.currency)
    started = moment(said.get("created_at"))
    if started is None:
        raise Unusable("created_at is missing", reason=wording.MISSING, field="created_at")
    is_checkout = "total_price" in said
    address = part(said, "shipping_address") or part(said, "billing_address")
    record = CheckoutRecord(
        token=text(said.get("cart_token") or need(said, "token"), 120), started_at=started,
        updated_at=moment(said.get("updated_at")) or started, currency=money,
        lines=[_line(line, money) for line in rows(said.get("line_items"))],
        value_minor=minor(said.get("total_price"), money) if is_checkout else None,
        person=_person(part(said, "customer"), address, said) if is_checkout else None,
        checkout_at=started if is_checkout else None, completed_at=moment(said.get("completed_at")),
    )  # fmt: skip
    return Records(checkouts=[record])


def _data_request(said: dict[str, Any], here: Surroundings) -> Records:
    return _privacy("export", said)


def _redact(said: dict[str, Any], here: Surroundings) -> Records:
    return _privacy("erase", said)


def _privacy(kind: str, said: dict[str, Any]) -> Records:
    customer = part(said, "customer")
    return Records(
        privacy=[Asked(kind, text(customer.get("id")), text(customer.get("email")), text(customer.get("phone")))]
    )


def _uninstalled(said: dict[str, Any], here: Surroundings) -> Records:
    return Records(trouble=wording.UNINSTALLED)


def _shop_redact(said: dict[str, Any], here: Surroundings) -> Records:
    return Records(trouble=wording.SHOP_REDACT)


_READERS: dict[str, Callable[[dict[str, Any], Surroundings], Records]] = {
    **{f"orders/{what}": _order for what in ("create", "updated", "paid", "fulfilled", "partially_fulfilled", "cancelled", "edited")},
    "orders/delete": _deleted_order,
    "refunds/create": _refund,
    **{f"customers/{what}": _customer for what in ("create", "update", "enable", "disable")},
    "customers_email_marketing_consent/update": _consent,
    "customers_marketing_consent/update": _consent,
    **{f"products/{what}": _product for what in ("create", "update")},
    "products/delete": _gone_product,
    **{f"{what}/{how}": _checkout for what in ("checkouts", "carts") for how in ("create", "update")},
    "customers/data_request": _data_request,
    "customers/redact": _redact,
    "app/uninstalled": _uninstalled,
    "shop/redact": _shop_redact,
}  # fmt: skip
TOPICS = tuple(_READERS)
