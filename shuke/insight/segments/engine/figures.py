"""Figures worked out per customer over one table of facts, several of them in one pass.

A figure is a number of facts, a sum, an average or a day, over the rows that its clause counts. Figures of one group
over the same table share one scan and one grouping; each then looks only at its own rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.comparing import joined
from shuke.insight.segments.engine.facts import Conditions, TableOf, between, months, of_event, of_order, passing, since
from shuke.insight.segments.engine.numbers import compared
from shuke.insight.segments.engine.properties import number, text
from shuke.insight.segments.rules.language import (
    OF_LINES,
    SPANS,
    EventClause,
    EventMeasure,
    Join,
    Measure,
    Node,
    Op,
    OrdersClause,
    Period,
    Since,
    Value,
    Where,
    days_of,
)
from shuke.insight.segments.rules.truth import zero_satisfies

# Comparisons of a number that only ask whether there is any fact, or none.
_SOME = frozenset({(Op.AT_LEAST, 1), (Op.MORE_THAN, 0), (Op.DID, None)})
_NO = frozenset({(Op.LESS_THAN, 1), (Op.AT_MOST, 0), (Op.EQUALS, 0), (Op.DID_NOT, None)})


@dataclass(frozen=True, slots=True)
class Figure:
    """One clause over ``table``: the rows it counts (``conditions`` on them), and the comparison.

    ``some`` says that only the presence (True) or absence (False) of rows is asked for; else None, and ``columns`` are
    worked out (given the rows they may look at, None for all) for ``test``. ``at_zero`` is the answer for a customer
    who has no rows.
    """

    table: str
    conditions: Callable[[ir.Table], Conditions]
    at_zero: bool
    some: bool | None = None
    columns: Callable[[ir.Table, ir.BooleanValue | None], tuple[ir.Value, ...]] | None = None
    test: Callable[..., ir.BooleanValue] | None = None
    # Begins where another event lies: the rows are narrowed to what came after it.
    since: Since | None = None


def figure_of(node: Node, as_of: date) -> Figure | None:
    """Return the figure a node asks for, or None: groups, fields, goods and net revenue are worked out otherwise."""
    match node:
        case EventClause():
            return _of_events(node, as_of)
        case OrdersClause(measure=measure) if measure is not Measure.NET and measure not in OF_LINES:
            return None if node.where.names_goods else _of_orders(node, as_of)
    return None


_Asking = Callable[[ir.Table], Conditions]
_Columns = Callable[[ir.Table, ir.BooleanValue | None], tuple[ir.Value, ...]]


def _counted(
    table: str, conditions: _Asking, clause: EventClause | OrdersClause, columns: _Columns, *, is_count: bool = False
) -> Figure:
    """A figure that is nought where there are no rows."""
    op, value, period = clause.op, clause.value, _since(clause.period)
    if is_count and (op, value) in _SOME:
        return Figure(table, conditions, at_zero=False, some=True, since=period)
    if is_count and (op, value) in _NO:
        return Figure(table, conditions, at_zero=True, some=False, since=period)
    return Figure(
        table, conditions, at_zero=zero_satisfies(op, value), columns=columns,
        test=lambda figure: compared(figure, op, value), since=period,
    )  # fmt: skip


def _of_events(clause: EventClause, as_of: date) -> Figure:
    op, value, of = clause.op, clause.value, clause.of
    conditions = partial(
        of_event, name=clause.name, product=clause.product, properties=clause.properties,
        days=days_of(clause.period, as_of),
    )  # fmt: skip
    match clause.measure:
        case EventMeasure.COUNT:
            return _counted("events", conditions, clause, lambda rows, where: (rows.count(where=where),), is_count=True)
        case EventMeasure.DAYS:
            return _counted("events", conditions, clause, lambda rows, where: (rows.occurred_on.nunique(where=where),))
        case EventMeasure.SUM:
            return _counted(
                "events", conditions, clause, lambda rows, where: (number(rows, of).sum(where=where).coalesce(0.0),)
            )
        case EventMeasure.DISTINCT:
            return _counted("events", conditions, clause, lambda rows, where: (text(rows, of).nunique(where=where),))
        case EventMeasure.AVERAGE:
            return Figure(
                "events", conditions, at_zero=False, since=_since(clause.period),
                columns=lambda rows, where: (
                    number(rows, of).sum(where=where).coalesce(0.0), number(rows, of).count(where=where),
                ),
                test=lambda total, many: (many > 0) & compared(total, op, value, many),
            )  # fmt: skip
    return _day("events", "occurred_on", conditions, clause, as_of, is_first=clause.measure is EventMeasure.FIRST)


def _of_orders(clause: OrdersClause, as_of: date) -> Figure:
    op, value, where_said = clause.op, clause.value, clause.where
    days = days_of(clause.period, as_of)
    conditions = partial(of_order, where=where_said, days=days)
    match clause.measure:
        case Measure.COUNT:
            return _counted("orders", conditions, clause, lambda rows, where: (rows.count(where=where),), is_count=True)
        case Measure.GROSS:
            return _counted(
                "orders", conditions, clause, lambda rows, where: (rows.base_minor.sum(where=where).coalesce(0),)
            )
        case Measure.DAYS:
            return _counted("orders", conditions, clause, lambda rows, where: (rows.placed_on.nunique(where=where),))
        case Measure.MONTHS:
            return _counted(
                "orders", conditions, clause, lambda rows, where: (months(rows.placed_on).nunique(where=where),)
            )
        case Measure.LARGEST:
            return Figure(
                "orders", conditions, at_zero=False, since=_since(clause.period),
                columns=lambda rows, where: (rows.base_minor.max(where=where),),
                test=lambda largest: largest.notnull() & compared(largest, op, value),
            )  # fmt: skip
        case Measure.AVERAGE:
            return Figure(
                "orders", conditions, at_zero=False, since=_since(clause.period),
                columns=lambda rows, where: (rows.base_minor.sum(where=where).coalesce(0), rows.count(where=where)),
                test=lambda total, many: (many > 0) & compared(total, op, value, many),
            )  # fmt: skip
        case Measure.SHARE:
            return _share(clause, days)
    return _day("orders", "placed_on", conditions, clause, as_of, is_first=clause.measure is Measure.FIRST)


def _share(clause: OrdersClause, days: tuple[date | None, date]) -> Figure:
    """How many of all orders in the period pass the filters, in per cent."""
    op, value, where_said = clause.op, clause.value, clause.where

    def columns(rows: ir.Table, where: ir.BooleanValue | None) -> tuple[ir.Value, ...]:
        hit = joined(Join.ALL, passing(rows, where_said))
        return rows.count(where=hit if where is None else hit & where), rows.count(where=where)

    return Figure(
        "orders", partial(of_order, where=Where(), days=days), at_zero=False, columns=columns, since=_since(clause.period),
        test=lambda hits, many: (many > 0) & compared(hits * 100, op, value, many),
    )  # fmt: skip


def _day(
    table: str, column: str, conditions: _Asking, clause: EventClause | OrdersClause, as_of: date, *, is_first: bool
) -> Figure:
    value: Value = clause.value
    assert isinstance(value, SPANS)
    first, last = days_of(value, as_of)
    if not is_first and first is not None and last == as_of:
        # The last one lies in a span that reaches to today when any one does.
        begin = ibis.literal(first)
        reaching: _Asking = lambda rows: [*conditions(rows), rows[column] >= begin]  # noqa: E731
        return Figure(table, reaching, at_zero=False, some=True, since=_since(clause.period))
    return Figure(
        table, conditions, at_zero=False, since=_since(clause.period),
        columns=lambda rows, where: (rows[column].min(where=where) if is_first else rows[column].max(where=where),),
        test=lambda day: joined(Join.ALL, [day.notnull(), *between(day, first, last)]),
    )  # fmt: skip


def _since(period: Period | None) -> Since | None:
    return period if isinstance(period, Since) else None


def together(figures: Sequence[Figure], join: Join) -> list[list[Figure]]:
    """Return the figures of a group in bundles that one scan of their table answers.

    Figures that need grouping go together. Presence goes together under "any", absence under "all": both ask whether
    there is a row of this kind or of that.
    """
    bundles: dict[tuple[str, Since | None, object], list[Figure]] = {}
    for at, figure in enumerate(figures):
        shared = figure.some is None or figure.some is (join is not Join.ALL)
        bundles.setdefault((figure.table, figure.since, figure.some if shared else at + 2), []).append(figure)
    return list(bundles.values())


def answer(
    bundle: Sequence[Figure], join: Join, as_of: date, *, table: TableOf, among: Callable[[ir.Table], ir.BooleanValue],
    narrowed: Callable[[ir.Table], ir.Table],
) -> ir.BooleanValue:  # fmt: skip
    """Return the condition for a bundle of figures joined by ``join``.

    Where customers without rows fulfil it, those who do not are looked for and the condition turned round.
    """
    facts = since(table, bundle[0].table, bundle[0].since, as_of)
    own = [joined(Join.ALL, figure.conditions(facts)) for figure in bundle]
    rows = facts.filter(facts.customer_id.notnull(), *_common(bundle, facts), joined(Join.ANY, own))
    if bundle[0].some is not None:
        return among(rows) if bundle[0].some else ~among(rows)
    grouped, tests = _grouped(bundle, narrowed(rows))
    fulfilled = joined(join, [test(grouped) for test in tests])
    zeros = [figure.at_zero for figure in bundle]
    at_zero = all(zeros) if join is Join.ALL else any(zeros)
    return ~among(grouped.filter(~fulfilled)) if at_zero else among(grouped.filter(fulfilled))


def _grouped(bundle: Sequence[Figure], rows: ir.Table) -> tuple[ir.Table, list[Callable[[ir.Table], ir.BooleanValue]]]:
    """Work all figures out per customer; return them with the test of each."""
    columns: dict[str, ir.Value] = {}
    tests: list[Callable[[ir.Table], ir.BooleanValue]] = []
    for at, figure in enumerate(bundle):
        assert figure.columns is not None
        assert figure.test is not None
        where = None if len(bundle) == 1 else joined(Join.ALL, figure.conditions(rows))
        worked_out = figure.columns(rows, where)
        names = [f"figure_{at}_{place}" for place in range(len(worked_out))]
        columns |= dict(zip(names, worked_out, strict=True))
        tests.append(partial(_test, figure.test, names))
    return rows.group_by("customer_id").aggregate(**columns), tests


def _test(test: Callable[..., ir.BooleanValue], names: Sequence[str], grouped: ir.Table) -> ir.BooleanValue:
    return test(*(grouped[name] for name in names))


def _common(bundle: Sequence[Figure], facts: ir.Table) -> Conditions:
    """Return the conditions that all figures share; said apart, the engine can skip storage by them."""
    first, *others = [figure.conditions(facts) for figure in bundle]
    return [one for one in first if all(any(one.equals(two) for two in other) for other in others)] if others else []
