"""What a rule would cost: about how many rows of the warehouse it makes the engine read.

No rule can ask for a cross join, since every clause is worked out per customer; what can grow is the number of passes
over large tables. So passes are counted, each by the size of its table.
"""

from collections.abc import Mapping

from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.fields import declared
from shuke.insight.segments.rules.language import (
    OF_LINES,
    Clause,
    EventClause,
    FieldClause,
    Group,
    Measure,
    Node,
    OrdersClause,
    ReachClause,
    SequenceClause,
    Since,
    Step,
)

# About ten minutes on two cores; what people ask in earnest stays far below.
MOST_ROWS = 6_000_000_000
# Figures of one group over one table share a pass; each further one costs this part of it.
_FURTHER = 0.2
# Putting facts in order, compared with reading them.
_ORDERING = 4


def rows_read(rule: Group, book: Book, counts: Mapping[str, int]) -> int:
    """Return about how many rows a rule reads, the segments in it taken apart."""
    return round(_group(rule, book, counts))


def _group(group: Group, book: Book, counts: Mapping[str, int]) -> float:
    passes: dict[str, float] = {}
    total = 0.0
    for node in group.nodes:
        for table, times in _passes(node, book, counts).items():
            if table == "":
                total += times
            elif times == 1 and table in passes:
                passes[table] += _FURTHER
            else:
                passes[table] = passes.get(table, 0) + times
    return total + sum(times * counts.get(table, 0) for table, times in passes.items())


def _passes(node: Node, book: Book, counts: Mapping[str, int]) -> dict[str, float]:
    """Return the passes over each table; under no name, rows that are already counted."""
    if isinstance(node, Group):
        return {"": _group(node, book, counts)}
    if isinstance(node, FieldClause) and node.field == "segment" and isinstance(node.value, tuple):
        rules = [book[str(one)].rule for one in node.value if str(one) in book]
        return {"segment_members": 1, "": sum(_group(rule, book, counts) for rule in rules if rule is not None)}
    return _of_clause(node)


def _of_clause(clause: Clause) -> dict[str, float]:
    match clause:
        case FieldClause(field=name):
            return {declared(name).table: 1}
        case ReachClause():
            return {"reachability": 1}
        case EventClause(period=Since(event=event)):
            return {"events": 3} if event is not None else {"events": 2, "orders": 1}
        case EventClause():
            return {"events": 1}
        case OrdersClause():
            goods = clause.where.names_goods or clause.measure in OF_LINES
            found: dict[str, float] = {"order_lines": 1, "orders": 1} if goods else {"orders": 1}
            if clause.measure is Measure.NET:
                found |= {"refunds": 1, **({"refund_lines": 1} if goods else {})}
            if isinstance(clause.period, Since):
                found["orders" if clause.period.event is None else "events"] = 2
            return found
        case SequenceClause(steps=steps, without=without):
            return _of_steps([*steps, *([without] if without else [])])
    return {"customers": 1}


def _of_steps(steps: list[Step]) -> dict[str, float]:
    tables = {"events" if step.event is not None else "orders" for step in steps}
    return {table: len(steps) * (1 + _ORDERING) for table in tables}
