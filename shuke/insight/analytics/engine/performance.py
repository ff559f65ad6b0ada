"""How products and categories do: who buys them first, who buys them again, what comes back, what carries the sales."""

from typing import Any

import ibis

from shuke.insight.analytics.engine.facts import Table, Tables, lines_within, sales, whole, within
from shuke.insight.analytics.rules import Scope

A_SHARE, B_SHARE = 0.8, 0.95
ORDERINGS = ("net_minor", "quantity", "buyers", "first_share", "repeat_rate", "return_rate", "gross_minor", "margin")


def products(tables: Tables, scope: Scope, *, order: str, limit: int) -> Table:
    """Return the products of a scope, those first that are highest by ``order`` (one of ``ORDERINGS``).

    ``abc``: A brings the first four fifths of net sales, B what lacks to 95 %, C the rest. Returns count on the day they
    were made. ``first_share``: of the orders of customers, those that were their first anywhere. ``repeat_rate``: of the
    buyers, those who ordered it more than once in the scope.
    """
    catalogue = tables("products").select("product_id", "title", "sku", "category", "brand")
    found = _classed(_figures(tables, scope, "product_id")).left_join(catalogue, "product_id").drop("product_id_right")
    return found.order_by([ibis.desc(order, nulls_first=False), "product_id"]).limit(limit)


def categories(tables: Tables, scope: Scope) -> Table:
    """Return the same for the top level of the category path; "" is goods without one."""
    found = _classed(_figures(tables, scope, "category"))
    return found.order_by([ibis.desc("net_minor"), "category"])


def by_day(tables: Tables, scope: Scope, product_id: int) -> Table:
    """Return one row per day on which a product was sold or came back."""
    sold = lines_within(tables, scope).filter(lambda t: t.product_id == product_id)
    back = within(tables, tables("refund_lines"), "refunded_on", scope).filter(lambda t: t.product_id == product_id)
    none, nothing = ibis.literal(0, "int64"), ibis.literal(0.0)
    moves = ibis.union(
        sold.select(day="placed_on", quantity="quantity", gross_minor=sold.base_minor.cast("int64"), refunds_minor=none),
        back.select(
            day="refunded_on", quantity=nothing, gross_minor=none, refunds_minor=back.base_minor.cast("int64"),
        ),
    )  # fmt: skip
    return (
        moves.group_by("day")
        .aggregate(
            quantity=moves.quantity.sum(), gross_minor=whole(moves.gross_minor.sum()),
            refunds_minor=whole(moves.refunds_minor.sum()),
        )
        .order_by("day")
    )  # fmt: skip


def one(tables: Tables, scope: Scope, product_id: int) -> Table:
    """Return at most one row: the figures of one product."""
    found = _figures(tables, scope, "product_id")
    return found.filter(found.product_id == product_id)


def people(tables: Tables, scope: Scope, *, product_id: int | None, category: str, which: str) -> Table:
    """Return who bought a product or top category: ``all`` of them, with their ``first`` order, or more than once (``again``)."""
    lines = _lines(tables, scope)
    lines = lines.filter(lines.product_id == product_id if product_id is not None else lines.category == category)
    if which == "first":
        lines = lines.filter(lines.is_first == 1)
    orders = lines.group_by("customer_id").aggregate(orders=lines.order_id.nunique())
    orders = orders.filter(orders.customer_id.notnull())
    return (orders.filter(orders.orders > 1) if which == "again" else orders).select("customer_id")


def _lines(tables: Tables, scope: Scope) -> Table:
    """Lines sold, each with its top category and whether its order was the customer's first of all."""
    known = sales(tables)
    known = known.filter(known.customer_id.notnull())
    place = ibis.row_number().over(group_by=known.customer_id, order_by=[known.placed_at, known.order_id])
    firsts = known.mutate(place=place).filter(lambda t: t.place == 0).select(first_id="order_id")
    lines = _categorised(tables, lines_within(tables, scope))
    joined = lines.left_join(firsts, lines.order_id == firsts.first_id)
    return joined.mutate(is_first=joined.first_id.notnull().cast("int64")).drop("first_id")


def _categorised(tables: Tables, lines: Table) -> Table:
    catalogue = tables("products")
    top = catalogue.category.split("/")[0].strip()
    named = catalogue.select(goods_id="product_id", category=ibis.ifelse(catalogue.category == "", "", top))
    joined = lines.left_join(named, lines.product_id == named.goods_id).drop("goods_id")
    return joined.mutate(category=joined.category.fill_null(""))


