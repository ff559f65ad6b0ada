"""Youzan's trades in our words. Money is in decimal strings of yuan, times are Shanghai's without an offset.

Source: the trade push messages of Youzan cloud (``full_order_info`` of trade_Trade…).
"""

from datetime import datetime
from typing import Any

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.integrations.errors import Unusable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.reading import minor, moment, need, number, part, rows, text
from shuke.integrations.rules import wording
from shuke.integrations.rules.records import CalledOff, Records

ZONE, MONEY = "Asia/Shanghai", "CNY"
_STATES = {
    "WAIT_BUYER_PAY": ("open", "pending", "unfulfilled"), "WAIT_CONFIRM": ("open", "pending", "unfulfilled"),
    "TRADE_PAID": ("paid", "paid", "unfulfilled"), "WAIT_SELLER_SEND_GOODS": ("paid", "paid", "unfulfilled"),
    "WAIT_BUYER_CONFIRM_GOODS": ("paid", "paid", "fulfilled"), "TRADE_SUCCESS": ("completed", "paid", "fulfilled"),
    "TRADE_CLOSED": ("cancelled", "", ""), "TRADE_REFUND": ("completed", "refunded", ""),
}  # fmt: skip


def translate(topic: str, said: Any, here: Surroundings, *, status: str, version: str) -> Records:
    """Return what a push amounts to. A closed trade may name nothing but itself."""
    if not isinstance(said, dict):
        raise Unusable("msg is not a JSON object", reason=wording.NO_JSON)
    if not topic.lower().startswith("trade_"):
        return Records()
    full = part(said, "full_order_info")
    if not full:
        if topic.lower() == "trade_tradeclose":
            return Records(
                called_off=[
                    CalledOff(
                        text(need(said, "tid"), 120),
                        _at(said.get("update_time")),
                        text(said.get("close_reason"), 120) or "closed",
                    )
                ]
            )
        return Records()
    return Records(orders=[_order(full, status, version)])


def _at(said: Any) -> datetime | None:
    return moment(said, zone=ZONE)


def _order(full: dict[str, Any], status: str, version: str) -> OrderRecord:
    order, pay, place = part(full, "order_info"), part(full, "pay_info"), part(full, "address_info")
    placed = _at(order.get("created"))
    if placed is None:
        raise Unusable("created is missing", reason=wording.MISSING, field="created")
    states = _STATES.get(text(order.get("status")) or status, ("open", "", ""))
    paid, completed = _at(order.get("pay_time")), _at(order.get("success_time"))
    return OrderRecord(
        number=text(need(order, "tid"), 120), placed_at=placed, currency=MONEY,
        lines=[_line(line) for line in rows(full.get("orders"))], person=_person(full, place), status=states[0],
        payment_state=states[1], fulfilment_state=states[2], country="CN", region=text(place.get("delivery_province"), 80),
        city=text(place.get("delivery_city"), 80), channel=text(part(full, "source_info").get("platform"), 64),
        shipping_minor=minor(pay.get("post_fee"), MONEY), version=_at(order.get("update_time")), paid_at=paid,
        completed_at=completed, cancelled_at=_at(order.get("update_time")) if states[0] == "cancelled" else None,
    )  # fmt: skip


def _line(said: dict[str, Any]) -> LineRecord:
    product_id, sku, title = text(said.get("item_id")), text(said.get("outer_sku_id"), 120), text(said.get("title"))
    whole, paid = minor(said.get("total_fee"), MONEY), minor(said.get("payment", said.get("total_fee")), MONEY)
    product = ProductRecord(product_id, sku=sku, title=title) if product_id else None
    return LineRecord(
        number(said.get("num")), number(said.get("price")), product, title, sku, paid, max(0, whole - paid)
    )


def _person(full: dict[str, Any], place: dict[str, Any]) -> PersonRecord | None:
    buyer = part(full, "buyer_info")
    person = PersonRecord(
        external_id=text(buyer.get("yz_open_id") or buyer.get("buyer_id")),
        phone=text(buyer.get("buyer_phone") or place.get("receiver_tel")),
        name=text(buyer.get("buyer_name") or place.get("receiver_name")), country="CN",
        region=text(place.get("delivery_province")), city=text(place.get("delivery_city")),
        address=" ".join(filter(None, (text(place.get("delivery_district")), text(place.get("delivery_address"))))),
        postcode=text(place.get("delivery_postal_code")), language="zh",
    )  # fmt: skip
    return person if person.external_id not in {"", "0"} or person.phone else None
