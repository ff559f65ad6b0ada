"""What a rule rests on: which facts can move its members, and when time alone can.

Pure. ``reads_of`` names the tables and events a rule looks at; whatever else changes cannot move anybody. ``turns_of``
says what the passing of days can move: facts that leave a rolling period or enter it, by the days they are dated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    OF_LINES,
    BeforeDays,
    Clause,
    Coming,
    EventClause,
    FieldClause,
    Group,
    LastDays,
    Measure,
    Op,
    OrdersClause,
    Period,
    Previous,
    ReachClause,
    SequenceClause,
    SplitClause,
    This,
    Unit,
    Value,
    clauses_of,
    event_names,
    unit_of,
)

# Tables that are worked out for everybody at once; what they say changes when that is done, not with a single fact.
DERIVED = frozenset({"value_standing"})


@dataclass(frozen=True, slots=True)
class Reads:
    """The tables and the names of events that a rule looks at, the segments in it taken apart."""

    tables: frozenset[str]
    events: frozenset[str]

    @property
    def is_derived(self) -> bool:
        """Whether it rests on what is worked out for everybody at once."""
        return bool(self.tables & DERIVED)


def reads_of(rule: Group, inner: Mapping[str, Group | None]) -> Reads:
    """Return what a rule reads; ``inner`` has the rules of the segments it may name, None for lists."""
    tables: set[str] = set()
    names: set[str] = set()
    for clause in every_clause(rule, inner):
        tables |= _tables_of(clause, inner)
        names |= event_names(clause)
    return Reads(frozenset(tables), frozenset(names))


def every_clause(rule: Group, inner: Mapping[str, Group | None]) -> list[Clause]:
    """Return the clauses of a rule and of the rules of the segments it names."""
    found: list[Clause] = []
    seen: set[str] = set()
    waiting = [rule]
    while waiting:
        for clause in clauses_of(waiting.pop()):
            found.append(clause)
            named = _segments_in(clause) - seen
            seen |= named
            waiting += [one for name in sorted(named) if (one := inner.get(name)) is not None]
    return found


def _segments_in(clause: Clause) -> set[str]:
    if isinstance(clause, FieldClause) and clause.field == "segment" and isinstance(clause.value, tuple):
        return {str(one) for one in clause.value}
    return set()


def _tables_of(clause: Clause, inner: Mapping[str, Group | None]) -> set[str]:
    match clause:
        case FieldClause(field="segment"):
            return {"segment_members"} if any(inner.get(one) is None for one in _segments_in(clause)) else set()
        case FieldClause(field=name):
            return {declared(name).table}
        case OrdersClause():
            lines = clause.where.names_goods or clause.measure in OF_LINES
            found = {"orders", *(("order_lines", "products") if lines else ())}
            if clause.measure is Measure.NET:
                found |= {"refunds", *(("refund_lines",) if lines else ())}
            return found
        case SequenceClause():
            ordered = [step.where for step in clause.all_steps if step.event is None]
            goods = any(where.names_goods for where in ordered)
            return {*(("orders",) if ordered else ()), *(("order_lines", "products") if goods else ())}
        case ReachClause():
            return {"reachability"}
        case SplitClause():
            return {"customers"}
        case EventClause(period=period):
            return {"orders"} if period is not None and getattr(period, "event", "") is None else set()


@dataclass(frozen=True, slots=True)
class Turn:
    """Facts whose day makes them count or not count any more: those of a table, dated in a span."""

    table: str
    column: str
    first: date
    last: date


_DAYS = {"events": "occurred_on", "orders": "placed_on", "refunds": "refunded_on"}


def turns_of(clauses: list[Clause], before: date, after: date) -> list[Turn] | None:
    """Return which facts can move somebody when the day of evaluation turns from one to another.

    None where it cannot be told by days of facts: another month has begun for a rule about this month, birthdays come
    round, permissions end. Such a rule is worked out for everybody.
    """
    found: set[Turn] = set()
    for clause in clauses:
        turns = _turns(clause, before, after)
        if turns is None:
            return None
        found |= turns
    return sorted(found, key=lambda turn: (turn.table, turn.column, turn.first, turn.last))


def _turns(clause: Clause, before: date, after: date) -> set[Turn] | None:
    if isinstance(clause, SplitClause):
        return set()
    if isinstance(clause, ReachClause):
        return None
    if isinstance(clause, FieldClause):
        return _of_field(clause, before, after)
    tables = {"events"} if event_names(clause) else set()
    tables |= {table for table in _tables_of(clause, {}) if table in _DAYS}
    moved = {(before + timedelta(days=1), after)}
    for window in _windows(clause):
        spans = _spans(window, before, after)
        if spans is None:
            return None
        moved |= spans
    return {Turn(table, _DAYS[table], first, last) for table in tables for first, last in moved}


def _windows(clause: Clause) -> list[Period | Value]:
    """Return the periods of a clause, and the time in which something must not follow."""
    found: list[Period | Value] = [getattr(clause, "period", None)]
    if isinstance(clause, EventClause | OrdersClause):
        found.append(clause.value)
    if isinstance(clause, SequenceClause) and clause.without is not None and clause.without.within is not None:
        found.append(BeforeDays(ceil(clause.without.within / 24)))
    return found


def _spans(period: Period | Value, before: date, after: date) -> set[tuple[date, date]] | None:
    """Return between which days facts lie that enter or leave a period."""
    match period:
        case LastDays(days) | BeforeDays(days):
            back = timedelta(days=days)
            return {(before - back + timedelta(days=1), after - back)}
        case This(unit) | Previous(unit):
            return set() if unit_of(unit, before) == unit_of(unit, after) else None
    return set()


def _of_field(clause: FieldClause, before: date, after: date) -> set[Turn] | None:
    asked = declared(clause.field)
    if clause.op is Op.ANNIVERSARY:
        return None
    if clause.op is not Op.WITHIN:
        return set()
    spans = _spans(clause.value, before, after)
    if spans is None or asked.contributed is not None or asked.table in DERIVED:
        return None
    column = "day" if asked.shape is Shape.ATTRIBUTE else asked.column
    spans |= {(before + timedelta(days=1), after)}
    return {Turn(asked.table, column, first, last) for first, last in spans}


def next_turn(clauses: list[Clause], as_of: date) -> date | None:
    """Return the first day after ``as_of`` on which time alone can move somebody; None where it never can."""
    days = [day for clause in clauses if (day := _next(clause, as_of)) is not None]
    return min(days, default=None)


def _next(clause: Clause, as_of: date) -> date | None:
    if isinstance(clause, ReachClause):
        return as_of + timedelta(days=1)
    values: list[Period | Value] = [clause.value] if isinstance(clause, FieldClause) else _windows(clause)
    days: list[date] = []
    for value in values:
        match value:
            case LastDays() | BeforeDays() | Coming():
                days.append(as_of + timedelta(days=1))
            case This(Unit() as unit) | Previous(Unit() as unit):
                days.append(unit_of(unit, as_of)[1] + timedelta(days=1))
    return min(days, default=None)
