"""Reactions of value: sales that come, change or go make the standings old."""

from datetime import datetime, timedelta
from typing import Any

from shuke.cdp.catalog import queries as catalog
from shuke.insight.value import actions
from shuke.kernel.clock import utcnow

# Sales arrive in bursts; one computation serves all of a burst. History was gathered before: only its delivery lasts.
_PATIENCE = timedelta(seconds=3)
_PATIENCE_WITH_HISTORY = timedelta(seconds=1)


def ask_for_recompute(events: list[Any]) -> None:
    """Queue one computation, unless one waits already."""
    is_history = all(event.historical for event in events)
    actions.ask_for_recompute(now=utcnow(), after=_PATIENCE_WITH_HISTORY if is_history else _PATIENCE)


def follow_costs(events: list[Any]) -> None:
    """Queue a computation when products change, in a company that knows what some of them cost."""
    if catalog.with_cost():
        ask_for_recompute(events)


def keep_up(now: datetime) -> None:
    """Look, behind the loader, whether a day has turned."""
    actions.keep_up(now=now)
