"""How made-up people behave: what each one buys, sends back and looks at between the first day and now. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from shuke.demo import seasons
from shuke.demo.catalogue import Goods, goods_of
from shuke.demo.people import Person, person

YEARS = 2
_ZONES = {True: ZoneInfo("Asia/Shanghai"), False: ZoneInfo("Europe/London")}
_GROWTH = 1.3
_CHURN_PER_ORDER = {"routine": 0.11, "regular": 0.02}
# Lately somebody with an audience praised a present in the web shop, and a batch of the best-selling staple arrived broken.
_PRAISED_DAYS_AGO, _BROKEN_DAYS_AGO, _BATCH_SOLD_FOR_DAYS = 9, 6, 32
_BROKEN_SHARE = 0.4
_SEARCHES = {
    True: ("洁面", "面霜", "香薰", "礼盒", "毛巾", "防晒", "茶具"),
    False: ("candle", "serum", "gift", "towel", "mask"),
}
_REASONS = {
    True: ("七天无理由退货", "包装破损", "与描述不符", "拍错了", "肤质不适合", "发货太慢"),
    False: ("Changed my mind", "Arrived damaged", "Not as described", "Ordered by mistake", "Did not suit my skin"),
}


class Kind(StrEnum):
    """Ways of being a customer."""

    LOOKING = "looking"
    ONCE = "once"
    BARGAIN = "bargain"
    GIFT = "gift"
    ROUTINE = "routine"
    REGULAR = "regular"


_KINDS = tuple(Kind)
_KIND_WEIGHTS = list(accumulate((9, 38, 16, 12, 21, 4)))
# Some of those who come back were customers before the history begins; what they bought then is not told.
_OLD_HANDS = frozenset({Kind.BARGAIN, Kind.GIFT, Kind.ROUTINE, Kind.REGULAR})
_BEFORE_THE_HISTORY = 0.22
# How many different things are in a basket; how often an order comes back; the share of a sale's rebate that is taken.
_BASKETS = {Kind.ONCE: (1, 2), Kind.BARGAIN: (2, 5), Kind.GIFT: (1, 3), Kind.ROUTINE: (1, 3), Kind.REGULAR: (2, 5)}
_RETURNS = {Kind.ONCE: 0.09, Kind.BARGAIN: 0.12, Kind.GIFT: 0.06, Kind.ROUTINE: 0.035, Kind.REGULAR: 0.03}
_REBATES = {Kind.ONCE: 0.7, Kind.BARGAIN: 1.0, Kind.GIFT: 0.5, Kind.ROUTINE: 0.6, Kind.REGULAR: 0.7}


@dataclass(frozen=True, slots=True)
class Bought:
    """One line: so many pieces at what was paid for each."""

    goods: Goods
    quantity: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order in the Chinese or the English shop."""

    chinese_shop: bool
    number: str
    placed_at: datetime
    status: str
    lines: tuple[Bought, ...]
    rebate_minor: int


