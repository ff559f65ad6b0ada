"""Changing what the company decides about recognising people."""

from datetime import datetime

from django.db import transaction

from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.rules.identities import IdentitySettings
from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor


@transaction.atomic
def configure_identities(values: IdentitySettings, *, by: Actor, now: datetime) -> list[str]:
    """Save the blocked values and the limits; return the names of those that changed, which is what is audited."""
    before, after = identities.settings().model_dump(), values.model_dump()
    changed = sorted(name for name in after if before[name] != after[name])
    if changed:
        company.save_settings(identities.SETTINGS, values, now=now)
        audit.record(
            by,
            "customers.identities_configured",
            target="customers.IdentitySettings",
            summary={"fields": changed},
            now=now,
        )
    return changed
