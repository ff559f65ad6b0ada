"""The company's rules."""

from datetime import datetime

from django.db import transaction

from shuke.insight.recommendations import queries
from shuke.insight.recommendations.rules import Settings
from shuke.platform.audit.actions import record
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor


@transaction.atomic
def save_rules(chosen: Settings, *, by: Actor, now: datetime) -> None:
    """Set the rules; they hold from the next question on, without learning anew."""
    before = queries.settings()
    changed = sorted(name for name in Settings.model_fields if getattr(before, name) != getattr(chosen, name))
    company.save_settings("recommendations", chosen, now=now)
    record(by, "recommendations.configured", target="recommendations", summary={"fields": changed}, now=now)
