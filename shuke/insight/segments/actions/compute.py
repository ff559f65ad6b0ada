"""Working out who belongs to a segment, and recording who entered and who left."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from shuke.cdp.events.actions import Provenance
from shuke.insight.segments import queries
from shuke.insight.segments.actions import membership
from shuke.insight.segments.models import Computation, Segment
from shuke.insight.segments.rules.membership import compare_sorted
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

# Segments up to this size are computed while the person who saved them waits; larger ones in the background.
AT_ONCE_UP_TO = 5_000

Progress = Callable[[int, int], None]

_guard = threading.Lock()
_turns: dict[int, threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a computation did."""

    as_of: date
    size: int
    entered: int
    left: int


def recompute(segment: Segment, *, by: Actor, now: datetime, progress: Progress | None = None) -> Recomputed:
    """Make the stored members those whom the rule finds where the data ends.

    The difference to the stored members is written in short transactions. A repetition after a crash starts from what
    is stored by then and finishes the work; the first computation announces nobody until it has finished once.
    Raises ``NothingToAnalyse``, and ``InvalidRule`` if the rule rests on what is gone.
    """
    with alone(segment):
        segment.refresh_from_db()
        queries.checked(segment.rule, own=segment.uuid)
        as_of = queries.today()
        found = queries.present_ids(segment, as_of=as_of)
        entered, left = compare_sorted(membership.present_in_order(segment), found)
        done, total = 0, len(entered) + len(left)

        def tell(written: int) -> None:
            nonlocal done
            done += written
            if progress is not None:
                progress(done, total)

        provenance = Provenance("segments", by.reference, now)
        membership.leave(segment, left, by=provenance, tell=tell)
        membership.enter(segment, entered, by=provenance, is_announced=segment.computed_at is not None, tell=tell)
        if entered or left or segment.computed_at is None:
            membership.copy_to_warehouse(segment)
        outcome = Recomputed(as_of, len(found), len(entered), len(left))
        _note(segment, outcome, now)
        return outcome


def recompute_if_small(segment: Segment, *, by: Actor, now: datetime) -> bool:
    """Compute a segment at once if that is quick, so that the person who saved it sees its members.

    Returns False for a large one; the queued job does it then.
    """
    if queries.previewed(segment.rule).count > AT_ONCE_UP_TO:
        return False
    try:
        recompute(segment, by=by, now=now)
    except IntegrityError:  # another process is at the same segment and finishes it
        return False
    return True


def ask(segment: Segment, *, by: Actor, now: datetime) -> Job:
    """Queue a computation of one segment; one that runs already is repeated, since it may have read the old rule."""
    key = f"segments.compute:{segment.pk}"
    return enqueue("segments.compute", now=now, dedupe_key=key, by=by, repeat_if_running=True, segment_id=segment.pk)


@contextmanager
def alone(segment: Segment) -> Iterator[None]:
    """Let one thread of this process at a time compute a segment: two would both enter the same members."""
    with _guard:
        turn = _turns.setdefault(segment.pk, threading.Lock())
    with turn:
        yield


@transaction.atomic
def _note(segment: Segment, outcome: Recomputed, now: datetime) -> None:
    """Say when and for which day the members were worked out; a rule changed meanwhile stays visibly newer."""
    segment.size, segment.as_of, segment.computed_at = outcome.size, outcome.as_of, now
    Segment.objects.filter(pk=segment.pk).update(size=outcome.size, as_of=outcome.as_of, computed_at=now)
    last = Computation.objects.filter(segment=segment).order_by("-computed_at", "-pk").first()
    if last is None or last.as_of != outcome.as_of or outcome.entered or outcome.left:
        Computation.objects.create(
            segment=segment,
            as_of=outcome.as_of,
            computed_at=now,
            size=outcome.size,
            entered=outcome.entered,
            left=outcome.left,
        )
