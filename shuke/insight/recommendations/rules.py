"""What may be learned from how much, how lists are packed, and the company's own rules. Pure."""

import hashlib
import struct
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

REPEAT, DISCOVERY, ALSO_BOUGHT, SIMILAR = "repeat", "discovery", "also_bought", "similar"
TRENDING, BESTSELLERS = "trending", "bestsellers"
KINDS = (REPEAT, DISCOVERY, ALSO_BOUGHT, SIMILAR, TRENDING, BESTSELLERS)
Kind = Literal["repeat", "discovery", "also_bought", "similar", "trending", "bestsellers"]
# What a place shows, in order. Buying again and discovering are lists of their own wherever both are shown.
PLACEMENTS: Mapping[str, tuple[str, ...]] = {
    "home": (DISCOVERY,), "reorder": (REPEAT,), "product": (ALSO_BOUGHT, SIMILAR), "basket": (ALSO_BOUGHT,),
    "email": (REPEAT, DISCOVERY), "trending": (TRENDING,),
}  # fmt: skip
PERSONAL = frozenset({REPEAT, DISCOVERY})
# By which figure each is chosen and compared; ``engine.judging`` says why.
JUDGED_BY: Mapping[str, str] = {REPEAT: "ndcg", DISCOVERY: "recall"}


# -- what the data can carry

# Days of the past at which methods are judged; one more, before them, is for choosing.
CUTOFFS = 3
LEAST_ORDERS = 20
LEAST_BUYERS = 100
LEAST_DAYS = 180
LEAST_SEVERAL = 100
LEAST_JUDGED = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is learned: a code and the facts of its sentence."""

    code: str
    facts: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {"code": self.code, "facts": dict(self.facts)}


def _short(code: str, has: int, needs: int) -> Refusal | None:
    return Refusal(code, {"has": has, "needs": needs}) if has < needs else None


def crowd_gate(orders: int) -> Refusal | None:
    """Return why not even bestsellers are shown."""
    return _short("few_orders", orders, LEAST_ORDERS)


def basket_gate(several: int) -> Refusal | None:
    """Return why nothing is said of what goes together."""
    return _short("few_baskets", several, LEAST_SEVERAL)


def personal_gate(buyers: int, days: int) -> Refusal | None:
    """Return why nobody gets a list of their own."""
    return _short("few_buyers", buyers, LEAST_BUYERS) or _short("short_history", days, LEAST_DAYS)


def judge_gate(judged: Sequence[int]) -> Refusal | None:
    """Return why a method cannot be judged: too few bought anything of the kind after one of the past days."""
    return _short("few_judged", min(judged, default=0), LEAST_JUDGED)


def least_together(sales: int) -> int:
    """Return in how many sales a combination has to be.

    >>> least_together(300), least_together(50_000)
    (10, 50)
    """
    return max(10, sales // 1_000)


# -- lists

_ITEM = struct.Struct("<qfqi")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that a list offers. What ``because`` and ``number`` mean depends on the kind: see ``queries.wording``."""

    product_id: int
    score: float
    kind: str
    because: int = 0
    number: int = 0


def unpack(kind: str, items: Any) -> list[Candidate]:
    """Return a list as it was packed, best first."""
    return [
        Candidate(product, score, kind, because, number)
        for product, score, because, number in _ITEM.iter_unpack(bytes(items))
    ]


def pack(items: Iterable[Candidate]) -> bytes:
    """Return a list as bytes."""
    return b"".join(_ITEM.pack(one.product_id, one.score, one.because, one.number) for one in items)


# Of what a whole basket brings up only the best is looked at.
_MOST_MERGED = 80


def merged(lists: Iterable[Sequence[Candidate]]) -> list[Candidate]:
    """Return what goes with a whole basket: scores of its products' lists add up, the strongest of them gives the reason."""
    best: dict[int, Candidate] = {}
    total: dict[int, float] = {}
    for one in (each for items in lists for each in items):
        total[one.product_id] = total.get(one.product_id, 0.0) + one.score
        if one.product_id not in best or one.score > best[one.product_id].score:
            best[one.product_id] = one
    found = [Candidate(pk, total[pk], one.kind, one.because, one.number) for pk, one in best.items()]
    return sorted(found, key=lambda one: (-one.score, one.product_id))[:_MOST_MERGED]


