"""Reading the cells of many rows: every distinct value is read once and remembered."""

from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.mapping import Mapping
from shuke.kernel.money import minor_digits, to_minor
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.imports.rules.remembering import Remembered

SALE_WORDS = frozenset(["sale", "order", "purchase", "销售", "订单", "正常", "交易", "sales", "购买"])
REFUND_WORDS = frozenset(
    [
        "refund",
        "return",
        "returned",
        "refunded",
        "cancellation",
        "credit",
        "退款",
        "退货",
        "退换货",
        "售后",
        "退货退款",
        "仅退款",
    ]
)
ADJUSTMENT_WORDS = frozenset(["adjustment", "correction", "adjust", "调整", "调账", "冲账", "更正"])
_STATUSES = {
    "open": "open unpaid pending authorized created onhold 等待买家付款 待付款 未付款 待支付",
    "paid": "paid processing partiallypaid shipped fulfilled sent intransit 买家已付款等待卖家发货 卖家已发货等待买家确认 "
    "备货中 待发货 已付款 已支付 已发货 待收货 等待出库 部分发货",
    "completed": "completed complete delivered done closed success refunded partiallyrefunded 交易成功 已完成 完成 已签收 已收货",
    "cancelled": "cancelled canceled voided failed expired 交易关闭 已取消 已关闭 取消 关闭 锁定 已关闭 trash",
}  # fmt: skip
STATUSES = {word: status for status, words in _STATUSES.items() for word in words.split()}
_PAYMENTS = {
    "pending": "pending unpaid onhold 等待买家付款 待付款 未付款 待支付",
    "authorized": "authorized",
    "partially_paid": "partiallypaid 部分付款",
    "paid": "paid processing 买家已付款等待卖家发货 卖家已发货等待买家确认 交易成功 已付款 已支付 待发货 备货中 已发货 等待出库 已完成 完成",
    "partially_refunded": "partiallyrefunded 部分退款 部分退款成功",
    "refunded": "refunded 退款成功 已退款 全额退款 已全额退款 售后完成退款成功",
    "voided": "voided",
}  # fmt: skip
_FULFILMENTS = {
    "unfulfilled": "unfulfilled unshipped 买家已付款等待卖家发货 待发货 备货中 未发货 等待出库",
    "partial": "partial partiallyfulfilled 部分发货",
    "fulfilled": "fulfilled shipped intransit 卖家已发货等待买家确认 已发货 待收货 全部发货",
    "delivered": "delivered 交易成功 已签收 已收货 已完成 完成",
    "returned": "returned restocked 已退货",
}  # fmt: skip
PAYMENTS = {word: state for state, words in _PAYMENTS.items() for word in words.split()}
FULFILMENTS = {word: state for state, words in _FULFILMENTS.items() for word in words.split()}


class Amount(NamedTuple):
    """Quantity, unit price and line amount, with what is worth telling about them."""

    quantity: str
    unit_price: str
    minor: int
    notes: tuple[str, ...] = ()


