"""A rule as one Ibis expression.

The customers of the warehouse are filtered by one condition that has the shape of the rule. Attributes are compared in
place; every other clause becomes membership in one subquery: the customers who have a fact, or whose grouped facts
fulfil the comparison. Where customers without any fact fulfil it too (at most 2 orders), the subquery finds those
who do not, and the condition is turned round; this keeps the work to the facts there are.

Two things keep it fast. What one scan can answer is asked together: all figures of a group over one table, all its
clauses on value. And within "all", facts are grouped only for the customers whom the group's cheap clauses leave.

Conditions are never NULL: ``customer_id`` is not, subqueries leave guests out, attributes are asked for presence first.
"""

from dataclasses import replace
from datetime import date
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from shuke.insight.segments.engine import sequences
from shuke.insight.segments.engine.comparing import attribute, birthday, custom, joined, several
from shuke.insight.segments.engine.facts import TableOf, between, prepared, worked_out
from shuke.insight.segments.engine.figures import Figure, answer, figure_of, together
from shuke.insight.segments.engine.numbers import compared
from shuke.insight.segments.engine.reaching import permitted, standing_of
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.fields import Field, Shape, declared
from shuke.insight.segments.rules.language import (
    BUCKETS,
    PRIME,
    SPANS,
    EventClause,
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
    coefficients,
    days_of,
)
from shuke.insight.segments.rules.truth import zero_satisfies

_REMEMBERED = 512
# Fields whose clauses are cheap to ask, and the operators by which they leave few customers.
_NARROWING = frozenset(
    {Op.IS, Op.CONTAINS, Op.HAS_ANY, Op.HAS_ALL, Op.WITHIN, Op.AT_LEAST, Op.AT_MOST, Op.MORE_THAN, Op.LESS_THAN, Op.EQUALS,
     Op.BETWEEN, Op.IS_YES, Op.IS_NO}
)  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def members(rule: Group, *, as_of: date, book: Book, table: TableOf, asof: bool = False) -> ir.Table:
    """Return the expression whose rows are the distinct ``customer_id`` of those who fulfil ``rule`` on ``as_of``.

    ``asof``: the engine joins with the latest earlier row, so that sequences may be asked that way.
    """
    compiler = _Compiler(as_of, book, table, asof=asof)
    customers = compiler.customers
    return (customers.filter(compiler.group(rule)) if rule.nodes else customers).select("customer_id")


@lru_cache(maxsize=_REMEMBERED)
def count(rule: Group, *, as_of: date, book: Book, table: TableOf, asof: bool = False) -> ir.IntegerScalar:
    """Return the expression for how many fulfil ``rule``."""
    return members(rule, as_of=as_of, book=book, table=table, asof=asof).count()


@lru_cache(maxsize=_REMEMBERED)
def sample(rule: Group, size: int, *, as_of: date, book: Book, table: TableOf, asof: bool = False) -> ir.Table:
    """Return the expression for a few members: scattered, yet the same ones each time.

    Ids are multiplied by a large odd number modulo a power of two, which scatters them the same way on every engine.
    """
    found = members(rule, as_of=as_of, book=book, table=table, asof=asof)
    scattered = (found.customer_id % 2**31 * 1_540_483_477) % 2**31
    return found.order_by(scattered, found.customer_id).limit(size)


