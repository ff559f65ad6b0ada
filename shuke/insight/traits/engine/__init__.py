"""Turning a recipe into one question to the warehouse. Pure: builds expressions, runs nothing."""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from shuke.insight.traits.rules import Facts, Measure, Recipe

TableOf = Callable[[str], ir.Table]
_CANCELLED = "cancelled"


def values(recipe: Recipe, *, as_of: date, table: TableOf) -> ir.Table:
    """Return the expression whose rows are ``customer_id`` and ``value``: one for every customer who has one."""
    rows = _facts(recipe, as_of, table)
    if recipe.measure is Measure.FAVORITE:
        return _favorite(rows)
    if recipe.measure in (Measure.FIRST, Measure.LAST):
        return _at_an_end(rows, is_first=recipe.measure is Measure.FIRST)
    found = rows.group_by("customer_id").aggregate(value=_figure(recipe.measure, rows))
    return found.filter(found.value.notnull())


def _figure(measure: Measure, rows: ir.Table) -> ir.Value:
    match measure:
        case Measure.SUM:
            return rows.value.sum()
        case Measure.AVERAGE:
            return rows.value.mean()
        case Measure.LEAST:
            return rows.value.min()
        case Measure.MOST:
            return rows.value.max()
        case Measure.DISTINCT:
            return rows.value.nunique()
        case _:
            return rows.count()


def _at_an_end(rows: ir.Table, *, is_first: bool) -> ir.Table:
    """Return the first or the last value of each customer; on one moment the greater key is the later one."""
    order = [rows.at, rows.key] if is_first else [rows.at.desc(), rows.key.desc()]
    place = ibis.row_number().over(group_by="customer_id", order_by=order)
    ranked = rows.filter(rows.value.notnull()).mutate(place=place)
    return ranked.filter(ranked.place == 0).select("customer_id", "value")


def _favorite(rows: ir.Table) -> ir.Table:
    """Return the most frequent value of each customer; among equals the latest, then the first by name."""
    said = rows.filter(rows.value.notnull(), rows.value != "")
    counted = said.group_by("customer_id", "value").aggregate(times=said.count(), last=said.at.max())
    order = [counted.times.desc(), counted["last"].desc(), counted.value]
    ranked = counted.mutate(place=ibis.row_number().over(group_by="customer_id", order_by=order))
    return ranked.filter(ranked.place == 0).select("customer_id", "value")


def _facts(recipe: Recipe, as_of: date, table: TableOf) -> ir.Table:
    """Return the facts that count, with ``customer_id``, ``at``, ``key`` and the column asked for as ``value``."""
    match recipe.facts:
        case Facts.ORDERS:
            rows = _orders(recipe, table("orders"))
        case Facts.LINES:
            rows = _lines(recipe, table)
        case Facts.EVENTS:
            rows = _events(recipe, table("events"))
    counted = rows.filter(rows.customer_id.notnull(), rows.day <= ibis.literal(as_of))
    if recipe.days is not None:
        counted = counted.filter(counted.day >= ibis.literal(as_of - timedelta(days=recipe.days - 1)))
    return counted.select("customer_id", "at", "key", value=counted[recipe.column] if recipe.column else counted.key)


def _orders(recipe: Recipe, orders: ir.Table) -> ir.Table:
    kept = orders.filter(orders.status != _CANCELLED, *_passing(recipe, orders, "channel", "country"))
    return kept.select(
        "customer_id", "channel", "country", "city", at=kept.placed_at, key=kept.order_id, day=kept.placed_on,
        amount=kept.base_minor, lines=kept.line_count,
    )  # fmt: skip


def _lines(recipe: Recipe, table: TableOf) -> ir.Table:
    lines, orders, products = table("order_lines"), table("orders"), table("products")
    placed = orders.filter(orders.status != _CANCELLED).select(
        placed_order=orders.order_id, at=orders.placed_at, of_shop=orders.shop_id
    )
    goods = products.select(
        goods_id=products.product_id, product=products.title, category=products.category, brand=products.brand
    )
    joined = lines.inner_join(placed, lines.order_id == placed.placed_order)
    joined = joined.left_join(goods, joined.product_id == goods.goods_id)
    kept = joined.filter(joined.customer_id.notnull(), *_passing(recipe, joined, "category", "brand"))
    return kept.select(
        "customer_id", "quantity", "product", "category", "brand", "at", day=kept.placed_on, amount=kept.base_minor,
        key=kept.order_id * 1000 + kept.position,
    )  # fmt: skip


def _events(recipe: Recipe, events: ir.Table) -> ir.Table:
    kept = events.filter(events.name.isin(recipe.values_of("event")))
    if products := recipe.values_of("product"):
        kept = kept.filter(kept["product"].isin(products))
    return kept.select(
        "customer_id", "product", at=kept.occurred_at, key=kept.position, day=kept.occurred_on, value=kept.value_minor
    )


def _passing(recipe: Recipe, rows: ir.Table, *columns: str) -> list[ir.BooleanValue]:
    conditions = [rows[name].isin(wanted) for name in columns if (wanted := recipe.values_of(name))]
    if shops := recipe.values_of("shop"):
        conditions.append(rows.shop_id.isin([int(one) for one in shops]))
    return conditions
