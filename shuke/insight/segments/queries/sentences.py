"""Rules in words.

Every clause has a whole template of its own, so that each language orders its parts as it likes; parts that are not
said leave no gap.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from shuke.cdp.events import queries as events
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.queries.labels import Names, names_for, shape_of
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    BeforeDays,
    Between,
    Clause,
    EventClause,
    FieldClause,
    Group,
    Join,
    LastDays,
    Measure,
    Node,
    Op,
    OrdersClause,
    Period,
    Value,
    Where,
)
from shuke.platform.ui import formats

_NAMED_AT_MOST = 5


def sentence(rule: Group, book: Book) -> str:
    """Return a rule in words."""
    return worded(rule, names_for(rule, book))


def worded(rule: Group, names: Names) -> str:
    """Return a rule in words, with names already looked up."""
    if not rule.nodes:
        return _("All customers.")
    return _("Customers for whom this holds: %(conditions)s.") % {"conditions": _group(rule, names, is_root=True)}


def clause_words(clause: Clause, names: Names) -> str:
    """Return one clause in words."""
    match clause:
        case FieldClause():
            return _field(clause, names)
        case OrdersClause():
            return _orders(clause, names)
        case EventClause():
            return _event(clause)


def _node(node: Node, names: Names) -> str:
    return _group(node, names) if isinstance(node, Group) else clause_words(node, names)


def _group(group: Group, names: Names, *, is_root: bool = False) -> str:
    parts = [_node(node, names) for node in group.nodes]
    if group.join is Join.NONE:
        return _("none of this (%(conditions)s)") % {"conditions": _either(parts)}
    words = _both(parts) if group.join is Join.ALL else _either(parts)
    return words if is_root or len(parts) == 1 else _("(%(conditions)s)") % {"conditions": words}


def _both(parts: Sequence[str]) -> str:
    return reduce(lambda before, after: _("%(before)s and %(after)s") % {"before": before, "after": after}, parts)


def _either(parts: Sequence[str]) -> str:
    return reduce(lambda before, after: _("%(before)s or %(after)s") % {"before": before, "after": after}, parts)


def _all_of(values: Sequence[str]) -> str:
    both = pgettext("between values", "%(before)s and %(after)s")
    return reduce(lambda before, after: both % {"before": before, "after": after}, values)


def _any_of(values: Sequence[str]) -> str:
    either = pgettext("between values", "%(before)s or %(after)s")
    return reduce(lambda before, after: either % {"before": before, "after": after}, values)


def _several(values: Sequence[str], join: Callable[[Sequence[str]], str] = _any_of) -> str:
    """Name a few values and count the rest."""
    if len(values) <= _NAMED_AT_MOST:
        return join(values)
    rest = len(values) - _NAMED_AT_MOST
    more = ngettext("%(count)s more", "%(count)s more", rest) % {"count": rest}
    return join([*values[:_NAMED_AT_MOST], more])


# -- clauses


def _field(clause: FieldClause, names: Names) -> str:
    shape, op, value = shape_of(clause.field), clause.op, clause.value
    said = {"field": names.field(clause.field)}
    if op is Op.WITHIN:
        return _squeezed(_("%(field)s %(period)s") % (said | {"period": period_words(value)}))
    if op in _LISTED and isinstance(value, tuple):
        join = _all_of if op is Op.HAS_ALL else _any_of
        return _listed(op, shape) % (said | {"values": _several(names_of(clause.field, value, names), join)})
    if op is Op.CONTAINS:
        return _("%(field)s contains “%(value)s”") % (said | {"value": value})
    if op in _WITHOUT_FIGURE:
        return str(_WITHOUT_FIGURE[op]) % said
    write = _attribute_writer(clause.field, names) if shape is Shape.ATTRIBUTE else writer_of(clause.field, names)
    return _("%(field)s is %(amount)s") % (said | {"amount": amount_words(op, value, write)})


def names_of(field: str, values: Sequence[Any], names: Names) -> list[str]:
    """Return what the values of a field are called."""
    if field == "customer.country":
        return [formats.country(one) for one in values]
    if shape_of(field) is Shape.ATTRIBUTE:
        return [names.attribute_value(field, one) for one in values]
    if given := declared(field).contributed:
        called = dict(given.choices)
        return [str(called.get(str(one), one)) for one in values]
    return [names.of(shape_of(field), one) for one in values]


_WITHOUT_FIGURE = {
    Op.IS_KNOWN: gettext_lazy("%(field)s is known"),
    Op.IS_UNKNOWN: gettext_lazy("%(field)s is not known"),
    Op.IS_YES: gettext_lazy("%(field)s is yes"),
    Op.IS_NO: gettext_lazy("%(field)s is no"),
}
_LISTED = frozenset({Op.IS, Op.IS_NOT, Op.HAS_ANY, Op.HAS_ALL, Op.HAS_NONE, Op.IN, Op.NOT_IN})


def _listed(op: Op, shape: Shape) -> str:
    if shape is Shape.ATTRIBUTE and op in (Op.HAS_ANY, Op.HAS_ALL):
        return _("%(field)s includes %(values)s")
    if shape is Shape.ATTRIBUTE and op is Op.HAS_NONE:
        return _("%(field)s does not include %(values)s")
    return {
        Op.IS: _("%(field)s is %(values)s"),
        Op.IS_NOT: _("%(field)s is not %(values)s"),
        Op.HAS_ANY: _("is tagged %(values)s"),
        Op.HAS_ALL: _("is tagged %(values)s"),
        Op.HAS_NONE: _("is not tagged %(values)s"),
        Op.IN: _("is a member of %(values)s"),
        Op.NOT_IN: _("is not a member of %(values)s"),
    }[op]


def _orders(clause: OrdersClause, names: Names) -> str:
    said: dict[str, Any] = {"period": period_words(clause.period), "filters": _filters(clause.where, names)}
    op, value = clause.op, clause.value
    match clause.measure:
        case Measure.COUNT:
            template = ngettext(
                "placed %(amount)s order %(filters)s %(period)s",
                "placed %(amount)s orders %(filters)s %(period)s",
                _count(value),
            )
            said["amount"] = amount_words(op, value, formats.number)
        case Measure.FIRST:
            template = _("first order %(filters)s %(period)s was placed %(when)s")
        case Measure.LAST:
            template = _("last order %(filters)s %(period)s was placed %(when)s")
        case Measure.GROSS:
            template = _("spent %(amount)s before refunds on orders %(filters)s %(period)s")
        case Measure.NET:
            template = _("spent %(amount)s after refunds on orders %(filters)s %(period)s")
        case Measure.AVERAGE:
            template = _("spent on average %(amount)s per order %(filters)s %(period)s")
    if op is Op.WITHIN:
        said["when"] = period_words(value)
    elif clause.measure is not Measure.COUNT:
        said["amount"] = amount_words(op, value, _writer(Shape.MONEY, names))
    return _squeezed(template % said)


def _event(clause: EventClause) -> str:
    said: dict[str, Any] = {"event": events.label_of(clause.name), "period": period_words(clause.period), "filters": ""}
    if clause.product:
        said["filters"] = _("(product: %(names)s)") % {"names": _several(clause.product)}
    match clause.op:
        case Op.DID:
            template = _("did “%(event)s” %(filters)s %(period)s")
        case Op.DID_NOT:
            template = _("did not do “%(event)s” %(filters)s %(period)s")
        case _:
            template = ngettext(
                "did “%(event)s” %(amount)s time %(filters)s %(period)s",
                "did “%(event)s” %(amount)s times %(filters)s %(period)s",
                _count(clause.value),
            )
            said["amount"] = amount_words(clause.op, clause.value, formats.number)
    return _squeezed(template % said)


def _count(value: Value) -> int:
    """Return the number that decides between singular and plural."""
    last = value[-1] if isinstance(value, tuple) else value
    return last if isinstance(last, int) else 0


def _filters(where: Where, names: Names) -> str:
    parts = [
        template % {"names": _several(values)}
        for template, values in (
            (_("product: %(names)s"), [names.products.get(one, f"#{one}") for one in where.product]),
            (_("category: %(names)s"), where.category),
            (_("brand: %(names)s"), where.brand),
            (_("shop: %(names)s"), [names.shops.get(one, f"#{one}") for one in where.shop]),
            (_("country: %(names)s"), [formats.country(one) for one in where.country]),
            (_("sales channel: %(names)s"), where.channel),
            (_("currency: %(names)s"), where.currency),
        )
        if values
    ]
    if where.refunded is not None:
        parts.append(_("with a refund") if where.refunded else _("without a refund"))
    write = _writer(Shape.MONEY, names)
    if where.amount_from is not None:
        parts.append(_("of at least %(amount)s each") % {"amount": write(where.amount_from)})
    if where.amount_to is not None:
        parts.append(_("of at most %(amount)s each") % {"amount": write(where.amount_to)})
    return _("(%(conditions)s)") % {"conditions": pgettext("between filters", "; ").join(parts)} if parts else ""


# -- figures and days


def _attribute_writer(field: str, names: Names) -> Callable[[float], str]:
    attribute = names.attributes.get(declared(field).column)
    is_money = attribute is not None and attribute.kind == "money"
    return lambda figure: formats.money(int(figure), names.currency) if is_money else formats.number(figure)


def writer_of(field: str, names: Names) -> Callable[[float], str]:
    """Return how the figures of a field are written that a rule compares it with."""
    asked = declared(field)
    if asked.is_money:
        return lambda minor: formats.money(int(minor), names.currency)
    if asked.shape is Shape.SHARE:
        return lambda share: f"{formats.number(share)}%"
    return formats.number


def _writer(shape: Shape, names: Names) -> Callable[[int], str]:
    if shape is Shape.MONEY:
        return lambda minor: formats.money(minor, names.currency)
    return formats.number


def amount_words(op: Op, value: Value, write: Callable[[Any], str]) -> str:
    """Return a comparison in words: ``at least 2``."""
    if isinstance(value, tuple):
        return _("between %(low)s and %(high)s") % {"low": write(value[0]), "high": write(value[1])}
    assert isinstance(value, int | float)
    template = {
        Op.AT_LEAST: _("at least %(number)s"),
        Op.AT_MOST: _("at most %(number)s"),
        Op.MORE_THAN: _("more than %(number)s"),
        Op.LESS_THAN: _("less than %(number)s"),
        Op.EQUALS: _("exactly %(number)s"),
    }[op]
    return template % {"number": write(value)}


def period_words(period: Value | Period) -> str:
    """Return a period in words; nothing for all time."""
    match period:
        case LastDays(1):
            return _("today")
        case LastDays(days):
            return _("in the last %(days)s days") % {"days": formats.number(days)}
        case BeforeDays(days):
            return _("%(days)s or more days ago") % {"days": formats.number(days)}
        case Between(first, last):
            return _span_words(first, last)
    return ""


def _span_words(first: date | None, last: date | None) -> str:
    if first is None:
        return _("until %(last)s") % {"last": formats.day(last)}
    if last is None:
        return _("since %(first)s") % {"first": formats.day(first)}
    return _("from %(first)s to %(last)s") % {"first": formats.day(first), "last": formats.day(last)}


def _squeezed(text: str) -> str:
    return " ".join(text.split())
