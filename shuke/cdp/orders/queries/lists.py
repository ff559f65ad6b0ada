"""Lists of sales, refunds and bookkeeping entries, as filtered by people and linked from figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Model, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from shuke.cdp.orders.models import (
    Adjustment,
    FulfilmentState,
    Order,
    OrderChange,
    OrderCoupon,
    OrderStatus,
    PaymentState,
    Refund,
)
from shuke.kernel.money import to_minor
from shuke.platform.crypto.sealing import unseal

# The columns under which numbers that lead to a person are sealed.
PAYMENT_REFERENCE, SHIPMENT_TRACKING = b"orders.payment.reference", b"orders.shipment.tracking"
SALES, REFUNDS, ADJUSTMENTS = "sale", "refund", "adjustment"
_MODELS: dict[str, type[Model]] = {SALES: Order, REFUNDS: Refund, ADJUSTMENTS: Adjustment}
TIME_FIELDS = {SALES: "placed_at", REFUNDS: "refunded_at", ADJUSTMENTS: "adjusted_at"}
_AMOUNTS = {SALES: "gross_minor", REFUNDS: "amount_minor", ADJUSTMENTS: "amount_minor"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of orders is narrowed to; None and "" mean not at all. Days are the company's."""

    kind: str = SALES
    number: str = ""
    shop: int | None = None
    start: date | None = None
    end: date | None = None
    country: str = ""
    city: str = ""
    status: str = ""
    payment: str = ""
    fulfilment: str = ""
    guest: bool | None = None
    product: int | None = None
    customer: int | None = None
    hour: int | None = None
    weekday: int | None = None
    least: Decimal | None = None
    import_id: int | None = None
    currency: str = ""


def read(query: Mapping[str, str]) -> Filters:
    """Return the filters an address asks for; what cannot be read is left out."""
    kind = query.get("kind", SALES)
    guest = query.get("guest", "")
    return Filters(
        kind=kind if kind in _MODELS else SALES,
        number=query.get("q", "").strip(),
        shop=_number(query.get("shop")),
        start=_day(query.get("from")),
        end=_day(query.get("to")),
        country=query.get("country", ""),
        city=query.get("city", ""),
        status=query.get("status", "") if query.get("status", "") in OrderStatus.values else "",
        payment=_among(query.get("payment"), PaymentState.values),
        fulfilment=_among(query.get("fulfilment"), FulfilmentState.values),
        guest=None if guest not in {"0", "1"} else guest == "1",
        product=_number(query.get("product")),
        customer=_number(query.get("customer")),
        hour=_number(query.get("hour"), most=23),
        weekday=_number(query.get("weekday"), most=7),
        least=_decimal(query.get("min")),
        import_id=_number(query.get("import")),
        currency=query.get("currency", ""),
    )


def _among(raw: str | None, known: list[str]) -> str:
    return raw if raw and raw in known else ""


def _number(raw: str | None, *, most: int = 2**62) -> int | None:
    return int(raw) if raw and raw.isdecimal() and raw.isascii() and len(raw) < 20 and int(raw) <= most else None


def _day(raw: str | None) -> date | None:
    try:
        return date.fromisoformat(raw or "")
    except ValueError:
        return None


