"""Whether buyers come back."""

import ibis

from shuke.insight.analytics.engine.facts import Table, Tables, first_sales, narrowed, sales, sales_within, whole
from shuke.insight.analytics.rules import Scope


def cohorts(tables: Tables, scope: Scope) -> Table:
    """Return one row per cohort and age: who bought and what they brought, net of refunds.

    A cohort is everyone whose first sale fell in a month that lies in the period; age counts calendar months since.
    Months after its end are left out.
    """
    period, firsts = scope.period, first_sales(tables)
    firsts = firsts.filter(
        firsts.first_on >= ibis.date(period.starts_on), firsts.first_on < ibis.date(period.ends_on)
    ).mutate(cohort=firsts.first_on.truncate("M"))
    acts = _activity(tables, scope)
    acts = acts.filter(acts.day < ibis.date(period.ends_on)).inner_join(firsts, "customer_id")
    acts = acts.mutate(age=_months(acts.day) - _months(acts.cohort)).filter(lambda t: t.age >= 0)
    return (
        acts.group_by(["cohort", "age"])
        .aggregate(
            # A refund is no visit.
            customers=acts.customer_id.nunique(where=acts.is_sale),
            net_minor=whole(acts.amount_minor.sum()),
        )
        .order_by(["cohort", "age"])
    )


def order_counts(tables: Tables, scope: Scope, *, most: int = 6) -> Table:
    """Return how many buyers of the period placed one, two, … orders in it; the last row is ``most`` or more."""
    sold = sales_within(tables, scope).filter(lambda t: t.customer_id.notnull())
    each = sold.group_by("customer_id").aggregate(orders=sold.count(), gross_minor=sold.base_minor.sum())
    each = each.mutate(orders=ibis.least(each.orders, ibis.literal(most, "int64")))
    return (
        each.group_by("orders")
        .aggregate(customers=each.count(), gross_minor=whole(each.gross_minor.sum()))
        .order_by("orders")
    )


def _activity(tables: Tables, scope: Scope) -> Table:
    sold, refunded = (narrowed(tables, table, scope) for table in (sales(tables), tables("refunds")))
    return ibis.union(
        sold.filter(sold.customer_id.notnull()).select(
            "customer_id", day="placed_on", amount_minor=sold.base_minor.cast("int64"), is_sale=ibis.literal(value=True)
        ),
        refunded.filter(refunded.customer_id.notnull()).select(
            "customer_id", day="refunded_on", amount_minor=-refunded.base_minor.cast("int64"),
            is_sale=ibis.literal(value=False),
        ),
    )  # fmt: skip


def _months(day: Table) -> Table:
    return (day.year().cast("int64") * 12) + day.month().cast("int64")
