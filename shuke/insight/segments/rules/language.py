"""The parts of a rule.

A rule is a group of nodes; a node is a group again or a clause. Every clause is true or false of a customer: what is
not known makes a positive question false and a negative one true.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeAlias


class Join(StrEnum):
    """How the nodes of a group combine."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


class Op(StrEnum):
    """What a clause asks of a value."""

    IS = "is"
    IS_NOT = "is_not"
    CONTAINS = "contains"
    IS_KNOWN = "is_known"
    IS_UNKNOWN = "is_unknown"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"
    HAS_NONE = "has_none"
    IN = "in"
    NOT_IN = "not_in"
    WITHIN = "within"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    MORE_THAN = "more_than"
    LESS_THAN = "less_than"
    EQUALS = "equals"
    BETWEEN = "between"
    DID = "did"
    DID_NOT = "did_not"
    IS_YES = "is_yes"
    IS_NO = "is_no"
    ANNIVERSARY = "anniversary"
    MAY = "may"
    MAY_NOT = "may_not"


class Measure(StrEnum):
    """What is worked out over a customer's orders."""

    COUNT = "count"
    GROSS = "gross"
    NET = "net"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"
    LARGEST = "largest"
    ITEMS = "items"
    PRODUCTS = "products"
    CATEGORIES = "categories"
    BRANDS = "brands"
    DAYS = "days"
    MONTHS = "months"
    SHARE = "share"


class EventMeasure(StrEnum):
    """What is worked out over a customer's events; all but the number and the days of a property of theirs."""

    COUNT = "count"
    DAYS = "days"
    SUM = "sum"
    AVERAGE = "average"
    DISTINCT = "distinct"
    FIRST = "first"
    LAST = "last"