def _figures(tables: Tables, scope: Scope, by: str) -> Table:
    lines = _lines(tables, scope).filter(lambda t: t.product_id.notnull())
    back = _categorised(tables, within(tables, tables("refund_lines"), "refunded_on", scope))
    back = back.filter(back.product_id.notnull())
    sold = lines.group_by(by).aggregate(
        orders=lines.order_id.nunique(), quantity=lines.quantity.sum(), gross_minor=whole(lines.base_minor.sum()),
        buyers=lines.customer_id.nunique(),
        known_orders=lines.order_id.nunique(where=lines.customer_id.notnull()),
        first_orders=lines.order_id.nunique(where=lines.is_first == 1),
        products=lines.product_id.nunique(),
    )  # fmt: skip
    each = lines.filter(lines.customer_id.notnull())
    each = each.group_by([by, "customer_id"]).aggregate(times=each.order_id.nunique())
    again = each.group_by(by).aggregate(repeat_buyers=(each.times > 1).cast("int64").sum())
    came = back.group_by(by).aggregate(
        returned=back.quantity.sum(), returns=back.refund_id.nunique(), refunds_minor=whole(back.base_minor.sum())
    )
    # Goods that only came back, having been sold before the scope, have their place as well.
    found = sold.outer_join(came, by)
    found = found.mutate(**{by: ibis.coalesce(found[by], found[f"{by}_right"])}).drop(f"{by}_right")
    found = found.left_join(again, by).drop(f"{by}_right")
    return _rates(_costed(tables, found, lines, back, by))


def _costed(tables: Tables, found: Table, lines: Table, back: Table, by: str) -> Table:
    """Add what the goods that were kept cost at today's cost, and the net sales for which that is known."""
    catalogue = tables("products")
    prices = catalogue.filter(catalogue.unit_cost_minor.notnull()).select(goods_id="product_id", unit="unit_cost_minor")
    moves = ibis.union(
        lines.select(by, quantity=lines.quantity, amount=lines.base_minor.fill_null(0), goods=lines.product_id),
        back.select(by, quantity=-back.quantity, amount=-back.base_minor.fill_null(0), goods=back.product_id),
    )
    moves = moves.inner_join(prices, moves.goods == prices.goods_id)
    moves = moves.mutate(cost=(moves.quantity * moves.unit.cast("float64") + 0.5).floor().cast("int64"))
    known = moves.group_by(by).aggregate(cost_minor=whole(moves.cost.sum()), costed_minor=whole(moves.amount.sum()))
    return found.left_join(known, by).drop(f"{by}_right")


def _rates(found: Table) -> Table:
    counts: dict[str, Any] = {
        name: found[name].fill_null(0).cast("int64")
        for name in (
            "orders", "gross_minor", "buyers", "known_orders", "first_orders", "products", "repeat_buyers", "returns",
            "refunds_minor", "cost_minor", "costed_minor",
        )
    }  # fmt: skip
    counts |= {name: found[name].fill_null(0.0) for name in ("quantity", "returned")}
    found = found.mutate(**counts)
    nothing = ibis.null("float64")
    return found.mutate(
        net_minor=found.gross_minor - found.refunds_minor,
        first_share=ibis.ifelse(found.known_orders > 0, found.first_orders / found.known_orders, nothing),
        repeat_rate=ibis.ifelse(found.buyers > 0, found.repeat_buyers / found.buyers, nothing),
        margin=ibis.ifelse(
            found.costed_minor > 0, (found.costed_minor - found.cost_minor) / found.costed_minor, nothing
        ),
        return_rate=ibis.ifelse(found.quantity > 0, found.returned / found.quantity, nothing),
    )


def _classed(found: Table) -> Table:
    """Add the ABC class: by the share of all net sales that better goods bring already."""
    key = found.columns[0]
    earned = found.mutate(earned=ibis.greatest(found.net_minor, 0))
    before = earned.earned.sum().over(
        ibis.cumulative_window(order_by=[ibis.desc(earned.earned), earned[key]])
    )  # fmt: skip
    total = earned.earned.sum().over(ibis.window())
    earned = earned.mutate(up_to=(before - earned.earned).cast("float64"), total=total.cast("float64"))
    letter = ibis.cases(
        ((earned.earned <= 0) | (earned.total <= 0), "C"),
        (earned.up_to < earned.total * A_SHARE, "A"),
        (earned.up_to < earned.total * B_SHARE, "B"),
        else_="C",
    )
    return earned.mutate(abc=letter).drop("earned", "up_to", "total")