# -- the company's rules


class Settings(BaseModel):
    """The rules as the company has set them."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    in_stock_only: bool = True
    excluded_products: tuple[int, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    excluded_brands: tuple[str, ...] = ()
    pinned: tuple[int, ...] = ()
    # From 0 (margin does not count) to 1 (a product that earns its whole price counts twice).
    margin_weight: float = Field(0.0, ge=0, le=1)
    # Discovery shows nothing bought within so many days.
    quiet_days: int = Field(90, ge=0, le=3650)
    # Of a hundred people so many see the fallback, so that what the lists earn can be measured.
    holdout_percent: int = Field(10, ge=0, le=50)
    attribution_days: int = Field(14, ge=1, le=90)


@dataclass(frozen=True, slots=True)
class Goods:
    """What the rules need to know of a product. None: nobody said."""

    product_id: int
    shop_id: int = 0
    category: str = ""
    brand: str = ""
    is_active: bool = True
    stock: int | None = None
    price_minor: int | None = None
    cost_minor: int | None = None

    @property
    def margin(self) -> float | None:
        """Return what share of the price is earned, at least nought; None where price or cost is not known."""
        if not self.price_minor or self.cost_minor is None:
            return None
        return min(max(1 - self.cost_minor / self.price_minor, 0.0), 1.0)


UNKNOWN, OTHER_SHOP, INACTIVE, SOLD_OUT, PRODUCT, CATEGORY, BRAND, RECENT, ASKED, TWICE, BEYOND = (
    "unknown", "other_shop", "inactive", "sold_out", "product", "category", "brand", "recent", "asked", "twice", "beyond",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Removed:
    """A candidate that is not shown, and by which rule."""

    candidate: Candidate
    rule: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate that is shown; ``was`` is its score before margin counted."""

    candidate: Candidate
    is_pinned: bool = False
    was: float = 0.0


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules made of a list."""

    shown: list[Shown]
    removed: list[Removed]


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules need to know of who asks: the shop, what they look at, and what they bought lately."""

    shop_id: int = 0
    asked: frozenset[int] = frozenset()
    bought: frozenset[int] = frozenset()


def is_within(category: str, above: str) -> bool:
    """Whether a category is another or lies below it.

    >>> is_within("Home > Lights > Lamps", "Home > Lights"), is_within("Homeware", "Home")
    (True, False)
    """
    return category == above or category.startswith((f"{above} >", f"{above}>", f"{above}/"))


def why_not(goods: Goods | None, settings: Settings, kind: str, situation: Situation) -> str:
    """Return the rule that keeps a product from being shown, "" for none."""
    if goods is None:
        return UNKNOWN
    checks = (
        (OTHER_SHOP, bool(situation.shop_id) and goods.shop_id != situation.shop_id),
        (ASKED, goods.product_id in situation.asked),
        (INACTIVE, settings.in_stock_only and not goods.is_active),
        (SOLD_OUT, settings.in_stock_only and goods.stock is not None and goods.stock <= 0),
        (PRODUCT, goods.product_id in settings.excluded_products),
        (CATEGORY, any(is_within(goods.category, one) for one in settings.excluded_categories)),
        (BRAND, bool(goods.brand) and goods.brand in settings.excluded_brands),
        (RECENT, kind != REPEAT and bool(settings.quiet_days) and goods.product_id in situation.bought),
    )
    return next((rule for rule, holds in checks if holds), "")


