"""What other domains hand to ``record``: one frozen value per sale, refund or bookkeeping entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.orders.errors import InvalidRecord
from shuke.cdp.orders.models import FulfilmentState, OrderStatus, PaymentState, ShipmentState
from shuke.cdp.orders.rules import facts, sites
from shuke.cdp.orders.rules.facts import Fact, Line
from shuke.platform.imports.rules import moments

# Beyond these nobody sells anything, and no column holds it.
TOO_MUCH, TOO_MUCH_MINOR = 10**12, 10**15


@dataclass(frozen=True, slots=True)
class LineRecord:
    """One line. The amount is quantity x unit price, rounded half up, unless the source gives it itself.

    Of ``product`` only what an order may say is used: ids, title, category and brand. Prices come from the catalogue.
    """

    quantity: Decimal
    unit_price: Decimal
    product: ProductRecord | None = None
    title: str = ""
    sku: str = ""
    amount_minor: int | None = None
    # What was taken off this line; the amount is what is left, unless the source gives that itself.
    discount_minor: int = 0


@dataclass(frozen=True, slots=True)
class CouponRecord:
    """A code used for a sale. What it took off is in the lines' amounts or in ``discount_minor`` already."""

    code: str
    amount_minor: int = 0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """One payment towards a sale; ``reference`` is the provider's number of it and is kept sealed."""

    method: str = ""
    amount_minor: int = 0
    state: str = ""
    paid_at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentRecord:
    """One parcel; ``tracking`` is kept sealed. ``contents`` are pairs of product (or article number) and quantity."""

    number: str = ""
    carrier: str = ""
    tracking: str = ""
    state: str = "in_transit"
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    contents: Sequence[tuple[str, Decimal]] = ()


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """A sale as its source says it now.

    ``version`` is when the source last changed it: such a record is the whole sale, and what is older than what is stored
    changes nothing. Without one, what comes last counts for what it says, and what only some sources know stays as it was
    told where it is silent: states, times, keys, sites, coupons, payments and parcels. For the lists, None is silence and an
    empty one says that there are none. An empty payment state follows from the status; an empty fulfilment state means nobody knows.
    ``external_id`` is the source's own key, where ``number`` is only what people call the order. Of the addresses of the
    two sites only host, path and campaign parameters are kept. ``checkout_token`` is the cart it came from.
    """

    number: str
    placed_at: datetime
    currency: str
    lines: Sequence[LineRecord]
    person: PersonRecord | None = None
    status: str = "completed"
    country: str = ""
    region: str = ""
    city: str = ""
    channel: str = ""
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    version: datetime | None = None
    external_id: str = ""
    payment_state: str = ""
    fulfilment_state: str = ""
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    landing_site: str = ""
    referring_site: str = ""
    coupons: Sequence[CouponRecord] | None = None
    payments: Sequence[PaymentRecord] | None = None
    shipments: Sequence[ShipmentRecord] | None = None
    checkout_token: str = ""


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """Money given back; amounts are positive. Give ``lines`` or ``amount_minor``, or both if they differ.

    The sale is named by its number or by the source's own key; it may arrive later.
    """

    number: str
    refunded_at: datetime
    currency: str
    lines: Sequence[LineRecord] = ()
    amount_minor: int | None = None
    person: PersonRecord | None = None
    order_number: str = ""
    reason: str = ""
    country: str = ""
    version: datetime | None = None
    order_external_id: str = ""


@dataclass(frozen=True, slots=True)
class AdjustmentRecord:
    """A bookkeeping entry; signed."""

    number: str
    adjusted_at: datetime
    currency: str
    amount_minor: int
    description: str = ""
    person: PersonRecord | None = None


Record = OrderRecord | RefundRecord | AdjustmentRecord


def fact_of(record: Record) -> Fact:
    """Turn a record into the fact that is compared and written; raise ``InvalidRecord`` for what cannot be stored."""
    if isinstance(record, OrderRecord):
        return _sale(record)
    if isinstance(record, RefundRecord):
        return _refund(record)
    fact = _fact(facts.ADJUSTMENT, record, record.adjusted_at)
    fact.amount_minor = record.amount_minor
    fact.details = {"description": record.description[:300]}
    return fact


def _sale(record: OrderRecord) -> Fact:
    _check_states(record)
    fact = _fact(facts.ORDER, record, record.placed_at)
    fact.lines = _lines(facts.ORDER, record)
    fact.amount_minor = sum(line.amount_minor for line in fact.lines)
    fact.details = {
        "status": record.status, "country": record.country[:80], "region": record.region[:80], "city": record.city[:80],
        "channel": record.channel[:64], "discount_minor": record.discount_minor,
        "shipping_minor": record.shipping_minor, "tax_minor": record.tax_minor,
    }  # fmt: skip
    fact.version = moments.written(record.version)
    # A record with a version is whole: what it does not name, there is not. Without, "there are none" has to be said.
    is_said = bool if record.version else _is_said
    if more := {name: value for name, value in _more(record).items() if is_said(value)}:
        fact.details["more"] = more
    return fact


