"""Writing the audit log."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shuke.platform.audit.models import AuditEntry
from shuke.platform.staff.actor import Actor


def record(actor: Actor, verb: str, *, target: str = "", summary: dict[str, Any] | None = None, now: datetime) -> None:
    """Note that ``actor`` did ``verb`` to ``target``, inside the transaction that did it.

    ``target`` is ``app.Model:id``. ``summary`` holds plain facts (counts, field names, ids), never personal data.
    """
    AuditEntry.objects.create(
        at=now, actor=actor.reference, actor_label=actor.label, verb=verb, target=target, summary=summary or {}
    )


def record_each(actor: Actor, verb: str, said: Iterable[tuple[str, dict[str, Any]]], *, now: datetime) -> None:
    """Note ``verb`` once for each (target, summary), in one statement."""
    AuditEntry.objects.bulk_create(
        AuditEntry(at=now, actor=actor.reference, actor_label=actor.label, verb=verb, target=target, summary=summary)
        for target, summary in said
    )
