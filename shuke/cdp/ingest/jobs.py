"""Background work of the collector."""

from typing import Any

from shuke.cdp.ingest.actions import retention
from shuke.platform.jobs.context import JobContext


def tidy(context: JobContext, **_: Any) -> None:
    """Let go of what was kept long enough, a chunk at a time."""
    done = 0
    while not context.is_cancelled() and (more := retention.tidy(now=context.now())):
        done += more
        context.progress(done, 0)
