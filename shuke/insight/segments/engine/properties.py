"""What the properties of an event say: members of the JSON text that the warehouse keeps, as texts and numbers."""

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.numbers import compared
from shuke.insight.segments.rules.language import Op, PropertyFilter

# What counts as a number, the same on every engine; anything else under the name is just a text.
_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"


@ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator]
def _member(properties: str, path: str) -> str:  # type: ignore[empty-body]
    """Return a member of a JSON object as text, NULL where there is none."""


def text(events: ir.Table, name: str) -> ir.StringValue:
    """Return a property as text. The reader of rules lets only plain names through, so a name is no path."""
    return _member(events.properties, f'$."{name}"')


def number(events: ir.Table, name: str) -> ir.FloatingValue:
    """Return a property as a number, NULL where it is none."""
    said = text(events, name)
    return said.re_search(_NUMBER).ifelse(said, ibis.null("string")).try_cast("float64")


def fulfilled(events: ir.Table, asked: PropertyFilter) -> ir.BooleanValue:
    """Return the condition that a property is as asked; true or false, never NULL."""
    said, value = text(events, asked.name), asked.value
    match asked.op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            known = said.notnull() & (said != "")
            return known if asked.op is Op.IS_KNOWN else ~known
        case Op.IS | Op.IS_NOT:
            assert isinstance(value, tuple)
            found = said.notnull() & said.isin([str(one) for one in value])
            return found if asked.op is Op.IS else ~found
        case Op.CONTAINS:
            return said.notnull() & said.lower().contains(str(value).lower())
        case _:
            figure = number(events, asked.name)
            return figure.notnull() & compared(figure, asked.op, value)
