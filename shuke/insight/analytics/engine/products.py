"""What was sold, and what of it came back."""

import ibis

from shuke.insight.analytics.engine.facts import Table, Tables, lines_within, whole, within
from shuke.insight.analytics.rules import Scope

ORDERINGS = ("net_minor", "gross_minor", "quantity", "orders", "refunds_minor", "refund_rate")


def products(tables: Tables, scope: Scope, *, order: str = "net_minor", limit: int = 50) -> Table:
    """Return the leading products of a scope with their returns; ``order`` is one of ``ORDERINGS``.

    Returns count on the day they were made, whenever the goods were sold.
    """
    figures = _by_product(tables, scope)
    catalogue = tables("products").select("product_id", "title", "sku", "category", "shop_id")
    named = figures.left_join(catalogue, "product_id").drop("product_id_right")
    return named.order_by([ibis.desc(order, nulls_first=False), "product_id"]).limit(limit)


def categories(tables: Tables, scope: Scope) -> Table:
    """Return the top level of the category path with what it sold and what came back; "" is goods without one."""
    catalogue = tables("products")
    top = catalogue.category.split("/")[0].strip()
    named = catalogue.select("product_id", category=ibis.ifelse(catalogue.category == "", "", top))
    figures = _by_product(tables, scope).left_join(named, "product_id").drop("product_id_right")
    figures = figures.mutate(category=figures.category.fill_null(""))
    return (
        figures.group_by("category")
        .aggregate(
            gross_minor=whole(figures.gross_minor.sum()),
            refunds_minor=whole(figures.refunds_minor.sum()),
            net_minor=whole(figures.net_minor.sum()),
            quantity=figures.quantity.sum(),
            products=figures.count(),
        )
        .order_by([ibis.desc("net_minor"), "category"])
    )


def _by_product(tables: Tables, scope: Scope) -> Table:
    sold = lines_within(tables, scope)
    back = within(tables, tables("refund_lines"), "refunded_on", scope)
    none, nothing = ibis.literal(0, "int64"), ibis.literal(0.0, "float64")
    moves = ibis.union(
        sold.select(
            "product_id", order_id=sold.order_id, quantity=sold.quantity, gross_minor=sold.base_minor.cast("int64"),
            returned=nothing, refunds_minor=none,
        ),
        back.select(
            "product_id", order_id=ibis.null("int64"), quantity=nothing, gross_minor=none,
            returned=back.quantity, refunds_minor=back.base_minor.cast("int64"),
        ),
    )  # fmt: skip
    moves = moves.filter(moves.product_id.notnull())
    sums = moves.group_by("product_id").aggregate(
        orders=moves.order_id.nunique(),
        quantity=moves.quantity.sum(),
        gross_minor=whole(moves.gross_minor.sum()),
        returned=moves.returned.sum(),
        refunds_minor=whole(moves.refunds_minor.sum()),
    )
    sums = sums.mutate(net_minor=sums.gross_minor - sums.refunds_minor)
    return sums.mutate(
        refund_rate=ibis.ifelse(sums.gross_minor > 0, sums.refunds_minor / sums.gross_minor, ibis.null("float64"))
    )
