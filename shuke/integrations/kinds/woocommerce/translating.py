"""WooCommerce's records in our words: the same JSON by webhook and by REST v3.

Amounts are strings (an item's ``price`` is a number), quantities may be fractions, ``date_*_gmt`` carry no offset.
Source: the reference of the WooCommerce REST API v3 (orders, customers, products, refunds).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.orders.actions import CouponRecord, LineRecord, OrderRecord, PaymentRecord, RefundRecord
from shuke.integrations.errors import Unusable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import currency, minor, moment, need, number, part, rows, text
from shuke.integrations.rules import wording
from shuke.integrations.rules.records import Article, Buyer, CalledOff, Records

# Under which keys plugins keep what a piece costs: SkyVerge's, WPFactory's, YITH's.
_COST_KEYS = ("_wc_cog_cost", "_alg_wc_cog_cost", "yith_cog_cost")
# What a shop calls the state of an order: status, payment, fulfilment.
_STATES = {
    "pending": ("open", "pending", "unfulfilled"), "on-hold": ("open", "pending", "unfulfilled"),
    "processing": ("paid", "paid", "unfulfilled"), "completed": ("completed", "paid", "fulfilled"),
    "cancelled": ("cancelled", "voided", "unfulfilled"), "failed": ("cancelled", "voided", "unfulfilled"),
    "refunded": ("completed", "refunded", ""), "checkout-draft": ("", "", ""), "auto-draft": ("", "", ""),
    "trash": ("cancelled", "", ""),
}  # fmt: skip


def translate(topic: str, said: Any, here: Surroundings) -> Records:
    """Return what a call amounts to; topics we have no use for amount to nothing."""
    if not isinstance(said, dict):
        raise Unusable("not an object", reason=wording.NO_JSON)
    reader = _READERS.get(topic)
    return reader(said, here) if reader else Records()


def at(said: dict[str, Any], name: str, here: Surroundings) -> datetime | None:
    """Return a time: in GMT where the shop says it so, otherwise by the shop's clock."""
    return moment(said.get(f"{name}_gmt")) or moment(said.get(name), zone=here.time_zone)


def order(said: dict[str, Any], here: Surroundings) -> Records:
    """Return an order with the refunds it names; a draft is none yet."""
    status, payment, fulfilment = _STATES.get(text(said.get("status")), ("open", "", ""))
    if not status:
        return Records()
    money = currency(said.get("currency"), here.currency)
    placed = at(said, "date_created", here)
    if placed is None:
        raise Unusable("date_created is missing", reason=wording.MISSING, field="date_created")
    billing = part(said, "billing")
    delivery = part(said, "shipping") if text(part(said, "shipping").get("city")) else billing
    paid = at(said, "date_paid", here)
    refunds = [found for one in rows(said.get("refunds")) if (found := _refund_of(one, said, money, here))]
    payments = []
    if paid:
        reference = text(said.get("transaction_id"), 120)
        payments = [
            PaymentRecord(
                text(said.get("payment_method"), 80), minor(said.get("total"), money), "paid", paid, reference
            )
        ]
    record = OrderRecord(
        number=text(said.get("number") or need(said, "id"), 120), external_id=text(need(said, "id"), 120),
        placed_at=placed, currency=money, lines=[_line(line, money) for line in rows(said.get("line_items"))],
        person=_buyer(said, billing, delivery), status=status,
        payment_state="partially_refunded" if refunds and payment == "paid" else payment, fulfilment_state=fulfilment,
        country=text(delivery.get("country"), 80), region=text(delivery.get("state"), 80), city=text(delivery.get("city"), 80),
        channel=text(said.get("created_via"), 64), discount_minor=minor(said.get("discount_total"), money),
        shipping_minor=minor(said.get("shipping_total"), money), tax_minor=minor(said.get("total_tax"), money),
        version=at(said, "date_modified", here), paid_at=paid, completed_at=at(said, "date_completed", here),
        cancelled_at=at(said, "date_modified", here) if status == "cancelled" else None, payments=payments,
        coupons=[
            CouponRecord(text(one.get("code"), 80), minor(one.get("discount"), money)) for one in rows(said.get("coupon_lines"))
            if text(one.get("code"))
        ],
    )  # fmt: skip
    return Records(orders=[record], refunds=refunds)


