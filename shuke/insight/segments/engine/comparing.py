"""Comparisons as conditions; true or false, never NULL."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.facts import between
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import BeforeDays, Between, FieldClause, Join, LastDays, Op, Value, days_of
from shuke.insight.segments.rules.truth import scaled


def joined(join: Join, conditions: Iterable[Any]) -> Any:
    """Combine conditions as a group does; there must be one. NONE combines like ANY: the caller turns it round."""
    return reduce(and_ if join is Join.ALL else or_, conditions)


def compared(figure: ir.NumericValue, op: Op, value: Value, scale: ir.NumericValue | None = None) -> ir.BooleanValue:
    """Compare ``figure`` with ``value``, or with ``value`` times ``scale``: an average without a division."""

    def limit(number: object) -> ir.NumericValue:
        return ibis.literal(number) if scale is None else ibis.literal(number) * scale

    if isinstance(value, tuple):
        return (figure >= limit(value[0])) & (figure <= limit(value[1]))
    match op:
        case Op.AT_LEAST:
            return figure >= limit(value)
        case Op.AT_MOST:
            return figure <= limit(value)
        case Op.MORE_THAN:
            return figure > limit(value)
        case Op.LESS_THAN:
            return figure < limit(value)
        case _:
            return figure == limit(value)


def attribute(column: ir.Column, clause: FieldClause, as_of: date) -> ir.BooleanValue:
    """Return the condition on a single column: where nothing is known, false, and true for what is denied."""
    op, value, known = clause.op, clause.value, column.notnull()
    if isinstance(value, LastDays | BeforeDays | Between):
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


def custom(held: ir.Table, clause: FieldClause, as_of: date) -> ir.Table:
    """Return the rows of a custom attribute that a question is about: for a denial, those that would break it."""
    op, value = clause.op, clause.value
    if isinstance(value, LastDays | BeforeDays | Between):
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
