"""Whether a clause holds, given what is actually so: the reading behind "why" and "why not".

The compiler says the same in the warehouse's language; a test holds the two together on random rules and data.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    SPANS,
    Clause,
    EventClause,
    EventMeasure,
    FieldClause,
    Join,
    Measure,
    Op,
    OrdersClause,
    ReachClause,
    SequenceClause,
    SplitClause,
    Value,
    anniversary_days,
    bucket_of,
    celebrated,
    days_of,
)

Scalar = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Actual:
    """What is so for one customer and one clause.

    ``single`` is an attribute, a figure or a day; ``several`` are tags or segments; of an average, ``single`` is the
    sum and ``count`` the number of orders.
    """

    single: Scalar = None
    several: frozenset[int | str] = field(default_factory=frozenset)
    count: int = 0


def combine(join: Join, answers: Iterable[bool]) -> bool:
    """Return whether a group holds, given its nodes' answers."""
    match join:
        case Join.ALL:
            return all(answers)
        case Join.ANY:
            return any(answers)
        case Join.NONE:
            return not any(answers)


def holds(clause: Clause, actual: Actual, as_of: date) -> bool:
    """Return whether ``clause`` is true."""
    match clause:
        case EventClause() | OrdersClause():
            return _worked_out(clause, actual, as_of)
        case SequenceClause(op=op):
            return _counted(op, _number(actual.single) or 0, None)
        case SplitClause(name, first, last):
            return isinstance(actual.single, int) and first <= bucket_of(name, actual.single) <= last
        case ReachClause(op=(Op.MAY | Op.MAY_NOT) as op):
            return (actual.count > 0) is (op is Op.MAY)
        case ReachClause(op=op, value=value):
            return _several(Op.HAS_NONE if op is Op.IS_NOT else op, frozenset(_asked(value)), actual.several)
        case FieldClause() if (asked := declared(clause.field)).shape is Shape.ATTRIBUTE or asked.contributed:
            return _attribute(clause, actual.several, as_of)
        case FieldClause():
            return _field(clause, actual, as_of)


def _worked_out(clause: EventClause | OrdersClause, actual: Actual, as_of: date) -> bool:
    """Judge a figure over orders or events."""
    op, value, figure = clause.op, clause.value, _number(actual.single)
    match clause.measure:
        case Measure.FIRST | Measure.LAST | EventMeasure.FIRST | EventMeasure.LAST:
            return _within(actual.single, value, as_of)
        case Measure.AVERAGE | EventMeasure.AVERAGE:
            return actual.count > 0 and _divided(op, figure or 0, actual.count, value)
        case Measure.SHARE:
            return actual.count > 0 and _divided(op, (figure or 0) * 100, actual.count, value)
        case Measure.LARGEST:
            return figure is not None and compare(op, figure, value)
        case _:
            return _counted(op, figure or 0, value)


def compare(op: Op, actual: float, value: Value) -> bool:
    """Return whether a figure stands to the one asked for as ``op`` says.

    >>> compare(Op.BETWEEN, 3, (1, 3))
    True
    """
    if isinstance(value, tuple):
        low, high = value
        return float(low) <= actual <= float(high)
    assert isinstance(value, int | float)
    match op:
        case Op.AT_LEAST:
            return actual >= value
        case Op.AT_MOST:
            return actual <= value
        case Op.MORE_THAN:
            return actual > value
        case Op.LESS_THAN:
            return actual < value
        case _:
            return actual == value


def zero_satisfies(op: Op, value: Value) -> bool:
    """Whether a customer without a single matching fact fulfils the clause."""
    return _counted(op, 0, value)


def _counted(op: Op, count: float, value: Value) -> bool:
    if op is Op.DID:
        return count > 0
    if op is Op.DID_NOT:
        return count == 0
    return compare(op, count, value)


