"""Orders and refunds over the API."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from ninja import Field, Query, Router, Schema
from pydantic import model_validator

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions
from shuke.cdp.orders.actions import CouponRecord, LineRecord, OrderRecord, PaymentRecord, RefundRecord, ShipmentRecord
from shuke.cdp.orders.actions.records import Record, fact_of
from shuke.cdp.orders.errors import InvalidRecord
from shuke.cdp.orders.models import Order, OrderLine, Refund, RefundLine
from shuke.cdp.orders.queries import exchange
from shuke.platform.company import actions as company
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne, Status
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
_STATUS: dict[str, Status] = {
    "created": "created", "replaced": "updated", "unchanged": "unchanged", "outdated": "unchanged",
}  # fmt: skip
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217.")]
Number = Annotated[str, Field(min_length=1, max_length=120)]
Place = Annotated[str, Field(max_length=80)]
PaymentWord = Literal[
    "", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided"
]  # fmt: skip
FulfilmentWord = Literal["", "unfulfilled", "partial", "fulfilled", "delivered", "returned"]


class LineOut(Schema):
    """One line."""

    product: str | None = Field(description="The product's external id.")
    sku: str
    title: str
    quantity: Decimal
    unit_price: Decimal
    amount_minor: int
    discount_minor: int


class CouponOut(Schema):
    """A code used for a sale."""

    code: str
    kind: str
    amount_minor: int


class PaymentOut(Schema):
    """One payment towards a sale; the provider's reference is not given out."""

    method: str
    amount_minor: int
    state: str
    paid_at: datetime | None


class ShipmentOut(Schema):
    """One parcel of a sale; the tracking number is not given out."""

    number: str
    carrier: str
    state: str
    shipped_at: datetime | None
    delivered_at: datetime | None


class OrderOut(Schema):
    """A sale. Amounts are in minor units of `currency`."""

    id: UUID
    shop: str
    number: str
    customer: UUID | None = Field(description="None for a guest.")
    external_id: str = Field(description="The source's own key, where the number is only what people call it.")
    placed_at: datetime
    status: str
    payment_state: str = Field(description="Empty where nobody says.")
    fulfilment_state: str = Field(description="Empty where nobody says.")
    paid_at: datetime | None
    completed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str
    version: datetime | None = Field(description="When the source last changed the record, as it says.")
    currency: str
    gross_minor: int
    refunded_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    country: str
    region: str
    city: str
    channel: str
    landing_site: str
    referring_site: str
    lines: list[LineOut]
    coupons: list[CouponOut]
    payments: list[PaymentOut]
    shipments: list[ShipmentOut]
    changed_at: datetime


class RefundOut(Schema):
    """Money given back; the amount is positive."""

    id: UUID
    shop: str
    number: str
    order_number: str
    customer: UUID | None
    refunded_at: datetime
    currency: str
    amount_minor: int
    reason: str
    country: str
    lines: list[LineOut]
    changed_at: datetime


class OrderPage(Schema):
    """One page of a list of orders."""

    items: list[OrderOut]
    next: str | None


class RefundPage(Schema):
    """One page of a list of refunds."""

    items: list[RefundOut]
    next: str | None


class BuyerIn(Schema, extra="forbid"):
    """Who bought. Found or made like a customer of a batch; without any key the order is a guest's."""

    external_id: str = Field("", max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=64)
    name: str = Field("", max_length=200)
    country: Place = ""
    region: Place = ""
    city: Place = ""
    address: str = Field("", max_length=500)
    postcode: str = Field("", max_length=20)
    language: str = Field("", max_length=10)