def _check_states(record: OrderRecord) -> None:
    """Refuse a state we do not know, naming it."""
    said = [("status", record.status, OrderStatus), ("payment_state", record.payment_state, PaymentState)]
    said += [("fulfilment_state", record.fulfilment_state, FulfilmentState)]
    said += [("payments", payment.state, PaymentState) for payment in record.payments or ()]
    said += [("shipments", shipment.state, ShipmentState) for shipment in record.shipments or ()]
    for field, state, known in said:
        if (state or field == "status") and state not in known.values:
            raise InvalidRecord("order", record.number, field=field, reason=_("unknown: %s") % state)


def _more(record: OrderRecord) -> dict[str, Any]:
    """Return what only some sources say of a sale; what is empty is left out by the caller."""
    at = moments.written
    return {
        "external_id": record.external_id[:120], "payment_state": record.payment_state,
        "fulfilment_state": record.fulfilment_state, "paid_at": at(record.paid_at),
        "completed_at": at(record.completed_at), "cancelled_at": at(record.cancelled_at),
        "cancel_reason": record.cancel_reason[:200], "landing_site": sites.plain(record.landing_site),
        "referring_site": sites.plain(record.referring_site), "checkout_token": record.checkout_token[:120],
        "line_discounts": [line.discount_minor for line in record.lines] if any(
            line.discount_minor for line in record.lines
        ) else None,
        "coupons": _each(record.coupons, lambda each: [each.code[:80], each.kind[:40], each.amount_minor]),
        "payments": _each(
            record.payments,
            lambda each: [each.method[:80], each.amount_minor, each.state, at(each.paid_at), each.reference],
        ),
        "shipments": _each(record.shipments, _parcel),
    }  # fmt: skip


def _each(said: Sequence[Any] | None, row_of: Callable[[Any], list[Any]]) -> list[list[Any]] | None:
    return None if said is None else [row_of(each) for each in said]


def _is_said(value: Any) -> bool:
    return bool(value) or value == []


def _parcel(each: ShipmentRecord) -> list[Any]:
    at = moments.written
    contents = [[name, facts.plain(Decimal(quantity))] for name, quantity in each.contents]
    return [
        each.number[:120], each.carrier[:80], each.tracking, each.state, at(each.shipped_at), at(each.delivered_at),
        contents,
    ]  # fmt: skip


def _refund(record: RefundRecord) -> Fact:
    fact = _fact(facts.REFUND, record, record.refunded_at)
    fact.lines = _lines(facts.REFUND, record)
    summed = sum(line.amount_minor for line in fact.lines)
    fact.amount_minor = summed if record.amount_minor is None else record.amount_minor
    fact.details = {
        "order_number": record.order_number, "reason": record.reason[:200], "country": record.country[:80],
    }  # fmt: skip
    if record.order_external_id:
        fact.details["order_external_id"] = record.order_external_id[:120]
    fact.version = moments.written(record.version)
    return fact


def _fact(kind: str, record: Record, at: datetime) -> Fact:
    if not record.number or len(record.number) > 120:
        raise InvalidRecord(kind, record.number, field="number", reason=_("empty or longer than 120 characters"))
    if at.tzinfo is None:
        raise InvalidRecord(kind, record.number, field="time", reason=_("has no time zone"))
    if len(record.currency) != 3 or not record.currency.isalpha() or not record.currency.isupper():
        raise InvalidRecord(
            kind, record.number, field="currency", reason=_("must be three capital letters, such as GBP")
        )
    return Fact(kind, record.number, at.astimezone(UTC).isoformat(), record.currency, 0, person=_person(record.person))


def _person(person: PersonRecord | None) -> tuple[str, ...] | None:
    if person is None:
        return None
    said = tuple(str(getattr(person, name) or "") for name in facts.PERSON_FIELDS)
    return said if any(said) else None


def _lines(kind: str, record: OrderRecord | RefundRecord) -> list[Line]:
    try:
        lines = [_line(line, record.currency) for line in record.lines]
        is_too_much = any(max(abs(line.quantity), abs(line.unit_price)) >= TOO_MUCH for line in record.lines)
    except InvalidOperation as impossible:
        raise InvalidRecord(
            kind, record.number, field="lines", reason=_("a quantity or price is not a number")
        ) from impossible
    if is_too_much or any(abs(line.amount_minor) >= TOO_MUCH_MINOR for line in lines):
        raise InvalidRecord(kind, record.number, field="lines", reason=_("a quantity, price or amount is too large"))
    return lines


def _line(line: LineRecord, currency: str) -> Line:
    product = line.product
    amount = line.amount_minor
    if amount is None:
        amount = facts.line_amount(line.quantity, line.unit_price, currency) - line.discount_minor
    return Line(
        product.external_id if product else "",
        (line.sku or (product.sku if product else ""))[:120],
        (line.title or (product.title if product else ""))[:300],
        product.category[:200] if product else "",
        product.brand[:120] if product else "",
        facts.plain(line.quantity),
        facts.plain(line.unit_price),
        amount,
    )


def person_record(said: tuple[str, ...], *, first_seen_at: datetime) -> PersonRecord:
    """Return the person of a fact as the customers' door wants it."""
    values: dict[str, Any] = dict(zip(facts.PERSON_FIELDS, said, strict=True))
    born = values.pop("birthday")
    birthday = datetime.fromisoformat(born).date() if born else None
    return PersonRecord(**values, birthday=birthday, first_seen_at=first_seen_at)
