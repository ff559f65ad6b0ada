"""What people change about themselves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff


def choose_columns(staff: Staff, list_name: str, columns: Sequence[str]) -> None:
    """Remember which columns a person wants to see of a list; none means the usual ones.

    A matter of taste that concerns nobody else, so the audit log does not tell of it.
    """
    with transaction.atomic():
        chosen = Staff.objects.select_for_update().get(pk=staff.pk).list_columns
        Staff.objects.filter(pk=staff.pk).update(list_columns=chosen | {list_name: list(columns)})


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