class LineIn(Schema, extra="forbid"):
    """One line. Its amount is quantity × unit price, rounded half up, unless given."""

    product: str = Field(
        "", max_length=120, description="The product's external id; an unknown one is added to the catalogue."
    )
    sku: str = Field("", max_length=120)
    title: str = Field("", max_length=300)
    category: str = Field("", max_length=200)
    brand: str = Field("", max_length=120)
    quantity: Decimal = Field(Decimal(1), ge=0, max_digits=18, decimal_places=4)
    unit_price: Decimal = Field(ge=0, max_digits=18, decimal_places=6, description="In major units, such as 9.95.")
    amount_minor: int | None = Field(None, ge=0, description="In minor units, where it is not quantity × unit price.")
    discount_minor: int = Field(0, ge=0, description="Taken off this line.")


class CouponIn(Schema, extra="forbid"):
    """A code used for a sale. What it took off is in the amounts of the lines already."""

    code: str = Field(min_length=1, max_length=80)
    kind: str = Field("", max_length=40)
    amount_minor: int = Field(0, ge=0)


class PaymentIn(Schema, extra="forbid"):
    """One payment towards a sale."""

    method: str = Field("", max_length=80)
    amount_minor: int = Field(0, ge=0)
    state: PaymentWord = ""
    paid_at: Moment | None = None
    reference: str = Field("", max_length=120, description="The provider's number of it; kept sealed.")


class ShipmentIn(Schema, extra="forbid"):
    """One parcel."""

    number: str = Field("", max_length=120)
    carrier: str = Field("", max_length=80)
    tracking: str = Field("", max_length=120, description="Kept sealed.")
    state: Literal["pending", "in_transit", "delivered", "failed", "returned", "cancelled"] = "in_transit"
    shipped_at: Moment | None = None
    delivered_at: Moment | None = None


class OrderIn(Schema, extra="forbid"):
    """A sale as the shop sees it now.

    With a version it is the whole sale. Without one it replaces what it says, lines included; states, times, keys, coupons,
    payments and shipments it does not mention stay as they were told. An empty list says that there are none.
    """

    number: Number
    placed_at: Moment = Field(description="With time zone.")
    currency: Currency
    lines: list[LineIn] = Field(max_length=1000)
    customer: BuyerIn | None = None
    status: Literal["open", "paid", "completed", "cancelled"] = "completed"
    discount_minor: int = Field(0, ge=0, description="For information; amounts of lines are what was charged.")
    shipping_minor: int = Field(0, ge=0, description="For information; in no figure.")
    tax_minor: int = Field(0, ge=0, description="For information; in no figure.")
    country: Place = ""
    region: Place = ""
    city: Place = ""
    channel: str = Field("", max_length=64)
    version: Moment | None = Field(
        None, description="When the shop last changed the order: what is older than what is stored changes nothing."
    )
    external_id: str = Field("", max_length=120, description="The shop's own key, where it differs from the number.")
    payment_state: PaymentWord = Field("", description="Empty: as the status implies.")
    fulfilment_state: FulfilmentWord = ""
    paid_at: Moment | None = None
    completed_at: Moment | None = None
    cancelled_at: Moment | None = None
    cancel_reason: str = Field("", max_length=200)
    landing_site: str = Field("", max_length=2000, description="Host, path and campaign parameters are kept.")
    referring_site: str = Field("", max_length=2000)
    coupons: list[CouponIn] | None = Field(None, max_length=50)
    payments: list[PaymentIn] | None = Field(None, max_length=50)
    shipments: list[ShipmentIn] | None = Field(None, max_length=100)
    checkout_token: str = Field("", max_length=120, description="The cart it came from.")


class RefundIn(Schema, extra="forbid"):
    """Money given back. Give lines, an amount, or both where they differ. Amounts are positive."""

    number: Number
    refunded_at: Moment = Field(description="With time zone.")
    currency: Currency
    amount_minor: int | None = Field(None, ge=0)
    lines: list[LineIn] = Field([], max_length=1000)
    order_number: str = Field("", max_length=120, description="The sale it belongs to; may arrive later.")
    customer: BuyerIn | None = None
    reason: str = Field("", max_length=200)
    country: Place = ""
    version: Moment | None = None
    order_external_id: str = Field("", max_length=120, description="The sale by the shop's own key.")

    @model_validator(mode="after")
    def _says_how_much(self) -> "RefundIn":
        if self.amount_minor is None and not self.lines:
            raise ValueError("give amount_minor or lines")
        return self


