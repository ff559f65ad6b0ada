"""The filters of the customer list: read from the address, applied to customers, written as a segment's rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Channel, Customer, CustomerKind
from shuke.cdp.orders.queries import buyers
from shuke.insight.value import queries as value
from shuke.insight.value.models import Group, Stage, Tier
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
    "name": "name_key",
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
    tier: tuple[str, ...] = ()
    r: tuple[int, ...] = ()
    f: tuple[int, ...] = ()
    m: tuple[int, ...] = ()
    fm: tuple[int, ...] = ()
    tag: tuple[int, ...] = ()
    country: tuple[str, ...] = ()
    shop: tuple[int, ...] = ()
    segment: tuple[UUID, ...] = ()
    contact: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    # Values of custom attributes, each as ``code=value``.
    attribute: tuple[str, ...] = ()
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


def read(query: QueryDict, *, currency: str, sees_contacts: bool = True) -> Filters:
    """Read filters from an address; what cannot be read is left out.

    The order of names would tell about names, so those who may not read them cannot sort by them.
    """
    sort = query.get("sort", "")
    is_known = sort.removeprefix("-") in SORTS and (sees_contacts or sort.removeprefix("-") != "name")
    return Filters(
        q=query.get("q", "").strip()[:200],
        group=_among(query, "group", Group.values),
        stage=_among(query, "stage", Stage.values),
        tier=_among(query, "tier", Tier.values),
        **{letter: tuple(n for n in _numbers(query, letter) if n in SCORES) for letter in ("r", "f", "m", "fm")},
        tag=_numbers(query, "tag"),
        country=tuple(text[:80] for text in query.getlist("country")[:50] if text),
        shop=_numbers(query, "shop"),
        segment=tuple(_uuids(query.getlist("segment")[:10])),
        contact=_among(query, "contact", CONTACTS),
        kind=_among(query, "kind", CustomerKind.values),
        attribute=tuple(text for text in query.getlist("attribute")[:20] if "=" in text and len(text) < 300),
        first=_span(query, "first"),
        ordered=_span(query, "ordered"),
        seen=_span(query, "seen"),
        net=Between(_minor(query.get("net_min"), currency), _minor(query.get("net_max"), currency)),
        orders=Between(_number(query.get("orders_min")), _number(query.get("orders_max"))),
        sort=sort if is_known else USUAL_SORT,
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


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One filter as lists use it: the ids it lets through, and the test whether it lets a given customer through.

    ``sorted_with`` names the sort whose index also holds this filter: there the plain condition ``direct`` reads only
    what it needs, in order. ``is_repeating`` says that ``ids`` may name a customer twice.
    """

    ids: QuerySet[Any, Any]
    test: Q
    is_repeating: bool = False
    sorted_with: str = ""
    direct: Q = field(default_factory=Q)


def narrowings(filters: Filters, *, sees_contacts: bool, zone: str) -> list[Narrowing]:
    """Return the filters in force."""
    me, found = OuterRef("pk"), customers.customers()
    narrowed = list(_related(filters, zone))
    if filters.q:
        ways = customers.ids_by_text(filters.q, sees_contacts=sees_contacts)
        test = reduce(or_, (Q(Exists(ids.filter(customer_id=me))) for ids in ways))
        narrowed.append(Narrowing(ways[0].union(*ways[1:]) if len(ways) > 1 else ways[0], test))
    own = (
        Q(country__in=filters.country)
        if len(filters.country) > 1
        else Q(country=filters.country[0])
        if filters.country
        else Q()
    )
    since, until = _moments(filters.seen, zone)
    own &= Q(**_bounded("first_seen_at", since, until))
    if filters.kind == (CustomerKind.PERSON,):
        own &= Q(kind=CustomerKind.PERSON)
    if own:
        narrowed.append(
            Narrowing(
                found.filter(own).values("pk"),
                Q(Exists(found.filter(own, pk=me))),
                sorted_with="first_seen",
                direct=own,
            )
        )
    if standing := _standing_conditions(filters):
        mine = value.standings().filter(**standing)
        direct = Q(**{f"standing__{column}": wanted for column, wanted in standing.items()})
        test = Q(Exists(mine.filter(customer_id=me)))
        narrowed.append(Narrowing(mine.values("customer_id"), test, sorted_with="net", direct=direct))
    return narrowed


def apply(filters: Filters, *, sees_contacts: bool, zone: str) -> QuerySet[Customer]:
    """Return the customers that pass the filters, in no order: for background work, which reads them all anyway."""
    found = customers.customers()
    for narrowing in narrowings(filters, sees_contacts=sees_contacts, zone=zone):
        found = found.filter(narrowing.test)
    return found


