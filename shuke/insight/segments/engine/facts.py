"""The rows of the warehouse that a clause counts, before anything is worked out over them.

Every table returned has ``customer_id`` (never NULL: guests belong to nobody) and only the rows that count: not after
the day of evaluation, within the period, under the filters, and no cancelled order.
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


def occurrences(clause: EventClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the events that count."""
    events = table("events")
    conditions = [events.name == clause.name, *between(events.occurred_on, *days_of(clause.period, as_of))]
    if clause.product:
        conditions.append(events["product"].isin(clause.product))
    return events.filter(events.customer_id.notnull(), *conditions).select("customer_id")


def sales(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the sales that count, with ``order_id``, ``day`` and ``amount``.

    One row per order; where the filters name goods, one row per line of such goods, whose amounts alone count.
    """
    where, days = clause.where, days_of(clause.period, as_of)
    orders = table("orders")
    if not where.names_goods:
        counted = orders.filter(
            orders.customer_id.notnull(), *between(orders.placed_on, *days), *_of_order(orders, where)
        )
        return counted.select("customer_id", "order_id", day=counted.placed_on, amount=counted.base_minor)
    lines = table("order_lines")
    counted = lines.filter(
        lines.customer_id.notnull(),
        *between(lines.placed_on, *days),
        *_of_goods(lines.product_id, where, table),
        *_isin(lines.shop_id, where.shop),
        *_isin(lines.currency, where.currency),
        _order_counts(lines, orders, where),
    )
    return counted.select("customer_id", "order_id", day=counted.placed_on, amount=counted.base_minor)


def _order_counts(lines: ir.Table, orders: ir.Table, where: Where) -> ir.BooleanValue:
    """Say that a line's order counts, by naming the fewer orders: those that do not, unless filters name those that do."""
    if where.country or where.channel or where.refunded is not None or _has_amount(where):
        return lines.order_id.isin(orders.filter(*_of_order(orders, where)).order_id)
    return ~lines.order_id.isin(orders.filter(orders.status == CANCELLED).order_id)


def refunds(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the refunds dated in the period, with ``amount``; of goods that the filters name, only their lines."""
    where, days = clause.where, days_of(clause.period, as_of)
    whole = table("refunds")
    rows = table("refund_lines") if where.names_goods else whole
    conditions = [*_isin(rows.shop_id, where.shop), *_isin(rows.currency, where.currency)]
    if where.names_goods:
        conditions += _of_goods(rows.product_id, where, table)
        if where.country:
            conditions.append(rows.refund_id.isin(whole.filter(whole.country.isin(where.country)).refund_id))
    else:
        conditions += _isin(rows.country, where.country)
    counted = rows.filter(rows.customer_id.notnull(), *between(rows.refunded_on, *days), *conditions)
    return counted.select("customer_id", amount=counted.base_minor)


def _of_order(orders: ir.Table, where: Where) -> Conditions:
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


def _has_amount(where: Where) -> bool:
    return where.amount_from is not None or where.amount_to is not None
