"""What messaging does in the background."""

from typing import Any

from shuke.crm.messaging.actions import dispatching
from shuke.crm.messaging.actions import receipts as reading
from shuke.platform.jobs.context import JobContext


def dispatch(context: JobContext, **_: Any) -> None:
    """Send what is due, until nothing is."""
    dispatching.run(
        context.now, worker=context.job.worker or "job", beat=lambda handed: context.progress(handed, 0)
    )  # fmt: skip


def receipts(context: JobContext, **_: Any) -> None:
    """Read what providers said since."""
    while reading.read_some(now=context.now()):
        context.heartbeat()
