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

from shuke.insight.segments.engine.comparing import compared, joined
from shuke.insight.segments.engine.facts import Conditions, TableOf, between, of_event, of_order
from shuke.insight.segments.rules.language import (
    BeforeDays,
    Between,
    EventClause,
    Join,
    LastDays,
    Measure,
    Node,
    Op,
    OrdersClause,
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


def figure_of(node: Node, as_of: date) -> Figure | None:
    """Return the figure a node asks for, or None: groups, fields, goods and net revenue are worked out otherwise."""
    match node:
        case EventClause():
            return _number("events", partial(of_event, clause=node, as_of=as_of), node)
        case OrdersClause(measure=Measure.NET):
            return None
        case OrdersClause() if not node.where.names_goods:
            return _of_orders(node, as_of)
    return None


def _number(table: str, conditions: Callable[[ir.Table], Conditions], clause: EventClause | OrdersClause) -> Figure:
    op, value = clause.op, clause.value
    if (op, value) in _SOME:
        return Figure(table, conditions, at_zero=False, some=True)
    if (op, value) in _NO:
        return Figure(table, conditions, at_zero=True, some=False)
    return Figure(
        table, conditions, at_zero=zero_satisfies(op, value),
        columns=lambda rows, where: (rows.count(where=where),),
        test=lambda number: compared(number, op, value),
    )  # fmt: skip


def _of_orders(clause: OrdersClause, as_of: date) -> Figure:
    op, value = clause.op, clause.value
    conditions = partial(of_order, clause=clause, as_of=as_of)
    match clause.measure:
        case Measure.COUNT:
            return _number("orders", conditions, clause)
        case Measure.GROSS:
            return Figure(
                "orders", conditions, at_zero=zero_satisfies(op, value),
                columns=lambda rows, where: (rows.base_minor.sum(where=where).coalesce(0),),
                test=lambda total: compared(total, op, value),
            )  # fmt: skip
        case Measure.AVERAGE:
            return Figure(
                "orders", conditions, at_zero=False,
                columns=lambda rows, where: (rows.base_minor.sum(where=where).coalesce(0), rows.count(where=where)),
                test=lambda total, number: (number > 0) & compared(total, op, value, number),
            )  # fmt: skip
    return _day(clause, conditions, as_of)


def _day(clause: OrdersClause, conditions: Callable[[ir.Table], Conditions], as_of: date) -> Figure:
    assert isinstance(clause.value, LastDays | BeforeDays | Between)
    first, last = days_of(clause.value, as_of)
    is_first = clause.measure is Measure.FIRST
    if not is_first and first is not None and last == as_of:
        # The last one lies in a span that reaches to today when any one does.
        since = ibis.literal(first)
        return Figure("orders", lambda rows: [*conditions(rows), rows.placed_on >= since], at_zero=False, some=True)
    return Figure(
        "orders", conditions, at_zero=False,
        columns=lambda rows, where: (rows.placed_on.min(where=where) if is_first else rows.placed_on.max(where=where),),
        test=lambda day: joined(Join.ALL, [day.notnull(), *between(day, first, last)]),
    )  # fmt: skip


def together(figures: Sequence[Figure], join: Join) -> list[list[Figure]]:
    """Return the figures of a group in bundles that one scan of their table answers.

    Figures that need grouping go together. Presence goes together under "any", absence under "all": both ask whether
    there is a row of this kind or of that.
    """
    bundles: dict[tuple[str, object], list[Figure]] = {}
    for at, figure in enumerate(figures):
        shared = figure.some is None or figure.some is (join is not Join.ALL)
        bundles.setdefault((figure.table, figure.some if shared else at + 2), []).append(figure)
    return list(bundles.values())


def answer(
    bundle: Sequence[Figure], join: Join, table: TableOf, among: Callable[[ir.Table], ir.BooleanValue],
    narrowed: Callable[[ir.Table], ir.Table],
) -> ir.BooleanValue:  # fmt: skip
    """Return the condition for a bundle of figures joined by ``join``.

    Where customers without rows fulfil it, those who do not are looked for and the condition turned round.
    """
    facts = table(bundle[0].table)
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
