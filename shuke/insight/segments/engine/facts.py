"""The rows of the warehouse that a clause counts, before anything is worked out over them.

Rows that count belong to a customer (guests are nobody's), are not after the day of evaluation, lie within the
period, pass the filters, and are of no cancelled order.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.rules.language import EventClause, OrdersClause, Where, days_of

TableOf: TypeAlias = Callable[[str], ir.Table]
Conditions: TypeAlias = list[ir.BooleanValue]
CANCELLED = "cancelled"
BELOW = "/"


def between(day: ir.DateValue, first: date | None, last: date) -> Conditions:
    """Return the conditions that ``day`` lies from ``first`` to ``last``."""
    return [day <= ibis.literal(last), *([] if first is None else [day >= ibis.literal(first)])]


def of_event(events: ir.Table, clause: EventClause, as_of: date) -> Conditions:
    """Return the conditions under which an event counts."""
    return [
        events.name == clause.name,
        *between(events.occurred_on, *days_of(clause.period, as_of)),
        *_isin(events["product"], clause.product),
    ]


def of_order(orders: ir.Table, clause: OrdersClause, as_of: date) -> Conditions:
    """Return the conditions under which a whole order counts."""
    return [
        *between(orders.placed_on, *days_of(clause.period, as_of)),
        *_passing(orders, clause.where),
    ]


def occurrences(clause: EventClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the events that count."""
    events = table("events")
    return events.filter(events.customer_id.notnull(), *of_event(events, clause, as_of))


def sales(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the sales that count, with ``order_id``, ``day`` and ``amount``.

    One row per order; where the filters name goods, one row per line of such goods, whose amounts alone count.
    """
    where, orders = clause.where, table("orders")
    if where.names_goods:
        lines = table("order_lines")
        counted = lines.filter(
            lines.customer_id.notnull(),
            *between(lines.placed_on, *days_of(clause.period, as_of)),
            *_of_goods(lines.product_id, where, table),
            *_isin(lines.shop_id, where.shop),
            *_isin(lines.currency, where.currency),
            _order_passes(lines, orders, where),
        )
    else:
        counted = orders.filter(orders.customer_id.notnull(), *of_order(orders, clause, as_of))
    return counted.select("customer_id", "order_id", day=counted.placed_on, amount=counted.base_minor)


def refunds(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the refunds dated in the period, with ``amount``; of goods that the filters name, only their lines."""
    where, whole = clause.where, table("refunds")
    rows = table("refund_lines") if where.names_goods else whole
    conditions = [*_isin(rows.shop_id, where.shop), *_isin(rows.currency, where.currency)]
    if where.names_goods:
        conditions += _of_goods(rows.product_id, where, table)
        if where.country:
            conditions.append(rows.refund_id.isin(whole.filter(whole.country.isin(where.country)).refund_id))
    else:
        conditions += _isin(rows.country, where.country)
    days = days_of(clause.period, as_of)
    counted = rows.filter(rows.customer_id.notnull(), *between(rows.refunded_on, *days), *conditions)
    return counted.select("customer_id", amount=counted.base_minor)


def _order_passes(lines: ir.Table, orders: ir.Table, where: Where) -> ir.BooleanValue:
    """Say that a line's order passes the filters by naming the fewer orders: the cancelled, unless there are filters."""
    has_amount = where.amount_from is not None or where.amount_to is not None
    if where.country or where.channel or where.refunded is not None or has_amount:
        return lines.order_id.isin(orders.filter(*_passing(orders, where)).order_id)
    return ~lines.order_id.isin(orders.filter(orders.status == CANCELLED).order_id)


def _passing(orders: ir.Table, where: Where) -> Conditions:
    conditions = [
        orders.status != CANCELLED,
        *_isin(orders.shop_id, where.shop),
        *_isin(orders.country, where.country),
        *_isin(orders.channel, where.channel),
        *_isin(orders.currency, where.currency),
    ]
    if where.refunded is not None:
        conditions.append(orders.refunded_minor > 0 if where.refunded else orders.refunded_minor == 0)
    if where.amount_from is not None:
        conditions.append(orders.base_minor >= where.amount_from)
    if where.amount_to is not None:
        conditions.append(orders.base_minor <= where.amount_to)
    return conditions


def _of_goods(product_id: ir.IntegerValue, where: Where, table: TableOf) -> Conditions:
    conditions = _isin(product_id, where.product)
    if where.category or where.brand:
        products = table("products")
        named = _isin(products.brand, where.brand)
        if where.category:
            below = [products.category.startswith(name + BELOW) for name in where.category]
            named.append(ibis.or_(products.category.isin(where.category), *below))
        conditions.append(product_id.isin(products.filter(*named).product_id))
    return conditions


def _isin(column: ir.Value, values: Sequence[str] | Sequence[int]) -> Conditions:
    return [column.isin(values)] if values else []
