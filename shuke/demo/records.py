"""Made-up lives in the words of the doors: people, orders, refunds, behaviour."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.ingest.actions import Touch
from shuke.cdp.orders.actions import AdjustmentRecord, LineRecord, OrderRecord, RefundRecord
from shuke.demo import channels
from shuke.demo.catalogue import Goods
from shuke.demo.habits import clumsily
from shuke.demo.lives import YEARS, Bought, Life, Purchase, Return, Visit, World
from shuke.demo.people import Person
from shuke.demo.rules import CURRENCY

_HUNDRED = Decimal(100)
_NOT_SOLD = frozenset({"防晒", "mask"})
# Bookkeeping of a quarter: what was put right, in minor units per order of that quarter.
_CORRECTION_PER_ORDER_MINOR = -35


def product(goods: Goods) -> ProductRecord:
    """Return a product as its shop's catalogue gives it; a few are sold out."""
    rng = Random(f"shelf:{goods.external_id}")
    return ProductRecord(
        external_id=goods.external_id, sku=goods.sku, title=goods.title, category=goods.category, brand=goods.brand,
        price_minor=goods.price_minor, currency=CURRENCY, is_active=True,
        cost_minor=round(goods.price_minor * rng.uniform(0.35, 0.62)), stock=0 if rng.random() < 0.03 else rng.randrange(4, 400),
    )  # fmt: skip


def external_id(person: Person, *, chinese_shop: bool) -> str:
    """Return the id under which a shop knows somebody."""
    return f"tb{880_000_000 + person.serial}" if chinese_shop else str(100_000 + person.serial)


def whole_person(life: Life, *, chinese_shop: bool) -> PersonRecord:
    """Return everything a shop knows of somebody."""
    known_as = external_id(life.person, chinese_shop=chinese_shop)
    who = clumsily(life.person, Random(f"clumsy:{life.person.serial}"))
    return person_record(who, external_id=known_as, first_seen_at=life.first_seen_at)


def person_record(who: Person, *, external_id: str, first_seen_at: datetime) -> PersonRecord:
    """Return somebody in the words of the customers' door, under the id of a shop."""
    return PersonRecord(
        external_id=external_id, email=who.email, phone=who.phone, name=who.name, country=who.country, region=who.region,
        city=who.city, address=who.address, postcode=who.postcode, language="zh" if who.chinese else "en",
        birthday=who.birthday, first_seen_at=first_seen_at,
    )  # fmt: skip


def facts(life: Life, *, chinese_shop: bool) -> Iterator[tuple[datetime, OrderRecord | RefundRecord]]:
    """Yield what one shop sold to somebody and took back, each with its moment."""
    known = PersonRecord(external_id=external_id(life.person, chinese_shop=chinese_shop))
    for person, purchases in ((known, life.purchases), (None, life.guest_purchases)):
        for purchase in purchases:
            if purchase.chinese_shop is chinese_shop:
                yield purchase.placed_at, _order(purchase, life.person, person)
    for back in life.returns:
        if back.purchase.chinese_shop is chinese_shop:
            yield back.refunded_at, _refund(back, life.person, known)


def behaviour(
    visit: Visit, *, customer_id: int, identity_id: int, by: Provenance, touch: Touch | None = None
) -> NewEvent:  # fmt: skip
    """Return a visit as the tracker of a shop would have told it; the first one says what brought the visitor."""
    said: dict[str, object] = {}
    if visit.goods is not None:
        said = {
            "product_id": visit.goods.external_id, "sku": visit.goods.sku, "name": visit.goods.title,
            "category": visit.goods.category, "value_minor": visit.goods.price_minor, "currency": CURRENCY,
        }  # fmt: skip
    if visit.search:
        # Some of what people look for, Willow does not sell.
        said |= {"query": visit.search, "results": 0 if visit.search in _NOT_SOLD else 8}
    if touch is not None and touch.at == visit.at:
        said["context"] = channels.context(touch)
    return NewEvent(
        name=visit.name, customer_id=customer_id, identity_id=identity_id, occurred_at=visit.at, received_at=by.now,
        source=by.source, actor=by.actor, properties=said, historical=by.historical,
    )  # fmt: skip


def corrections(world: World, orders: int, *, shop: str) -> list[AdjustmentRecord]:
    """Return one bookkeeping correction at the beginning of each quarter, in proportion to the orders."""
    months = (world.first_day.replace(day=1) + timedelta(days=31 * n) for n in range(12 * YEARS + 2))
    quarters = sorted({month.replace(day=1) for month in months if month.month % 3 == 1})
    moments = [datetime(day.year, day.month, 1, 2, tzinfo=UTC) for day in quarters if day > world.first_day]
    finished = [at for at in moments if at <= world.now]
    return [
        AdjustmentRecord(
            number=f"ADJ-{shop}-{at:%Y%m}", adjusted_at=at, currency=CURRENCY,
            amount_minor=_CORRECTION_PER_ORDER_MINOR * max(1, orders // len(finished)),
            description="支付手续费更正 Payment fees corrected",
        )
        for at in finished
    ]  # fmt: skip


def _order(purchase: Purchase, who: Person, person: PersonRecord | None) -> OrderRecord:
    return OrderRecord(
        number=purchase.number, placed_at=purchase.placed_at, currency=CURRENCY, lines=_lines(purchase.lines),
        person=person, status=purchase.status, country=who.country, region=who.region, city=who.city,
        channel="app" if purchase.chinese_shop else "web", discount_minor=purchase.rebate_minor,
    )  # fmt: skip


def _refund(back: Return, who: Person, person: PersonRecord) -> RefundRecord:
    return RefundRecord(
        number=f"R{back.purchase.number}", refunded_at=back.refunded_at, currency=CURRENCY, lines=_lines(back.lines),
        person=person, order_number=back.purchase.number, reason=back.reason, country=who.country,
    )  # fmt: skip


def _lines(lines: tuple[Bought, ...]) -> list[LineRecord]:
    return [
        LineRecord(
            quantity=Decimal(line.quantity), unit_price=Decimal(line.paid_minor) / _HUNDRED,
            product=ProductRecord(external_id=line.goods.external_id), title=line.goods.title, sku=line.goods.sku,
        )
        for line in lines
    ]  # fmt: skip
