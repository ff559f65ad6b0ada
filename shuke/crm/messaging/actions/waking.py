"""Waking the dispatcher right after the commit that gives it something to do."""

from datetime import datetime

from shuke.platform.jobs.actions import enqueue

JOB = "messaging.dispatch"


def wake(*, now: datetime, at: datetime | None = None) -> None:
    """Have due messages sent as soon as the caller's transaction is committed, or at a later moment.

    There is at most one waiting dispatch; what is due later is seen to by the one that runs at least every half minute.
    """
    if at is None or at <= now:
        enqueue(JOB, now=now, dedupe_key=JOB, repeat_if_running=True)