class Unit(StrEnum):
    """A stretch of the calendar. Weeks begin on Monday."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# What the fields of custom attributes begin with; the code of the attribute follows.
ATTRIBUTE = "attribute."
NUMBER_OPS = (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.EQUALS, Op.BETWEEN)
MEASURE_OPS = dict.fromkeys(Measure, NUMBER_OPS) | {Measure.FIRST: (Op.WITHIN,), Measure.LAST: (Op.WITHIN,)}
EVENT_OPS = (Op.DID, Op.DID_NOT, *NUMBER_OPS)
EVENT_MEASURE_OPS = dict.fromkeys(EventMeasure, NUMBER_OPS) | {
    EventMeasure.COUNT: EVENT_OPS, EventMeasure.FIRST: (Op.WITHIN,), EventMeasure.LAST: (Op.WITHIN,),
}  # fmt: skip
# Measures of events that look at a property, and measures of orders that look at their lines.
OF_PROPERTY = frozenset({EventMeasure.SUM, EventMeasure.AVERAGE, EventMeasure.DISTINCT})
OF_LINES = frozenset({Measure.ITEMS, Measure.PRODUCTS, Measure.CATEGORIES, Measure.BRANDS})
OF_MONEY = frozenset({Measure.GROSS, Measure.NET, Measure.AVERAGE, Measure.LARGEST})
PROPERTY_OPS = (Op.IS, Op.IS_NOT, Op.CONTAINS, Op.IS_KNOWN, Op.IS_UNKNOWN, *NUMBER_OPS)
SEQUENCE_OPS = (Op.DID, Op.DID_NOT)
REACH_OPS = (Op.MAY, Op.MAY_NOT, Op.IS, Op.IS_NOT)
CHANNELS = ("email", "sms", "call", "post")
PURPOSES = ("marketing", "service", "survey")
CONSENT_STATES = (
    "never_asked", "requested", "granted", "confirmed", "withdrawn", "refused", "objected", "expired", "superseded",
)  # fmt: skip
WITHOUT_VALUE = frozenset(
    {Op.IS_KNOWN, Op.IS_UNKNOWN, Op.IS_YES, Op.IS_NO, Op.DID, Op.DID_NOT, Op.MAY, Op.MAY_NOT}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LastDays:
    """The day of evaluation and the days before it, ``days`` in all."""

    days: int


@dataclass(frozen=True, slots=True)
class BeforeDays:
    """``days`` or more days ago."""

    days: int


@dataclass(frozen=True, slots=True)
class Between:
    """From one day to another, both included; None is open."""

    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class This:
    """The week, month, quarter or year that the day of evaluation lies in, as far as it has come."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Previous:
    """The whole week, month, quarter or year before that."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Coming:
    """The day of evaluation and the days after it, ``days`` in all: only for anniversaries, since no fact lies ahead."""

    days: int


@dataclass(frozen=True, slots=True)
class Since:
    """After a customer's last (or first) event of a name, or order where ``event`` is None; at most ``days`` after it.

    Nothing counts for a customer without such an event.
    """

    event: str | None
    is_first: bool = False
    days: int | None = None


Span: TypeAlias = LastDays | BeforeDays | Between | This | Previous
Period: TypeAlias = Span | Since
SPANS = (LastDays, BeforeDays, Between, This, Previous)


def unit_of(unit: Unit, day: date) -> tuple[date, date]:
    """Return the first and last day of the week, month, quarter or year in which a day lies.

    >>> unit_of(Unit.QUARTER, date(2024, 5, 17))
    (datetime.date(2024, 4, 1), datetime.date(2024, 6, 30))
    """
    match unit:
        case Unit.WEEK:
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=6)
        case Unit.MONTH:
            first, months = day.replace(day=1), 1
        case Unit.QUARTER:
            first, months = date(day.year, day.month - (day.month - 1) % 3, 1), 3
        case Unit.YEAR:
            first, months = date(day.year, 1, 1), 12
    after = first.month - 1 + months
    return first, date(first.year + after // 12, after % 12 + 1, 1) - timedelta(days=1)


def days_of(period: Period | None, as_of: date) -> tuple[date | None, date]:
    """Return the first and last day that count. Nothing after ``as_of`` ever counts.

    What counts since another event is not settled by days alone; all days are its frame.

    >>> days_of(LastDays(1), date(2024, 1, 2))
    (datetime.date(2024, 1, 2), datetime.date(2024, 1, 2))
    >>> days_of(BeforeDays(30), date(2024, 1, 31))
    (None, datetime.date(2024, 1, 1))
    """
    match period:
        case LastDays(days):
            return as_of - timedelta(days=days - 1), as_of
        case BeforeDays(days):
            return None, as_of - timedelta(days=days)
        case Between(first, last):
            return first, as_of if last is None else min(last, as_of)
        case This(unit):
            return unit_of(unit, as_of)[0], as_of
        case Previous(unit):
            return unit_of(unit, unit_of(unit, as_of)[0] - timedelta(days=1))
        case Since() | None:
            return None, as_of


def anniversary_days(value: "Value", as_of: date) -> tuple[date, date]:
    """Return the first and last day of a window for anniversaries, which may lie ahead and has both ends.

    >>> anniversary_days(Coming(7), date(2024, 12, 30))
    (datetime.date(2024, 12, 30), datetime.date(2025, 1, 5))
    """
    match value:
        case Coming(days):
            return as_of, as_of + timedelta(days=days - 1)
        case This(unit):
            return unit_of(unit, as_of)
        case LastDays() | Previous() | Between():
            first, last = days_of(value, as_of)
            assert first is not None
            return first, last
    raise AssertionError("no window for anniversaries")


def celebrated(first: date, last: date) -> dict[int, frozenset[int]]:
    """Return which days of a year (month × 100 + day) are celebrated in a window, by the year of the celebration.

    Who was born on 29 February celebrates on the 28th where there is no 29th.

    >>> celebrated(date(2023, 2, 28), date(2023, 3, 1))
    {2023: frozenset({301, 228, 229})}
    """
    found: dict[int, set[int]] = {}
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        of_year = found.setdefault(day.year, set())
        of_year.add(day.month * 100 + day.day)
        if (day.month, day.day) == (2, 28) and not _is_leap(day.year):
            of_year.add(229)
    return {year: frozenset(days) for year, days in found.items()}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


Value: TypeAlias = str | int | float | tuple[str, ...] | tuple[int, ...] | tuple[float, ...] | Period | Coming | None


@dataclass(frozen=True, slots=True)
class FieldClause:
    """A question about one thing that is known of a customer: an attribute, tags, segments, value."""

    field: str
    op: Op
    value: Value = None


@dataclass(frozen=True, slots=True)
class Where:
    """Which orders count. Empty means all; several filters must all hold."""

    product: tuple[int, ...] = ()
    category: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    shop: tuple[int, ...] = ()
    country: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    currency: tuple[str, ...] = ()
    refunded: bool | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    discounted: bool | None = None
    # The price of a single piece.
    price_from: int | None = None
    price_to: int | None = None
    # Hours of the day from 0 to 23, both included; the first may be the later one: 22 to 5 is the night.
    hours: tuple[int, int] | None = None
    # Monday is 1.
    weekday: tuple[int, ...] = ()

    @property
    def has_price(self) -> bool:
        """Whether a band of prices is asked for."""
        return self.price_from is not None or self.price_to is not None

    @property
    def names_goods(self) -> bool:
        """Whether only some lines of an order count, not the order as a whole."""
        return bool(self.product or self.category or self.brand or self.has_price)

    @property
    def names_orders(self) -> bool:
        """Whether something is asked that only the whole order says, not its lines."""
        asked = (self.refunded, self.amount_from, self.amount_to, self.discounted, self.hours)
        return bool(self.country or self.channel or self.weekday) or any(one is not None for one in asked)


@dataclass(frozen=True, slots=True)
class OrdersClause:
    """A question about a customer's orders, worked out over those that count."""

    measure: Measure
    op: Op
    value: Value = None
    period: Period | None = None
    where: Where = field(default_factory=Where)


