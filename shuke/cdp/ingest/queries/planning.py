"""The tracking plan in force: the specification's events and the company's own."""

from collections.abc import Mapping

from shuke.cdp.ingest.models import PlannedEvent
from shuke.cdp.ingest.rules.plan import KNOWN, TYPES, Planned


def plan() -> Mapping[str, Planned]:
    """Return every expected event by name; the company's own win over the specification's."""
    return {**KNOWN, **{row.name: as_planned(row) for row in PlannedEvent.objects.all()}}


def as_planned(row: PlannedEvent) -> Planned:
    """Return a stored plan as the rules read it."""
    properties = {str(name): kind for name, kind in row.properties.items() if kind in TYPES}
    return Planned(row.name, properties, frozenset(map(str, row.required)))


def own_events() -> list[PlannedEvent]:
    """Return the events that the company planned itself, by name."""
    return list(PlannedEvent.objects.order_by("name"))
