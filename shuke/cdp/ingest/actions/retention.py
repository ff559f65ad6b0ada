"""What is kept for how long: bodies first, then what remains of them and the receipts; and forgetting a person."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from shuke.cdp.ingest.actions.receiving import SEALED_AS
from shuke.cdp.ingest.engine.packing import Request, pack, unpack
from shuke.cdp.ingest.engine.preparing import items_of
from shuke.cdp.ingest.models import DeadLetter, Inbox, LetterState, Progress, Receipt, Tally
from shuke.cdp.ingest.queries import people
from shuke.cdp.ingest.queries.settings import settings
from shuke.platform.crypto.sealing import Unreadable, seal_bytes, unseal_bytes

CHUNK = 2_000
TALLIES_KEPT = timedelta(days=800)
SETTLED_LETTERS_KEPT = timedelta(days=30)


def tidy(*, now: datetime) -> int:
    """Do one chunk of what retention asks for; return how many rows it changed, 0 when there is nothing left to do."""
    kept = settings()
    dealt_with = Progress.objects.filter(pk=1).values_list("inbox_id", flat=True).first() or 0
    raw_before = now - timedelta(days=kept.raw_days)
    gone_before = now - timedelta(days=kept.receipt_days)
    return (
        _empty_bodies(raw_before, dealt_with)
        or _forget_receipts(gone_before, dealt_with)
        or _forget_letters(now, raw_before)
        or _deleted(Tally.objects.filter(day__lt=(now - TALLIES_KEPT).date()))
    )


def _empty_bodies(before: datetime, dealt_with: int) -> int:
    old = Inbox.objects.filter(received_at__lt=before, pk__lte=dealt_with).exclude(sealed=b"")
    chunk = list(old.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return Inbox.objects.filter(pk__in=chunk).update(sealed=b"") if chunk else 0


def _forget_receipts(before: datetime, dealt_with: int) -> int:
    """Receipts go with the request they came in, in the order of their ids, which is that of the requests."""
    old = Inbox.objects.filter(received_at__lt=before, pk__lte=dealt_with)
    last = old.aggregate(last=Max("pk"))["last"]
    if last is None:
        return 0
    oldest = list(Receipt.objects.order_by("pk").values_list("pk", "inbox_id")[:CHUNK])
    doomed = [pk for pk, inbox_id in oldest if inbox_id <= last]
    if doomed:
        return Receipt.objects.filter(pk__in=doomed).delete()[0]
    return _deleted(old)


def _forget_letters(now: datetime, before: datetime) -> int:
    settled = Q(handled_at__lt=now - SETTLED_LETTERS_KEPT) & ~Q(state=LetterState.OPEN)
    return _deleted(DeadLetter.objects.filter(settled | Q(last_at__lt=before)))


def _deleted(old: QuerySet[Any]) -> int:
    """Delete a chunk of rows; return how many."""
    chunk = list(old.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return old.model._default_manager.filter(pk__in=chunk).delete()[0] if chunk else 0


@transaction.atomic
def forget_people(identities: Sequence[int], values: Iterable[str]) -> dict[str, int]:
    """Take what people sent out of the inbox and the dead letters; return counts. Repeating it does nothing.

    ``identities`` are theirs; ``values`` are the keys under which they could stand in events that were refused. The
    copies of others in the same request stay.
    """
    marks = people.marks_of(values)
    held = {row.pk for row in people.requests_of(identities)}
    rows = Inbox.objects.select_for_update().filter(pk__in=held)
    emptied = sum(_expunge(row, marks) for row in rows)
    letters = [one.pk for one in people.letters_of(marks)]
    return {"requests": emptied, "dead_letters": DeadLetter.objects.filter(pk__in=letters).delete()[0]}


def _expunge(row: Inbox, marks: set[str]) -> int:
    """Take the events of these people out of one request; return whether anything was taken."""
    try:
        request = unpack(unseal_bytes(bytes(row.sealed), context=SEALED_AS))
    except Unreadable:
        return 0
    items, shared, sent = items_of(request)
    staying = [item for item in items if not people.is_about(item, marks)]
    if len(staying) == len(items):
        return 0
    if staying:
        body = msgspec.json.encode(
            {"batch": [msgspec.Raw(item) for item in staying], "context": shared, "sentAt": sent}
        )
        sealed = seal_bytes(pack(Request("", body, "", "", request.history)), context=SEALED_AS)
    else:
        sealed = b""
    Inbox.objects.filter(pk=row.pk).update(sealed=sealed)
    return 1
