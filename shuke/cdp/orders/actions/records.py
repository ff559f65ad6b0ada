"""What other domains hand to ``record``: one frozen value per sale, refund or bookkeeping entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.orders.errors import InvalidRecord
from shuke.cdp.orders.models import OrderStatus
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.facts import Fact, Line


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


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """A sale as its source says it now."""

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


@dataclass(frozen=True, slots=True)
class RefundRecord:
    """Money given back; amounts are positive. Give ``lines`` or ``amount_minor``, or both if they differ."""

    number: str
    refunded_at: datetime
    currency: str
    lines: Sequence[LineRecord] = ()
    amount_minor: int | None = None
    person: PersonRecord | None = None
    order_number: str = ""
    reason: str = ""
    country: str = ""


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
    if record.status not in OrderStatus.values:
        raise InvalidRecord("order", record.number, field="status", reason=_("unknown: %s") % record.status)
    fact = _fact(facts.ORDER, record, record.placed_at)
    fact.lines = _lines(facts.ORDER, record)
    fact.amount_minor = sum(line.amount_minor for line in fact.lines)
    fact.details = {
        "status": record.status, "country": record.country[:80], "region": record.region[:80], "city": record.city[:80],
        "channel": record.channel[:64], "discount_minor": record.discount_minor,
        "shipping_minor": record.shipping_minor, "tax_minor": record.tax_minor,
    }  # fmt: skip
    return fact


def _refund(record: RefundRecord) -> Fact:
    fact = _fact(facts.REFUND, record, record.refunded_at)
    fact.lines = _lines(facts.REFUND, record)
    summed = sum(line.amount_minor for line in fact.lines)
    fact.amount_minor = summed if record.amount_minor is None else record.amount_minor
    fact.details = {
        "order_number": record.order_number, "reason": record.reason[:200], "country": record.country[:80],
    }  # fmt: skip
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
        return [_line(line, record.currency) for line in record.lines]
    except InvalidOperation as impossible:
        raise InvalidRecord(
            kind, record.number, field="lines", reason=_("a quantity or price is not a number")
        ) from impossible


def _line(line: LineRecord, currency: str) -> Line:
    product = line.product
    amount = line.amount_minor
    if amount is None:
        amount = facts.line_amount(line.quantity, line.unit_price, currency)
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