class _Compiler:
    """Builds the condition of a rule over ``customers``."""

    def __init__(self, as_of: date, book: Book, table: TableOf, *, asof: bool) -> None:
        self.as_of, self.book, self.table, self.asof = as_of, book, table, asof
        self.customers = table("customers")
        # The customers to whom facts are narrowed where we stand; None for everyone.
        self._candidates: ir.Table | None = None

    # groups

    def group(self, group: Group) -> ir.BooleanValue:
        if not group.nodes:
            return ibis.literal(value=True)
        if group.join is Join.ALL:
            return self.all_of(group)
        known, figures, others = self.sorted_out(group)
        conditions = [*self.known(known, Join.ANY), *self.figures(figures, Join.ANY), *map(self.node, others)]
        found = joined(Join.ANY, conditions)
        return ~found if group.join is Join.NONE else found

    def all_of(self, group: Group) -> ir.BooleanValue:
        """All must hold: the cheap clauses say for whom the facts have to be grouped."""
        known, figures, others = self.sorted_out(group)
        few = [clause for clause in known if clause.op in _NARROWING and clause.field != "segment"]
        rest = [clause for clause in known if clause not in few]
        narrowing = self.known(few, Join.ALL)
        outer = self._candidates
        if narrowing and (figures or others):
            known_here = self.customers.filter(joined(Join.ALL, narrowing))
            self._candidates = known_here.select("customer_id")
        conditions = [*self.figures(figures, Join.ALL), *map(self.node, others)]
        self._candidates = outer
        return joined(Join.ALL, sorted([*narrowing, *self.known(rest, Join.ALL), *conditions], key=_is_denial))

    def sorted_out(self, group: Group) -> tuple[list[FieldClause], list[Figure], list[Node]]:
        known: list[FieldClause] = []
        figures: list[Figure] = []
        others: list[Node] = []
        for node in group.nodes:
            if isinstance(node, FieldClause):
                known.append(node)
            elif figure := figure_of(node, self.as_of):
                figures.append(figure)
            else:
                others.append(node)
        return known, figures, others

    def node(self, node: Node) -> ir.BooleanValue:
        match node:
            case Group():
                return self.group(node)
            case OrdersClause():
                return self.goods(node)
            case FieldClause():
                return self.field(node, declared(node.field))
            case SequenceClause():
                return self.sequence(node)
            case SplitClause():
                return self.split(node)
            case ReachClause():
                return self.reach(node)
            case EventClause():
                raise AssertionError("events are figures")

    # what is known of a customer

    def known(self, clauses: list[FieldClause], join: Join) -> list[ir.BooleanValue]:
        """Return the conditions of clauses on fields, those on value read in one pass."""
        valued = [clause for clause in clauses if _is_value(clause) and clause.op is not Op.IS_NOT]
        conditions = [self.field(clause, declared(clause.field)) for clause in clauses if clause not in valued]
        return [*([self.standing(valued, join)] if valued else []), *conditions]

    def field(self, clause: FieldClause, asked: Field) -> ir.BooleanValue:
        match asked.shape:
            case Shape.ATTRIBUTE:
                return self.custom(clause, asked.column)
            case Shape.TAGS:
                return self.tags(clause)
            case Shape.SEGMENTS:
                found = joined(Join.ANY, [self.segment(str(one)) for one in several(clause.value)])
                return ~found if clause.op is Op.NOT_IN else found
        if asked.contributed is not None:
            return self.contributed(clause, asked)
        if asked.shape is Shape.BIRTHDAY:
            return birthday(self.customers, clause, self.as_of)
        return (
            self.of_value(clause) if _is_value(clause) else attribute(self.customers[asked.column], clause, self.as_of)
        )

    def of_value(self, clause: FieldClause) -> ir.BooleanValue:
        if clause.op is Op.IS_NOT:  # a customer who has no standing yet is in no group
            return ~self.standing([replace(clause, op=Op.IS)], Join.ALL)
        return self.standing([clause], Join.ALL)

    def contributed(self, clause: FieldClause, asked: Field) -> ir.BooleanValue:
        """Return the condition on what another domain knows: some row fulfils it, or for a denial, none breaks it."""
        broken = {Op.IS_NOT: Op.IS, Op.IS_UNKNOWN: Op.IS_KNOWN}.get(clause.op)
        rows = self.table(asked.table)
        rows = rows.filter(rows.customer_id.notnull(), *(rows[column] == value for column, value in asked.where))
        question = replace(clause, op=broken) if broken else clause
        found = self.among(rows.filter(attribute(rows[asked.column], question, self.as_of)))
        return ~found if broken else found

    def standing(self, clauses: list[FieldClause], join: Join) -> ir.BooleanValue:
        standing = self.table("value_standing")
        asked = [attribute(standing[declared(clause.field).column], clause, self.as_of) for clause in clauses]
        return self.among(standing.filter(joined(join, asked)))

    def tags(self, clause: FieldClause) -> ir.BooleanValue:
        tagged, asked = self.table("customer_tags"), several(clause.value)
        if clause.op is Op.HAS_ALL:
            return joined(Join.ALL, [self.among(tagged.filter(tagged.tag_id == tag)) for tag in asked])
        having = self.among(tagged.filter(tagged.tag_id.isin(asked)))
        return ~having if clause.op is Op.HAS_NONE else having

    def custom(self, clause: FieldClause, code: str) -> ir.BooleanValue:
        rows = self.table("customer_attributes")
        held = rows.filter(rows.code == code)
        if clause.op is Op.HAS_ALL:
            return joined(Join.ALL, [self.among(held.filter(held.text == one)) for one in several(clause.value)])
        found = self.among(custom(held, clause, self.as_of))
        return ~found if clause.op in (Op.IS_NOT, Op.IS_UNKNOWN, Op.HAS_NONE) else found

    def segment(self, identifier: str) -> ir.BooleanValue:
        definition = self.book[identifier]
        if definition.rule is not None:
            return self.group(definition.rule)
        listed = self.table("segment_members")
        return self.among(listed.filter(listed.segment_id == definition.number))

    # what a customer did

    def figures(self, figures: list[Figure], join: Join) -> list[ir.BooleanValue]:
        return [
            answer(bundle, join, self.as_of, table=self.table, among=self.among, narrowed=self.narrowed)
            for bundle in together(figures, join)
        ]

    def goods(self, clause: OrdersClause) -> ir.BooleanValue:
        """Return the condition on a figure over order lines, or on net revenue."""
        op, value = clause.op, clause.value
        rows = prepared(clause, self.as_of, self.table, self.narrowed)
        if clause.measure is Measure.COUNT and (op, value) == (Op.AT_LEAST, 1):
            return self.among(rows)
        figure, divisor = worked_out(clause.measure, rows)
        by_customer = rows.group_by("customer_id")
        if isinstance(value, SPANS):
            dated = by_customer.aggregate(day=figure)
            return self.among(dated.filter(*between(dated.day, *days_of(value, self.as_of))))
        if divisor is not None:
            scale = 100 if clause.measure is Measure.SHARE else 1
            shared = by_customer.aggregate(total=figure * scale, number=divisor)
            return self.among(shared.filter(shared.number > 0, compared(shared.total, op, value, shared.number)))
        grouped = by_customer.aggregate(figure=figure)
        fulfilled = compared(grouped.figure, op, value)
        if clause.measure is Measure.LARGEST or not zero_satisfies(op, value):
            return self.among(grouped.filter(grouped.figure.notnull(), fulfilled))
        return ~self.among(grouped.filter(~fulfilled))

    def sequence(self, clause: SequenceClause) -> ir.BooleanValue:
        if self.asof and clause.without is None:
            found = self.among(sequences.done_by(clause, self.as_of, self.table, self.narrowed))
        else:
            facts = sequences.completed(clause, self.as_of, self.table, self.narrowed)
            found = self.among(facts.filter(facts.done))
        return ~found if clause.op is Op.DID_NOT else found

    def split(self, clause: SplitClause) -> ir.BooleanValue:
        first, *others = coefficients(clause.name)
        draw, found = self.customers.draw, ibis.literal(first, type="int64")
        for one in others:
            found = (found * draw + one) % PRIME
        return draw.notnull() & (found % BUCKETS + 1).between(clause.first, clause.last)

    def reach(self, clause: ReachClause) -> ir.BooleanValue:
        rows = standing_of(clause, self.as_of, self.table)
        if clause.op in (Op.MAY, Op.MAY_NOT):
            found = self.among(rows.filter(permitted(rows, clause, self.book)))
            return found if clause.op is Op.MAY else ~found
        assert clause.value is not None
        found = self.among(rows.filter(rows.standing.isin(clause.value)))
        return found if clause.op is Op.IS else ~found

    def narrowed(self, rows: ir.Table) -> ir.Table:
        return rows if self._candidates is None else rows.filter(rows.customer_id.isin(self._candidates.customer_id))

    def among(self, found: ir.Table) -> ir.BooleanValue:
        return self.customers.customer_id.isin(found.customer_id)


def _is_denial(condition: ir.BooleanValue) -> bool:
    """Whether a condition leaves nearly everyone; such conditions are asked last, of those whom the others left."""
    return isinstance(condition.op(), ops.Not)


def _is_value(clause: FieldClause) -> bool:
    return declared(clause.field).table == "value_standing"
