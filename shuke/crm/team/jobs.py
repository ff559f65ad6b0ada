"""What the work of people does in the background."""

from typing import Any

from shuke.crm.team.actions import alerting, planning, settling, watching
from shuke.platform.company import queries as company
from shuke.platform.jobs.context import JobContext


def watch(context: JobContext, **_: Any) -> None:
    """Look who is over the line, and tell those who look after them."""
    if watching.look(now=context.now()) is not None:
        alerting.alert(now=context.now())
        planning.ask_if_due(now=context.now())


def plan(context: JobContext, *, at_once: bool = False, **_: Any) -> None:
    """Make today's list when its hour has come."""
    if company.find_company() is not None and (at_once or planning.is_due(now=context.now())):
        planning.plan(now=context.now())


def settle(context: JobContext, **_: Any) -> None:
    """Look what was bought after calls."""
    settling.settle(now=context.now())