def _line(said: dict[str, Any], money: str) -> LineRecord:
    """Return a line; its amount is what the shop charges for it, tax apart."""
    product_id = text(said.get("product_id"))
    product_id = product_id if product_id not in {"", "0"} else text(said.get("sku")) or text(said.get("name"), 120)
    sku, title = text(said.get("sku"), 120), text(said.get("name"))
    total, before = minor(said.get("total"), money), minor(said.get("subtotal", said.get("total")), money)
    product = ProductRecord(product_id, sku=sku, title=title) if product_id else None
    return LineRecord(
        number(said.get("quantity")), number(said.get("price")), product, title, sku, total, max(0, before - total)
    )


def _buyer(said: dict[str, Any], billing: dict[str, Any], delivery: dict[str, Any]) -> PersonRecord | None:
    customer_id = text(said.get("customer_id"))
    return _person("" if customer_id == "0" else customer_id, billing, delivery)


def _person(external_id: str, billing: dict[str, Any], delivery: dict[str, Any]) -> PersonRecord | None:
    lines = [text(delivery.get(name)) for name in ("address_1", "address_2")]
    person = PersonRecord(
        external_id=external_id, email=text(billing.get("email")), phone=text(billing.get("phone")),
        name=" ".join(filter(None, (text(billing.get("first_name")), text(billing.get("last_name"))))),
        country=text(delivery.get("country")), region=text(delivery.get("state")), city=text(delivery.get("city")),
        address=", ".join(filter(None, lines)), postcode=text(delivery.get("postcode")),
    )  # fmt: skip
    return person if person.external_id or person.email or person.phone else None


def _refund_of(said: dict[str, Any], of: dict[str, Any], money: str, here: Surroundings) -> RefundRecord | None:
    """Return a refund as an order names it: an id, a reason and a negative total, without a day of its own."""
    amount = abs(minor(said.get("total") or said.get("amount"), money))
    when = at(said, "date_created", here) or at(of, "date_modified", here)
    if not amount or when is None:
        return None
    return RefundRecord(
        number=text(need(said, "id"), 120), refunded_at=when, currency=money, amount_minor=amount,
        order_external_id=text(of.get("id"), 120), reason=text(said.get("reason"), 200),
    )  # fmt: skip


def customer(said: dict[str, Any], here: Surroundings) -> Records:
    """Return a customer."""
    billing = {"email": said.get("email"), "first_name": said.get("first_name"), "last_name": said.get("last_name")}
    known = {name: value for name, value in part(said, "billing").items() if value}
    person = _person(text(need(said, "id")), {**billing, **known}, part(said, "shipping") or known)
    return Records(customers=[Buyer(person, (), at(said, "date_modified", here))] if person else [])


def product(said: dict[str, Any], here: Surroundings) -> Records:
    """Return a product."""
    categories = [text(one.get("name")) for one in rows(said.get("categories"))]
    price = said.get("price")
    record = ProductRecord(
        text(need(said, "id")), sku=text(said.get("sku"), 120), title=text(said.get("name")), category=text(next(iter(categories), ""), 200),
        price_minor=minor(price, here.currency) if price not in (None, "") and here.currency else None,
        currency=here.currency, is_active=text(said.get("status")) in {"", "publish"}, cost_minor=_cost(said, here.currency),
    )  # fmt: skip
    return Records(products=[Article(record, at(said, "date_modified", here))])


def _cost(said: dict[str, Any], money: str) -> int | None:
    """Return what a piece costs: WooCommerce's own field, else what well-known plugins keep among the meta data."""
    own = rows(part(said, "cost_of_goods_sold").get("values"))
    amounts = [one.get("effective_value", one.get("defined_value")) for one in own]
    kept = {text(one.get("key")): one.get("value") for one in rows(said.get("meta_data"))}
    amounts += [kept.get(name) for name in _COST_KEYS]
    amount = next((one for one in amounts if one not in (None, "") and not isinstance(one, dict | list)), None)
    return minor(amount, money) if amount is not None and money else None


def _gone_product(said: dict[str, Any], here: Surroundings) -> Records:
    return Records(products=[Article(ProductRecord(text(need(said, "id")), is_active=False))])


def _deleted(said: dict[str, Any], here: Surroundings) -> Records:
    return Records(called_off=[CalledOff(text(need(said, "id"), 120))])


_READERS: dict[str, Callable[[dict[str, Any], Surroundings], Records]] = {
    **{f"order.{what}": order for what in ("created", "updated", "restored")},
    "order.deleted": _deleted,
    **{f"customer.{what}": customer for what in ("created", "updated")},
    **{f"product.{what}": product for what in ("created", "updated", "restored")},
    "product.deleted": _gone_product,
}
TOPICS = tuple(_READERS)
