"""What the inbox and the dead letters hold about a person."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from shuke.cdp.ingest.engine.packing import unpack
from shuke.cdp.ingest.engine.preparing import items_of, keys_in
from shuke.cdp.ingest.models import DeadLetter, Inbox, Receipt
from shuke.cdp.ingest.queries import letters
from shuke.cdp.ingest.queries.live import SEALED_AS
from shuke.cdp.ingest.rules import reading
from shuke.platform.crypto import subjects
from shuke.platform.crypto.keys import key
from shuke.platform.crypto.sealing import Unreadable, unseal_bytes

MOST_EXPORTED = 20_000


def marks_of(values: Iterable[str]) -> set[str]:
    """Return the digests of the keys of a person."""
    secret = key("ingest-digest")
    return {subjects.digest(value, secret=secret) for value in values if value}


def is_about(raw: bytes, marks: set[str]) -> bool:
    """Whether an event carries one of these keys."""
    secret = key("ingest-digest")
    try:
        said, _is_mended = reading.event(raw)
    except reading.Refused:
        return False
    return any(subjects.digest(value, secret=secret) in marks for value in keys_in(said))


def requests_of(identities: Sequence[int]) -> list[Inbox]:
    """Return the requests, as far as their bodies are kept, in which something of these identities stands."""
    rows = Receipt.objects.filter(identity_id__in=identities).order_by("inbox_id")
    ids = list(rows.values_list("inbox_id", flat=True).distinct()[:MOST_EXPORTED])
    return list(Inbox.objects.filter(pk__in=ids).exclude(sealed=b"").order_by("pk"))


def letters_of(marks: Iterable[str]) -> list[DeadLetter]:
    """Return the dead letters in which one of these keys stands."""
    found: dict[int, DeadLetter] = {}
    for mark in sorted(marks):  # a person has a handful of keys
        found |= {one.pk: one for one in DeadLetter.objects.filter(subjects__contains=f" {mark} ")}
    return list(found.values())


def received(identities: Sequence[int], values: Iterable[str]) -> list[dict[str, Any]]:
    """Return a person's events as they came."""
    marks, found = marks_of(values), []
    for row in requests_of(identities):
        try:
            request = unpack(unseal_bytes(bytes(row.sealed), context=SEALED_AS))
        except Unreadable:
            continue
        said = [json.loads(raw) for raw in items_of(request)[0] if is_about(raw, marks)]
        if said:
            found.append({"received_at": row.received_at, "ip": request.ip, "agent": request.agent, "events": said})
    return found


def put_aside(values: Iterable[str]) -> list[dict[str, Any]]:
    """Return a person's events that could not be taken."""
    return [
        {"received_at": one.received_at, "reason": one.reason, "event": letters.text_of(one)}
        for one in letters_of(marks_of(values))
    ]
