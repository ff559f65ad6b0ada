"""Deciding which audience goes where."""

import json
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.crm.audiences import errors, queries
from shuke.crm.audiences.models import Destination, Way
from shuke.insight.segments.models import Segment
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

SYNC_JOB = "audiences.sync"


@transaction.atomic
def create(
    *, name: str, segment: Segment, way: str, layout: str, every_hours: int, url: str = "", by: Actor, now: datetime
) -> tuple[Destination, str]:
    """Set up a destination; return it with the secret its calls are signed with, this once ("" for files). Audited.

    Raises ``BadDestination``.
    """
    secret = secrets.token_urlsafe(32) if way == Way.WEBHOOK else ""
    made = Destination.objects.create(
        name=name, segment=segment, way=way, layout=layout, every_hours=every_hours, secrets=_sealed(way, url, secret),
        created_at=now, created_by=by.label, next_at=now + timedelta(hours=every_hours) if every_hours else None,
    )  # fmt: skip
    summary = {"way": way, "layout": layout, "every_hours": every_hours}
    audit.record(by, "audiences.created", target=f"audiences.Destination:{made.pk}", summary=summary, now=now)
    return made, secret


def _sealed(way: str, url: str, secret: str) -> bytes:
    if way != Way.WEBHOOK:
        return b""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise errors.BadDestination(_("A webhook needs an address that begins with https://."), field="url")
    return seal(json.dumps({"url": url, "secret": secret}), context=queries.CALL_SEALED_AS)


def call_of(destination: Destination) -> tuple[str, str]:
    """Return the address of a webhook and its secret."""
    said = json.loads(unseal(bytes(destination.secrets), context=queries.CALL_SEALED_AS))
    return said["url"], said["secret"]


@transaction.atomic
def change(destination: Destination, *, name: str, every_hours: int, by: Actor, now: datetime) -> None:
    """Rename a destination and set how often it is told. Audited."""
    destination.name, destination.every_hours = name, every_hours
    destination.next_at = now + timedelta(hours=every_hours) if every_hours else None
    destination.save(update_fields=["name", "every_hours", "next_at"])
    summary = {"every_hours": every_hours}
    audit.record(by, "audiences.changed", target=f"audiences.Destination:{destination.pk}", summary=summary, now=now)


@transaction.atomic
def archive(destination: Destination, *, by: Actor, now: datetime) -> None:
    """Tell it no more. What the other side holds stays there: empty the audience on their side too. Audited."""
    Destination.objects.filter(pk=destination.pk).update(archived_at=now, next_at=None)
    audit.record(by, "audiences.archived", target=f"audiences.Destination:{destination.pk}", now=now)


@transaction.atomic
def ask(destination: Destination, *, by: Actor, now: datetime) -> None:
    """Queue a run; one that waits already is that run."""
    key = f"audiences:{destination.pk}"
    jobs.enqueue(SYNC_JOB, now=now, dedupe_key=key, by=by, destination_id=destination.pk)
