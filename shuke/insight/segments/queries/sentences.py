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
from shuke.insight.segments.queries.labels import (
    CHANNEL_LABELS,
    PURPOSE_LABELS,
    STATE_LABELS,
    Names,
    names_for,
    shape_of,
    weekday_name,
)
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    OF_MONEY,
    BeforeDays,
    Between,
    Clause,
    Coming,
    EventClause,
    EventMeasure,
    FieldClause,
    Group,
    Join,
    LastDays,
    Measure,
    Node,
    Op,
    OrdersClause,
    Period,
    Previous,
    PropertyFilter,
    ReachClause,
    SequenceClause,
    Since,
    SplitClause,
    Step,
    This,
    Unit,
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
        case SequenceClause():
            return _sequence(clause, names)
        case SplitClause():
            return _split(clause)
        case ReachClause():
            return _reach(clause)


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
    if op is Op.ANNIVERSARY:
        template = (
            _("birthday is %(period)s") if shape is Shape.BIRTHDAY else _("anniversary of %(field)s is %(period)s")
        )
        return _squeezed(template % (said | {"period": window_words(value)}))
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


_OF_ORDERS = {
    Measure.FIRST: gettext_lazy("first order %(filters)s %(period)s was placed %(when)s"),
    Measure.LAST: gettext_lazy("last order %(filters)s %(period)s was placed %(when)s"),
    Measure.GROSS: gettext_lazy("spent %(amount)s before refunds on orders %(filters)s %(period)s"),
    Measure.NET: gettext_lazy("spent %(amount)s after refunds on orders %(filters)s %(period)s"),
    Measure.AVERAGE: gettext_lazy("spent on average %(amount)s per order %(filters)s %(period)s"),
    Measure.LARGEST: gettext_lazy("the largest order %(filters)s %(period)s came to %(amount)s"),
    Measure.ITEMS: gettext_lazy("bought %(amount)s pieces %(filters)s %(period)s"),
    Measure.PRODUCTS: gettext_lazy("bought %(amount)s different products %(filters)s %(period)s"),
    Measure.CATEGORIES: gettext_lazy("bought from %(amount)s different categories %(filters)s %(period)s"),
    Measure.BRANDS: gettext_lazy("bought from %(amount)s different brands %(filters)s %(period)s"),
    Measure.DAYS: gettext_lazy("placed orders %(filters)s on %(amount)s days %(period)s"),
    Measure.MONTHS: gettext_lazy("placed orders %(filters)s in %(amount)s different months %(period)s"),
    Measure.SHARE: gettext_lazy("%(amount)s of the orders %(period)s are orders %(filters)s"),
}


def _orders(clause: OrdersClause, names: Names) -> str:
    said: dict[str, Any] = {"period": period_words(clause.period), "filters": _filters(clause.where, names)}
    op, value, measure = clause.op, clause.value, clause.measure
    if measure is Measure.COUNT:
        template = ngettext(
            "placed %(amount)s order %(filters)s %(period)s",
            "placed %(amount)s orders %(filters)s %(period)s",
            _count(value),
        )
    else:
        template = str(_OF_ORDERS[measure])
    if op is Op.WITHIN:
        said["when"] = period_words(value)
    else:
        said["amount"] = amount_words(op, value, measure_writer(measure, names))
    return _squeezed(template % said)


def measure_writer(measure: Measure, names: Names) -> Callable[[float], str]:
    """Return how the figures of a measure over orders are written."""
    if measure in OF_MONEY:
        return lambda minor: formats.money(int(minor), names.currency)
    return _percent if measure is Measure.SHARE else formats.number


def _percent(share: float) -> str:
    return f"{formats.number(share)}%"


_OF_EVENTS = {
    EventMeasure.DAYS: gettext_lazy("did “%(event)s” %(filters)s on %(amount)s days %(period)s"),
    EventMeasure.SUM: gettext_lazy("did “%(event)s” %(filters)s %(period)s with a total “%(of)s” of %(amount)s"),
    EventMeasure.AVERAGE: gettext_lazy("did “%(event)s” %(filters)s %(period)s with an average “%(of)s” of %(amount)s"),
    EventMeasure.DISTINCT: gettext_lazy("did “%(event)s” %(filters)s %(period)s with %(amount)s different “%(of)s”"),
    EventMeasure.FIRST: gettext_lazy("did “%(event)s” %(filters)s %(period)s for the first time %(when)s"),
    EventMeasure.LAST: gettext_lazy("did “%(event)s” %(filters)s %(period)s for the last time %(when)s"),
}


