"""A rule as one Ibis expression.

The customers of the warehouse are filtered by one condition that has the shape of the rule. Attributes are compared in
place; every other clause becomes membership in one subquery: the customers who have a fact, or whose grouped facts
fulfil the comparison. Where customers without any fact fulfil it too (at most 2 orders), the subquery finds those
who do not, and the condition is turned round; this keeps the work to the facts there are.

Conditions are never NULL: ``customer_id`` is not, subqueries leave guests out, attributes are asked for presence first.
"""

from datetime import date
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.facts import TableOf, between, occurrences, refunds, sales
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.fields import FIELDS, Field, Shape
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
    Value,
    days_of,
)
from shuke.insight.segments.rules.truth import zero_satisfies


def members(rule: Group, *, as_of: date, book: Book, table: TableOf) -> ir.Table:
    """Return the expression whose rows are the distinct ``customer_id`` of those who fulfil ``rule`` on ``as_of``."""
    compiler = _Compiler(as_of, book, table)
    customers = compiler.customers
    return (customers.filter(compiler.node(rule)) if rule.nodes else customers).select("customer_id")


def count(rule: Group, *, as_of: date, book: Book, table: TableOf) -> ir.IntegerScalar:
    """Return the expression for how many fulfil ``rule``."""
    return members(rule, as_of=as_of, book=book, table=table).count()


def sample(rule: Group, size: int, *, as_of: date, book: Book, table: TableOf) -> ir.Table:
    """Return the expression for a few members: scattered, yet the same ones each time.

    Ids are multiplied by a large odd number modulo a power of two, which scatters them the same way on every engine.
    """
    found = members(rule, as_of=as_of, book=book, table=table)
    scattered = (found.customer_id % 2**31 * 1_540_483_477) % 2**31
    return found.order_by(scattered, found.customer_id).limit(size)


class _Compiler:
    """Builds the condition of a rule over ``customers``."""

    def __init__(self, as_of: date, book: Book, table: TableOf) -> None:
        self.as_of, self.book, self.table = as_of, book, table
        self.customers = table("customers")

    def node(self, node: Node) -> ir.BooleanValue:
        if isinstance(node, Group):
            return self.group(node)
        return self.clause(node)

    def group(self, group: Group) -> ir.BooleanValue:
        standing, others = _split(group)
        conditions = [self.node(node) for node in others]
        if standing:
            conditions.insert(0, self.standing(standing, group.join))
        if not conditions:
            return ibis.literal(True)
        joined = reduce(and_ if group.join is Join.ALL else or_, conditions)
        return ~joined if group.join is Join.NONE else joined

    def clause(self, clause: Clause) -> ir.BooleanValue:
        match clause:
            case OrdersClause():
                return self.orders(clause)
            case EventClause(op=op, value=value):
                rows = occurrences(clause, self.as_of, self.table)
                return self.counted(rows, op, value, rows.count())
            case FieldClause():
                return self.field(clause, FIELDS[clause.field])

    # what is known of a customer

    def field(self, clause: FieldClause, declared: Field) -> ir.BooleanValue:
        match declared.shape:
            case Shape.TAGS:
                return self.tags(clause)
            case Shape.SEGMENTS:
                found = reduce(or_, [self.segment(str(identifier)) for identifier in _several(clause.value)])
                return ~found if clause.op is Op.NOT_IN else found
        if declared.table != "value_standing":
            return _attribute(self.customers[declared.column], clause, self.as_of)
        if clause.op is Op.IS_NOT:  # a customer who has no standing yet is in no group
            return ~self.standing([FieldClause(clause.field, Op.IS, clause.value)], Join.ALL)
        return self.standing([clause], Join.ALL)

    def tags(self, clause: FieldClause) -> ir.BooleanValue:
        tagged = self.table("customer_tags")
        asked = _several(clause.value)
        if clause.op is Op.HAS_ALL:
            return reduce(and_, [self.among(tagged.filter(tagged.tag_id == tag)) for tag in asked])
        having = self.among(tagged.filter(tagged.tag_id.isin(asked)))
        return ~having if clause.op is Op.HAS_NONE else having

    def segment(self, identifier: str) -> ir.BooleanValue:
        definition = self.book[identifier]
        if definition.rule is not None:
            return self.group(definition.rule)
        listed = self.table("segment_members")
        return self.among(listed.filter(listed.segment_id == definition.number))

    def standing(self, clauses: list[FieldClause], join: Join) -> ir.BooleanValue:
        """Return the condition on a customer's value; several clauses are read in one pass."""
        standing = self.table("value_standing")
        asked = [_attribute(standing[FIELDS[clause.field].column], clause, self.as_of) for clause in clauses]
        return self.among(standing.filter(reduce(and_ if join is Join.ALL else or_, asked)))

    # what a customer did

    def orders(self, clause: OrdersClause) -> ir.BooleanValue:
        match clause.measure:
            case Measure.FIRST | Measure.LAST:
                return self.day_of_order(clause)
            case Measure.NET:
                rows = sales(clause, self.as_of, self.table).select("customer_id", "amount")
                back = refunds(clause, self.as_of, self.table)
                rows = rows.union(back.mutate(amount=-back.amount))
                return self.worked_out(rows, clause.op, clause.value, _total(rows))
        rows = sales(clause, self.as_of, self.table)
        number = rows.order_id.nunique() if clause.where.names_goods else rows.count()
        match clause.measure:
            case Measure.COUNT:
                return self.counted(rows, clause.op, clause.value, number)
            case Measure.GROSS:
                return self.worked_out(rows, clause.op, clause.value, _total(rows))
            case _:
                grouped = rows.group_by("customer_id").aggregate(total=_total(rows), number=number)
                return self.among(grouped.filter(_average(grouped, clause.op, clause.value)))

    def day_of_order(self, clause: OrdersClause) -> ir.BooleanValue:
        assert isinstance(clause.value, LastDays | BeforeDays | Between)
        rows = sales(clause, self.as_of, self.table)
        first, last = days_of(clause.value, self.as_of)
        if clause.measure is Measure.LAST and last == self.as_of and first is not None:
            return self.among(rows.filter(rows.day >= ibis.literal(first)))
        grouped = rows.group_by("customer_id").aggregate(
            day=rows.day.min() if clause.measure is Measure.FIRST else rows.day.max()
        )
        return self.among(grouped.filter(*between(grouped.day, first, last)))

    def counted(self, rows: ir.Table, op: Op, value: Value, number: ir.IntegerScalar) -> ir.BooleanValue:
        """Return the condition on a number of facts; where only their presence matters, nothing is counted."""
        if op is Op.DID or (op, value) in _SOME:
            return self.among(rows)
        if op is Op.DID_NOT or (op, value) in _NO:
            return ~self.among(rows)
        return self.worked_out(rows, op, value, number)

    def worked_out(self, rows: ir.Table, op: Op, value: Value, figure: ir.NumericScalar) -> ir.BooleanValue:
        """Return the condition that ``figure``, worked out per customer, stands to ``value`` as ``op`` says."""
        grouped = rows.group_by("customer_id").aggregate(figure=figure)
        fulfilled = _compared(grouped.figure, op, value)
        if zero_satisfies(op, value):
            return ~self.among(grouped.filter(~fulfilled))
        return self.among(grouped.filter(fulfilled))

    def among(self, found: ir.Table) -> ir.BooleanValue:
        return self.customers.customer_id.isin(found.customer_id)


