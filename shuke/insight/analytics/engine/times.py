"""When people buy, and when they look."""

from shuke.insight.analytics.engine.facts import Table, Tables, during, narrowed, sales_within, whole
from shuke.insight.analytics.engine.happenings import millis
from shuke.insight.analytics.rules import Scope

VISIT_MINUTES = 30


def hours(tables: Tables, scope: Scope) -> Table:
    """Return orders and gross by weekday (0 is Monday) and hour of the company's clock."""
    sold = sales_within(tables, scope)
    sold = sold.mutate(weekday=sold.placed_on.day_of_week.index().cast("int64"), hour=sold.placed_hour.cast("int64"))
    return (
        sold.group_by(["weekday", "hour"])
        .aggregate(orders=sold.count(), gross_minor=whole(sold.base_minor.sum()))
        .order_by(["weekday", "hour"])
    )


def visits(tables: Tables, scope: Scope) -> Table:
    """Return visits by weekday and hour in which they begin: behaviour after half an hour of none, of anybody."""
    begun = _begun(tables, scope)
    return (
        begun.group_by(["weekday", "hour"])
        .aggregate(visits=begun.count(), customers=begun.customer_id.nunique())
        .order_by(["weekday", "hour"])
    )


def visitors(tables: Tables, scope: Scope, *, weekday: int | None, hour: int | None) -> Table:
    """Return the customers whose visits began on a weekday and in an hour; None is any."""
    begun = _begun(tables, scope)
    conditions = [begun.customer_id.notnull()]
    if weekday is not None:
        conditions.append(begun.weekday == weekday)
    if hour is not None:
        conditions.append(begun.hour == hour)
    return begun.filter(conditions).select("customer_id").distinct()


def _begun(tables: Tables, scope: Scope) -> Table:
    events = during(tables("events"), "occurred_on", scope.period)
    # Facts of our own have names with a dot, and no visitor does them.
    events = narrowed(tables, events.filter(~events.name.contains("."), events.identity_id.notnull()), scope)
    seen = events.select(
        "identity_id", "customer_id", at=millis(events.occurred_at),
        weekday=events.occurred_on.day_of_week.index().cast("int64"), hour=events.occurred_hour.cast("int64"),
    )  # fmt: skip
    before = seen.at.lag().over(group_by=seen.identity_id, order_by=seen.at)
    timed = seen.mutate(before=before)
    return timed.filter(timed.before.isnull() | (timed.at - timed.before > VISIT_MINUTES * 60_000))
