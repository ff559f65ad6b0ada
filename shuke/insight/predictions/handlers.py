"""Reactions of predictions: history that came in is learned from, without waiting for the next night."""

from datetime import timedelta
from typing import Any

from shuke.insight.predictions import queries
from shuke.insight.predictions.actions import running
from shuke.kernel.clock import utcnow

# A file is imported in many batches; one training serves them all.
_PATIENCE = timedelta(seconds=45)


def learn_from_history(events: list[Any]) -> None:
    """Queue a training when history came in and nothing has been learned yet."""
    if any(event.historical for event in events) and not queries.has_learned():
        now = utcnow()
        running.ask_for_training(now=now, run_at=now + _PATIENCE, only_first=True)
