"""When people buy."""

from shuke.insight.analytics.engine.facts import Table, Tables, sales_within, whole
from shuke.insight.analytics.rules import Scope


def hours(tables: Tables, scope: Scope) -> Table:
    """Return orders and gross by weekday (0 is Monday) and hour of the company's clock."""
    sold = sales_within(tables, scope)
    sold = sold.mutate(weekday=sold.placed_on.day_of_week.index().cast("int64"), hour=sold.placed_hour.cast("int64"))
    return (
        sold.group_by(["weekday", "hour"])
        .aggregate(orders=sold.count(), gross_minor=whole(sold.base_minor.sum()))
        .order_by(["weekday", "hour"])
    )
