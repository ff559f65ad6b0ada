"""Dead letters: replayed as they are or mended, or discarded."""

import json
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.cdp.ingest.actions.keeping import CONFLICT
from shuke.cdp.ingest.actions.receiving import INBOX_BELL, Parcel, write
from shuke.cdp.ingest.engine.packing import Request
from shuke.cdp.ingest.errors import BadLetter, LetterIsSettled, UnknownLetter
from shuke.cdp.ingest.models import DeadLetter, LetterState
from shuke.cdp.ingest.queries.letters import SEALED_AS as LETTER_SEALED_AS
from shuke.cdp.ingest.rules import limits, reading
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import unseal_bytes
from shuke.platform.staff.actor import Actor

MOST_AT_ONCE = 500


@transaction.atomic
def replay(letter_id: int, *, by: Actor, now: datetime, text: str | None = None) -> None:
    """Put an event back into the inbox, with ``text`` in its place if somebody mended it.

    It keeps the moment at which it was received, so that its time comes out the same. A message id that another
    message has already is replaced. Raises ``UnknownLetter``, ``LetterIsSettled`` and ``BadLetter``.
    """
    letter = _locked(letter_id)
    raw = (
        unseal_bytes(bytes(letter.sealed), context=LETTER_SEALED_AS)
        if text is None
        else text.encode("utf-8", "replace")
    )
    _put_back(letter, raw, is_mended=text is not None)
    _settle([letter], LetterState.REPLAYED, by, now)
    summary = {"kind": letter.reason, "fields": ["body"] if text is not None else []}
    audit.record(by, "ingest.letter_replayed", target=f"ingest.DeadLetter:{letter.pk}", summary=summary, now=now)


@transaction.atomic
def discard(letter_id: int, *, by: Actor, now: datetime) -> None:
    """Say that an event is not wanted. Raises ``UnknownLetter`` and ``LetterIsSettled``."""
    letter = _locked(letter_id)
    _settle([letter], LetterState.DISCARDED, by, now)
    summary = {"kind": letter.reason}
    audit.record(by, "ingest.letter_discarded", target=f"ingest.DeadLetter:{letter.pk}", summary=summary, now=now)


@transaction.atomic
def replay_all(*, reason: str, source_id: int | None, by: Actor, now: datetime) -> int:
    """Put waiting letters of one reason back into the inbox, after what refused them was mended; return how many."""
    letters = _waiting(reason, source_id)
    for letter in letters:
        _put_back(letter, unseal_bytes(bytes(letter.sealed), context=LETTER_SEALED_AS), is_mended=False)
    return _settled_together(letters, LetterState.REPLAYED, "ingest.letters_replayed", by=by, now=now)


@transaction.atomic
def discard_all(*, reason: str, source_id: int | None, by: Actor, now: datetime) -> int:
    """Discard waiting letters of one reason; return how many."""
    letters = _waiting(reason, source_id)
    return _settled_together(letters, LetterState.DISCARDED, "ingest.letters_discarded", by=by, now=now)


def _waiting(reason: str, source_id: int | None) -> list[DeadLetter]:
    letters = DeadLetter.objects.select_for_update().filter(state=LetterState.OPEN, reason=reason)
    if source_id is not None:
        letters = letters.filter(source_id=source_id)
    return list(letters.order_by("pk")[:MOST_AT_ONCE])


def _settled_together(letters: list[DeadLetter], state: LetterState, verb: str, *, by: Actor, now: datetime) -> int:
    if letters:
        _settle(letters, state, by, now)
        audit.record(by, verb, summary={"kind": letters[0].reason, "letters": len(letters)}, now=now)
    return len(letters)


def _locked(letter_id: int) -> DeadLetter:
    letter = DeadLetter.objects.select_for_update().filter(pk=letter_id).first()
    if letter is None:
        raise UnknownLetter(_("This event is not here any more."))
    if letter.state != LetterState.OPEN:
        raise LetterIsSettled(_("Somebody has dealt with this event already."))
    return letter


def _put_back(letter: DeadLetter, raw: bytes, *, is_mended: bool) -> None:
    if is_mended:
        _check(raw)
    if letter.reason == CONFLICT:
        raw = _under_another_id(raw)
    request = Request(letter.route, raw)
    write([Parcel(letter.source_id, letter.received_at, 1, request)])
    transaction.on_commit(INBOX_BELL.ring)


def _check(raw: bytes) -> None:
    if len(raw) > limits.MAX_EVENT_BYTES:
        raise BadLetter(_("An event may be 32 KB long; this one is longer."))
    try:
        reading.event(raw)
    except reading.Refused as no:
        raise BadLetter(_("This is not a JSON object: %s") % (no.detail or no.reason)) from no


def _under_another_id(raw: bytes) -> bytes:
    said, _is_mended = reading.event(raw)
    return json.dumps({**said, "messageId": f"replay-{uuid7()}"}).encode()


def _settle(letters: list[DeadLetter], state: LetterState, by: Actor, now: datetime) -> None:
    DeadLetter.objects.filter(pk__in=[letter.pk for letter in letters]).update(
        state=state, handled_at=now, handled_by=by.reference
    )