def _split(group: Group) -> tuple[list[FieldClause], list[Node]]:
    """Set apart the clauses on value that can be asked together."""
    together = [
        node
        for node in group.nodes
        if isinstance(node, FieldClause) and FIELDS[node.field].table == "value_standing" and node.op is not Op.IS_NOT
    ]
    return together, [node for node in group.nodes if node not in together]


# Comparisons of a number that only ask whether there is any fact, or none.
_SOME = frozenset({(Op.AT_LEAST, 1), (Op.MORE_THAN, 0)})
_NO = frozenset({(Op.LESS_THAN, 1), (Op.AT_MOST, 0), (Op.EQUALS, 0)})


def _total(rows: ir.Table) -> ir.IntegerScalar:
    return rows.amount.sum().coalesce(0)


def _compared(figure: ir.NumericValue, op: Op, value: Value, scale: ir.NumericValue | None = None) -> ir.BooleanValue:
    """Compare ``figure`` with ``value``, or with ``value`` times ``scale``."""

    def limit(number: object) -> ir.NumericValue:
        literal = ibis.literal(number)
        return literal if scale is None else literal * scale

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


def _average(grouped: ir.Table, op: Op, value: Value) -> ir.BooleanValue:
    """Compare the sum with the limit times the number: exact, without a division."""
    return _compared(grouped.total, op, value, grouped.number)


def _attribute(column: ir.Column, clause: FieldClause, as_of: date) -> ir.BooleanValue:
    """Return the condition on a single column; false, never NULL, where nothing is known."""
    op, value = clause.op, clause.value
    known = column.notnull()
    if isinstance(value, LastDays | BeforeDays | Between):
        return reduce(and_, between(column, *days_of(value, as_of)), known)
    is_text = FIELDS[clause.field].shape is Shape.TEXT
    match op:
        case Op.IS_KNOWN | Op.IS_UNKNOWN:
            present = known & (column != "") if is_text else known
            return present if op is Op.IS_KNOWN else ~present
        case Op.IS | Op.IS_NOT:
            found = known & column.isin(_several(value))
            return found if op is Op.IS else ~found
        case Op.CONTAINS:
            return known & column.lower().contains(str(value).lower())
        case _:
            return known & _compared(column, op, value)


def _several(value: Value) -> tuple[str, ...] | tuple[int, ...]:
    assert isinstance(value, tuple)
    return value