@dataclass(frozen=True, slots=True)
class PropertyFilter:
    """What must be so of a property of an event. What is not said fulfils a denial only."""

    name: str
    op: Op
    value: str | int | float | tuple[str, ...] | tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class EventClause:
    """A question about how often something happened, or about what its properties say."""

    name: str
    op: Op
    value: Value = None
    period: Period | None = None
    product: tuple[str, ...] = ()
    properties: tuple[PropertyFilter, ...] = ()
    measure: EventMeasure = EventMeasure.COUNT
    # The property that a sum, an average or a distinct count looks at.
    of: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence: an event of a name, or an order where ``event`` is None.

    It comes later than the step before, and at most ``within`` hours later where that is said.
    """

    event: str | None
    within: int | None = None
    product: tuple[str, ...] = ()
    properties: tuple[PropertyFilter, ...] = ()
    where: Where = field(default_factory=Where)


@dataclass(frozen=True, slots=True)
class SequenceClause:
    """Whether things happened in an order: each step later than the one before, all of them in the period.

    ``without`` is what must not follow the last step, within its time or ever. A time that has not passed yet decides
    nothing: the sequence is complete on the day after it.
    """

    steps: tuple[Step, ...]
    op: Op
    period: Span | None = None
    without: Step | None = None

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, and what must not follow them."""
        return self.steps if self.without is None else (*self.steps, self.without)


@dataclass(frozen=True, slots=True)
class SplitClause:
    """A random share of all customers: those in buckets ``first`` to ``last`` of a hundred; the same ones for ever.

    Splits of different names are drawn independently.
    """

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ReachClause:
    """Whether a customer may be reached through a channel, or where consent stands there."""

    channel: str
    op: Op
    value: tuple[str, ...] | None = None
    purpose: str = "marketing"
    topic: str = ""


Clause: TypeAlias = FieldClause | OrdersClause | EventClause | SequenceClause | SplitClause | ReachClause


@dataclass(frozen=True, slots=True)
class Group:
    """Several nodes of which all, any or none must hold."""

    join: Join
    nodes: "tuple[Node, ...]" = ()


Node: TypeAlias = Group | Clause
EVERYONE = Group(Join.ALL)


def clauses_of(node: Node) -> Iterator[Clause]:
    """Yield the clauses of a rule in the order in which they are written."""
    if isinstance(node, Group):
        for inner in node.nodes:
            yield from clauses_of(inner)
    else:
        yield node


def event_names(clause: Clause) -> frozenset[str]:
    """Return the names of the events that a clause looks at."""
    found: set[str | None] = set()
    if isinstance(clause, EventClause):
        found.add(clause.name)
    if isinstance(clause, SequenceClause):
        found.update(step.event for step in clause.all_steps)
    if isinstance(clause, EventClause | OrdersClause) and isinstance(clause.period, Since):
        found.add(clause.period.event)
    return frozenset(name for name in found if name is not None)


def wheres_of(clause: Clause) -> tuple[Where, ...]:
    """Return what a clause asks of orders."""
    if isinstance(clause, OrdersClause):
        return (clause.where,)
    return tuple(step.where for step in clause.all_steps) if isinstance(clause, SequenceClause) else ()


def attributes_of(node: Node) -> frozenset[str]:
    """Return the codes of the custom attributes a rule asks about, directly."""
    return frozenset(
        clause.field.removeprefix(ATTRIBUTE)
        for clause in clauses_of(node)
        if isinstance(clause, FieldClause) and clause.field.startswith(ATTRIBUTE)
    )


def segments_of(node: Node) -> frozenset[str]:
    """Return the ids of the segments a rule is built on, directly."""
    return frozenset(
        str(identifier)
        for clause in clauses_of(node)
        if isinstance(clause, FieldClause) and clause.field == "segment" and isinstance(clause.value, tuple)
        for identifier in clause.value
    )


# Buckets are drawn by a polynomial over whole numbers below a prime: the same on every engine, and never rounded.
PRIME = 2**31 - 1
BUCKETS = 100


def coefficients(name: str) -> tuple[int, int, int, int]:
    """Return the polynomial by which a split draws: from its name, so that the same name draws the same for ever."""
    digest = hashlib.sha256(f"split:{name}".encode()).digest()
    a, b, c, d = (int.from_bytes(digest[at : at + 8], "big") % PRIME for at in (0, 8, 16, 24))
    return max(a, 1), b, c, d


def bucket_of(name: str, draw: int) -> int:
    """Return the bucket, 1 to 100, of a customer who drew a number."""
    found, *others = coefficients(name)
    for one in others:
        found = (found * draw + one) % PRIME
    return found % BUCKETS + 1
