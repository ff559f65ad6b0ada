"""What people change about themselves."""

from datetime import datetime

from django.db import transaction

from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff


@transaction.atomic
def change(staff: Staff, *, now: datetime, **said: str) -> None:
    """Change a person's own ``name``, ``language`` or ``time_zone``."""
    unknown = said.keys() - {"name", "language", "time_zone"}
    if unknown:
        raise ValueError(f"not a person's own to change: {sorted(unknown)}")
    changed = [field for field, value in said.items() if getattr(staff, field) != value]
    if changed:
        Staff.objects.filter(pk=staff.pk).update(**said)
        record(
            Actor.of(staff),
            "staff.profile_changed",
            target=f"staff.Staff:{staff.pk}",
            summary={"fields": changed},
            now=now,
        )
