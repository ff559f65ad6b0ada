"""What is so for one customer, clause by clause: the figures behind "why" and "why not".

One expression answers for a whole rule: per clause a few rows of (``clause`` number, ``single``, ``count``), texts so
that dates, figures and names fit one column, each subquery narrowed to the customer before anything is worked out.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine import properties, sequences
from shuke.insight.segments.engine.comparing import month_and_day
from shuke.insight.segments.engine.facts import TableOf, occurrences, prepared, worked_out
from shuke.insight.segments.engine.reaching import permitted, standing_of
from shuke.insight.segments.engine.resolved import Book
from shuke.insight.segments.rules.fields import Field, Shape, declared
from shuke.insight.segments.rules.language import (
    NUMBER_OPS,
    Clause,
    EventClause,
    EventMeasure,
    FieldClause,
    Measure,
    Op,
    OrdersClause,
    ReachClause,
    SequenceClause,
    SplitClause,
)
from shuke.insight.segments.rules.truth import Actual, Scalar


def question(
    clauses: Iterable[tuple[int, Clause]], customer_id: int, *, as_of: date, book: Book, table: TableOf
) -> ir.Table | None:
    """Return the expression for the facts behind numbered ``clauses``; None if there is nothing to look up."""

    def mine(name: str) -> ir.Table:
        found = table(name)
        return found.filter(found.customer_id == customer_id) if "customer_id" in found.columns else found

    parts = [
        part.select(
            clause=ibis.literal(number, type="int64"),
            single=part.single.cast("string"),
            count=part.number.cast("int64"),
        )
        for number, clause in clauses
        for part in _parts(clause, as_of, book, mine)
    ]
    return ibis.union(*parts) if len(parts) > 1 else parts[0] if parts else None


def actuals(rows: Iterable[Mapping[str, Any]], clauses: Mapping[int, Clause], book: Book) -> dict[int, Actual]:
    """Read the answer to ``question``: what is so, per clause number."""
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in clauses}
    for row in rows:
        found[row["clause"]].append(row)
    return {number: _actual(clauses[number], answers, book) for number, answers in found.items()}


def _parts(clause: Clause, as_of: date, book: Book, table: TableOf) -> list[ir.Table]:
    none = ibis.null("int64")
    match clause:
        case EventClause():
            single, number = _of_events(clause, rows := occurrences(clause, as_of, table))
            return [rows.aggregate(single=single, number=number)]
        case OrdersClause():
            rows = prepared(clause, as_of, table, lambda found: found)
            figure, divisor = worked_out(clause.measure, rows)
            return [rows.aggregate(single=figure, number=rows.count() if divisor is None else divisor)]
        case SequenceClause():
            facts = sequences.completed(clause, as_of, table, lambda found: found)
            reached = facts.step.max(where=facts.ok).coalesce(-1) + 1
            return [facts.aggregate(single=facts.done.cast("int64").sum().coalesce(0), number=reached)]
        case SplitClause():
            customers = table("customers")
            return [customers.select(single=customers.draw, number=none)]
        case ReachClause():
            rows = standing_of(clause, as_of, table)
            return [rows.select(single=rows.standing, number=permitted(rows, clause, book).cast("int64"))]
        case FieldClause():
            return [_known(clause, declared(clause.field), book, table)]


def _known(clause: FieldClause, asked: Field, book: Book, table: TableOf) -> ir.Table:
    none, rows = ibis.null("int64"), table(asked.table)
    if asked.shape is Shape.ATTRIBUTE:
        held = rows.filter(rows.code == asked.column)
        return held.select(single=_sort_of(held, clause.op), number=none)
    if asked.contributed is not None:
        held = rows.filter(rows.customer_id.notnull(), *(rows[column] == value for column, value in asked.where))
        found = held[asked.column]
        return held.select(single=found.cast("int64") if asked.shape is Shape.YES_NO else found, number=none)
    if asked.shape is Shape.BIRTHDAY:
        return rows.select(single=month_and_day(rows.birth_month, rows.birth_day), number=none)
    if asked.shape is Shape.SEGMENTS and isinstance(clause.value, tuple):
        lists = [book[str(one)].number for one in clause.value if book[str(one)].rule is None]
        rows = rows.filter(rows.segment_id.isin(lists))
    return rows.select(single=rows[asked.column], number=none)


def _of_events(clause: EventClause, rows: ir.Table) -> tuple[ir.Value, ir.Value]:
    """Return the figure of a measure over the events that count, and how many it rests on."""
    many = rows.count()
    match clause.measure:
        case EventMeasure.COUNT:
            return many, many
        case EventMeasure.DAYS:
            return rows.occurred_on.nunique(), many
        case EventMeasure.DISTINCT:
            return properties.text(rows, clause.of).nunique(), many
        case EventMeasure.SUM | EventMeasure.AVERAGE:
            figures = properties.number(rows, clause.of)
            return figures.sum().coalesce(0.0), figures.count()
        case EventMeasure.FIRST | EventMeasure.LAST:
            day = rows.occurred_on
            return day.min() if clause.measure is EventMeasure.FIRST else day.max(), many


def _sort_of(held: ir.Table, op: Op) -> ir.Value:
    """Return the column of an attribute that an operator is about."""
    if op in (Op.IS_KNOWN, Op.IS_UNKNOWN):
        return held.text.coalesce(held.number.cast("string"), held.day.cast("string"))
    if op is Op.WITHIN:
        return held.day
    return held.number if op in (*NUMBER_OPS, Op.IS_YES, Op.IS_NO) else held.text


_DATED = (Measure.FIRST, Measure.LAST, EventMeasure.FIRST, EventMeasure.LAST)


def _actual(clause: Clause, rows: list[Mapping[str, Any]], book: Book) -> Actual:
    texts = [row["single"] for row in rows if row["single"] is not None]
    match clause:
        case OrdersClause(measure=measure) | EventClause(measure=measure) if measure in _DATED:
            return Actual(date.fromisoformat(texts[0][:10]) if texts else None)
        case OrdersClause() | EventClause() | SequenceClause():
            return Actual(_figure(texts[0]) if texts else None, count=rows[0]["count"] or 0 if rows else 0)
        case SplitClause():
            return Actual(int(texts[0]) if texts else None)
        case ReachClause():
            return Actual(several=frozenset(texts), count=sum(row["count"] or 0 for row in rows))
        case FieldClause():
            shape = declared(clause.field).shape
            if shape is Shape.ATTRIBUTE or declared(clause.field).contributed is not None:
                return Actual(several=frozenset(text for text in texts if text))
            if shape is Shape.TAGS:
                return Actual(several=frozenset(int(text) for text in texts))
            if shape is Shape.SEGMENTS and isinstance(clause.value, tuple):
                numbers = {int(text) for text in texts}
                return Actual(several=frozenset(str(one) for one in clause.value if book[str(one)].number in numbers))
            return Actual(_single(shape, texts[0]) if texts else None)


def _single(shape: Shape, text: str) -> Scalar:
    match shape:
        case Shape.DATE:
            return date.fromisoformat(text[:10])
        case Shape.TEXT | Shape.GROUP | Shape.STAGE:
            return text
        case _:
            return _figure(text)


def _figure(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
