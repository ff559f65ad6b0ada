"""What journeys do in the background."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from shuke.insight.segments import queries as segments
from shuke.insight.segments.actions import lists
from shuke.journeys.journeys.actions import advancing, entering, scheduling, settling
from shuke.platform.jobs.context import JobContext
from shuke.platform.staff.actor import Actor

# Others wait in the same lane.
_SLICE = timedelta(seconds=5)


def advance(context: JobContext, **_: Any) -> None:
    """Move everybody who is due, a slice of time at most, then leave the rest to the next turn."""
    until = context.now() + _SLICE
    while advancing.move_due(now=context.now()):
        if context.is_cancelled():
            return
        if context.now() >= until:
            entering.wake(context.now())
            return
    advancing.rest(now=context.now())


def schedule(context: JobContext, **_: Any) -> None:
    """Send people on the journeys whose day or hour has come."""
    scheduling.look(now=context.now())


def settle(context: JobContext, **_: Any) -> None:
    """Look what people bought, those held out included, and forget old refusals."""
    settling.settle(now=context.now())
    settling.tidy(now=context.now())


def put_on_list(
    context: JobContext, *, listed: str, customers: Sequence[int], remove: bool, journey_id: int, journey: str, **_: Any
) -> None:
    """Put people on a list or take them off, as a step of a journey says. Doing it again changes nothing."""
    segment, by = segments.by_uuid(UUID(listed)), Actor("journey", str(journey_id), journey)
    change = lists.remove if remove else lists.add
    change(segment, customers, by=by, now=context.now())
