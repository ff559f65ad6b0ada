"""Comparisons as conditions; true or false, never NULL."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.facts import between
from shuke.insight.segments.engine.numbers import compared
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    SPANS,
    FieldClause,
    Join,
    Op,
    Value,
    anniversary_days,
    celebrated,
    days_of,
)
from shuke.insight.segments.rules.truth import scaled


def joined(join: Join, conditions: Iterable[Any]) -> Any:
    """Combine conditions as a group does; there must be one. NONE combines like ANY: the caller turns it round."""
    return reduce(and_ if join is Join.ALL else or_, conditions)


def attribute(column: ir.Column, clause: FieldClause, as_of: date) -> ir.BooleanValue:
    """Return the condition on a single column: where nothing is known, false, and true for what is denied."""
    op, value, known = clause.op, clause.value, column.notnull()
    if op is Op.ANNIVERSARY:
        return known & anniversary(column, value, as_of)
    if isinstance(value, SPANS):
        return joined(Join.ALL, [known, *between(column, *days_of(value, as_of))])
    match op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            present = known & (column != "") if declared(clause.field).shape is Shape.TEXT else known
            return present if op is Op.IS_KNOWN else ~present
        case Op.IS | Op.IS_NOT:
            found = known & column.isin(several(value))
            return found if op is Op.IS else ~found
        case Op.CONTAINS:
            return known & column.lower().contains(str(value).lower())
        case Op.IS_YES | Op.IS_NO:
            return known & (column == ibis.literal(op is Op.IS_YES))
        case _:
            asked = scaled(value) if declared(clause.field).shape is Shape.SHARE else value
            return known & compared(column, op, asked)


def anniversary(day: ir.DateValue, value: Value, as_of: date) -> ir.BooleanValue:
    """Return the condition that a day comes round within a window: a year or more after it."""
    of_year = month_and_day(day.month(), day.day())
    windows = celebrated(*anniversary_days(value, as_of))
    return joined(Join.ANY, [(day.year() < year) & of_year.isin(sorted(days)) for year, days in windows.items()])


def birthday(customers: ir.Table, clause: FieldClause, as_of: date) -> ir.BooleanValue:
    """Return the condition on the day of birth, of which the warehouse holds month and day."""
    known = customers.birth_month.notnull() & customers.birth_day.notnull()
    if clause.op is not Op.ANNIVERSARY:
        return known if clause.op is Op.IS_KNOWN else ~known
    days = {day for days in celebrated(*anniversary_days(clause.value, as_of)).values() for day in days}
    return known & month_and_day(customers.birth_month, customers.birth_day).isin(sorted(days))


def month_and_day(month: ir.IntegerValue, day: ir.IntegerValue) -> ir.IntegerValue:
    """Return a day of the year as a number: 229 is the 29th of February."""
    return month.cast("int32") * 100 + day.cast("int32")


def custom(held: ir.Table, clause: FieldClause, as_of: date) -> ir.Table:
    """Return the rows of a custom attribute that a question is about: for a denial, those that would break it."""
    op, value = clause.op, clause.value
    if isinstance(value, SPANS):
        return held.filter(*between(held.day, *days_of(value, as_of)))
    match op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            return held
        case Op.IS_YES | Op.IS_NO:
            return held.filter(held.number == (1.0 if op is Op.IS_YES else 0.0))
        case Op.CONTAINS:
            return held.filter(held.text.lower().contains(str(value).lower()))
        case Op.IS | Op.IS_NOT | Op.HAS_ANY | Op.HAS_NONE:
            return held.filter(held.text.isin(several(value)))
        case _:
            return held.filter(compared(held.number, op, value))


def several(value: Value) -> tuple[str, ...] | tuple[int, ...] | tuple[float, ...]:
    """Return the values of a clause that asks for one of several."""
    assert isinstance(value, tuple)
    return value