class Cells:
    """One remembered reader per kind of cell, as a mapping says they are written."""

    def __init__(self, mapping: Mapping) -> None:
        zone, order, mark = ZoneInfo(mapping.time_zone), mapping.date_order, mapping.decimal_mark
        self.moment = Remembered(lambda raw: moments.moment(raw, zone=zone, order=order))
        self.reference = Remembered(values.reference)
        self.short = Remembered(lambda raw: values.words(raw, most=80))
        self.label = Remembered(lambda raw: values.words(raw, most=120))
        self.category = Remembered(lambda raw: values.words(raw, most=200))
        # Titles that read like formulas, met so far: kept as text, and told.
        self.formula_texts: set[str] = set()
        self.title = Remembered(self._title)
        self.email = Remembered(lambda raw: values.words(raw, most=254).lower())
        self.number = Remembered(lambda raw: values.number(raw, mark=mark))
        self.currency = Remembered(values.currency)
        self.kind = Remembered(_kind)
        self.status = Remembered(_status)
        self.payment = Remembered(lambda raw: PAYMENTS.get(_squeezed(raw), ""))
        self.fulfilment = Remembered(lambda raw: FULFILMENTS.get(_squeezed(raw), ""))
        self.coupon = Remembered(lambda raw: values.words(raw, most=80))
        self.phone = Remembered(lambda raw: values.open_text(values.reference(raw)))
        self.person = Remembered(lambda raw: values.open_text(values.words(raw, most=200)))
        self.street = Remembered(lambda raw: values.open_text(values.words(raw, most=300)))
        self.amount = Remembered(self._amount)

    def reader(self, field: str) -> Remembered:
        """Return the reader of a field's cells."""
        special = {
            "placed_at": self.moment, "currency": self.currency, "kind": self.kind, "status": self.status,
            "number": self.reference, "refund_number": self.reference, "customer_id": self.reference,
            "phone": self.phone, "email": self.email, "product": self.reference, "sku": self.reference,
            "title": self.title, "category": self.category, "brand": self.label, "name": self.person,
            "address": self.street, "first_name": self.person, "last_name": self.person,
            "payment_status": self.payment, "fulfilment_status": self.fulfilment, "external_id": self.reference,
            "paid_at": self.moment, "shipped_at": self.moment, "completed_at": self.moment, "cancelled_at": self.moment,
            "coupon": self.coupon, "carrier": self.coupon, "tracking": self.reference, "payment_method": self.coupon,
            "payment_reference": self.reference, "paid_amount": self.number, "total": self.number,
            "line_discount": self.number, "reason": self.category, "discount": self.number, "shipping": self.number,
            "tax": self.number, "refunded": self.number, "quantity": self.number, "unit_price": self.number,
            "amount": self.number,
        }  # fmt: skip
        return special.get(field, self.short)

    def _title(self, raw: str) -> str:
        text = values.words(raw, most=300)
        if values.is_formula(text):
            self.formula_texts.add(text)
        return text

    def _amount(self, key: tuple[str | None, str | None, str | None, str]) -> Amount:
        """Work out a line from its quantity, unit price and amount cells (None: no such column) and its currency."""
        raw_quantity, raw_price, raw_amount, currency = key
        quantity = self._read("quantity", raw_quantity)
        price = self._read("unit_price", raw_price)
        given = self._read("amount", raw_amount)
        if price is None and given is None:
            raise Refused("amount_missing", field="unit_price" if raw_price is not None else "amount")
        if quantity is None:
            if raw_quantity is not None and given is None:
                raise Refused("quantity_missing", field="quantity")
            quantity = Decimal(1)
        if given is None:
            assert price is not None
            given = quantity * price
        elif price is None:
            price = (given / quantity) if quantity else given
            price = price.quantize(Decimal("0.000001"))
        minor = to_minor(given, currency)
        notes = tuple(_notes(quantity, given, currency))
        return Amount(facts.plain(quantity), facts.plain(price), minor, notes)

    def _read(self, field: str, raw: str | None) -> Decimal | None:
        if raw is None:
            return None
        found = self.number[raw]
        if isinstance(found, Refused):
            raise Refused(found.code, **found.facts, field=field)
        return found  # type: ignore[no-any-return]


def _notes(quantity: Decimal, amount: Decimal, currency: str) -> list[str]:
    found = []
    if not amount and quantity:
        found.append("free_lines")
    if amount.scaleb(minor_digits(currency)) % 1:
        found.append("fraction_lines")
    if quantity < 0:
        found.append("negative_lines")
    if not quantity:
        found.append("zero_lines")
    return found


def _kind(raw: str) -> str:
    text = values.clean(raw).casefold().replace(" ", "").replace("_", "")
    if not text:
        return ""
    for kind, words in ((facts.ORDER, SALE_WORDS), (facts.REFUND, REFUND_WORDS), (facts.ADJUSTMENT, ADJUSTMENT_WORDS)):
        if text in words:
            return kind
    raise Refused("unknown_kind")


def _squeezed(raw: str) -> str:
    """Return letters and digits of a word, as words of shops are compared."""
    return "".join(character for character in values.words(raw, most=80).casefold() if character.isalnum())


def _status(raw: str) -> str:
    """Return our status for a shop's, "?" for one we do not know."""
    squeezed = _squeezed(raw)
    return STATUSES.get(squeezed, "?") if squeezed else ""
