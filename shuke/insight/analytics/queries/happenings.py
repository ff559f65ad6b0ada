"""What reports may ask about: the names of what customers do."""

from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.analytics.engine import happenings as expressions
from shuke.insight.analytics.queries.asking import ask_one
from shuke.insight.analytics.queries.sales import Extent
from shuke.insight.value import queries as value

MOST_NAMES = 300


def offered() -> list[tuple[str, str]]:
    """Return the events that ever happened as (name, label), most frequent first; remembered until the warehouse changes."""
    return [(name, events.label_of(name)) for name in value.remembered("reports:events", _names)]


def _names() -> list[str]:
    table = warehouse.table("events")
    counted = table.group_by("name").aggregate(times=table.count())
    return [row["name"] for row in warehouse.rows(counted.order_by([counted.times.desc(), "name"]).limit(MOST_NAMES))]


def extent() -> Extent | None:
    """Return from when to when behaviour is known, None while none is."""
    found = ask_one(expressions.extent)
    return None if found["last_on"] is None else Extent(found["first_on"], found["last_on"])