def _event(clause: EventClause) -> str:
    said: dict[str, Any] = {
        "event": events.label_of(clause.name), "period": period_words(clause.period), "of": clause.of,
        "filters": _event_filters(clause.product, clause.properties),
    }  # fmt: skip
    if clause.op is Op.WITHIN:
        return _squeezed(str(_OF_EVENTS[clause.measure]) % (said | {"when": period_words(clause.value)}))
    match clause.op:
        case Op.DID:
            template = _("did “%(event)s” %(filters)s %(period)s")
        case Op.DID_NOT:
            template = _("did not do “%(event)s” %(filters)s %(period)s")
        case _ if clause.measure is not EventMeasure.COUNT:
            template = str(_OF_EVENTS[clause.measure])
            said["amount"] = amount_words(clause.op, clause.value, formats.number)
        case _:
            template = ngettext(
                "did “%(event)s” %(amount)s time %(filters)s %(period)s",
                "did “%(event)s” %(amount)s times %(filters)s %(period)s",
                _count(clause.value),
            )
            said["amount"] = amount_words(clause.op, clause.value, formats.number)
    return _squeezed(template % said)


def _event_filters(product: Sequence[str], properties: Sequence[PropertyFilter]) -> str:
    parts = [_("product: %(names)s") % {"names": _several(product)}] if product else []
    parts += [_property(one) for one in properties]
    return _("(%(conditions)s)") % {"conditions": pgettext("between filters", "; ").join(parts)} if parts else ""


def _property(asked: PropertyFilter) -> str:
    said, op, value = {"field": f"“{asked.name}”"}, asked.op, asked.value
    if op in _WITHOUT_FIGURE:
        return str(_WITHOUT_FIGURE[op]) % said
    if op is Op.CONTAINS:
        return _("%(field)s contains “%(value)s”") % (said | {"value": value})
    if op in (Op.IS, Op.IS_NOT) and isinstance(value, tuple):
        return _listed(op, Shape.TEXT) % (said | {"values": _several([str(one) for one in value])})
    return _("%(field)s is %(amount)s") % (said | {"amount": amount_words(op, value, formats.number)})


def _sequence(clause: SequenceClause, names: Names) -> str:
    steps = _step(clause.steps[0], names)
    for step in clause.steps[1:]:
        said = {"before": steps, "step": _step(step, names), "time": _time(step.within)}
        template = _("%(before)s, then %(step)s within %(time)s") if step.within else _("%(before)s, then %(step)s")
        steps = template % said
    if clause.without is not None:
        said = {"before": steps, "step": _step(clause.without, names), "time": _time(clause.without.within)}
        steps = (
            _("%(before)s, not followed by %(step)s within %(time)s")
            if clause.without.within
            else _("%(before)s, never followed by %(step)s")
        ) % said
    template = _("did not do in this order %(period)s: %(steps)s") if clause.op is Op.DID_NOT else _(
        "did in this order %(period)s: %(steps)s"
    )  # fmt: skip
    return _squeezed(template % {"period": period_words(clause.period), "steps": steps}).replace(" :", ":")


def _step(step: Step, names: Names) -> str:
    if step.event is None:
        return _squeezed(_("an order %(filters)s") % {"filters": _filters(step.where, names)})
    said = {"event": events.label_of(step.event), "filters": _event_filters(step.product, step.properties)}
    return _squeezed(_("“%(event)s” %(filters)s") % said)


def _time(hours: int | None) -> str:
    if hours is None:
        return ""
    if hours % 24:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": formats.number(hours)}
    days = hours // 24
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": formats.number(days)}


def _split(clause: SplitClause) -> str:
    said = {"name": clause.name, "first": clause.first, "last": clause.last, "share": clause.last - clause.first + 1}
    return _("is among the %(share)s%% drawn by “%(name)s” (%(first)s to %(last)s of 100)") % said