def ruled(
    candidates: Sequence[Candidate], goods: Mapping[int, Goods], settings: Settings, *, kind: str, situation: Situation,
    limit: int,
) -> Ruled:  # fmt: skip
    """Apply the company's rules: pinned first, then the rest by score with margin counted in; every removal has its rule.

    Pinned products obey exclusions and stock like any other. What customers buy again is theirs: nothing is pinned there.
    """
    shown: list[Shown] = []
    removed: list[Removed] = []
    seen: set[int] = set()
    pinned = settings.pinned if kind != REPEAT else ()
    by_id = {one.product_id: one for one in reversed(candidates)}
    first = [by_id.get(pk, Candidate(pk, 0.0, kind)) for pk in pinned]
    rest = sorted(
        (one for one in candidates if one.product_id not in pinned),
        key=lambda one: -_boosted(one, goods.get(one.product_id), settings),
    )
    for one in (*first, *rest):
        rule = TWICE if one.product_id in seen else why_not(goods.get(one.product_id), settings, kind, situation)
        if not rule and len(shown) >= limit:
            rule = BEYOND
        seen.add(one.product_id)
        if rule:
            removed.append(Removed(one, rule))
        else:
            is_pinned = one.product_id in pinned
            score = one.score if is_pinned else _boosted(one, goods.get(one.product_id), settings)
            placed = Candidate(one.product_id, score, one.kind, one.because, one.number)
            shown.append(Shown(placed, is_pinned=is_pinned, was=one.score))
    return Ruled(shown, removed)


def _boosted(one: Candidate, goods: Goods | None, settings: Settings) -> float:
    margin = goods.margin if goods is not None and settings.margin_weight else None
    return one.score * (1 + settings.margin_weight * margin) if margin is not None and one.score > 0 else one.score


# -- who is held out

TREATED, HELD_OUT = "treated", "held_out"


def group_of(subject: str, percent: int) -> str:
    """Return whether somebody sees lists or the fallback: by chance, but always the same for the same person.

    >>> group_of("customer:7", 0), group_of("customer:7", 100)
    ('treated', 'held_out')
    """
    place = int.from_bytes(hashlib.sha256(f"recommendations:{subject}".encode()).digest()[:4], "big")
    return HELD_OUT if place % 10_000 < percent * 100 else TREATED


# -- what the lists earn

LEAST_PEOPLE, LEAST_ACTING = 200, 20


@dataclass(frozen=True, slots=True)
class Arm:
    """One group: people who were shown something, how many clicked and ordered, what they spent and its squares."""

    people: int = 0
    clicked: int = 0
    ordered: int = 0
    spent: float = 0.0
    spent_squared: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of the treated to the held out, with its 95% interval."""

    treated: float
    held_out: float
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return the difference."""
        return self.treated - self.held_out

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out nought."""
        return self.low > 0 or self.high < 0


def missing(treated: Arm, held_out: Arm) -> Refusal | None:
    """Return what is missing before a difference can be spoken of."""
    fewest = min(treated.people, held_out.people)
    return _short("few_people", fewest, LEAST_PEOPLE) or _short(
        "few_acting", min(treated.ordered, held_out.ordered), LEAST_ACTING
    )


def share_difference(treated: Arm, held_out: Arm, what: Literal["clicked", "ordered"]) -> Difference:
    """Return the difference of two shares, by Newcombe's interval, which holds for small shares too."""
    (one, low_one, high_one), (other, low_other, high_other) = (
        _wilson(getattr(arm, what), arm.people) for arm in (treated, held_out)
    )
    gap = one - other
    low = gap - ((one - low_one) ** 2 + (high_other - other) ** 2) ** 0.5
    high = gap + ((high_one - one) ** 2 + (other - low_other) ** 2) ** 0.5
    return Difference(one, other, low, high)


def _wilson(successes: int, people: int) -> tuple[float, float, float]:
    z, share = 1.96, successes / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z * (share * (1 - share) / people + z * z / (4 * people**2)) ** 0.5 / (1 + z * z / people)
    return share, middle - half, middle + half


def spent_difference(treated: Arm, held_out: Arm) -> Difference:
    """Return the difference of what a person spends, by Welch's interval."""
    means = [arm.spent / arm.people for arm in (treated, held_out)]
    error = sum(
        max(arm.spent_squared / arm.people - mean**2, 0.0) / max(arm.people - 1, 1)
        for arm, mean in zip((treated, held_out), means, strict=True)
    ) ** 0.5  # fmt: skip
    gap = means[0] - means[1]
    return Difference(means[0], means[1], gap - 1.96 * error, gap + 1.96 * error)


def lists_of(placement: str, kinds: Collection[str]) -> tuple[str, ...]:
    """Return the kinds of lists to answer with: those asked for, else what the placement shows."""
    return tuple(kind for kind in KINDS if kind in kinds) or PLACEMENTS[placement]
