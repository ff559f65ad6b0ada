"""The filters of the customer list: read from the address, applied to customers, written as a segment's rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Channel, Customer
from shuke.cdp.orders.queries import buyers
from shuke.insight.value.models import Group, Stage
from shuke.kernel.money import to_minor
from shuke.web import customer_segments as segments

SCORES = (1, 2, 3, 4, 5)
CONTACTS = (Channel.EMAIL.value, Channel.PHONE.value, Channel.ADDRESS.value)
# Sort key in the address → the field that is sorted by; each is indexed together with the customer.
SORTS: Mapping[str, str] = {
    "first_seen": "first_seen_at",
    "last_order": "standing__last_order_on",
    "net": "standing__net_minor",
    "orders": "standing__orders",
}
USUAL_SORT = "-first_seen"


@dataclass(frozen=True, slots=True)
class Span:
    """A period of whole days, both included; None leaves an end open."""

    start: date | None = None
    end: date | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None

    def rule(self) -> dict[str, str]:
        """Return the period as segments write it."""
        return {name: day.isoformat() for name, day in (("from", self.start), ("to", self.end)) if day}


@dataclass(frozen=True, slots=True)
class Between:
    """A range of whole numbers, both ends included; None leaves an end open."""

    low: int | None = None
    high: int | None = None

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. Several values of one filter widen it; the filters together narrow."""

    q: str = ""
    group: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    r: tuple[int, ...] = ()
    f: tuple[int, ...] = ()
    m: tuple[int, ...] = ()
    fm: tuple[int, ...] = ()
    tag: tuple[int, ...] = ()
    country: tuple[str, ...] = ()
    shop: tuple[int, ...] = ()
    segment: tuple[UUID, ...] = ()
    contact: tuple[str, ...] = ()
    first: Span = field(default_factory=Span)
    ordered: Span = field(default_factory=Span)
    seen: Span = field(default_factory=Span)
    net: Between = field(default_factory=Between)
    orders: Between = field(default_factory=Between)
    sort: str = USUAL_SORT

    def __bool__(self) -> bool:
        return any(getattr(self, item.name) for item in fields(self) if item.name != "sort")

    @property
    def names(self) -> list[str]:
        """Return the names of the filters in force."""
        return [item.name for item in fields(self) if item.name != "sort" and getattr(self, item.name)]


def read(query: QueryDict, *, currency: str) -> Filters:
    """Read filters from an address; what cannot be read is left out."""
    sort = query.get("sort", "")
    return Filters(
        q=query.get("q", "").strip()[:200],
        group=_among(query, "group", Group.values),
        stage=_among(query, "stage", Stage.values),
        **{letter: tuple(n for n in _numbers(query, letter) if n in SCORES) for letter in ("r", "f", "m", "fm")},
        tag=_numbers(query, "tag"),
        country=tuple(text[:80] for text in query.getlist("country")[:50] if text),
        shop=_numbers(query, "shop"),
        segment=tuple(_uuids(query.getlist("segment")[:10])),
        contact=_among(query, "contact", CONTACTS),
        first=_span(query, "first"),
        ordered=_span(query, "ordered"),
        seen=_span(query, "seen"),
        net=Between(_minor(query.get("net_min"), currency), _minor(query.get("net_max"), currency)),
        orders=Between(_number(query.get("orders_min")), _number(query.get("orders_max"))),
        sort=sort if sort.removeprefix("-") in SORTS else USUAL_SORT,
    )


def _among(query: QueryDict, name: str, allowed: Any) -> tuple[str, ...]:
    return tuple(value for value in query.getlist(name)[:20] if value in allowed)


def _numbers(query: QueryDict, name: str) -> tuple[int, ...]:
    found = (_number(value) for value in query.getlist(name)[:50])
    return tuple(number for number in found if number is not None)


def _number(raw: str | None) -> int | None:
    return int(raw) if raw and raw.isdecimal() and len(raw) < 16 else None


def _minor(raw: str | None, currency: str) -> int | None:
    try:
        amount = Decimal((raw or "").replace(",", ""))
    except InvalidOperation:
        return None
    return to_minor(amount, currency) if amount.is_finite() and abs(amount) < 10**13 else None


def _uuids(raw: list[str]) -> Iterator[UUID]:
    for text in raw:
        try:
            yield UUID(text)
        except ValueError:
            continue


def _span(query: QueryDict, name: str) -> Span:
    return Span(_day(query.get(f"{name}_from")), _day(query.get(f"{name}_to")))


def _day(raw: str | None) -> date | None:
    try:
        return date.fromisoformat(raw or "")
    except ValueError:
        return None


def apply(filters: Filters, *, sees_contacts: bool, zone: str) -> QuerySet[Customer]:
    """Return the customers that pass the filters, in no order."""
    found = customers.customers()
    if filters.q:
        found = found.filter(customers.found_by_text(filters.q, sees_contacts=sees_contacts))
    if filters.country:
        found = found.filter(country__in=filters.country)
    if conditions := _standing_conditions(filters):
        found = found.filter(**conditions)
    for condition in _related_conditions(filters, zone):
        found = found.filter(condition)
    return found