def _reach(clause: ReachClause) -> str:
    purpose = str(PURPOSE_LABELS[clause.purpose])
    if clause.topic:
        purpose = _("%(purpose)s on “%(topic)s”") % {"purpose": purpose, "topic": clause.topic}
    said = {"channel": str(CHANNEL_LABELS[clause.channel]), "purpose": purpose}
    if clause.op in (Op.MAY, Op.MAY_NOT):
        template = _("may be reached by %(channel)s for %(purpose)s")
        if clause.op is Op.MAY_NOT:
            template = _("may not be reached by %(channel)s for %(purpose)s")
        return template % said
    states = _several([str(STATE_LABELS[one]) for one in clause.value or ()])
    template = _("consent for %(channel)s and %(purpose)s is: %(states)s")
    if clause.op is Op.IS_NOT:
        template = _("consent for %(channel)s and %(purpose)s is not: %(states)s")
    return template % (said | {"states": states})


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
    if where.weekday:
        parts.append(_("on %(days)s") % {"days": _several([weekday_name(day) for day in where.weekday])})
    if where.hours is not None:
        first, last = (f"{hour:02}:{minute}" for hour, minute in zip(where.hours, ("00", "59"), strict=True))
        parts.append(_("between %(first)s and %(last)s o’clock") % {"first": first, "last": last})
    if where.discounted is not None:
        parts.append(_("with a discount") if where.discounted else _("without a discount"))
    if where.refunded is not None:
        parts.append(_("with a refund") if where.refunded else _("without a refund"))
    write = _writer(Shape.MONEY, names)
    if where.amount_from is not None:
        parts.append(_("of at least %(amount)s each") % {"amount": write(where.amount_from)})
    if where.amount_to is not None:
        parts.append(_("of at most %(amount)s each") % {"amount": write(where.amount_to)})
    if where.price_from is not None:
        parts.append(_("%(amount)s or more a piece") % {"amount": write(where.price_from)})
    if where.price_to is not None:
        parts.append(_("%(amount)s or less a piece") % {"amount": write(where.price_to)})
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


def period_words(period: Value | Period | None) -> str:
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
        case Coming(days):
            return _("in the next %(days)s days") % {"days": formats.number(days)}
        case This(unit):
            return str(_THIS[unit])
        case Previous(unit):
            return str(_PREVIOUS[unit])
        case Since():
            return _since_words(period)
    return ""


_THIS = {
    Unit.WEEK: gettext_lazy("this week"), Unit.MONTH: gettext_lazy("this month"),
    Unit.QUARTER: gettext_lazy("this quarter"), Unit.YEAR: gettext_lazy("this year"),
}  # fmt: skip
_PREVIOUS = {
    Unit.WEEK: gettext_lazy("last week"), Unit.MONTH: gettext_lazy("last month"),
    Unit.QUARTER: gettext_lazy("last quarter"), Unit.YEAR: gettext_lazy("last year"),
}  # fmt: skip


def window_words(value: Value) -> str:
    """Return a window for anniversaries in words."""
    return _("today") if value == Coming(1) else period_words(value)


def _since_words(period: Since) -> str:
    if period.event is None:
        anchor = _("the first order") if period.is_first else _("the last order")
    else:
        said = {"event": events.label_of(period.event)}
        anchor = (_("the first “%(event)s”") if period.is_first else _("the last “%(event)s”")) % said
    if period.days is None:
        return _("since %(anchor)s") % {"anchor": anchor}
    template = ngettext("within %(days)s day after %(anchor)s", "within %(days)s days after %(anchor)s", period.days)
    return template % {"days": formats.number(period.days), "anchor": anchor}


def _span_words(first: date | None, last: date | None) -> str:
    if first is None:
        return _("until %(last)s") % {"last": formats.day(last)}
    if last is None:
        return _("since %(first)s") % {"first": formats.day(first)}
    return _("from %(first)s to %(last)s") % {"first": formats.day(first), "last": formats.day(last)}


def _squeezed(text: str) -> str:
    return " ".join(text.split())
