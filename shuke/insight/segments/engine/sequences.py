"""Things that happened in an order, found in one pass over the facts of all steps per step of the sequence.

The facts of every step are put under one another. A fact completes its step when a fact that completed the step before
lies earlier, and not too long ago. Of the earlier ones the latest decides, so a window function finds it: no fact is
ever joined with every other, and the work grows with the facts, not with their pairs.

An engine that joins each row with the latest earlier one of another table finds the same with less sorting: every step is
then such a join with the facts that completed the step before.
"""

from collections.abc import Callable
from datetime import date, timedelta
from math import ceil

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.facts import TableOf, lines_of, of_event, of_order
from shuke.insight.segments.rules.language import SequenceClause, Step, days_of

_HOUR = 3_600_000
# The number under which the facts stand that must not follow.
_WITHOUT = -1


def completed(
    clause: SequenceClause, as_of: date, table: TableOf, narrowed: Callable[[ir.Table], ir.Table]
) -> ir.Table:
    """Return the facts of all steps with ``customer_id``, ``step``, ``ok`` (it completes its step) and ``done`` (the whole)."""
    days = days_of(clause.period, as_of)
    parts = [_facts(step, number, days, table, narrowed) for number, step in enumerate(clause.steps)]
    if clause.without is not None:
        parts.append(_facts(clause.without, _WITHOUT, (None, as_of), table, narrowed))
    facts = ibis.union(*parts) if len(parts) > 1 else parts[0]
    facts = facts.mutate(ok=facts.step == 0)
    for number, step in enumerate(clause.steps[1:], start=1):
        facts = _reached(facts, number, step.within)
    last = len(clause.steps) - 1
    if clause.without is None:
        return facts.mutate(done=facts.ok & (facts.step == last))
    return _unfollowed(facts, last, clause.without.within, as_of)


def done_by(clause: SequenceClause, as_of: date, table: TableOf, narrowed: Callable[[ir.Table], ir.Table]) -> ir.Table:
    """Return the facts that complete a sequence, by joins with the latest earlier fact; for one that nothing must not follow."""
    assert clause.without is None
    days = days_of(clause.period, as_of)
    reached = _facts(clause.steps[0], 0, days, table, narrowed)
    for number, step in enumerate(clause.steps[1:], start=1):
        before = reached.select("customer_id", before="at")
        facts = _facts(step, number, days, table, narrowed)
        timed = facts.asof_join(before, on=facts.at > before.before, predicates="customer_id")
        found = timed.before.notnull()
        if step.within is not None:
            found = found & (timed.at - timed.before <= step.within * _HOUR)
        reached = timed.filter(found).select("customer_id", "at")
    return reached


def _facts(
    step: Step, number: int, days: tuple[date | None, date], table: TableOf, narrowed: Callable[[ir.Table], ir.Table]
) -> ir.Table:
    """Return the facts of one step as (customer, moment in milliseconds, day, number of the step)."""
    if step.event is not None:
        events = table("events")
        found = events.filter(
            events.customer_id.notnull(), *of_event(events, step.event, step.product, step.properties, days)
        )
        at, day = found.occurred_at, found.occurred_on
    else:
        orders = table("orders")
        found = orders.filter(orders.customer_id.notnull(), *of_order(orders, step.where, days))
        if step.where.names_goods:
            found = found.filter(found.order_id.isin(lines_of(step.where, days, table).order_id))
        at, day = found.placed_at, found.placed_on
    moment = at.truncate("s").epoch_seconds() * 1000 + at.millisecond()
    return narrowed(
        found.select("customer_id", at=moment.cast("float64"), day=day, step=ibis.literal(number, type="int16"))
    )


def _reached(facts: ir.Table, number: int, within: int | None) -> ir.Table:
    """Say which facts complete a step: a fact that completed the step before lies strictly earlier, in time."""
    before = ((facts.step == number - 1) & facts.ok).ifelse(facts.at, ibis.null("float64"))
    earlier = ibis.range_window(group_by=facts.customer_id, order_by=facts.at, preceding=(None, 1))
    timed = facts.mutate(before=before.max().over(earlier))
    found = timed.before.notnull()
    if within is not None:
        found = found & (timed.at - timed.before <= within * _HOUR).fill_null(False)
    return timed.mutate(ok=(timed.step == number).ifelse(found, timed.ok)).drop("before")


def _unfollowed(facts: ir.Table, last: int, within: int | None, as_of: date) -> ir.Table:
    """Say which sequences are whole: the last step is complete, its time has passed, and nothing followed in it."""
    unwanted = (facts.step == _WITHOUT).ifelse(facts.at, ibis.null("float64"))
    later = ibis.range_window(group_by=facts.customer_id, order_by=facts.at, following=(1, None))
    timed = facts.mutate(after=unwanted.min().over(later))
    followed = timed.after.notnull()
    done = timed.ok & (timed.step == last)
    if within is not None:
        followed = followed & (timed.after - timed.at <= within * _HOUR).fill_null(False)
        done = done & (timed.day <= ibis.literal(as_of - timedelta(days=ceil(within / 24))))
    return timed.mutate(done=done & ~followed).drop("after")
