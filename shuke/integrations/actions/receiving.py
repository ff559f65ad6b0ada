"""Keeping what platforms send, before anything is done with it."""

import json
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from shuke.integrations.models import Connection, Delivery, DeliveryState, Refusal
from shuke.integrations.queries import SEALED_AS
from shuke.integrations.rules import wording
from shuke.platform.crypto.sealing import seal_bytes, unseal_bytes
from shuke.platform.db.bulk import insert_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.jobs import actions as jobs

APPLY_JOB = "integrations.apply"
_COLUMNS = (
    "connection_id", "external_id", "topic", "triggered_at", "received_at", "sealed", "subjects", "state", "attempts",
    "run_at", "reason", "detail", "made",
)  # fmt: skip


def store(
    connection: Connection,
    *,
    topic: str,
    external_id: str,
    triggered_at: datetime | None,
    body: bytes,
    now: datetime,
) -> bool:
    """Keep a genuine call and ask for its application; return False for one that is here already.

    When this returns, it is on disk: the platform may be told.
    """
    number = external_id[:120] or sha256(topic.encode() + b"\0" + body).hexdigest()
    failpoint("webhook.after_verify")
    if Delivery.objects.filter(connection=connection, external_id=number).exists():
        return False
    sealed = seal_bytes(body, context=SEALED_AS)
    row: tuple[Any, ...] = (
        connection.pk,
        number,
        topic[:80],
        triggered_at,
        now,
        sealed,
        "",
        DeliveryState.STORED,
        0,
        now,
        "",
        "",
        {},
    )
    try:
        with transaction.atomic():
            insert_rows(Delivery, _COLUMNS, [row])
            Connection.objects.filter(pk=connection.pk).update(last_delivery_at=now)
            jobs.enqueue(APPLY_JOB, now=now, dedupe_key=APPLY_JOB, repeat_if_running=True)
    except IntegrityError:
        if not Delivery.objects.filter(connection=connection, external_id=number).exists():
            raise
        return False  # the same call came twice at the same moment
    failpoint("webhook.after_store")
    return True


def opened(delivery: Delivery) -> bytes:
    """Return the body of a delivery, as it came."""
    return unseal_bytes(bytes(delivery.sealed), context=SEALED_AS)


def parsed(body: bytes) -> Any:
    """Return a body as JSON; fractions keep every digit as text. Raises ``ValueError`` and ``RecursionError``."""
    said = json.loads(body.decode(), parse_float=str, parse_constant=_refuse)
    return _storable(said) if b"\\u0000" in body or b"\\ud" in body.lower() else said


def _storable(said: Any) -> Any:
    """Replace halves of characters and NUL, which no database takes."""
    if isinstance(said, str):
        return said.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(said, list):
        return [_storable(one) for one in said]
    if isinstance(said, dict):
        return {_storable(name): _storable(value) for name, value in said.items()}
    return said


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


@transaction.atomic
def count_refusal(connection: Connection | None, reason: str, *, now: datetime) -> None:
    """Count a call that was turned away."""
    made, is_new = Refusal.objects.get_or_create(
        connection=connection, day=now.date(), reason=reason, defaults={"count": 1}
    )
    if not is_new:
        Refusal.objects.filter(pk=made.pk).update(count=F("count") + 1)


def remove_some(before: datetime, *, limit: int) -> int:
    """Remove calls that came before a moment and were dealt with; return how many."""
    with transaction.atomic():
        old = Delivery.objects.filter(received_at__lt=before).exclude(state=DeliveryState.STORED)
        return Delivery.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]


@transaction.atomic
def forget(deliveries: "list[int]") -> int:
    """Empty deliveries in which a person stands; what they led to is the other domains'. They cannot be replayed."""
    theirs = Delivery.objects.filter(pk__in=deliveries).exclude(sealed=b"")
    return theirs.update(sealed=b"", subjects="", state=DeliveryState.IGNORED, reason=wording.ERASED, detail="")
