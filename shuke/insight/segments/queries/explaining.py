"""Why, or why not: one customer against one rule, clause by clause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.attributes.queries.wording import worded
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.segments.engine import explaining
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.queries.labels import STATE_LABELS, Names, month_name, names_for, shape_of
from shuke.insight.segments.queries.sentences import clause_words, measure_writer, names_of, writer_of
from shuke.insight.segments.rules.fields import Shape, declared
from shuke.insight.segments.rules.language import (
    OF_MONEY,
    Clause,
    EventClause,
    EventMeasure,
    FieldClause,
    Group,
    Join,
    Measure,
    Node,
    Op,
    OrdersClause,
    ReachClause,
    SequenceClause,
    SplitClause,
    bucket_of,
)
from shuke.insight.segments.rules.truth import Actual, combine, holds
from shuke.platform.ui import formats


@dataclass(frozen=True, slots=True)
class Reason:
    """One node of the answer: what is asked, whether it is so, what is the case, and what it rests on."""

    text: str
    is_true: bool
    actual: str = ""
    inner: "tuple[Reason, ...]" = ()


def explain(rule: Group, book: Book, customer_id: int, *, as_of: date) -> Reason:
    """Return why a customer fulfils a rule on a day, or why not. One query, whatever the rule."""
    names = names_for(rule, book)
    clauses = dict(enumerate(_all_clauses(rule, book)))
    asked = explaining.question(clauses.items(), customer_id, as_of=as_of, book=book, table=warehouse.today)
    rows = warehouse.rows(asked) if asked is not None else []
    actuals = explaining.actuals(rows, clauses, book)
    known = {clause: actuals[number] for number, clause in clauses.items()}
    return _reason(rule, known, names, as_of)


def is_known(customer_id: int) -> bool:
    """Whether the warehouse knows a customer at all."""
    customers = warehouse.table("customers")
    return bool(warehouse.scalar(customers.filter(customers.customer_id == customer_id).count()))


def _all_clauses(node: Node, book: Book) -> Iterator[Clause]:
    """Yield every clause of a rule and of the rules it refers to, once each."""
    seen: set[Clause] = set()
    waiting: list[Node] = [node]
    while waiting:
        here = waiting.pop(0)
        if isinstance(here, Group):
            waiting = [*here.nodes, *waiting]
        elif here not in seen:
            seen.add(here)
            yield here
            waiting = [*_rules_in(here, book), *waiting]


def _rules_in(clause: Clause, book: Book) -> list[Group]:
    if not isinstance(clause, FieldClause) or clause.field != "segment" or not isinstance(clause.value, tuple):
        return []
    return [rule for one in clause.value if (rule := book[str(one)].rule) is not None]


def _reason(node: Node, known: dict[Clause, Actual], names: Names, as_of: date) -> Reason:
    if isinstance(node, Group):
        inner = tuple(_reason(one, known, names, as_of) for one in node.nodes)
        return Reason(_join_words(node), combine(node.join, [one.is_true for one in inner]), inner=inner)
    if isinstance(node, FieldClause) and node.field == "segment":
        return _of_segments(node, known, names, as_of)
    return Reason(clause_words(node, names), holds(node, known[node], as_of), actual_words(node, known[node], names))


def _of_segments(clause: FieldClause, known: dict[Clause, Actual], names: Names, as_of: date) -> Reason:
    assert isinstance(clause.value, tuple)
    inner = []
    for one in clause.value:
        definition = names.book[str(one)]
        text = _("is a member of %(values)s") % {"values": definition.name}
        if definition.rule is None:
            is_on_list = one in known[clause].several
            inner.append(Reason(text, is_on_list, _("on the list") if is_on_list else _("not on the list")))
        else:
            because = _reason(definition.rule, known, names, as_of)
            inner.append(Reason(text, because.is_true, inner=(because,)))
    found = any(one.is_true for one in inner)
    return Reason(clause_words(clause, names), found is (clause.op is Op.IN), inner=tuple(inner))


def _join_words(group: Group) -> str:
    if not group.nodes:
        return _("all customers")
    return {
        Join.ALL: _("all of this holds"),
        Join.ANY: _("at least one of this holds"),
        Join.NONE: _("none of this holds"),
    }[group.join]


def actual_words(clause: Clause, actual: Actual, names: Names) -> str:
    """Return what is so, in words: ``3 orders``."""
    match clause:
        case EventClause():
            return _event_words(clause.measure, actual)
        case OrdersClause():
            return _orders_words(clause.measure, actual, names)
        case SequenceClause():
            return _sequence_words(clause, actual)
        case SplitClause(name):
            return (
                _("drew %(number)s") % {"number": bucket_of(name, actual.single)}
                if isinstance(actual.single, int)
                else ""
            )
        case ReachClause():
            states = [str(STATE_LABELS[str(one)]) for one in sorted(map(str, actual.several))]
            if not states:
                return _("no address of this channel")
            may = _("may be reached") if actual.count else _("may not be reached")
            return _("%(states)s: %(may)s") % {"states": formats.listed(states), "may": may}
        case FieldClause() if shape_of(clause.field) is Shape.ATTRIBUTE:
            return _attribute_words(clause, actual, names)
        case FieldClause() if declared(clause.field).contributed is not None:
            return _contributed_words(clause, actual, names)
        case FieldClause():
            return _field_words(clause, actual, names)


def _event_words(measure: EventMeasure, actual: Actual) -> str:
    if measure in (EventMeasure.FIRST, EventMeasure.LAST):
        return formats.day(actual.single) if isinstance(actual.single, date) else _("never")
    if measure is EventMeasure.COUNT:
        count = _whole(actual)
        return ngettext("%(count)s time", "%(count)s times", count) % {"count": formats.number(count)}
    figure = actual.single if isinstance(actual.single, int | float) else 0
    if measure is EventMeasure.AVERAGE:
        return formats.number(round(figure / actual.count, 2)) if actual.count else _("never")
    return formats.number(round(figure, 2))


def _sequence_words(clause: SequenceClause, actual: Actual) -> str:
    """Return how often it came to its end, or how far it came."""
    if count := _whole(actual):
        return ngettext("%(count)s time", "%(count)s times", count) % {"count": formats.number(count)}
    if not actual.count:
        return _("not begun")
    said = {"reached": actual.count, "all": len(clause.steps)}
    if actual.count == len(clause.steps):
        return _("all steps, but followed by what must not follow, or its time is not over")
    return _("came to step %(reached)s of %(all)s") % said


def _orders_words(measure: Measure, actual: Actual, names: Names) -> str:
    if measure is Measure.COUNT:
        count = _whole(actual)
        return ngettext("%(count)s order", "%(count)s orders", count) % {"count": formats.number(count)}
    if measure in (Measure.FIRST, Measure.LAST):
        return formats.day(actual.single) if isinstance(actual.single, date) else _("no such order")
    if measure in (Measure.AVERAGE, Measure.SHARE, Measure.LARGEST) and (not actual.count or actual.single is None):
        return _("no such order")
    figure = actual.single if isinstance(actual.single, int | float) else 0
    if measure in (Measure.AVERAGE, Measure.SHARE):
        figure = figure * (100 if measure is Measure.SHARE else 1) / actual.count
    return measure_writer(measure, names)(round(figure) if measure in OF_MONEY else round(figure, 1))


def _whole(actual: Actual) -> int:
    return actual.single if isinstance(actual.single, int) else 0


def _field_words(clause: FieldClause, actual: Actual, names: Names) -> str:
    shape, single = shape_of(clause.field), actual.single
    if shape is Shape.BIRTHDAY:
        if not isinstance(single, int):
            return _("not known")
        return _("%(month)s, day %(day)s") % {"month": month_name(single // 100), "day": single % 100}
    if shape is Shape.TAGS:
        worn = sorted(names.of(shape, one) for one in actual.several)
        return formats.listed(worn) if worn else _("no tags")
    if single in (None, ""):
        return _("not known")
    if isinstance(single, date):
        return formats.day(single)
    if shape is Shape.MONEY and isinstance(single, int):
        return formats.money(single, names.currency)
    if isinstance(single, int | float) and shape is not Shape.MONTH:
        return formats.number(round(single, 1))
    assert single is not None
    return names.of(shape, single if isinstance(single, str) else int(single))


def _contributed_words(clause: FieldClause, actual: Actual, names: Names) -> str:
    """Return what another domain knows; several values side by side."""
    asked = declared(clause.field)
    texts = sorted(str(one) for one in actual.several)
    if not texts:
        return _("not known")
    if asked.shape is Shape.YES_NO:
        return formats.listed([_("yes") if one == "1" else _("no") for one in texts])
    if asked.shape is Shape.DATE:
        return formats.listed([formats.day(date.fromisoformat(one[:10])) for one in texts])
    if asked.shape in (Shape.AMOUNT, Shape.SHARE):
        scale, write = 100 if asked.shape is Shape.SHARE else 1, writer_of(clause.field, names)
        return formats.listed([write(round(float(one) * scale, 1)) for one in texts])
    return formats.listed(names_of(clause.field, texts, names))


def _attribute_words(clause: FieldClause, actual: Actual, names: Names) -> str:
    """Return the values of a custom attribute; they came as texts, of the sort that the operator is about."""
    attribute = names.attributes.get(declared(clause.field).column)
    if attribute is None or not actual.several:
        return _("not known")
    texts = sorted(str(one) for one in actual.several)
    match attribute.kind:
        case "number" | "money" | "yes_no":
            figure = float(texts[0])
            value: Any = bool(figure) if attribute.kind == "yes_no" else figure
        case "date":
            value = date.fromisoformat(texts[0][:10])
        case "list":
            value = tuple(texts)
        case _:
            value = texts[0]
    return worded(attribute, value, currency=names.currency)
