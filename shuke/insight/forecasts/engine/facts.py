"""The series as Ibis expressions: what happened on each day, by shop and by category.

``tables`` is a function from a warehouse table's name to that table. Company-wide series are the sums of the shops'.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import ibis

Table = Any
Tables = Callable[[str], Table]

CANCELLED = "cancelled"
# What counts as a visit: somebody looked at something.
BROWSING = (
    "Page Viewed", "Screen Viewed", "Product Viewed", "Product List Viewed", "Products Searched", "Product Added",
    "Cart Viewed", "Checkout Started",
)  # fmt: skip
_SUMS = ("gross", "refunds", "adjustments", "orders", "new")


def sales(tables: Tables) -> Table:
    """Return every sale that counts: all orders but the cancelled ones."""
    orders = tables("orders")
    return orders.filter(orders.status != CANCELLED)


def by_shop(tables: Tables, since: date) -> Table:
    """Return one row per day and shop from ``since`` on: sums in the company's currency, orders, customers who are new."""
    sold, back, entries = sales(tables), tables("refunds"), tables("adjustments")
    known = sold.filter(sold.customer_id.notnull())
    firsts = known.group_by("customer_id").aggregate(
        placed_on=known.placed_on.min(), shop_id=known.shop_id.argmin(known.placed_at)
    )
    moves = ibis.union(
        _move(sold, "placed_on", gross=sold.base_minor, orders=ibis.literal(1)),
        _move(back, "refunded_on", refunds=back.base_minor),
        _move(entries, "adjusted_on", adjustments=entries.base_minor),
        _move(firsts, "placed_on", new=ibis.literal(1)),
    )
    moves = moves.filter(moves.day >= ibis.date(since))
    return (
        moves.group_by(["day", "shop_id"])
        .aggregate(**{name: moves[name].sum().fill_null(0).cast("int64") for name in _SUMS})
        .order_by(["day", "shop_id"])
    )


def by_category(tables: Tables, since: date) -> Table:
    """Return one row per day and top-level category: goods sold and sent back, and the orders that hold any."""
    lines = tables("order_lines")
    lines = lines.semi_join(sales(tables), "order_id")
    back = tables("refund_lines")
    moves = ibis.union(
        lines.select("product_id", day="placed_on", order_id=lines.order_id, gross=lines.base_minor.cast("int64"),
                     refunds=ibis.literal(0, "int64")),
        back.select("product_id", day="refunded_on", order_id=ibis.null("int64"), gross=ibis.literal(0, "int64"),
                    refunds=back.base_minor.cast("int64")),
    )  # fmt: skip
    moves = moves.filter(moves.day >= ibis.date(since), moves.product_id.notnull())
    named = moves.inner_join(top_categories(tables), "product_id")
    return (
        named.group_by(["day", "category"])
        .aggregate(
            gross=named.gross.sum().fill_null(0).cast("int64"),
            refunds=named.refunds.sum().fill_null(0).cast("int64"),
            orders=named.order_id.nunique().cast("int64"),
        )
        .order_by(["day", "category"])
    )


def top_categories(tables: Tables) -> Table:
    """Return the top level of the category path of every product that has one."""
    goods = tables("products")
    goods = goods.filter(goods.category != "")
    return goods.select("product_id", category=goods.category.split("/")[0].strip())


def visits(events: Table, orders: Table, since: date) -> Table:
    """Return one row per day and source: how many people looked round, and how many of them ordered that day."""
    seen = events.filter(events.name.isin(BROWSING), events.occurred_on >= ibis.date(since))
    people = seen.select(
        day="occurred_on", source="source", person=ibis.coalesce(seen.customer_id, -seen.identity_id)
    ).distinct()
    people = people.filter(people.person.notnull())
    sold = orders.filter(orders.status != CANCELLED, orders.customer_id.notnull())
    buyers = sold.select(bought_on="placed_on", buyer="customer_id").distinct()
    met = people.left_join(buyers, [people.day == buyers.bought_on, people.person == buyers.buyer])
    return (
        met.group_by(["day", "source"])
        .aggregate(visitors=met.count().cast("int64"), converted=met.buyer.count().cast("int64"))
        .order_by(["day", "source"])
    )


def contributed(table: Table, since: date, *, day: str, value: str, shop: str, where: Mapping[str, Any]) -> Table:
    """Return one row per day and shop of a series that another domain declared: a sum, or a count of rows."""
    rows = table.filter(table[day] >= ibis.date(since), *(table[name] == asked for name, asked in where.items()))
    amount = rows[value].cast("float64") if value else ibis.literal(1.0)
    shaped = rows.select(
        day=rows[day], shop_id=rows[shop].cast("int64") if shop else ibis.literal(0, "int64"), amount=amount
    )
    return shaped.group_by(["day", "shop_id"]).aggregate(value=shaped.amount.sum().fill_null(0.0)).order_by("day")


def countries(tables: Tables, since: date) -> Table:
    """Return how many sales each shop made to each country."""
    sold = sales(tables)
    sold = sold.filter(sold.placed_on >= ibis.date(since), sold.country != "")
    return sold.group_by(["shop_id", "country"]).aggregate(orders=sold.count()).order_by(ibis.desc("orders"))


def discounts(tables: Tables, first: date, last: date) -> Table:
    """Return one row: the sales of some days, how many at a reduced price, and by how much, in the company's currency."""
    sold = sales(tables)
    sold = sold.filter(sold.placed_on >= ibis.date(first), sold.placed_on <= ibis.date(last), sold.base_minor.notnull())
    reduced = sold.discount_minor > 0
    share = ibis.ifelse(sold.gross_minor > 0, sold.base_minor / sold.gross_minor, 1.0)
    return sold.aggregate(
        orders=sold.count(), reduced=reduced.cast("int64").sum().fill_null(0).cast("int64"),
        discount_minor=(sold.discount_minor * share).round().sum().fill_null(0.0).cast("int64"),
    )  # fmt: skip


def _move(rows: Table, day: str, **given: Any) -> Table:
    nothing = ibis.literal(0, "int64")
    columns = {name: given[name].cast("int64") if name in given else nothing for name in _SUMS}
    return rows.select(day=rows[day], shop_id=rows.shop_id.cast("int64"), **columns)
