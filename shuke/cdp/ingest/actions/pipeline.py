"""From the inbox to the log: a batch of requests at a time, each batch one transaction.

Reading, checking and cleaning happen before the transaction is opened. Inside it: which messages are new, who sent them,
what goes into the log, and how far the inbox has now been dealt with. Killed at any moment, a batch has happened wholly
or not at all.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction

from shuke.cdp.ingest.actions import acquiring, keeping, recognising
from shuke.cdp.ingest.actions.book import BOOK, Known
from shuke.cdp.ingest.actions.items import Item, Lost
from shuke.cdp.ingest.actions.keeping import Kept
from shuke.cdp.ingest.actions.receiving import SEALED_AS
from shuke.cdp.ingest.engine.preparing import BOT, LOGGED, NO_CONSENT, Circumstances, Prepared
from shuke.cdp.ingest.engine.reading_process import Found, Packed, Reader, read_here
from shuke.cdp.ingest.models import Inbox, Progress
from shuke.cdp.ingest.queries import planning
from shuke.platform.crypto.keys import key
from shuke.platform.crypto.sealing import Unreadable, unseal_bytes
from shuke.platform.db.failpoint import failpoint

log = logging.getLogger(__name__)

# A transaction stays well below a tenth of a second, so that nobody waits long for a turn to write.
EVENTS_AT_ONCE = 400
REQUESTS_AT_ONCE = 400
_PIPELINE_LOCK = "shuke.ingest.pipeline"


class Overtaken(Exception):
    """Another worker has dealt with these requests meanwhile."""


@dataclass(slots=True)
class Load:
    """Requests on their way into the log."""

    start: int
    end: int
    requests: int
    events: int
    items: list[Item] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)

    def add(self, source: Known, around: Circumstances, found: Found) -> None:
        """Take in the events of one request."""
        for one in found:
            if isinstance(one, Prepared):
                self.items.append(Item(source, around.inbox_id, around.received_at, one.route, one))
            else:
                self.lost.append(Lost(source, around.inbox_id, around.received_at, one.route, one))


def work_off(*, now: datetime, reader: Reader | None = None, most_requests: int = REQUESTS_AT_ONCE) -> int:
    """Deal with the next requests of the inbox; return how many events they held, at least 1, or 0 if none waited.

    A batch that cannot be written is written request by request, and there event by event: what stands in the way is
    put aside as a dead letter, and nothing else waits for it. With a ``reader`` its process does the reading.
    """
    load = _next(most_requests, reader)
    if load is None:
        return 0
    try:
        _write(load, now)
    except Overtaken:
        return 0
    except DatabaseError as error:
        if not _is_about_content(error):
            raise
        return _write_carefully(load, now)
    except Exception:
        log.exception("a batch of %s events does not go into the log as a whole", len(load.items))
        return _write_carefully(load, now)
    return load.events


def _is_about_content(error: DatabaseError) -> bool:
    """Whether the database refuses what we write, rather than being away or busy."""
    from django.db import DataError, IntegrityError

    return isinstance(error, DataError | IntegrityError)


def _write_carefully(load: Load, now: datetime) -> int:
    if load.requests > 1:
        return work_off(now=now, most_requests=1)
    writable = [item for item in load.items if _can_be_written(item, now)]
    load.lost += [item.lost("unforeseen") for item in load.items if item not in writable]
    load.items = writable
    _write(load, now)
    return load.events


def _can_be_written(item: Item, now: datetime) -> bool:
    """Try one event by itself, and take it back."""
    try:
        with transaction.atomic():
            _write_items([item], [], now)
            transaction.set_rollback(True)
    except Exception:
        log.exception("an event of source %s does not go into the log", item.source.code)
        return False
    item.identity_id = item.customer_id = None
    return True


# -- reading


def _next(most_requests: int, reader: Reader | None) -> Load | None:
    """Read and prepare the next requests; outside any transaction, since it takes longest."""
    start = position()
    rows = _rows_after(start, most_requests)
    if not rows:
        return None
    if BOOK.is_stale():
        BOOK.refresh()
    planned, secret = planning.plan(), key("ingest-digest")
    load = Load(start, rows[-1].id, len(rows), max(1, sum(row.events for row in rows)))
    packed: list[Packed] = []
    origins: list[tuple[Known, Circumstances]] = []
    for row in rows:
        source, request = _source(row.source_id), _unsealed(row)
        if source is not None and request is not None:
            around = Circumstances(row.id, row.received_at, source.sender, planned, secret)
            packed.append((request, around))
            origins.append((source, around))
    found = reader.read(packed, events=load.events) if reader else read_here(packed)
    for (source, around), ones in zip(origins, found, strict=True):
        load.add(source, around, ones)
    return load


def _source(source_id: int) -> Known | None:
    source = BOOK.of(source_id)
    if source is None:
        BOOK.refresh()
        source = BOOK.of(source_id)
    return source


def _unsealed(row: "Row") -> bytes | None:
    if not row.sealed:
        return None
    try:
        return unseal_bytes(row.sealed, context=SEALED_AS)
    except Unreadable:
        log.error("request %s in the inbox does not open; it is passed over", row.id)
        return None


def position() -> int:
    """Return the id of the last request that has been dealt with."""
    return Progress.objects.filter(pk=1).values_list("inbox_id", flat=True).first() or 0


class Row(NamedTuple):
    """A request in the inbox."""

    id: int
    source_id: int
    received_at: datetime
    events: int
    sealed: bytes


def _rows_after(start: int, most: int) -> list[Row]:
    """The next requests: as many as together hold a batch of events, at least one."""
    waiting = Inbox.objects.filter(pk__gt=start).order_by("pk")
    sizes = list(waiting.values_list("pk", "events")[:most])
    last = total = 0
    for pk, events in sizes:
        if last and total + events > EVENTS_AT_ONCE:
            break
        last, total = pk, total + events
    if not last:
        return []
    rows = waiting.filter(pk__lte=last).values_list("pk", "source_id", "received_at", "events", "sealed")[:most]
    return [Row(pk, source_id, at, events, bytes(sealed)) for pk, source_id, at, events, sealed in rows]


# -- writing


def _write(load: Load, now: datetime) -> None:
    with transaction.atomic():
        _take_turn(load, now)
        _write_items(load.items, load.lost, now)
        failpoint("ingest.pipeline_mid_batch")


def _take_turn(load: Load, now: datetime) -> None:
    """Move the cursor first: whoever comes second finds it moved, and stops."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_PIPELINE_LOCK])
    moved = Progress.objects.filter(pk=1, inbox_id=load.start).update(inbox_id=load.end, changed_at=now)
    if not moved:
        made = (
            load.start == 0
            and Progress.objects.get_or_create(pk=1, defaults={"inbox_id": load.end, "changed_at": now})[1]
        )
        if not made:
            raise Overtaken


def _write_items(items: Sequence[Item], lost: Sequence[Lost], now: datetime) -> None:
    kept = Kept(now)
    fresh = keeping.only_new(items, kept)
    logged = [item for item in fresh if item.found.fate == LOGGED]
    recognising.recognise(logged, now=now)
    acquiring.note(logged)
    recognising.publish(logged)
    for item, why in recognising.hand_on(logged, now=now):
        kept.notice(item, "order_refused", why)
    for item in fresh:
        kept.receipt(item)
        kept.outcome(item, {BOT: "bot", NO_CONSENT: "no_consent"}.get(item.found.fate, "accepted"))
        kept.observe(item)
    for each in lost:
        kept.reject(each)
    kept.write()


def lag(*, now: datetime) -> timedelta:
    """Return how long the oldest request that waits has been waiting."""
    oldest = Inbox.objects.filter(pk__gt=position()).order_by("pk").values_list("received_at", flat=True).first()
    return now - oldest if oldest else timedelta(0)
