"""Who sent an event, and what is made of it: a row of the log, attributes of the customer, sometimes an order."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord, VisitorRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.ingest.actions.book import Known
from shuke.cdp.ingest.actions.items import Item
from shuke.cdp.ingest.rules import ordering
from shuke.cdp.ingest.rules.calls import Person, event_id, plain_ids
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.manifest import Heard, who_hears


def recognise(items: Sequence[Item], *, now: datetime) -> None:
    """Write into each item whose it is. One call per source, whatever the number of events."""
    for source, is_history, group in _by_origin(items):
        visitors: dict[VisitorRecord, int] = {}
        places = [visitors.setdefault(_visitor(item, source), len(visitors)) for item in group]
        by = _origin(source, now=now, is_history=is_history)
        found = customers.resolve_visitors(list(visitors), namespace=source.shop_code, by=by)
        for item, place in zip(group, places, strict=True):
            item.identity_id, item.customer_id = found[place].identity_id, found[place].customer_id


def _by_origin(items: Sequence[Item]) -> Iterator[tuple[Known, bool, list[Item]]]:
    groups: dict[tuple[int, bool], list[Item]] = {}
    for item in items:
        groups.setdefault((item.source.id, item.found.is_history), []).append(item)
    for (_, is_history), group in groups.items():
        yield group[0].source, is_history, group


def _origin(source: Known, *, now: datetime, is_history: bool) -> Provenance:
    return Provenance(source=source.code, actor=f"source:{source.id}", now=now, historical=is_history)


def _visitor(item: Item, source: Known) -> VisitorRecord:
    found = item.found
    anonymous_id, user_id, previous_id, others = plain_ids(found.call)
    is_known = bool(user_id or others or found.person.email or found.person.phone)
    return VisitorRecord(
        anonymous_id=anonymous_id,
        user_id=user_id,
        previous_id=previous_id,
        person=_record(found.person) if is_known and found.person.says_something else None,
        other_ids=tuple((kind, namespace or source.shop_code, value) for kind, namespace, value in others),
    )


def _record(person: Person) -> PersonRecord:
    return PersonRecord(
        email=person.email, phone=person.phone, name=person.name, country=person.country, region=person.region,
        city=person.city, address=person.address, postcode=person.postcode, language=person.language,
        birthday=person.birthday,
    )  # fmt: skip


def publish(items: Sequence[Item]) -> None:
    """Append events to the log, under the names they came with."""
    events.publish(_published(item) for item in items)


def _published(item: Item) -> NewEvent:
    found = item.found
    return NewEvent(
        name=found.name,
        customer_id=item.customer_id,
        occurred_at=found.occurred_at,
        received_at=item.received_at,
        source=item.source.code,
        actor=f"source:{item.source.id}",
        properties=found.properties,
        identity_id=item.identity_id,
        historical=found.is_history,
        uuid=event_id(found.marks.message, item.source.id, received_ms=int(item.received_at.timestamp() * 1000)),
    )


def hand_on(items: Sequence[Item], *, now: datetime) -> list[tuple[Item, str]]:
    """Give attributes and orders to the domains that keep them; return what they did not take, and why."""
    for source, is_history, group in _by_origin([item for item in items if item.customer_id and item.found.attributes]):
        said = [
            attributes.Said(item.customer_id or 0, item.found.attributes, item.found.occurred_at, item.identity_id or 0)
            for item in group
        ]
        attributes.set_values(said, source=source.code, by=_origin(source, now=now, is_history=is_history))
    _let_hear([item for item in items if item.found.words], now=now)
    return _record_orders([item for item in items if item.found.order], now=now)


def _let_hear(items: Sequence[Item], *, now: datetime) -> None:
    """Give what people say in their own words, which the log does not hold, to those who keep texts."""
    for source, is_history, group in _by_origin(items):
        heard = [
            Heard(
                item.found.name, item.found.words or {}, item.found.occurred_at, item.customer_id, item.identity_id,
                item.found.marks.message.hex(),
            )
            for item in group
        ]  # fmt: skip
        by = _origin(source, now=now, is_history=is_history)
        for listener in who_hears():
            listener(company.shop(source.shop_id), heard, by)


def _record_orders(items: Sequence[Item], *, now: datetime) -> list[tuple[Item, str]]:
    """Write ``Order Completed`` of sources that are a shop's only word on its orders."""
    refused: list[tuple[Item, str]] = []
    for source, is_history, group in _by_origin(items):
        shop = company.shop(source.shop_id)
        by = _origin(source, now=now, is_history=is_history)
        told: list[tuple[Item, OrderRecord]] = []
        for item in group:
            try:
                told.append((item, _order(item, shop)))
            except ordering.NoOrder as no:
                refused.append((item, str(no)))
        refused += _recorded(shop, told, by)
    return refused


def _recorded(shop: Shop, told: list[tuple[Item, OrderRecord]], by: Provenance) -> list[tuple[Item, str]]:
    """Record orders together; if one of them is refused, by halves, until the others are through."""
    if not told:
        return []
    try:
        with transaction.atomic():
            orders.record(shop, [record for _item, record in told], by=by)
    except ShukeError as no:
        if len(told) == 1:
            return [(told[0][0], str(no))]
        half = len(told) // 2
        return _recorded(shop, told[:half], by) + _recorded(shop, told[half:], by)
    return []


def _order(item: Item, shop: Shop) -> OrderRecord:
    found = item.found
    said = ordering.read(found.order or {}, currency=shop.currency)
    _anonymous_id, user_id, _previous_id, _others = plain_ids(found.call)
    person = _record(found.person)
    if user_id:
        person = replace(person, external_id=user_id)
    return OrderRecord(
        number=said.number,
        placed_at=found.occurred_at,
        currency=said.currency,
        lines=[
            LineRecord(
                line.quantity, line.price, title=line.name, sku=line.sku,
                product=ProductRecord(external_id=line.product_id, title=line.name, category=line.category, brand=line.brand)
                if line.product_id else None,
            )
            for line in said.lines
        ],
        person=person if person != PersonRecord() else None,
        channel=item.source.kind,
        discount_minor=said.discount_minor,
    )  # fmt: skip
