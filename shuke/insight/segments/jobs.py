"""Background work of segments."""

from datetime import datetime, timedelta
from typing import Any

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import compute, keeping, membership
from shuke.insight.segments.models import Kind, Segment, State
from shuke.platform.jobs.actions import enqueue
from shuke.platform.jobs.context import JobContext
from shuke.platform.jobs.queries import is_unfinished
from shuke.platform.staff.actor import Actor

_ALL = "segments.recompute"
_WAITS_FOR = "value.recompute"
_PATIENCE = timedelta(seconds=5)
_SYSTEM = Actor.system("segments")


def compute_one(context: JobContext, *, segment_id: int, **_: Any) -> None:
    """Compute one segment: after it was saved, or because somebody asked."""
    segment = Segment.objects.filter(pk=segment_id, state=State.ACTIVE, kind=Kind.RULE).first()
    if segment is None:
        return
    warehouse.catch_up(now=context.now())
    compute.recompute(segment, by=_SYSTEM, now=context.now(), progress=context.progress)


def compute_all(context: JobContext, *, only_derived: bool = False, **_: Any) -> None:
    """Compute every segment in use, or only those that rest on standings, after these.

    A segment whose rule cannot be used any more keeps its last members, visibly old, and does not hold up the others.
    """
    if is_unfinished(_WAITS_FOR, until=context.now() + _PATIENCE):
        again = context.now() + _PATIENCE
        enqueue(
            _ALL, now=context.now(), run_at=again, dedupe_key=_ALL, repeat_if_running=True, only_derived=only_derived
        )
        return
    warehouse.catch_up(now=context.now())
    waiting = list(queries.segments(kind=Kind.RULE).order_by("pk"))
    if only_derived:
        derived = {one.segment.pk for one in keeping.watched_segments() if one.reads.is_derived}
        waiting = [one for one in waiting if one.pk in derived or one.computed_at is None]
    for done, segment in enumerate(waiting):
        if context.is_cancelled():
            return
        context.progress(done, len(waiting), f"“{segment.name}”")
        try:
            compute.recompute(segment, by=_SYSTEM, now=context.now())
        except errors.InvalidRule:
            continue
        except errors.NothingToAnalyse:
            return
    context.progress(len(waiting), len(waiting))


def copy_lists(context: JobContext, *, since: str, **_: Any) -> None:
    """Copy lists to the warehouse that changed since a moment without anybody changing them by hand: through merges."""
    changed = Segment.objects.filter(kind=Kind.LIST, computed_at__gte=datetime.fromisoformat(since)).order_by("pk")
    for done, segment in enumerate(changed, start=1):
        membership.copy_to_warehouse(segment)
        context.progress(done, len(changed))
