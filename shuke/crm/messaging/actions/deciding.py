"""Changing the contact policy: a new version, the earlier ones stay."""

from datetime import datetime

from django.db import transaction

from shuke.crm.messaging.models import PolicyVersion
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.policy import Policy
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor


@transaction.atomic
def set_policy(policy: Policy, *, note: str = "", by: Actor, now: datetime) -> int:
    """Put a policy in force and return its number; one that changes nothing makes no version. Audits."""
    last = PolicyVersion.objects.select_for_update().order_by("-number").first()
    current = standing.policy()
    before, after = current.policy.model_dump(mode="json"), policy.model_dump(mode="json")
    changed = sorted(name for name in after if before.get(name) != after[name])
    if not changed:
        return current.number
    made = PolicyVersion.objects.create(
        number=(last.number if last else 0) + 1, values=after, made_at=now, made_by=by.reference, note=note[:200]
    )
    summary = {"version": made.number, "fields": changed}
    record(by, "messaging.policy_changed", target="messaging.PolicyVersion", summary=summary, now=now)
    return made.number