@dataclass(frozen=True, slots=True)
class Return:
    """Pieces of a purchase that came back."""

    purchase: Purchase
    refunded_at: datetime
    lines: tuple[Bought, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Visit:
    """One thing somebody did in a shop without buying."""

    chinese_shop: bool
    at: datetime
    name: str
    goods: Goods | None = None
    search: str = ""


@dataclass(slots=True)
class Life:
    """One person's two years. ``guest_purchases`` were made nearby by people who gave no name."""

    person: Person
    kind: Kind
    first_seen_at: datetime
    purchases: list[Purchase] = field(default_factory=list)
    guest_purchases: list[Purchase] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    @property
    def shops(self) -> list[bool]:
        """Return the shops this person is known to (True: the Chinese one), home shop first."""
        home = self.person.chinese
        elsewhere = any(purchase.chinese_shop is not home for purchase in self.purchases)
        return [home, not home] if elsewhere else [home]


@dataclass(frozen=True)
class World:
    """What all lives share: the seed, the moment they end, the goods, the busy days."""

    seed: int
    now: datetime

    @cached_property
    def first_day(self) -> date:
        """Return the day on which the history begins."""
        return self.now.date() - timedelta(days=365 * YEARS)

    @cached_property
    def days(self) -> int:
        """Return how many days the history has."""
        return (self.now.date() - self.first_day).days + 1

    @cached_property
    def goods(self) -> dict[bool, tuple[Goods, ...]]:
        """Return what each shop sells."""
        return {chinese: goods_of(self.seed, chinese=chinese) for chinese in (True, False)}

    @cached_property
    def presents(self) -> dict[bool, tuple[Goods, ...]]:
        """Return what each shop sells as presents."""
        return {chinese: tuple(g for g in goods if g.is_gift) for chinese, goods in self.goods.items()}

    @cached_property
    def staples(self) -> dict[bool, tuple[Goods, ...]]:
        """Return what is used up and bought again."""
        return {chinese: tuple(g for g in goods if g.lasts_days) for chinese, goods in self.goods.items()}

    @cached_property
    def day_weights(self) -> dict[bool, list[float]]:
        """Return running weights of the days on which people come for the first time."""
        return {
            chinese: seasons.cumulative_days(self.first_day, self.days, chinese=chinese, growth=_GROWTH)
            for chinese in (True, False)
        }

    @cached_property
    def hour_weights(self) -> dict[bool, list[int]]:
        """Return running weights of the hours of a day."""
        return {chinese: seasons.cumulative_hours(chinese=chinese) for chinese in (True, False)}

    @cached_property
    def appeals(self) -> dict[int, list[float]]:
        """Return running weights of each range of goods, by the identity of the range."""
        ranges = [*self.goods.values(), *self.presents.values(), *self.staples.values()]
        return {id(goods): list(accumulate(g.appeal for g in goods)) for goods in ranges}

    def day_of(self, number: int) -> date:
        """Return the day ``number`` days after the first."""
        return self.first_day + timedelta(days=number)

    def pick(self, rng: Random, goods: tuple[Goods, ...]) -> Goods:
        """Return one of a range of goods, popular ones more often."""
        return rng.choices(goods, cum_weights=self.appeals[id(goods)])[0]

    def moment(self, rng: Random, day: date, *, chinese: bool) -> datetime:
        """Return a moment of a day as people of that shop keep hours."""
        hour = rng.choices(range(24), cum_weights=self.hour_weights[chinese])[0]
        local = datetime(
            day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=_ZONES[chinese]
        )
        return local.astimezone(UTC)


def live(world: World, serial: int) -> Life:
    """Return the life of person ``serial``; nothing in it lies after ``world.now``."""
    rng = Random(f"{world.seed}:life:{serial}")
    who = person(rng, serial)
    kind = rng.choices(_KINDS, cum_weights=_KIND_WEIGHTS)[0]
    if kind in _OLD_HANDS and rng.random() < _BEFORE_THE_HISTORY:
        joined = -rng.randint(1, 300)
    else:
        joined = rng.choices(range(world.days), cum_weights=world.day_weights[who.chinese])[0]
    begins = world.moment(rng, world.day_of(max(joined, 0)), chinese=who.chinese)
    life = Life(who, kind, min(begins, world.now))
    _shop(world, rng, life, joined)
    if rng.random() < 0.2:
        day = world.day_of(rng.choices(range(world.days), cum_weights=world.day_weights[False])[0])
        purchase = _purchase(
            world, rng, Kind.ONCE, at=world.moment(rng, day, chinese=False), number=f"G{serial:07d}", chinese=False
        )
        if purchase.placed_at <= world.now:
            life.guest_purchases.append(purchase)
    _incidents(world, life, joined)
    _wander(world, rng, life)
    life.visits = sorted((visit for visit in life.visits if visit.at <= world.now), key=lambda visit: visit.at)
    known = [life.first_seen_at, *(p.placed_at for p in life.purchases), *(v.at for v in life.visits)]
    life.first_seen_at = min(known)
    return life


def _shop(world: World, rng: Random, life: Life, joined: int) -> None:
    home = life.person.chinese
    favourites = tuple(world.pick(rng, world.staples[home]) for _ in range(rng.randint(2, 4)))
    crosses = bool(life.person.email) and rng.random() < 0.12
    for place, day in enumerate(_shopping_days(world, rng, life.kind, joined, favourites, chinese=home)):
        shop = home if not crosses or rng.random() < 0.6 else not home
        at = world.moment(rng, day, chinese=home)
        if at > world.now:
            break
        if day < world.first_day:
            continue
        number = (
            f"{at:%y%m%d}{life.person.serial:08d}{place:03d}"
            if shop
            else f"W{at:%y%m}{life.person.serial:07d}{place:02d}"
        )
        usual = favourites if shop is home else ()
        purchase = _purchase(world, rng, life.kind, at=at, number=number, usual=usual, chinese=shop)
        life.purchases.append(purchase)
        if rng.random() < 0.6:
            life.visits += _before_buying(rng, purchase)
        if purchase.status == "completed" and rng.random() < _RETURNS[life.kind]:
            life.returns += _return(world, rng, purchase)


def _incidents(world: World, life: Life, joined: int) -> None:
    """What happened to the company lately, out of the ordinary: goods praised by somebody, and a batch that arrived broken."""
    rng = Random(f"{world.seed}:incident:{life.person.serial}")
    home = life.person.chinese
    praised_on = world.now.date() - timedelta(days=_PRAISED_DAYS_AGO)
    if not home and life.kind is not Kind.LOOKING and rng.random() < 0.03 and world.day_of(joined) < praised_on:
        at, goods = world.moment(rng, praised_on, chinese=False), world.presents[False][0]
        bought = (Bought(goods, rng.choice((1, 1, 2)), goods.price_minor),)
        number = f"W{at:%y%m}{life.person.serial:07d}99"
        life.purchases.append(Purchase(False, number, at, _status(rng, world.now - at), bought, 0))
        life.purchases.sort(key=lambda purchase: purchase.placed_at)
    broken = max(world.staples[True], key=lambda goods: goods.appeal)
    noticed = world.now - timedelta(days=_BROKEN_DAYS_AGO)
    returned = {back.purchase.number for back in life.returns}
    for purchase in life.purchases:
        lines = tuple(line for line in purchase.lines if line.goods is broken)
        is_recent = timedelta(days=3) < noticed - purchase.placed_at < timedelta(days=_BATCH_SOLD_FOR_DAYS)
        takes_back = rng.random() < _BROKEN_SHARE
        if lines and is_recent and takes_back and purchase.status == "completed" and purchase.number not in returned:
            at = noticed + timedelta(hours=rng.randint(-10, 10), minutes=rng.randrange(60))
            life.returns.append(Return(purchase, at, lines, _REASONS[True][1]))


def _shopping_days(
    world: World, rng: Random, kind: Kind, joined: int, favourites: Sequence[Goods], *, chinese: bool
) -> Iterator[date]:
    """Yield the days on which somebody buys, in order."""
    first = world.day_of(joined)
    if kind is Kind.LOOKING:
        return
    if kind is Kind.ONCE:
        yield first
    elif kind is Kind.GIFT:
        yield first
        for day in seasons.gift_days(first, world.now.date(), chinese=chinese):
            if day > first and rng.random() < 0.42:
                yield day + timedelta(days=rng.randint(-3, 3)) if day > first + timedelta(days=4) else day
    elif kind is Kind.BARGAIN:
        yield from _bargain_days(world, rng, first, chinese=chinese)
    else:
        yield from _routine_days(world, rng, kind, first, favourites, chinese=chinese)


def _bargain_days(world: World, rng: Random, first: date, *, chinese: bool) -> Iterator[date]:
    """Somebody who waits for sales buys when they begin or end, and once when they come."""
    yield first
    last = world.now.date()
    sales = sorted(
        (sale for year in range(first.year, last.year + 1) for sale in seasons.sales_of(year, chinese=chinese)),
        key=lambda sale: sale.first,
    )
    before = first
    for sale in sales:
        if sale.first > before and sale.discount >= 0.15 and rng.random() < 0.2 + sale.discount:
            before = sale.first + timedelta(days=rng.randint(0, (sale.last - sale.first).days))
            yield before


def _routine_days(
    world: World, rng: Random, kind: Kind, first: date, favourites: Sequence[Goods], *, chinese: bool
) -> Iterator[date]:
    """Somebody with habits comes back when things run out, waits for a near sale, skips feasts, and leaves one day."""
    rhythm = sum(goods.lasts_days or 60 for goods in favourites) / len(favourites) * rng.uniform(0.7, 1.3)
    if kind is Kind.REGULAR:
        rhythm = max(14.0, rhythm * 0.42)
    day = first
    while day <= world.now.date():
        yield day
        if rng.random() < _CHURN_PER_ORDER[kind]:
            return
        day += timedelta(days=max(3, round(rhythm * rng.lognormvariate(0, 0.28))))
        if seasons.busyness(day, chinese=chinese) < 0.5 and rng.random() < 0.7:
            day += timedelta(days=rng.randint(6, 14))
        day = _wait_for_sale(rng, day, chinese=chinese)


def _wait_for_sale(rng: Random, day: date, *, chinese: bool) -> date:
    for sale in seasons.sales_of(day.year, chinese=chinese):
        if sale.pull >= 2 and 0 < (sale.first - day).days <= 12 and rng.random() < 0.55:
            return sale.first + timedelta(days=rng.randint(0, (sale.last - sale.first).days))
    return day


def _purchase(
    world: World, rng: Random, kind: Kind, *, at: datetime, number: str, chinese: bool, usual: Sequence[Goods] = ()
) -> Purchase:
    sale = seasons.sale_on(at.astimezone(_ZONES[chinese]).date(), chinese=chinese)
    rebate = sale.discount * _REBATES[kind] if sale else 0.0
    chosen: dict[str, Goods] = {}
    for _ in range(rng.randint(*_BASKETS[kind])):
        goods = _choice(world, rng, kind, usual, chinese=chinese)
        chosen[goods.external_id] = goods
    lines = tuple(_line(rng, kind, goods, rebate) for goods in chosen.values())
    return Purchase(
        chinese_shop=chinese, number=number, placed_at=at, status=_status(rng, world.now - at), lines=lines,
        rebate_minor=sum((line.goods.price_minor - line.paid_minor) * line.quantity for line in lines),
    )  # fmt: skip


def _choice(world: World, rng: Random, kind: Kind, usual: Sequence[Goods], *, chinese: bool) -> Goods:
    if kind is Kind.GIFT and rng.random() < 0.8:
        return world.pick(rng, world.presents[chinese])
    if usual and kind in {Kind.ROUTINE, Kind.REGULAR} and rng.random() < 0.72:
        return rng.choice(usual)
    return world.pick(rng, world.goods[chinese])


def _line(rng: Random, kind: Kind, goods: Goods, rebate: float) -> Bought:
    pieces = rng.choices((1, 2, 3, 5), (75, 18, 5, 2))[0] if goods.price_minor < 20_000 else 1
    if kind is Kind.BARGAIN and rebate > 0.2 and goods.lasts_days:
        pieces += rng.randint(0, 2)
    # Prices end in whole yuan, sale or not.
    paid = round(goods.price_minor * (1 - rebate) / 100) * 100
    return Bought(goods, pieces, paid)


def _status(rng: Random, age: timedelta) -> str:
    if rng.random() < 0.018:
        return "cancelled"
    if age < timedelta(hours=3):
        return "open"
    return "paid" if age < timedelta(days=3) else "completed"


def _return(world: World, rng: Random, purchase: Purchase) -> list[Return]:
    at = purchase.placed_at + timedelta(days=rng.randint(2, 18), hours=rng.randint(0, 9), minutes=rng.randrange(60))
    if at > world.now:
        return []
    lines = purchase.lines
    if rng.random() < 0.45:
        line = rng.choice(lines)
        lines = (Bought(line.goods, rng.randint(1, line.quantity), line.paid_minor),)
    return [Return(purchase, at, lines, rng.choice(_REASONS[purchase.chinese_shop]))]


def _before_buying(rng: Random, purchase: Purchase) -> Iterator[Visit]:
    """What somebody looks at on the way to the till."""
    at, shop = purchase.placed_at, purchase.chinese_shop
    minutes = sorted((rng.uniform(1, 70) for _ in range(len(purchase.lines) + 2)), reverse=True)
    if rng.random() < 0.3:
        yield Visit(
            shop, at - timedelta(minutes=minutes[0] + 2), "Products Searched", search=rng.choice(_SEARCHES[shop])
        )
    for line, before in zip(purchase.lines, minutes, strict=False):
        yield Visit(shop, at - timedelta(minutes=before), "Product Viewed", line.goods)
        yield Visit(shop, at - timedelta(minutes=before * 0.9), "Product Added", line.goods)
    yield Visit(shop, at - timedelta(minutes=minutes[-1] * 0.5), "Cart Viewed")


def _wander(world: World, rng: Random, life: Life) -> None:
    """Visits that lead to nothing, some with things left in the cart; fewer once somebody has gone quiet."""
    shop = life.person.chinese
    begins = life.first_seen_at
    ends = max((p.placed_at for p in life.purchases), default=begins) + timedelta(days=rng.choice((20, 60, 120)))
    length = (min(ends, world.now) - begins).total_seconds()
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5))):
        at = begins + timedelta(seconds=length * rng.random())
        if rng.random() < 0.25:
            life.visits.append(Visit(shop, at, "Products Searched", search=rng.choice(_SEARCHES[shop])))
        for step in range(rng.randint(1, 3)):
            goods = world.pick(rng, world.goods[shop])
            life.visits.append(Visit(shop, at + timedelta(minutes=2 + 3 * step), "Product Viewed", goods))
            if rng.random() < 0.15:
                life.visits.append(Visit(shop, at + timedelta(minutes=3 + 3 * step), "Product Added", goods))
