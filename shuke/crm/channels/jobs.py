"""Background work of channels."""

from shuke.crm.channels.actions import fetching
from shuke.platform.jobs.context import JobContext


def fetch_returns(context: JobContext, **_more: object) -> None:
    """Look into the mailboxes that returned letters lie in."""
    fetching.fetch_returns(now=context.now())
