"""Where sales went."""

import ibis

from shuke.insight.analytics.engine.facts import Table, Tables, sales, sales_within, whole, within
from shuke.insight.analytics.rules import Scope


def countries(tables: Tables, scope: Scope) -> Table:
    """Return sales, refunds and buyers by country; "" is orders that name none."""
    sold, back = sales_within(tables, scope), within(tables, tables("refunds"), "refunded_on", scope)
    none = ibis.literal(0, "int64")
    moves = ibis.union(
        sold.select("country", "order_id", "customer_id", gross_minor=sold.base_minor.cast("int64"), refunds_minor=none),
        back.select(
            "country", order_id=ibis.null("int64"), customer_id=ibis.null("int64"), gross_minor=none,
            refunds_minor=back.base_minor.cast("int64"),
        ),
    )  # fmt: skip
    sums = moves.group_by("country").aggregate(
        orders=moves.order_id.nunique(),
        buyers=moves.customer_id.nunique(),
        gross_minor=whole(moves.gross_minor.sum()),
        refunds_minor=whole(moves.refunds_minor.sum()),
    )
    return sums.mutate(net_minor=sums.gross_minor - sums.refunds_minor).order_by([ibis.desc("net_minor"), "country"])


def sold_to(tables: Tables, limit: int) -> Table:
    """Return the countries of all sales, those with most first."""
    sold = sales(tables)
    sold = sold.filter(sold.country != "")
    return (
        sold.group_by("country").aggregate(orders=sold.count()).order_by([ibis.desc("orders"), "country"]).limit(limit)
    )


def cities(tables: Tables, scope: Scope, *, limit: int = 30) -> Table:
    """Return the leading cities by gross sales. Refunds name no city."""
    sold = sales_within(tables, scope)
    sold = sold.filter(sold.city != "")
    return (
        sold.group_by(["country", "region", "city"])
        .aggregate(orders=sold.count(), buyers=sold.customer_id.nunique(), gross_minor=whole(sold.base_minor.sum()))
        .order_by([ibis.desc("gross_minor"), "country", "region", "city"])
        .limit(limit)
    )


def days(tables: Tables, scope: Scope, *, by_region: bool) -> Table:
    """Return orders, buyers and gross by place and day; places are countries, or regions of the scope's country."""
    sold = sales_within(tables, scope)
    sold = sold.mutate(place=sold.region if by_region else sold.country)
    sold = sold.filter(sold.place != "")
    return (
        sold.group_by(["place", "placed_on"])
        .aggregate(orders=sold.count(), buyers=sold.customer_id.nunique(), gross_minor=whole(sold.base_minor.sum()))
        .order_by(["place", "placed_on"])
    )


def people(tables: Tables, scope: Scope, *, place: str, by_region: bool) -> Table:
    """Return who bought in a scope in one place."""
    sold = sales_within(tables, scope)
    sold = sold.filter((sold.region if by_region else sold.country) == place, sold.customer_id.notnull())
    return sold.select("customer_id").distinct()
