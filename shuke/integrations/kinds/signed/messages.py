"""Messages of the generic webhook, which we define: ``{"type": "order.upserted", "data": {…}}``."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.orders.actions import (
    CheckoutRecord,
    CouponRecord,
    LineRecord,
    OrderRecord,
    PaymentRecord,
    RefundRecord,
    ShipmentRecord,
)
from shuke.integrations.errors import Unusable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.rules import wording
from shuke.integrations.rules.records import Article, Asked, Buyer, CalledOff, Records
from shuke.platform.http.api.fields import Moment

Key = Annotated[str, Field(min_length=1, max_length=120)]
Text = Annotated[str, Field(max_length=300)]
Money = Annotated[int, Field(ge=0, lt=10**15)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Person(_Said):
    """A buyer or customer."""

    external_id: Text = ""
    email: Text = ""
    phone: Text = ""
    name: Text = ""
    country: Text = ""
    region: Text = ""
    city: Text = ""
    address: Annotated[str, Field(max_length=500)] = ""
    postcode: Text = ""
    language: Text = ""
    tags: list[Text] = []

    def record(self) -> PersonRecord:
        """Return it in the customers' words."""
        return PersonRecord(**self.model_dump(exclude={"tags", "updated_at"}))


class Item(_Said):
    """One line; the amount is quantity × unit price less the discount, unless given."""

    product: Text = ""
    sku: Text = ""
    title: Text = ""
    category: Text = ""
    brand: Text = ""
    quantity: Annotated[Decimal, Field(gt=-(10**12), lt=10**12)] = Decimal(1)
    unit_price: Annotated[Decimal, Field(gt=-(10**12), lt=10**12)]
    discount_minor: Money = 0
    amount_minor: Money | None = None

    def record(self) -> LineRecord:
        """Return it in the orders' words."""
        product = ProductRecord(self.product, self.sku, self.title, self.category, self.brand) if self.product else None
        return LineRecord(
            self.quantity, self.unit_price, product, self.title, self.sku, self.amount_minor, self.discount_minor
        )


class Coupon(_Said):
    """A code used."""

    code: Key
    amount_minor: Money = 0
    kind: Text = ""


class Payment(_Said):
    """A payment."""

    method: Text = ""
    amount_minor: Money = 0
    state: Text = "paid"
    paid_at: Moment | None = None
    reference: Text = ""


class Shipment(_Said):
    """A parcel."""

    number: Text = ""
    carrier: Text = ""
    tracking: Text = ""
    state: Text = "in_transit"
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None


class Order(_Said):
    """A sale as it is now; ``updated_at`` decides which of two messages is the newer."""

    number: Key
    external_id: Text = ""
    placed_at: Moment
    updated_at: Moment | None = None
    currency: Currency
    lines: Annotated[list[Item], Field(max_length=1000)]
    customer: Person | None = None
    status: Literal["open", "paid", "completed", "cancelled"] = "open"
    payment_state: Text = ""
    fulfilment_state: Text = ""
    country: Text = ""
    region: Text = ""
    city: Text = ""
    channel: Text = ""
    discount_minor: Money = 0
    shipping_minor: Money = 0
    tax_minor: Money = 0
    cancelled_at: Moment | None = None
    completed_at: Moment | None = None
    cancel_reason: Text = ""
    paid_at: Moment | None = None
    landing_site: Annotated[str, Field(max_length=2000)] = ""
    referring_site: Annotated[str, Field(max_length=2000)] = ""
    checkout_token: Annotated[str, Field(max_length=120)] = ""
    # Without ``updated_at`` a list that is not there leaves what was told before; an empty one says that there are none.
    coupons: list[Coupon] | None = None
    payments: list[Payment] | None = None
    shipments: list[Shipment] | None = None

    def record(self) -> OrderRecord:
        """Return it in the orders' words."""
        same = self.model_dump(exclude={"lines", "customer", "coupons", "payments", "shipments", "updated_at"})
        return OrderRecord(
            **same, lines=[line.record() for line in self.lines], version=self.updated_at,
            person=self.customer.record() if self.customer else None,
            coupons=_each(CouponRecord, self.coupons), payments=_each(PaymentRecord, self.payments),
            shipments=_each(ShipmentRecord, self.shipments),
        )  # fmt: skip


def _each(record: Callable[..., Any], said: Sequence[BaseModel] | None) -> list[Any] | None:
    return None if said is None else [record(**one.model_dump()) for one in said]