class OrderBatch(Schema, extra="forbid"):
    """Orders of one shop."""

    shop: str = Field(min_length=1, max_length=200, description="Code or name of the shop; a new name opens a shop.")
    historical: bool = Field(False, description="Write as history: nothing live reacts.")
    items: list[Annotated[OrderIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class RefundBatch(Schema, extra="forbid"):
    """Refunds of one shop."""

    shop: str = Field(min_length=1, max_length=200, description="Code or name of the shop; a new name opens a shop.")
    historical: bool = Field(False, description="Write as history: nothing live reacts.")
    items: list[Annotated[RefundIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class OrderFilter(Schema):
    """Which orders to list."""

    shop: str = Field("", max_length=64, description="The shop's code.")
    number: str = Field("", max_length=120)
    payment_state: PaymentWord = ""
    fulfilment_state: FulfilmentWord = ""
    customer: UUID | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = None
    changed_since: Moment | None = None


class RefundFilter(Schema):
    """Which refunds to list."""

    shop: str = Field("", max_length=64, description="The shop's code.")
    number: str = Field("", max_length=120)
    customer: UUID | None = None
    refunded_from: Moment | None = None
    refunded_before: Moment | None = None
    changed_since: Moment | None = None


@router.get("/orders", operation_id="orders.list", response=OrderPage, **needs("orders:read"))
def list_orders(
    request: Request, filters: Query[OrderFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List orders in the order in which they arrived."""
    rows, following = walk(exchange.orders_matching(**filters.dict()), cursor, limit)
    return answer([_order(row) for row in rows], following)


@router.get("/orders/{uuid:order_id}", operation_id="orders.get", response=OrderOut, **needs("orders:read"))
def get_order(request: Request, order_id: UUID) -> OrderOut:
    """Return one order."""
    return _order(exchange.order_by_uuid(order_id))


@router.post("/orders/batch", operation_id="orders.upsert", response=BatchResult, **needs("orders:write"))
def upsert_orders(request: Request, body: OrderBatch) -> BatchResult:
    """Create or replace orders of a shop, each found by its number."""
    return _record(request, body, _order_record)


@router.get("/refunds", operation_id="refunds.list", response=RefundPage, **needs("orders:read"))
def list_refunds(
    request: Request, filters: Query[RefundFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List refunds in the order in which they arrived."""
    rows, following = walk(exchange.refunds_matching(**filters.dict()), cursor, limit)
    return answer([_refund(row) for row in rows], following)


@router.get("/refunds/{uuid:refund_id}", operation_id="refunds.get", response=RefundOut, **needs("orders:read"))
def get_refund(request: Request, refund_id: UUID) -> RefundOut:
    """Return one refund."""
    return _refund(exchange.refund_by_uuid(refund_id))


@router.post("/refunds/batch", operation_id="refunds.upsert", response=BatchResult, **needs("orders:write"))
def upsert_refunds(request: Request, body: RefundBatch) -> BatchResult:
    """Create or replace refunds of a shop, each found by its number."""
    return _record(request, body, _refund_record)


def _record(request: Request, body: OrderBatch | RefundBatch, record_of: Callable[[Any], Record]) -> BatchResult:
    actor, now = request.actor, request.now
    shop = company.shop_for_api(body.shop, now=now)
    by = Provenance(source="api", actor=actor.reference, now=now, historical=body.historical)
    results: list[ItemResult] = []
    records: dict[int, Record] = {}
    for index, item in batches.sound(body.items).items():
        record = record_of(item)
        try:
            fact_of(record)
        except InvalidRecord as refusal:
            results.append(batches.refused(index, refusal.facts["field"], refusal))
        else:
            records[index] = record
    for chunk in batches.chunks(records):
        with transaction.atomic():
            outcomes = actions.record(shop, list(chunk.values()), by=by)
            uuids = exchange.uuids_of([(outcome.kind, outcome.record_id) for outcome in outcomes])
        for index, outcome in zip(chunk, outcomes, strict=True):
            identifier = uuids[outcome.kind, outcome.record_id]
            results.append(batches.done(index, _STATUS[outcome.action], identifier))
    return batches.report(body.items, results)


def _order_record(item: OrderIn) -> OrderRecord:
    said = item.dict(exclude={"lines", "customer", "coupons", "payments", "shipments"})
    return OrderRecord(
        **said, lines=_lines(item.lines), person=_person(item.customer), coupons=_each(CouponRecord, item.coupons),
        payments=_each(PaymentRecord, item.payments), shipments=_each(ShipmentRecord, item.shipments),
    )  # fmt: skip


def _each(record: Callable[..., Any], said: Sequence[Schema] | None) -> list[Any] | None:
    return None if said is None else [record(**each.dict()) for each in said]


def _refund_record(item: RefundIn) -> RefundRecord:
    said = item.dict(exclude={"lines", "customer"})
    return RefundRecord(**said, lines=_lines(item.lines), person=_person(item.customer))


def _lines(lines: Iterable[LineIn]) -> list[LineRecord]:
    return [
        LineRecord(
            quantity=line.quantity, unit_price=line.unit_price, title=line.title, sku=line.sku,
            amount_minor=line.amount_minor, discount_minor=line.discount_minor,
            product=ProductRecord(line.product, line.sku, line.title, line.category, line.brand) if line.product else None,
        )
        for line in lines
    ]  # fmt: skip


def _person(buyer: BuyerIn | None) -> PersonRecord | None:
    return PersonRecord(**buyer.dict()) if buyer else None


def _order(order: Order) -> OrderOut:
    return OrderOut(
        id=order.uuid, shop=order.shop.code, number=order.number,
        customer=order.customer.uuid if order.customer else None,
        external_id=order.external_id, payment_state=order.payment_state, fulfilment_state=order.fulfilment_state,
        paid_at=order.paid_at, completed_at=order.completed_at, cancelled_at=order.cancelled_at,
        cancel_reason=order.cancel_reason, version=order.version, landing_site=order.landing_site,
        referring_site=order.referring_site,
        coupons=[CouponOut.from_orm(each) for each in order.coupons.all()],
        payments=[PaymentOut.from_orm(each) for each in order.payments.all()],
        shipments=[ShipmentOut.from_orm(each) for each in order.shipments.all()],
        placed_at=order.placed_at, status=order.status,
        currency=order.currency, gross_minor=order.gross_minor, refunded_minor=order.refunded_minor,
        discount_minor=order.discount_minor, shipping_minor=order.shipping_minor, tax_minor=order.tax_minor,
        country=order.country, region=order.region, city=order.city,
        channel=order.channel, changed_at=order.changed_at, lines=_shown(order.lines.all()),
    )  # fmt: skip


def _refund(refund: Refund) -> RefundOut:
    return RefundOut(
        id=refund.uuid, shop=refund.shop.code, number=refund.number, order_number=refund.order_number,
        customer=refund.customer.uuid if refund.customer else None, refunded_at=refund.refunded_at,
        currency=refund.currency, amount_minor=refund.amount_minor, reason=refund.reason, country=refund.country,
        changed_at=refund.changed_at, lines=_shown(refund.lines.all()),
    )  # fmt: skip


def _shown(lines: Iterable[OrderLine | RefundLine]) -> list[LineOut]:
    return [
        LineOut(
            product=line.product.external_id if line.product else None, sku=line.sku, title=line.title,
            quantity=line.quantity, unit_price=line.unit_price, amount_minor=line.amount_minor,
            discount_minor=line.discount_minor,
        )
        for line in sorted(lines, key=lambda line: line.position)
    ]  # fmt: skip