def _divided(op: Op, total: float, count: int, value: Value) -> bool:
    """Compare sums instead of dividing, so that no rounding decides."""
    if isinstance(value, tuple):
        return float(value[0]) * count <= total <= float(value[1]) * count
    assert isinstance(value, int | float)
    return compare(op, total, value * count)


def _comes_round(day: Scalar, value: Value, as_of: date) -> bool:
    """Whether a day comes round within a window: a year or more after it."""
    if not isinstance(day, date):
        return False
    windows = celebrated(*anniversary_days(value, as_of))
    return any(day.year < year and day.month * 100 + day.day in days for year, days in windows.items())


def _within(day: Scalar, value: Value, as_of: date) -> bool:
    if not isinstance(day, date) or not isinstance(value, SPANS):
        return False
    first, last = days_of(value, as_of)
    return (first is None or day >= first) and day <= last


def _field(clause: FieldClause, actual: Actual, as_of: date) -> bool:
    shape, op, value = declared(clause.field).shape, clause.op, clause.value
    asked = frozenset(_asked(value))
    if shape in (Shape.TAGS, Shape.SEGMENTS):
        return _several(op, asked, actual.several)
    if shape is Shape.DATE and op is Op.ANNIVERSARY:
        return _comes_round(actual.single, value, as_of)
    if shape is Shape.BIRTHDAY and op is Op.ANNIVERSARY:
        windows = celebrated(*anniversary_days(value, as_of))
        return any(actual.single in days for days in windows.values())
    if shape is Shape.DATE:
        return _within(actual.single, value, as_of)
    known = actual.single not in (None, "")
    match op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            return known is (op is Op.IS_KNOWN)
        case Op.IS | Op.IS_NOT:
            return (known and actual.single in asked) is (op is Op.IS)
        case Op.CONTAINS:
            return known and str(value).lower() in str(actual.single).lower()
        case _:
            number = _number(actual.single)
            return number is not None and compare(op, number, value)


def _attribute(clause: FieldClause, held: frozenset[int | str], as_of: date) -> bool:
    """Judge a custom attribute; ``held`` are its values as texts, of the sort that the operator is about."""
    op, value, texts = clause.op, clause.value, [str(one) for one in held]
    if op is Op.ANNIVERSARY:
        return any(_comes_round(date.fromisoformat(one[:10]), value, as_of) for one in texts)
    if isinstance(value, SPANS):
        return any(_within(date.fromisoformat(one[:10]), value, as_of) for one in texts)
    match op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            return bool(held) is (op is Op.IS_KNOWN)
        case Op.IS_YES | Op.IS_NO:
            return any(float(one) == (op is Op.IS_YES) for one in texts)
        case Op.CONTAINS:
            return any(str(value).lower() in one.lower() for one in texts)
        case Op.IS | Op.IS_NOT | Op.HAS_ANY | Op.HAS_ALL | Op.HAS_NONE:
            return _several(Op.HAS_NONE if op is Op.IS_NOT else op, frozenset(_asked(value)), held)
        case _:
            asked = scaled(value) if declared(clause.field).shape is Shape.SHARE else value
            return any(compare(op, float(one), asked) for one in texts)


def scaled(value: Value) -> Value:
    """Return per cents as the shares they are compared with.

    >>> scaled((25, 70))
    (0.25, 0.7)
    """
    if isinstance(value, tuple):
        return tuple(float(one) / 100 for one in value)
    assert isinstance(value, int | float)
    return value / 100


def _asked(value: Value) -> tuple[int | str, ...]:
    return tuple(one for one in value if isinstance(one, int | str)) if isinstance(value, tuple) else ()


def _several(op: Op, asked: frozenset[int | str], actual: frozenset[int | str]) -> bool:
    match op:
        case Op.HAS_ALL:
            return asked <= actual
        case Op.HAS_NONE | Op.NOT_IN:
            return not asked & actual
        case _:
            return bool(asked & actual)


def _number(value: Scalar) -> float | int | None:
    return value if isinstance(value, int | float) else None