class Refund(_Said):
    """Money given back for a sale."""

    number: Key
    order_number: Text = ""
    order_external_id: Text = ""
    refunded_at: Moment
    updated_at: Moment | None = None
    currency: Currency
    amount_minor: Money
    reason: Text = ""
    lines: list[Item] = []

    def record(self) -> RefundRecord:
        """Return it in the orders' words."""
        same = self.model_dump(exclude={"lines", "updated_at"})
        return RefundRecord(**same, lines=[line.record() for line in self.lines], version=self.updated_at)


class Product(_Said):
    """A product of the catalogue."""

    external_id: Key
    sku: Text = ""
    title: Text = ""
    category: Text = ""
    brand: Text = ""
    price_minor: Money | None = None
    currency: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    is_active: bool = True
    updated_at: Moment | None = None


class Checkout(_Said):
    """A cart as it is now."""

    token: Key
    started_at: Moment
    updated_at: Moment
    currency: Currency
    lines: Annotated[list[Item], Field(max_length=1000)] = []
    value_minor: Money | None = None
    customer: Person | None = None
    checkout_at: Moment | None = None
    completed_at: Moment | None = None

    def record(self) -> CheckoutRecord:
        """Return it in the orders' words."""
        return CheckoutRecord(
            self.token, self.started_at, self.updated_at, self.currency, [line.record() for line in self.lines],
            self.value_minor, self.customer.record() if self.customer else None, self.checkout_at, self.completed_at,
        )  # fmt: skip


class Consent(_Said):
    """What a person decided about one address; ``evidence`` names what proves it."""

    channel: Key
    address: Key
    purpose: Key = "marketing"
    action: Literal["requested", "granted", "confirmed", "withdrawn", "refused", "objected"]
    occurred_at: Moment
    topic: Text = ""
    evidence: dict[str, Text] = {}

    def record(self) -> Statement:
        """Return it in the customers' words."""
        return Statement(**self.model_dump(), method="provider_webhook")


class PrivacyRequest(_Said):
    """What a person asked of the shop."""

    kind: Literal["export", "erase"]
    external_id: Text = ""
    email: Text = ""
    phone: Text = ""


class Gone(_Said):
    """A sale that the shop deleted."""

    number: Key
    deleted_at: Moment | None = None


class Customer(Person):
    """A customer as they are now; ``updated_at`` decides which of two messages is the newer."""

    updated_at: Moment | None = None


def _customer(said: Any) -> Records:
    person = Customer.model_validate(said)
    return Records(customers=[Buyer(person.record(), tuple(person.tags), person.updated_at)])


def _product(said: Any) -> Records:
    product = Product.model_validate(said)
    record = ProductRecord(**product.model_dump(exclude={"updated_at"}))
    return Records(products=[Article(record, product.updated_at)])


def _checkout(said: Any) -> Records:
    return Records(checkouts=[Checkout.model_validate(said).record()])


def _consent(said: Any) -> Records:
    return Records(consents=[Consent.model_validate(said).record()])


def _privacy(said: Any) -> Records:
    return Records(privacy=[Asked(**PrivacyRequest.model_validate(said).model_dump())])


def _gone(said: Any) -> Records:
    gone = Gone.model_validate(said)
    return Records(called_off=[CalledOff(gone.number, gone.deleted_at)])


TYPES: dict[str, Callable[[Any], Records]] = {
    "order.upserted": lambda said: Records(orders=[Order.model_validate(said).record()]),
    "order.deleted": _gone,
    "refund.upserted": lambda said: Records(refunds=[Refund.model_validate(said).record()]),
    "customer.upserted": _customer,
    "product.upserted": _product,
    "checkout.upserted": _checkout,
    "consent.recorded": _consent,
    "privacy.requested": _privacy,
}


def translate(said: Any, here: Surroundings) -> Records:
    """Return what a message amounts to; raise ``Unusable`` naming the field."""
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise Unusable("type is missing", reason=wording.MISSING, field="type")
    reader = TYPES.get(said["type"])
    if reader is None:
        raise Unusable(said["type"][:80], reason=wording.UNKNOWN_TOPIC)
    try:
        return reader(said.get("data"))
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "data"
        raise Unusable(f"{place}: {first['msg']}", reason=wording.REFUSED, field=place) from wrong
