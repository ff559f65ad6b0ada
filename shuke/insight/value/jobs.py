"""Background work of value."""

from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.value import actions
from shuke.platform.jobs.context import JobContext


def recompute(context: JobContext, **_: object) -> None:
    """Bring the warehouse up to date and score everyone; safe to repeat at any point."""
    warehouse.catch_up(now=context.now())
    actions.recompute(now=context.now(), progress=context.progress)
