"""Reactions of traits: facts make computed attributes old, members who come and go move automatic tags."""

from datetime import timedelta
from typing import Any

from shuke.insight.traits import actions, queries
from shuke.insight.traits.models import State, Trait
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.actions import enqueue

_ALL = "traits.recompute"
# Facts arrive in bursts; one computation serves all of a burst.
_PATIENCE = timedelta(seconds=30)


def ask_for_recompute(events: list[Any]) -> None:  # noqa: ARG001  which events they are does not matter
    """Queue one computation of everything, unless one waits already or there is nothing to compute."""
    if Trait.objects.filter(state=State.ACTIVE).exists():
        now = utcnow()
        enqueue(_ALL, now=now, run_at=now + _PATIENCE, dedupe_key=_ALL, repeat_if_running=True)


def follow_members(events: list[Any]) -> None:
    """Queue a look at the tags that follow the segments whose members moved."""
    moved = {event.properties["segment_id"] for event in events}
    for tag in queries.follows(moved):
        actions.ask_for_tag(tag, by=None, now=utcnow())