def _decimal(raw: str | None) -> Decimal | None:
    try:
        found = Decimal((raw or "").replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < 10**12 else None


def found(filters: Filters, *, zone: str, currency: str) -> QuerySet[Any]:
    """Return the records that pass; days, hours and weekdays are those of ``zone``, amounts are in ``currency``."""
    at = TIME_FIELDS[filters.kind]
    here = ZoneInfo(zone)
    conditions = Q()
    if filters.start:
        conditions &= Q(**{f"{at}__gte": _midnight(filters.start, here)})
    if filters.end:
        conditions &= Q(**{f"{at}__lt": _midnight(filters.end + timedelta(days=1), here)})
    for name, value in (("shop_id", filters.shop), ("customer_id", filters.customer), ("import_id", filters.import_id)):
        if value is not None:
            conditions &= Q(**{name: value})
    if filters.number:
        conditions &= Q(number=filters.number)
    if filters.currency:
        conditions &= Q(currency=filters.currency)
    if filters.guest is not None:
        conditions &= Q(customer__isnull=filters.guest)
    if filters.least is not None:
        minor = to_minor(filters.least, filters.currency or currency)
        conditions &= Q(**{f"{_AMOUNTS[filters.kind]}__gte": minor})
    conditions &= _kind_conditions(filters)
    records = _MODELS[filters.kind]._default_manager.filter(conditions)
    if filters.hour is not None:
        records = records.annotate(at_hour=ExtractHour(at, tzinfo=here)).filter(at_hour=filters.hour)
    if filters.weekday is not None:
        records = records.annotate(at_weekday=ExtractIsoWeekDay(at, tzinfo=here)).filter(at_weekday=filters.weekday)
    return records


def _kind_conditions(filters: Filters) -> Q:
    """Conditions on fields that only some kinds have; asked of another kind, nothing passes."""
    conditions = Q()
    if filters.country and filters.kind != ADJUSTMENTS:
        conditions &= Q(country=filters.country)
    if filters.kind == SALES:
        if filters.city:
            conditions &= Q(city=filters.city)
        if filters.status:
            conditions &= Q(status=filters.status)
        if filters.payment:
            conditions &= Q(payment_state=filters.payment)
        if filters.fulfilment:
            conditions &= Q(fulfilment_state=filters.fulfilment)
    if filters.product is not None:
        if filters.kind == ADJUSTMENTS:
            return Q(pk__in=[])
        line = _MODELS[filters.kind]._meta.get_field("lines").related_model
        owner = "order_id" if filters.kind == SALES else "refund_id"
        conditions &= Q(pk__in=line._default_manager.filter(product=filters.product).values(owner))  # type: ignore[union-attr]
    return conditions


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True)
class Total:
    """What a list adds up to in one currency; cancelled sales are counted apart and not added."""

    currency: str
    count: int
    amount_minor: int
    cancelled: int = 0


def totals(records: QuerySet[Any], kind: str) -> list[Total]:
    """Return how many records a list has and what they sum to, per currency, in one query."""
    amount = _AMOUNTS[kind]
    plain = records.order_by().values("currency")
    if kind != SALES:
        counted = plain.annotate(count=Count("pk"), amount_minor=Sum(amount)).order_by("-count")
        return [Total(row["currency"], row["count"], row["amount_minor"]) for row in counted]
    off = Q(status=OrderStatus.CANCELLED)
    counted = plain.annotate(
        count=Count("pk", filter=~off), amount_minor=Sum(amount, filter=~off), cancelled=Count("pk", filter=off)
    )
    return [
        Total(row["currency"], row["count"], row["amount_minor"] or 0, row["cancelled"])
        for row in counted.order_by("-count")
    ]


def countries() -> list[str]:
    """Return every country that sales name, sorted."""
    names = Order.objects.exclude(country="").order_by("country").values_list("country", flat=True)
    return list(names.distinct())


def find_order(pk: int) -> Order | None:
    """Return a sale with its shop and customer, or None."""
    return Order.objects.select_related("shop", "customer", "identity").filter(pk=pk).first()


def find_refund(pk: int) -> Refund | None:
    """Return a refund with its shop, sale and customer, or None."""
    return Refund.objects.select_related("shop", "customer", "identity", "order").filter(pk=pk).first()


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """A payment with its reference in clear; the caller masks."""

    method: str
    amount_minor: int
    state: str
    paid_at: datetime | None
    reference: str


@dataclass(frozen=True, slots=True)
class ShipmentShown:
    """A parcel with its tracking number in clear; the caller masks."""

    number: str
    carrier: str
    state: str
    state_code: str
    shipped_at: datetime | None
    delivered_at: datetime | None
    tracking: str
    contents: list[list[str]]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a sale besides its lines."""

    coupons: list[OrderCoupon]
    payments: list[PaymentShown]
    shipments: list[ShipmentShown]


def parts_of(order: Order) -> Hanging:
    """Return coupons, payments and shipments of a sale, in three queries or as prefetched."""
    return Hanging(
        list(order.coupons.all()),
        [
            PaymentShown(
                row.method, row.amount_minor, row.get_state_display(), row.paid_at,
                _opened(row.reference, PAYMENT_REFERENCE),
            )
            for row in order.payments.all()
        ],
        [
            ShipmentShown(
                row.number, row.carrier, row.get_state_display(), row.state, row.shipped_at, row.delivered_at,
                _opened(row.tracking, SHIPMENT_TRACKING), row.contents,
            )
            for row in order.shipments.all()
        ],
    )  # fmt: skip


def _opened(sealed: Any, context: bytes) -> str:
    return unseal(bytes(sealed), context=context) if sealed else ""


def changes_of(order: Order) -> list[OrderChange]:
    """Return what changed in a sale, newest first."""
    return list(order.changes.order_by("-at", "-pk")[:200])
