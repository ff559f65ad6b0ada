"""Reactions of segments: facts that come, change or go move members."""

from datetime import datetime, timedelta
from typing import Any

from shuke.insight.segments.actions import keeping
from shuke.insight.segments.models import Kind, Segment
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.actions import enqueue

JOB, COPY = "segments.recompute", "segments.copy_lists"
# Facts arrive in bursts, and standings are computed first; one computation serves all of a burst.
_PATIENCE = timedelta(seconds=15)


def ask_for_recompute(events: list[Any]) -> None:  # noqa: ARG001  which events they are does not matter
    """Queue one computation of the segments that rest on standings, unless one waits already or there are none.

    The others follow each fact by themselves.
    """
    if any(one.reads.is_derived for one in keeping.watched_segments()):
        now = utcnow()
        enqueue(JOB, now=now, run_at=now + _PATIENCE, dedupe_key=JOB, repeat_if_running=True, only_derived=True)


def follow_joined(events: list[Any]) -> None:
    """After merges and splits: lists have moved with them and are copied to the warehouse, rules are computed again."""
    ask_for_recompute(events)
    if Segment.objects.filter(kind=Kind.LIST).exists():
        now, since = utcnow(), min(event.occurred_at for event in events)
        enqueue(COPY, now=now, run_at=now + _PATIENCE, dedupe_key=COPY, repeat_if_running=True, since=since.isoformat())


def keep_up(now: datetime) -> None:
    """Follow the warehouse."""
    keeping.keep_up(now=now)
