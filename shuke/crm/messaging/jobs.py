"""What messaging does in the background."""

from typing import Any

from shuke.crm.messaging.actions import dispatching
from shuke.platform.jobs.context import JobContext


def dispatch(context: JobContext, **_: Any) -> None:
    """Send what is due."""
    dispatching.expire(now=context.now())
