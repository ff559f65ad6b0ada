"""What notices do in the background."""

from typing import Any

from shuke.platform.jobs.context import JobContext
from shuke.platform.notices.actions import telling
from shuke.platform.notices.actions.sending import send_some


def send(context: JobContext, **_: Any) -> None:
    """Send what is due, until nothing is."""
    sent = 0
    while found := send_some(now=context.now(), clock=context.now):
        sent += found
        context.progress(sent, 0)
        if context.is_cancelled():
            return


def tidy(context: JobContext, **_: Any) -> None:
    """Forget notices of long ago."""
    telling.tidy(now=context.now())
