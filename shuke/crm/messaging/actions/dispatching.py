"""Sending what is due: claim, prepare, hand over, record, until nothing is left."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connections, transaction

from shuke.crm.channels.actions import sending
from shuke.crm.channels.actions.sending import Parcel
from shuke.crm.messaging.actions import recording
from shuke.crm.messaging.actions.claiming import claim
from shuke.crm.messaging.actions.preparing import prepare
from shuke.crm.messaging.actions.recording import Departures
from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.actions.restoring import is_journal_replayed
from shuke.crm.messaging.actions.waking import wake_later
from shuke.crm.messaging.models import PENDING, Message
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.gate import Verdict
from shuke.platform.db.failpoint import failpoint
from shuke.platform.db.pacing import Pace

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
# Messages that are handed over one after the other before what became of them is written down.
_IN_A_ROW = 20
# Connections to a provider at a time.
CONNECTIONS = 8
_EXPIRED_AT_ONCE = 400
# What is due within this time is waited for by a job of its own; later than that the next regular look is early enough.
_LOOKS_EVERY = timedelta(seconds=30)


def run(clock: Clock, *, worker: str, beat: Callable[[int], None] = lambda _: None) -> int:
    """Send everything that is due, in batches, and return how many messages were handed over."""
    now = clock()
    replayed = is_journal_replayed(now=now)
    while recording.recover(worker=worker, now=clock()):
        beat(0)
    while expire(now=clock()):
        beat(0)
    handed, pace = 0, Pace(first=50, least=20, most=400, seconds=0.05)
    while True:
        now = clock()
        with pace.measured(pace.size):
            claimed = claim(worker, limit=pace.size, is_journal_replayed=replayed, now=now)
        if claimed.taken:
            failpoint("messaging.claimed")
            parcels = prepare(claimed.taken, now=now).parcels
            failpoint("messaging.prepared")
            for account_id, some in parcels.items():
                handed += _hand_over(account_id, some, worker=worker, clock=clock)
        beat(handed)
        if not claimed.seen:
            _look_again(clock())
            return handed


def _hand_over(account_id: int, parcels: Sequence[Parcel], *, worker: str, clock: Clock) -> int:
    """Hand messages to one provider over several connections; what became of each row of them is recorded as it ends."""
    departures = Departures(worker, clock)

    def hand(some: Sequence[Parcel]) -> int:
        answers = sending.hand_over(account_id, some, now=clock(), report=departures.report)
        failpoint("messaging.handed")
        said = {
            one.key: (one.state, one.code, one.detail, one.provider_id, one.retry_after, one.is_address)
            for one in answers
        }
        recording.record(said, worker=worker, now=clock())
        failpoint("messaging.recorded")
        return sum(one.state != "not_started" for one in answers)

    rows = [parcels[start : start + _IN_A_ROW] for start in range(0, len(parcels), _IN_A_ROW)]
    if (
        len(rows) == 1 or connections["default"].in_atomic_block
    ):  # inside a test's transaction other threads see nothing
        return sum(hand(some) for some in rows)
    size = max(1, min(_IN_A_ROW, -(-len(parcels) // CONNECTIONS)))
    rows = [parcels[start : start + size] for start in range(0, len(parcels), size)]
    with _threads() as pool:
        return sum(pool.map(hand, rows))


class _Pool(threading.local):
    """Threads that carry messages live as long as the thread that dispatches, with their connections."""

    pool: ThreadPoolExecutor | None = None


_held = _Pool()


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    if _held.pool is None:
        _held.pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="carry")
    yield _held.pool


def let_go() -> None:
    """Close what this thread and its carriers hold: connections to providers and to the database."""
    sending.let_go()
    if _held.pool is not None:
        barrier = threading.Barrier(CONNECTIONS)
        list(_held.pool.map(lambda _: _close(barrier), range(CONNECTIONS)))
        _held.pool.shutdown()
        _held.pool = None


def _close(barrier: threading.Barrier) -> None:
    barrier.wait(30)  # each thread takes one of these
    sending.let_go()
    connections.close_all()


@transaction.atomic
def expire(*, now: datetime) -> int:
    """Take out messages that waited for longer than they mean anything; return how many."""
    late = Message.objects.select_for_update().filter(state__in=PENDING, expires_at__lte=now).order_by("pk")
    held = list(late[:_EXPIRED_AT_ONCE])
    verdict = Verdict("deny", ("expired",))
    suppress(held, {one.pk: (verdict, {}) for one in held}, standing.policy().number, now=now)
    return len(held)


def _look_again(now: datetime) -> None:
    """Have the next message sent when it is due, if that is before the next regular look."""
    soon = Message.objects.filter(state__in=PENDING, is_paused=False, due_at__gt=now, due_at__lte=now + _LOOKS_EVERY)
    due_at = soon.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is not None:
        with transaction.atomic():
            wake_later(now=now, at=due_at)
