"""The company's own part of the tracking plan."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.cdp.ingest.errors import BadPlan
from shuke.cdp.ingest.models import Observation, PlannedEvent
from shuke.cdp.ingest.rules import limits
from shuke.cdp.ingest.rules.plan import TYPES
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor

MOST_PROPERTIES = 100


@transaction.atomic
def plan_event(
    *, name: str, description: str, properties: dict[str, str], required: list[str], by: Actor, now: datetime
) -> PlannedEvent:
    """Expect an event under this name, or change what is expected of it. Raises ``BadPlan``. Audited."""
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= limits.MAX_NAME_CHARS:
        raise BadPlan(_("An event needs a name of at most %d characters.") % limits.MAX_NAME_CHARS)
    if len(properties) > MOST_PROPERTIES or not set(properties.values()) <= set(TYPES):
        raise BadPlan(_("A property has a type that is not known."))
    row, _made = PlannedEvent.objects.update_or_create(
        name=clean,
        defaults={
            "description": description.strip()[:300], "properties": properties,
            "required": sorted(set(required) & set(properties)), "changed_at": now, "changed_by": by.reference,
        },
    )  # fmt: skip
    # What departed from the plan of yesterday may follow that of today: count anew.
    Observation.objects.filter(name=clean).exclude(problem="").delete()
    audit.record(by, "ingest.event_planned", target=f"ingest.PlannedEvent:{row.pk}", summary={"name": clean}, now=now)
    return row


@transaction.atomic
def drop_event(planned_id: int, *, by: Actor, now: datetime) -> None:
    """Expect an event no longer; the specification's own cannot be dropped. Audited."""
    row = PlannedEvent.objects.filter(pk=planned_id).first()
    if row is not None:
        row.delete()
        audit.record(
            by, "ingest.event_dropped", target=f"ingest.PlannedEvent:{planned_id}", summary={"name": row.name}, now=now
        )