def _standing_conditions(filters: Filters) -> dict[str, Any]:
    """Conditions on what customers are worth. Customers that came after the last computation have no standing yet."""
    listed = {"rfm_group": filters.group, "stage": filters.stage}
    listed |= {letter: getattr(filters, letter) for letter in ("r", "f", "m", "fm")}
    found: dict[str, Any] = {
        f"standing__{column}": values[0] for column, values in listed.items() if len(values) == 1
    } | {f"standing__{column}__in": values for column, values in listed.items() if len(values) > 1}
    bounds = (
        ("net_minor__gte", filters.net.low),
        ("net_minor__lte", filters.net.high),
        ("orders__gte", filters.orders.low),
        ("orders__lte", filters.orders.high),
        ("first_order_on__gte", filters.first.start),
        ("first_order_on__lte", filters.first.end),
    )
    return found | {f"standing__{column}": bound for column, bound in bounds if bound is not None}


def _related_conditions(filters: Filters, zone: str) -> Iterator[Q]:
    if len(filters.tag) == 1:
        yield Q(tagged__tag_id=filters.tag[0])
    elif filters.tag:
        yield Q(Exists(customers.tagged_with(filters.tag, OuterRef("pk"))))
    for channel in filters.contact:
        yield Q(Exists(customers.reachable_by(channel, OuterRef("pk"))))
    if filters.seen:
        since, until = _moments(filters.seen, zone)
        yield Q(**{
            key: value for key, value in (("first_seen_at__gte", since), ("first_seen_at__lt", until)) if value is not None
        })  # fmt: skip
    if filters.ordered or filters.shop:
        since, until = _moments(filters.ordered, zone)
        yield Q(Exists(buyers.ordered(OuterRef("pk"), since=since, until=until, shop_ids=filters.shop)))
    for uuid in filters.segment:
        yield Q(Exists(segments.membership(uuid, OuterRef("pk"))))


def _moments(span: Span, zone: str) -> tuple[datetime | None, datetime | None]:
    """The half-open moments of days in the company's time zone."""
    clock = ZoneInfo(zone)
    since = datetime.combine(span.start, time.min, clock) if span.start else None
    until = datetime.combine(span.end + timedelta(days=1), time.min, clock) if span.end else None
    return since, until


def ordered(found: QuerySet[Customer], sort: str) -> tuple[QuerySet[Customer], tuple[str, str]]:
    """Return customers ready for a list sorted by ``sort``, and the keys to page by.

    Sorting by worth leaves out who has none: customers without a standing, or without an order for the last order.
    """
    sign = "-" if sort.startswith("-") else ""
    column = SORTS[sort.removeprefix("-")]
    if not column.startswith("standing__"):
        return found.select_related("standing"), (f"{sign}{column}", f"{sign}id")
    found = found.filter(**{f"{column}__isnull": False}).select_related("standing")
    return found.annotate(sort_key=F(column), sort_id=F("standing__customer_id")), (f"{sign}sort_key", f"{sign}sort_id")


def rule_of(filters: Filters) -> tuple[dict[str, Any], list[str]]:
    """Return the filters as a segment's rule, and the names of those that a rule cannot say (search, contact)."""
    listed = {"group": "value.group", "stage": "value.stage"} | {
        letter: f"value.{letter}" for letter in ("r", "f", "m", "fm")
    }
    chosen = ((subject, getattr(filters, name)) for name, subject in listed.items())
    clauses: list[dict[str, Any]] = [
        {"field": subject, "op": "is", "value": list(values)} for subject, values in chosen if values
    ]
    if filters.tag:
        clauses.append({"field": "customer.tag", "op": "has_any", "value": list(filters.tag)})
    if filters.country:
        clauses.append({"field": "customer.country", "op": "is", "value": list(filters.country)})
    clauses += [{"field": "segment", "op": "in", "value": [str(uuid)]} for uuid in filters.segment]
    clauses += [{"field": "value.net", **bound} for bound in _bounds(filters.net)]
    clauses += [{"field": "value.orders", **bound} for bound in _bounds(filters.orders)]
    if filters.first:
        clauses.append({"field": "value.first_order", "op": "within", "value": filters.first.rule()})
    if filters.seen:
        clauses.append({"field": "customer.first_seen", "op": "within", "value": filters.seen.rule()})
    if filters.ordered or filters.shop:
        clauses.append(_order_clause(filters))
    return {"all": clauses}, [name for name in ("q", "contact") if getattr(filters, name)]


def _bounds(limits: Between) -> Iterator[dict[str, Any]]:
    if limits.low is not None and limits.high is not None:
        yield {"op": "between", "value": [limits.low, limits.high]}
    elif limits.low is not None:
        yield {"op": "at_least", "value": limits.low}
    elif limits.high is not None:
        yield {"op": "at_most", "value": limits.high}


def _order_clause(filters: Filters) -> dict[str, Any]:
    clause: dict[str, Any] = {"orders": "count", "op": "at_least", "value": 1}
    if filters.ordered:
        clause["period"] = filters.ordered.rule()
    if filters.shop:
        clause["where"] = {"shop": list(filters.shop)}
    return clause
