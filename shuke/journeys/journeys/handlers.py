"""What journeys hear of the log."""

from collections.abc import Callable, Mapping
from typing import Any

from shuke.journeys.journeys.actions import hearing
from shuke.kernel.clock import utcnow


def hear(events: list[Any]) -> None:
    """Act upon what happened."""
    hearing.hear(events, now=utcnow())


def wanted() -> Mapping[str, Callable[[list[Any]], None]]:
    """Return the events that journeys wait for at present."""
    return dict.fromkeys(hearing.wanted_names(), hear)
