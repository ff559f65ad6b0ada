"""Waking the dispatcher right after the commit that gives it something to do."""

from datetime import datetime

from shuke.platform.jobs.actions import enqueue

JOB = "messaging.dispatch"


def wake(*, now: datetime, at: datetime | None = None) -> None:
    """Have due messages sent as soon as the caller's transaction is committed; those due later at their moment."""
    if at is None or at <= now:
        enqueue(JOB, now=now, dedupe_key=JOB, repeat_if_running=True)


def wake_later(*, now: datetime, at: datetime) -> None:
    """Have the dispatcher look again at a moment. Under a key of its own, so that it puts off nothing that is due now."""
    enqueue(JOB, now=now, dedupe_key=f"{JOB}:later", run_at=at)
