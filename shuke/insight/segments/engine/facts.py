"""The rows of the warehouse that a clause counts, before anything is worked out over them.

Rows that count belong to a customer (guests are nobody's), are not after the day of evaluation, lie within the
period, pass the filters, and are of no cancelled order.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir

from shuke.insight.segments.engine.properties import fulfilled
from shuke.insight.segments.rules.language import (
    OF_LINES,
    EventClause,
    Measure,
    OrdersClause,
    Period,
    PropertyFilter,
    Since,
    Where,
    days_of,
)

TableOf: TypeAlias = Callable[[str], ir.Table]
Conditions: TypeAlias = list[ir.BooleanValue]
CANCELLED = "cancelled"
BELOW = "/"
# By which moment the rows of a table are put in order.
MOMENTS = {"events": "occurred_at", "orders": "placed_at", "refunds": "refunded_at"}


def between(day: ir.DateValue, first: date | None, last: date) -> Conditions:
    """Return the conditions that ``day`` lies from ``first`` to ``last``."""
    return [day <= ibis.literal(last), *([] if first is None else [day >= ibis.literal(first)])]


def of_event(
    events: ir.Table, name: str, product: Sequence[str], properties: Sequence[PropertyFilter], days: tuple[date | None, date]
) -> Conditions:  # fmt: skip
    """Return the conditions under which an event counts."""
    return [
        events.name == name,
        *between(events.occurred_on, *days),
        *isin(events["product"], product),
        *(fulfilled(events, one) for one in properties),
    ]


def of_order(orders: ir.Table, where: Where, days: tuple[date | None, date]) -> Conditions:
    """Return the conditions under which a whole order counts."""
    return [*between(orders.placed_on, *days), *passing(orders, where)]


def since(table: TableOf, name: str, period: Period | None, as_of: date) -> ir.Table:
    """Return a table of facts; where the period begins with another event, only those rows that lie after it."""
    rows = table(name)
    return _anchored(rows, rows[MOMENTS[name]], period, as_of, table) if isinstance(period, Since) else rows


def _anchored(rows: ir.Table, at: ir.Value, period: Since, as_of: date, table: TableOf) -> ir.Table:
    if period.event is None:
        orders = table("orders")
        anchors = orders.filter(orders.customer_id.notnull(), *of_order(orders, Where(), (None, as_of)))
        moment = anchors.placed_at
    else:
        events = table("events")
        anchors = events.filter(
            events.customer_id.notnull(), events.name == period.event, *between(events.occurred_on, None, as_of)
        )
        moment = anchors.occurred_at
    begun = anchors.group_by(of_id=anchors.customer_id).aggregate(
        since_at=moment.min() if period.is_first else moment.max()
    )
    timed = rows.mutate(counted_at=at)
    found = timed.inner_join(begun, timed.customer_id == begun.of_id)
    found = found.filter(found.counted_at > found.since_at)
    if period.days is not None:
        found = found.filter(found.counted_at <= found.since_at + ibis.interval(days=period.days))
    return found.select(*rows.columns)


def occurrences(clause: EventClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the events that count."""
    events = since(table, "events", clause.period, as_of)
    days = days_of(clause.period, as_of)
    return events.filter(
        events.customer_id.notnull(), *of_event(events, clause.name, clause.product, clause.properties, days)
    )


