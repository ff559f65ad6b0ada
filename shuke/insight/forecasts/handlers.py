"""Reactions of forecasts: history that came in is looked at without waiting for the next night."""

from datetime import timedelta
from typing import Any

from shuke.insight.forecasts import queries
from shuke.insight.forecasts.actions import running
from shuke.kernel.clock import utcnow

# A file is imported in many batches; one run serves them all.
_PATIENCE = timedelta(seconds=60)


def look_at_history(events: list[Any]) -> None:
    """Queue a run when history came in and nothing has been forecast yet."""
    if any(event.historical for event in events) and not queries.has_run():
        now = utcnow()
        running.ask_for_run(now=now, run_at=now + _PATIENCE)
