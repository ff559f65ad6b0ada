"""Reactions of value: sales that come, change or go make the standings old."""

from datetime import timedelta
from typing import Any

from shuke.insight.value import actions
from shuke.kernel.clock import utcnow

# Sales arrive in bursts; one computation serves all of a burst.
_PATIENCE = timedelta(seconds=3)


def ask_for_recompute(events: list[Any]) -> None:  # noqa: ARG001  which events they are does not matter
    """Queue one computation, unless one waits already."""
    actions.ask_for_recompute(now=utcnow(), after=_PATIENCE)