def sales(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the sales that count, with ``order_id``, ``day`` and ``amount``.

    One row per order; where goods are asked about, one row per line of such goods, whose amounts alone count, with
    ``product_id`` and ``quantity``.
    """
    days = days_of(clause.period, as_of)
    if clause.where.names_goods or clause.measure in OF_LINES:
        counted = lines_of(clause.where, days, table)
        if isinstance(clause.period, Since):
            orders = since(table, "orders", clause.period, as_of)
            counted = counted.filter(counted.order_id.isin(orders.order_id))
        return counted
    orders = since(table, "orders", clause.period, as_of)
    counted = orders.filter(orders.customer_id.notnull(), *of_order(orders, clause.where, days))
    return counted.select("customer_id", "order_id", day=counted.placed_on, amount=counted.base_minor)


def lines_of(where: Where, days: tuple[date | None, date], table: TableOf) -> ir.Table:
    """Return the lines of sales that count, as ``sales`` does."""
    lines = table("order_lines")
    counted = lines.filter(
        lines.customer_id.notnull(),
        *between(lines.placed_on, *days),
        *_of_goods(lines.product_id, where, table),
        *_of_price(lines, where),
        *isin(lines.shop_id, where.shop),
        *isin(lines.currency, where.currency),
        _order_passes(lines, table("orders"), where),
    )
    return counted.select(
        "customer_id", "order_id", "product_id", "quantity", day=counted.placed_on, amount=counted.base_minor
    )


def refunds(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return the refunds dated in the period, with ``amount``; of goods that the filters name, only their lines."""
    where, whole = clause.where, since(table, "refunds", clause.period, as_of)
    rows = table("refund_lines") if where.names_goods else whole
    conditions = [*isin(rows.shop_id, where.shop), *isin(rows.currency, where.currency)]
    if where.names_goods:
        conditions += _of_goods(rows.product_id, where, table)
        if where.country or isinstance(clause.period, Since):
            fitting = whole.filter(whole.customer_id.notnull(), *isin(whole.country, where.country))
            conditions.append(rows.refund_id.isin(fitting.refund_id))
    else:
        conditions += isin(rows.country, where.country)
    days = days_of(clause.period, as_of)
    counted = rows.filter(rows.customer_id.notnull(), *between(rows.refunded_on, *days), *conditions)
    return counted.select("customer_id", amount=counted.base_minor)


def shares(clause: OrdersClause, as_of: date, table: TableOf) -> ir.Table:
    """Return all orders of the period, with ``hit``: 1 for those that pass the filters."""
    days = days_of(clause.period, as_of)
    orders = since(table, "orders", clause.period, as_of)
    counted = orders.filter(orders.customer_id.notnull(), *of_order(orders, Where(), days))
    if clause.where.names_goods:
        hit: Any = counted.order_id.isin(lines_of(clause.where, days, table).order_id)
    else:
        hit = ibis.and_(*passing(counted, clause.where))
    return counted.select("customer_id", "order_id", hit=hit.ifelse(1, 0).cast("int64"))


def prepared(clause: OrdersClause, as_of: date, table: TableOf, narrowed: Callable[[ir.Table], ir.Table]) -> ir.Table:
    """Return the rows that a measure over orders is worked out from."""
    if clause.measure is Measure.SHARE:
        return narrowed(shares(clause, as_of, table))
    rows = narrowed(sales(clause, as_of, table))
    match clause.measure:
        case Measure.NET:
            back = narrowed(refunds(clause, as_of, table))
            return rows.select("customer_id", "amount").union(back.mutate(amount=-back.amount))
        case Measure.LARGEST if clause.where.names_goods:
            return rows.group_by("customer_id", "order_id").aggregate(amount=rows.amount.sum())
        case Measure.CATEGORIES | Measure.BRANDS:
            products = table("products")
            column = "category" if clause.measure is Measure.CATEGORIES else "brand"
            named = products.filter(products[column].notnull(), products[column] != "")
            named = named.select(named_id=named.product_id, called=named[column])
            return rows.inner_join(named, rows.product_id == named.named_id).select("customer_id", "called")
    return rows


def worked_out(measure: Measure, rows: ir.Table) -> tuple[ir.Value, ir.Value | None]:
    """Return the figure of a measure over prepared rows, and for averages and shares the number it is divided by."""
    match measure:
        case Measure.COUNT:
            return rows.order_id.nunique(), None
        case Measure.GROSS | Measure.NET:
            return rows.amount.sum().coalesce(0), None
        case Measure.AVERAGE:
            return rows.amount.sum().coalesce(0), rows.order_id.nunique()
        case Measure.FIRST | Measure.LAST:
            return rows.day.min() if measure is Measure.FIRST else rows.day.max(), None
        case Measure.LARGEST:
            return rows.amount.max(), None
        case Measure.ITEMS:
            return rows.quantity.sum().coalesce(0.0), None
        case Measure.PRODUCTS:
            return rows.product_id.nunique(), None
        case Measure.CATEGORIES | Measure.BRANDS:
            return rows.called.nunique(), None
        case Measure.DAYS:
            return rows.day.nunique(), None
        case Measure.MONTHS:
            return months(rows.day).nunique(), None
        case Measure.SHARE:
            return rows.hit.sum().coalesce(0), rows.count()


def months(day: ir.DateValue) -> ir.IntegerValue:
    """Return a number that is another one for every month."""
    return day.year().cast("int64") * 12 + day.month().cast("int64")


def _order_passes(lines: ir.Table, orders: ir.Table, where: Where) -> ir.BooleanValue:
    """Say that a line's order passes the filters by naming the fewer orders: the cancelled, unless there are filters."""
    if where.names_orders:
        return lines.order_id.isin(orders.filter(*passing(orders, where)).order_id)
    return ~lines.order_id.isin(orders.filter(orders.status == CANCELLED).order_id)


def passing(orders: ir.Table, where: Where) -> Conditions:
    """Return the conditions under which an order is not cancelled and passes what is asked of whole orders."""
    conditions = [
        orders.status != CANCELLED,
        *isin(orders.shop_id, where.shop),
        *isin(orders.country, where.country),
        *isin(orders.channel, where.channel),
        *isin(orders.currency, where.currency),
    ]
    if where.refunded is not None:
        conditions.append(orders.refunded_minor > 0 if where.refunded else orders.refunded_minor == 0)
    if where.discounted is not None:
        conditions.append(orders.discount_minor > 0 if where.discounted else orders.discount_minor <= 0)
    if where.amount_from is not None:
        conditions.append(orders.base_minor >= where.amount_from)
    if where.amount_to is not None:
        conditions.append(orders.base_minor <= where.amount_to)
    if where.hours is not None:
        first, last = where.hours
        late, early = orders.placed_hour >= first, orders.placed_hour <= last
        conditions.append(late & early if first <= last else late | early)
    if where.weekday:
        conditions.append(orders.placed_on.day_of_week.index().isin([day - 1 for day in where.weekday]))
    return conditions


def _of_price(lines: ir.Table, where: Where) -> Conditions:
    """A band of prices for a single piece, compared without a division."""
    if not where.has_price:
        return []
    conditions: Conditions = [lines.quantity > 0]
    if where.price_from is not None:
        conditions.append(lines.base_minor >= lines.quantity * where.price_from)
    if where.price_to is not None:
        conditions.append(lines.base_minor <= lines.quantity * where.price_to)
    return conditions


def _of_goods(product_id: ir.IntegerValue, where: Where, table: TableOf) -> Conditions:
    conditions = isin(product_id, where.product)
    if where.category or where.brand:
        products = table("products")
        named = isin(products.brand, where.brand)
        if where.category:
            below = [products.category.startswith(name + BELOW) for name in where.category]
            named.append(ibis.or_(products.category.isin(where.category), *below))
        conditions.append(product_id.isin(products.filter(*named).product_id))
    return conditions


def isin(column: ir.Value, values: Sequence[str] | Sequence[int]) -> Conditions:
    """Return the condition that a column has one of some values; none where there are no values."""
    return [column.isin(values)] if values else []
