"""The parts of a rule.

A rule is a group of nodes; a node is a group again or a clause. Every clause is true or false of a customer: what is
not known makes a positive question false and a negative one true.
"""

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


class Measure(StrEnum):
    """What is worked out over a customer's orders."""

    COUNT = "count"
    GROSS = "gross"
    NET = "net"
    AVERAGE = "average"
    FIRST = "first"
    LAST = "last"


# What the fields of custom attributes begin with; the code of the attribute follows.
ATTRIBUTE = "attribute."
NUMBER_OPS = (Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.EQUALS, Op.BETWEEN)
MEASURE_OPS = dict.fromkeys(Measure, NUMBER_OPS) | {Measure.FIRST: (Op.WITHIN,), Measure.LAST: (Op.WITHIN,)}
EVENT_OPS = (Op.DID, Op.DID_NOT, *NUMBER_OPS)
WITHOUT_VALUE = frozenset({Op.IS_KNOWN, Op.IS_UNKNOWN, Op.IS_YES, Op.IS_NO, Op.DID, Op.DID_NOT})


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


Period: TypeAlias = LastDays | BeforeDays | Between


def days_of(period: Period | None, as_of: date) -> tuple[date | None, date]:
    """Return the first and last day that count. Nothing after ``as_of`` ever counts.

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
        case None:
            return None, as_of


Value: TypeAlias = str | int | float | tuple[str, ...] | tuple[int, ...] | tuple[float, ...] | Period | None


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

    @property
    def names_goods(self) -> bool:
        """Whether only some lines of an order count, not the order as a whole."""
        return bool(self.product or self.category or self.brand)


@dataclass(frozen=True, slots=True)
class OrdersClause:
    """A question about a customer's orders, worked out over those that count."""

    measure: Measure
    op: Op
    value: Value = None
    period: Period | None = None
    where: Where = field(default_factory=Where)


@dataclass(frozen=True, slots=True)
class EventClause:
    """A question about how often something happened."""

    name: str
    op: Op
    value: Value = None
    period: Period | None = None
    product: tuple[str, ...] = ()


Clause: TypeAlias = FieldClause | OrdersClause | EventClause


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