def _standing_conditions(filters: Filters) -> dict[str, Any]:
    """Conditions on what customers are worth. Customers that came after the last computation have no standing yet."""
    listed: dict[str, tuple[Any, ...]] = {"rfm_group": filters.group, "stage": filters.stage, "tier": filters.tier}
    listed |= {letter: getattr(filters, letter) for letter in ("r", "f", "m", "fm")}
    chosen = {
        column if len(values) == 1 else f"{column}__in": values[0] if len(values) == 1 else values
        for column, values in listed.items()
        if values
    }
    return (
        chosen
        | _closed("net_minor", filters.net.low, filters.net.high)
        | _closed("orders", filters.orders.low, filters.orders.high)
        | _closed("first_order_on", filters.first.start, filters.first.end)
    )


def _closed(column: str, low: Any, high: Any) -> dict[str, Any]:
    bounds = ((f"{column}__gte", low), (f"{column}__lte", high))
    return {lookup: bound for lookup, bound in bounds if bound is not None}


def _bounded(column: str, since: datetime | None, until: datetime | None) -> dict[str, Any]:
    bounds = ((f"{column}__gte", since), (f"{column}__lt", until))
    return {lookup: bound for lookup, bound in bounds if bound is not None}


def _related(filters: Filters, zone: str) -> Iterator[Narrowing]:
    me = OuterRef("pk")
    if filters.tag:
        yield Narrowing(
            customers.tagged_ids(filters.tag),
            Q(Exists(customers.tagged_with(filters.tag, me))),
            is_repeating=len(filters.tag) > 1,
        )
    if filters.kind == (CustomerKind.COMPANY,):  # few among many, found by an index of their own
        companies = customers.customers().filter(kind=CustomerKind.COMPANY)
        yield Narrowing(companies.values("pk"), Q(Exists(companies.filter(pk=me))))
    for held in attribute_conditions(filters):
        yield Narrowing(held.values("customer_id"), Q(Exists(held.filter(customer_id=me))))
    for channel in filters.contact:
        yield Narrowing(
            customers.reachable_ids(channel), Q(Exists(customers.reachable_by(channel, me))), is_repeating=True
        )
    if filters.ordered or filters.shop:
        since, until = _moments(filters.ordered, zone)
        ids = buyers.buyer_ids(since=since, until=until, shop_ids=filters.shop)
        yield Narrowing(
            ids, Q(Exists(buyers.ordered(me, since=since, until=until, shop_ids=filters.shop))), is_repeating=True
        )
    for uuid in filters.segment:
        yield Narrowing(segments.member_ids(uuid), Q(Exists(segments.membership(uuid, me))))


def chosen_attributes(filters: Filters) -> dict[str, list[str]]:
    """Return the values asked for by code of the attribute."""
    chosen: dict[str, list[str]] = {}
    for code, _sep, wanted in (text.partition("=") for text in filters.attribute):
        chosen.setdefault(code, []).append(wanted)
    return chosen


def attribute_conditions(filters: Filters) -> Iterator[QuerySet[Any]]:
    """Return, for each attribute asked about, the values in force that pass; encrypted ones cannot be asked about."""
    chosen = chosen_attributes(filters)
    known = attributes.by_code(chosen) if chosen else {}
    for code, wanted in chosen.items():
        attribute = known.get(code)
        if attribute is None or attribute.is_sealed:
            continue
        if attribute.kind == "yes_no":
            yield attributes.having(attribute, number__in=[float(one == "yes") for one in wanted])
        else:
            yield attributes.having(attribute, text__in=wanted)


def _attribute_clauses(filters: Filters) -> Iterator[dict[str, Any]]:
    for code, wanted in chosen_attributes(filters).items():
        if set(wanted) <= {"yes", "no"}:
            yield from ({"field": f"attribute.{code}", "op": f"is_{one}"} for one in wanted[:1])
        else:
            yield {"field": f"attribute.{code}", "op": "is", "value": wanted}


def _moments(span: Span, zone: str) -> tuple[datetime | None, datetime | None]:
    """The half-open moments of days in the company's time zone."""
    clock = ZoneInfo(zone)
    since = datetime.combine(span.start, time.min, clock) if span.start else None
    until = datetime.combine(span.end + timedelta(days=1), time.min, clock) if span.end else None
    return since, until


def rule_of(filters: Filters) -> tuple[dict[str, Any], list[str]]:
    """Return the filters as a segment's rule, and the names of those that a rule cannot say (search, contact, kind)."""
    listed = {"group": "value.group", "stage": "value.stage", "tier": "value.tier"} | {
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
    clauses += _attribute_clauses(filters)
    clauses += [{"field": "value.net", **bound} for bound in _bounds(filters.net)]
    clauses += [{"field": "value.orders", **bound} for bound in _bounds(filters.orders)]
    if filters.first:
        clauses.append({"field": "value.first_order", "op": "within", "value": filters.first.rule()})
    if filters.seen:
        clauses.append({"field": "customer.first_seen", "op": "within", "value": filters.seen.rule()})
    if filters.ordered or filters.shop:
        clauses.append(_order_clause(filters))
    return {"all": clauses}, [name for name in ("q", "contact", "kind") if getattr(filters, name)]


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
