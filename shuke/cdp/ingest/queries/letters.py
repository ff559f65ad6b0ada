"""Dead letters, listed and opened."""

import json
from uuid import UUID

from django.db.models import Count, QuerySet

from shuke.cdp.ingest.errors import UnknownLetter
from shuke.cdp.ingest.models import DeadLetter, LetterState
from shuke.platform.crypto.sealing import Unreadable, unseal_bytes

SEALED_AS = b"ingest.letter"


def letters(*, state: str = LetterState.OPEN, source_id: int | None = None, reason: str = "") -> QuerySet[DeadLetter]:
    """Return dead letters without their content, for a list."""
    found = DeadLetter.objects.filter(state=state).defer("sealed")
    if source_id is not None:
        found = found.filter(source_id=source_id)
    return found.filter(reason=reason) if reason else found


def letter(uuid: UUID) -> DeadLetter:
    """Return one dead letter. Raises ``UnknownLetter``."""
    found = DeadLetter.objects.filter(uuid=uuid).first()
    if found is None:
        raise UnknownLetter("no such dead letter")
    return found


def text_of(found: DeadLetter) -> str:
    """Return what a dead letter says: indented if it is JSON, otherwise as it came."""
    try:
        raw = unseal_bytes(bytes(found.sealed), context=SEALED_AS)
    except Unreadable:
        return ""
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")


def reasons(*, state: str = LetterState.OPEN) -> dict[str, int]:
    """Return how many letters wait for each reason, the most frequent first."""
    counted = DeadLetter.objects.filter(state=state).values("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    return {row["reason"]: row["n"] for row in counted}


def waiting() -> int:
    """Return how many letters wait."""
    return DeadLetter.objects.filter(state=LetterState.OPEN).count()
