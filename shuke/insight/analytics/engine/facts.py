"""What all figures start from: sales that count, within a scope."""

from collections.abc import Callable
from typing import Any

import ibis

from shuke.insight.analytics.rules import Period, Scope, Step

Table = Any
Column = Any
Tables = Callable[[str], Table]

CANCELLED = "cancelled"
_UNITS = {Step.DAY: "D", Step.WEEK: "W", Step.MONTH: "M"}


def sales(tables: Tables) -> Table:
    """Return every sale that counts: all orders but the cancelled ones."""
    orders = tables("orders")
    return orders.filter(orders.status != CANCELLED)


def within(tables: Tables, table: Table, day: str, scope: Scope) -> Table:
    """Return the rows of ``table`` whose ``day`` column and all else lie in ``scope``."""
    return narrowed(tables, during(table, day, scope.period), scope)


def during(table: Table, day: str, period: Period) -> Table:
    """Return the rows whose ``day`` column lies in a period."""
    return table.filter(table[day] >= ibis.date(period.starts_on), table[day] < ibis.date(period.ends_on))


def narrowed(tables: Tables, table: Table, scope: Scope) -> Table:
    """Return the rows of the shop, the country of sale and the segment of ``scope``, whenever they happened.

    Lines are of the country of their order; bookkeeping entries are of no country. Events are of the shop whose source they
    came from, as far as any source is known to be the shop's.
    """
    conditions: list[Any] = []
    if scope.shop_id is not None and "shop_id" in table.columns:
        conditions.append(table.shop_id == scope.shop_id)
    elif scope.sources and {"source", "name"} <= set(table.columns):
        conditions.append(table.source.isin(scope.sources))
    if scope.country:
        conditions.append(_of_country(tables, table, scope.country))
    if scope.segment_id is not None:
        members = tables("segment_members")
        conditions.append(table.customer_id.isin(members.filter(members.segment_id == scope.segment_id).customer_id))
    return table.filter(conditions) if conditions else table


def _of_country(tables: Tables, table: Table, country: str) -> Column:
    if "country" in table.columns:
        return table.country == country
    if "order_id" in table.columns:
        orders = tables("orders")
        return table.order_id.isin(orders.filter(orders.country == country).order_id)
    if "name" in table.columns:
        # Events say where nobody bought: there the customer's own country counts.
        people = tables("customers")
        return table.customer_id.isin(people.filter(people.country == country).customer_id)
    return ibis.literal(value=False)


def sales_within(tables: Tables, scope: Scope) -> Table:
    """Return the sales of a scope."""
    return within(tables, sales(tables), "placed_on", scope)


def lines_within(tables: Tables, scope: Scope) -> Table:
    """Return the lines of the sales of a scope."""
    lines = within(tables, tables("order_lines"), "placed_on", scope)
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
