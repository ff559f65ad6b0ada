"""Sales, refunds and adjustments: by day, in all, and what has no rate."""

import ibis

from shuke.insight.analytics.engine.facts import (
    Table,
    Tables,
    first_sales,
    lines_within,
    sales,
    sales_within,
    start_of,
    whole,
    within,
)
from shuke.insight.analytics.rules import Scope, Step

_MONEY = ("gross_minor", "refunds_minor", "adjustments_minor")
_COUNTS = ("orders", "rated_orders", "guest_orders", "refunds")


def daily(tables: Tables, scope: Scope) -> Table:
    """Return one row per day on which anything happened: money in the company's currency, and counts.

    ``rated_orders`` are the orders whose amount could be converted: only they may divide the gross.
    """
    facts = _movements(tables, scope, amount="base_minor")
    return (
        facts.group_by("day")
        .aggregate(**{name: whole(facts[name].sum()) for name in (*_MONEY, *_COUNTS)})
        .order_by("day")
    )


def unrated(tables: Tables, scope: Scope) -> Table:
    """Return, by currency, the money that has no rate to the company's currency yet."""
    facts = _movements(tables, scope, amount="own")
    return (
        facts.group_by("currency").aggregate(**{name: whole(facts[name].sum()) for name in _MONEY}).order_by("currency")
    )


def buyers(tables: Tables, scope: Scope) -> Table:
    """Return one row: who bought in the scope, how many of them for the first time, how many more than once so far."""
    bought = sales_within(tables, scope).filter(lambda t: t.customer_id.notnull()).select("customer_id").distinct()
    so_far = sales(tables)
    so_far = so_far.filter(so_far.customer_id.notnull(), so_far.placed_on < ibis.date(scope.period.ends_on))
    history = so_far.group_by("customer_id").aggregate(first_on=so_far.placed_on.min(), orders=so_far.count())
    known = bought.inner_join(history, "customer_id")
    return known.aggregate(
        buyers=known.count(),
        new_buyers=whole((known.first_on >= ibis.date(scope.period.starts_on)).cast("int64").sum()),
        repeat_buyers=whole((known.orders > 1).cast("int64").sum()),
    )


def buyers_by_step(tables: Tables, scope: Scope, step: Step) -> Table:
    """Return, per step, how many people bought and how many of them for the first time ever."""
    bought = sales_within(tables, scope).filter(lambda t: t.customer_id.notnull())
    joined = bought.inner_join(first_sales(tables), "customer_id")
    joined = joined.mutate(start=start_of(joined.placed_on, step), first_start=start_of(joined.first_on, step))
    return (
        joined.group_by("start")
        .aggregate(
            buyers=joined.customer_id.nunique(),
            new_buyers=joined.customer_id.nunique(where=joined.first_start == joined.start),
        )
        .order_by("start")
    )


def items(tables: Tables, scope: Scope) -> Table:
    """Return one row: how many pieces the sales of the scope hold."""
    lines = lines_within(tables, scope)
    return lines.aggregate(quantity=lines.quantity.sum().fill_null(0.0), lines=lines.count())


def extent(tables: Tables) -> Table:
    """Return one row: the first and last day on which anything was sold, refunded or adjusted."""
    days = ibis.union(
        tables("orders").select(day="placed_on"),
        tables("refunds").select(day="refunded_on"),
        tables("adjustments").select(day="adjusted_on"),
    )
    return days.aggregate(first_on=days.day.min(), last_on=days.day.max())


def _movements(tables: Tables, scope: Scope, *, amount: str) -> Table:
    """Every sale, refund and adjustment of a scope in one shape.

    ``amount`` is ``base_minor``, or ``own`` for the original amounts of those that have no base amount.
    """
    sold = sales_within(tables, scope)
    refunded = within(tables, tables("refunds"), "refunded_on", scope)
    adjusted = within(tables, tables("adjustments"), "adjusted_on", scope)
    shaped = []
    for table, day, own, money, count in (
        (sold, "placed_on", "gross_minor", "gross_minor", "orders"),
        (refunded, "refunded_on", "amount_minor", "refunds_minor", "refunds"),
        (adjusted, "adjusted_on", "amount_minor", "adjustments_minor", ""),
    ):
        rows = table if amount == "base_minor" else table.filter(table.base_minor.isnull())
        nothing = ibis.literal(0, "int64")
        columns = dict.fromkeys((*_MONEY, *_COUNTS), nothing)
        columns[money] = (rows.base_minor if amount == "base_minor" else rows[own]).cast("int64")
        if count:
            columns[count] = ibis.literal(1, "int64")
        if count == "orders":
            columns["rated_orders"] = rows.base_minor.notnull().cast("int64")
            columns["guest_orders"] = rows.customer_id.isnull().cast("int64")
        shaped.append(rows.select(day=rows[day], currency=rows.currency, **columns))
    return ibis.union(*shaped)
