"""Reactions of the work of people: new scores and new values are looked at."""

from datetime import datetime
from typing import Any

from shuke.crm.team.actions import watching
from shuke.kernel.clock import utcnow


def look_again(events: list[Any]) -> None:
    """Everybody was scored anew: look who is over the line."""
    del events
    watching.ask_for_look(now=utcnow())


def keep_up(now: datetime) -> None:
    """Look, behind the loader, whether values were computed."""
    watching.keep_up(now=now)
