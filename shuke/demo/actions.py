"""Founding the demo company and filling it, through the doors that real data takes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import transaction

from shuke.cdp.catalog import actions as catalog
from shuke.cdp.customers import actions as customers
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import Provenance
from shuke.cdp.ingest import actions as ingest
from shuke.cdp.orders import actions as orders
from shuke.cdp.warehouse import actions as warehouse
from shuke.demo import channels, errors, finishing, knowing, outlets, records, voices, writing
from shuke.demo.lives import Life, World, live
from shuke.demo.rules import (
    COLLEAGUES,
    COMPANY,
    CURRENCY,
    DEFAULT_SEED,
    DEFAULT_SIZE,
    HISTORY_MONTHS,
    OWNER,
    PASSWORD,
    SHOP_EN,
    SHOP_ZH,
    SIZES,
    TIME_ZONE,
)
from shuke.platform.company import actions as company
from shuke.platform.company import queries as companies
from shuke.platform.company.models import Shop
from shuke.platform.staff.models import Staff

LIVES_AT_ONCE = 1_000
# Few enough that no write transaction keeps a page waiting.
PEOPLE_PER_TRANSACTION = 250
RECORDS_PER_TRANSACTION = 150
EVENTS_PER_TRANSACTION = 1_000
# Beyond, duplicates are left to the nightly search.
SEARCHED_AT_MOST = 5_000
_ACTOR = "system:demo"

Progress = Callable[[int, int, str], None]
Shops = dict[bool, Shop]
T = TypeVar("T")


@dataclass(slots=True)
class Built:
    """What was written, and who can log in to see it."""

    customers: int = 0
    orders: int = 0
    guest_orders: int = 0
    refunds: int = 0
    adjustments: int = 0
    visits: int = 0
    # People who appear a second time, for the search of duplicates to find.
    twice: int = 0
    owner_email: str = OWNER.email
    password: str = PASSWORD

    def counts(self) -> dict[str, int]:
        """Return the counts alone."""
        return {name: value for name, value in asdict(self).items() if isinstance(value, int)}


def build(
    size: str = DEFAULT_SIZE,
    *,
    now: datetime,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    password: str = PASSWORD,
) -> Built:
    """Found the demo company and write its history up to ``now``; return what was written.

    The same size, seed and moment write the same facts. Memory does not grow with the size: lives are made and written
    a thousand at a time. Raises ``NotEmpty`` where there is a company already and ``UnknownSize``.
    """
    if size not in SIZES:
        raise errors.UnknownSize(size, tuple(SIZES))
    if companies.find_company() is not None:
        raise errors.NotEmpty
    tell = progress or _silent
    world = World(seed, now)
    built = Built(password=password)
    shops = _found(world, password)
    notices = knowing.prepare(world)
    total = SIZES[size]
    tags: dict[str, list[int]] = {}
    first: tuple[list[Life], list[tuple[int, int]]] = [], []
    for serials in _batched(range(total), LIVES_AT_ONCE):
        lives = [live(world, serial) for serial in serials]
        ids = _write(lives, shops, built, world)
        finishing.sort_tags(lives, ids, into=tags)
        built.twice += knowing.write(lives, ids, shops, notices, world)
        first = first if first[0] else (lives, ids)
        built.customers += len(lives)
        tell(built.customers, total, "customers")
    _write_corrections(world, shops, built)
    tell(total, total, "outlets")
    outlets.web_site(first[0], shops[False], world)
    outlets.pop_up_shop(first[0], world)
    tell(total, total, "voices")
    voices.write(*first, shops, world)
    tell(total, total, "knowledge")
    knowing.finish(first[1], world, searches=total <= SEARCHED_AT_MOST)
    tell(total, total, "tags")
    finishing.tag(tags, now=now)
    tell(total, total, "warehouse")
    warehouse.catch_up(now=now)
    tell(total, total, "value")
    finishing.value_history(HISTORY_MONTHS[size], now=now)
    tell(total, total, "segments")
    finishing.segments(tags, now=now)
    finishing.worked_out(now=now)
    tell(total, total, "forecasts")
    finishing.forecasts(shops, now=now)
    finishing.looked_after(now=now)
    finishing.journeys(now=now)
    owner = Staff.objects.get(email=OWNER.email)
    finishing.views(owner, now=now)
    writing.templates(owner, now=now)
    writing.campaigns(now=now)
    channels.spend(now=now)
    channels.board(owner, now=now)
    tell(total, total, "done")
    return built


def _found(world: World, password: str) -> Shops:
    now = world.now
    with transaction.atomic():
        company.found(name=COMPANY, currency=CURRENCY, time_zone=TIME_ZONE, language="zh-hans", now=now, is_demo=True)
        for colleague in COLLEAGUES:
            Staff.objects.create_user(
                colleague.email, password, name=colleague.name, role=colleague.role, created_at=now, time_zone=TIME_ZONE
            )
        shops = {
            True: company.shop_named(SHOP_ZH, now=now, currency=CURRENCY, time_zone=TIME_ZONE, kind="demo"),
            False: company.shop_named(SHOP_EN, now=now, currency=CURRENCY, time_zone=TIME_ZONE, kind="demo"),
        }
        for chinese, shop in shops.items():
            goods = [records.product(each) for each in world.goods[chinese]]
            catalog.upsert_products(shop, goods, _by(shop, now))
    return shops


def _write(lives: Sequence[Life], shops: Shops, built: Built, world: World) -> list[tuple[int, int]]:
    """Write a thousand lives; return the customer and identity of each."""
    now = world.now
    known = _write_people(lives, shops, now=now)
    touches = {
        identity: touch
        for life, (_c, identity) in zip(lives, known, strict=True)
        if (touch := channels.touch(life, world))
    }
    ingest.note_touches({identity: [touch] for identity, touch in touches.items()})
    for chinese, shop in shops.items():
        dated = sorted(
            (fact for life in lives for fact in records.facts(life, chinese_shop=chinese)), key=lambda fact: fact[0]
        )
        for batch in _batched((record for _, record in dated), RECORDS_PER_TRANSACTION):
            with transaction.atomic():
                orders.record(shop, batch, by=_by(shop, now))
        visits = sorted(
            (
                (visit, customer, identity)
                for life, (customer, identity) in zip(lives, known, strict=True)
                for visit in life.visits
                if visit.chinese_shop is chinese
            ),
            key=lambda item: item[0].at,
        )
        by = _by(shop, now)
        for some in _batched(visits, EVENTS_PER_TRANSACTION):
            with transaction.atomic():
                events.publish(
                    records.behaviour(
                        visit, customer_id=customer, identity_id=identity, by=by, touch=touches.get(identity)
                    )
                    for visit, customer, identity in some
                )
        built.visits += len(visits)
    built.orders += sum(len(life.purchases) + len(life.guest_purchases) for life in lives)
    built.guest_orders += sum(len(life.guest_purchases) for life in lives)
    built.refunds += sum(len(life.returns) for life in lives)
    return known


def _write_people(lives: Sequence[Life], shops: Shops, *, now: datetime) -> list[tuple[int, int]]:
    """Make everybody known to the shops they use, home shop first; return customer and identity there."""
    home: dict[int, tuple[int, int]] = {}
    for is_home in (True, False):
        for chinese, shop in shops.items():
            there = [life for life in lives if chinese in life.shops and (life.person.chinese is chinese) is is_home]
            for some in _batched(there, PEOPLE_PER_TRANSACTION):
                said = [records.whole_person(life, chinese_shop=chinese) for life in some]
                with transaction.atomic():
                    found = customers.resolve(said, namespace=shop.code, by=_by(shop, now))
                for life, resolved in zip(some, found, strict=True):
                    if resolved is not None:
                        home.setdefault(life.person.serial, (resolved.customer_id, resolved.identity_id))
    return [home[life.person.serial] for life in lives]


def _write_corrections(world: World, shops: Shops, built: Built) -> None:
    for chinese, shop in shops.items():
        entries = records.corrections(world, built.orders // len(shops), shop="CN" if chinese else "EN")
        with transaction.atomic():
            orders.record(shop, entries, by=_by(shop, world.now))
        built.adjustments += len(entries)


def _batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch


def _by(shop: Shop, now: datetime) -> Provenance:
    return Provenance(source=shop.code, actor=_ACTOR, now=now, historical=True)


def _silent(*_: object) -> None:
    """Tell nobody."""
