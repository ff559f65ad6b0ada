"""Comparing a figure with what a rule asks for."""

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.rules.language import Op, Value


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
