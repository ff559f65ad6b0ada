"""What customers did, in one shape: events of a name, orders, first orders; with the moment, the day and the page."""

from typing import Any

import ibis

from shuke.insight.analytics.engine.facts import Column, Table, Tables, during, narrowed, sales
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.rules import Period, Scope

# The first order ever of a customer, as a name beside those of events; no shop can send it.
FIRST_ORDER = "order:first"
PAGE_VIEWED, SEARCHED = "Page Viewed", "Products Searched"
# Between the name of an event and the page it was seen on.
ON_PAGE = "|"


@ibis.udf.scalar.builtin(name="json_extract_string")  # type: ignore[untyped-decorator]
def _member(properties: str, path: str) -> str:  # type: ignore[empty-body]
    """Return a member of a JSON object as text, NULL where there is none."""


def said(events: Table, name: str) -> Column:
    """Return a property of events as text, NULL where it is not said; ``name`` is one of ours, never a reader's."""
    assert name.isidentifier(), name
    return _member(events.properties, f'$."{name}"')


def happened(tables: Tables, name: str, scope: Scope, period: Period | None = None) -> Table:
    """Return what known customers did: ``customer_id, at, on``. ``name`` is an event's, ``ORDER`` or ``FIRST_ORDER``.

    ``period`` None takes all days. A first order is the first of all shops; it has to lie in the scope itself.
    """
    if name in {ORDER, FIRST_ORDER}:
        found = _first_orders(tables) if name == FIRST_ORDER else sales(tables)
        at, day = "placed_at", "placed_on"
    else:
        events = tables("events")
        found = events.filter(events.name == name)
        at, day = "occurred_at", "occurred_on"
    found = narrowed(tables, found.filter(found.customer_id.notnull()), scope)
    if period is not None:
        found = during(found, day, period)
    return found.select("customer_id", at=found[at], on=found[day])


def _first_orders(tables: Tables) -> Table:
    known = sales(tables)
    known = known.filter(known.customer_id.notnull())
    place = ibis.row_number().over(group_by=known.customer_id, order_by=[known.placed_at, known.order_id])
    return known.mutate(place=place).filter(lambda t: t.place == 0).drop("place")


def millis(at: Column) -> Column:
    """Return a moment as milliseconds, which every engine compares alike."""
    return at.truncate("s").epoch_seconds() * 1000 + at.millisecond()


def extent(tables: Tables) -> Table:
    """Return one row: the first and last day of which behaviour is known."""
    events = tables("events")
    return events.aggregate(first_on=events.occurred_on.min(), last_on=events.occurred_on.max())


def truth(value: Any) -> Column:
    """Return a condition as 1 or 0, to be added up."""
    return value.cast("int64")
