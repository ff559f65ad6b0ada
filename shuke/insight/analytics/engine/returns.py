"""What comes back: how much, how soon, and from whom."""

from itertools import pairwise

import ibis

from shuke.insight.analytics.engine.facts import Table, Tables, narrowed, sales, sales_within, whole, within
from shuke.insight.analytics.rules import Scope

# Days until a return, by their first day; the last band is open.
BANDS = (0, 4, 8, 15, 31, 61)
# Who sends back again and again: so many returns, of so large a share of their orders.
REPEAT_RETURNS, REPEAT_SHARE = 3, 0.5


def figures(tables: Tables, scope: Scope) -> Table:
    """Return one row: refunds given in a scope, to how many; and of its orders, how many came back since, in part or whole."""
    back = within(tables, tables("refunds"), "refunded_on", scope)
    given = back.aggregate(
        refunds=back.count(), refunds_minor=whole(back.base_minor.sum()), customers=back.customer_id.nunique(),
    )  # fmt: skip
    sold = sales_within(tables, scope)
    kept = sold.aggregate(
        orders=sold.count(), gross_minor=whole(sold.base_minor.sum()),
        returned_orders=whole((sold.refunded_minor > 0).cast("int64").sum()),
    )  # fmt: skip
    return given.cross_join(kept)


def delays(tables: Tables, scope: Scope) -> Table:
    """Return the refunds of a scope by days since their order: ``band, refunds, refunds_minor``; -1 where no order is known."""
    timed = _timed(tables, scope)
    return (
        timed.group_by("band")
        .aggregate(refunds=timed.count(), refunds_minor=whole(timed.base_minor.sum()))
        .order_by("band")
    )


def delayed_people(tables: Tables, scope: Scope, *, band: int) -> Table:
    """Return the customers whose refunds came after so many days."""
    timed = _timed(tables, scope)
    return timed.filter(timed.band == band, timed.customer_id.notnull()).select("customer_id").distinct()


def returners(tables: Tables, scope: Scope) -> Table:
    """Return, by number of refunds in a scope, how many customers had so many: ``refunds, customers, refunds_minor``."""
    each = _by_customer(tables, scope)
    each = each.mutate(refunds=ibis.least(each.refunds, 5))
    return (
        each.group_by("refunds")
        .aggregate(customers=each.count(), refunds_minor=whole(each.refunds_minor.sum()))
        .order_by("refunds")
    )


def returner_people(tables: Tables, scope: Scope, *, refunds: int | None) -> Table:
    """Return the customers with so many refunds; five is five or more, None any number."""
    each = _by_customer(tables, scope)
    if refunds is None:
        return each.select("customer_id")
    return each.filter(each.refunds >= 5 if refunds >= 5 else each.refunds == refunds).select("customer_id")


def repeated(tables: Tables, scope: Scope, *, limit: int | None = None) -> Table:
    """Return who sends back again and again, with orders and refunds; the dearest first."""
    each = _by_customer(tables, scope)
    each = each.filter(each.refunds >= REPEAT_RETURNS, each.refunds >= each.orders * REPEAT_SHARE)
    found = each.order_by([ibis.desc("refunds_minor"), "customer_id"])
    return found if limit is None else found.limit(limit)


def _by_customer(tables: Tables, scope: Scope) -> Table:
    """Customers with refunds in the scope; their orders are those of the scope, and those that the refunds belong to."""
    back = within(tables, tables("refunds"), "refunded_on", scope)
    back = back.filter(back.customer_id.notnull())
    given = back.group_by("customer_id").aggregate(refunds=back.count(), refunds_minor=whole(back.base_minor.sum()))
    sold = narrowed(tables, sales(tables), scope)
    in_days = (sold.placed_on >= ibis.date(scope.period.starts_on)) & (sold.placed_on < ibis.date(scope.period.ends_on))
    sold = sold.filter(in_days | sold.order_id.isin(back.order_id))
    bought = sold.group_by("customer_id").aggregate(orders=sold.count(), gross_minor=whole(sold.base_minor.sum()))
    found = given.left_join(bought, "customer_id").drop("customer_id_right")
    return found.mutate(orders=ibis.greatest(found.orders.fill_null(0), 0), gross_minor=found.gross_minor.fill_null(0))


def _timed(tables: Tables, scope: Scope) -> Table:
    back = within(tables, tables("refunds"), "refunded_on", scope)
    orders = tables("orders").select(sold_id="order_id", sold_on="placed_on")
    met = back.left_join(orders, back.order_id == orders.sold_id)
    days = met.refunded_on.delta(met.sold_on, unit="day")
    band = ibis.cases(
        (met.sold_on.isnull(), -1), *[(days < later, first) for first, later in pairwise(BANDS)],
        else_=BANDS[-1],
    )  # fmt: skip
    return met.mutate(band=band.cast("int64"))
