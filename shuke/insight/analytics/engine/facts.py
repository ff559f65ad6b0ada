"""What all figures start from: sales that count, within a scope."""

from collections.abc import Callable
from typing import Any

import ibis

from shuke.insight.analytics.rules import Scope, Step

Table = Any
Column = Any
Tables = Callable[[str], Table]

CANCELLED = "cancelled"
_UNITS = {Step.DAY: "D", Step.WEEK: "W", Step.MONTH: "M"}


def sales(tables: Tables) -> Table:
    """Return every sale that counts: all orders but the cancelled ones."""
    orders = tables("orders")
    return orders.filter(orders.status != CANCELLED)


def within(table: Table, day: str, scope: Scope) -> Table:
    """Return the rows of ``table`` whose ``day`` column and shop lie in ``scope``."""
    conditions = [table[day] >= ibis.date(scope.period.starts_on), table[day] < ibis.date(scope.period.ends_on)]
    if scope.shop_id is not None:
        conditions.append(table.shop_id == scope.shop_id)
    return table.filter(conditions)


def sales_within(tables: Tables, scope: Scope) -> Table:
    """Return the sales of a scope."""
    return within(sales(tables), "placed_on", scope)


def lines_within(tables: Tables, scope: Scope) -> Table:
    """Return the lines of the sales of a scope."""
    lines = within(tables("order_lines"), "placed_on", scope)
    return lines.semi_join(sales_within(tables, scope), "order_id")


def first_sales(tables: Tables) -> Table:
    """Return each buyer's first day: ``customer_id, first_on``. Company-wide: a regular of one shop is new nowhere."""
    known = sales(tables)
    known = known.filter(known.customer_id.notnull())
    return known.group_by("customer_id").aggregate(first_on=known.placed_on.min())


def start_of(day: Column, step: Step) -> Column:
    """Return the first day of the step in which a date column lies."""
    return day if step is Step.DAY else day.truncate(_UNITS[step])


def whole(column: Column) -> Column:
    """Return a sum as a whole number, 0 for no rows: engines widen sums of integers each in their own way."""
    return column.fill_null(0).cast("int64")
