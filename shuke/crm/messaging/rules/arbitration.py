"""Several messages for one person's slot: the more valuable goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shuke.crm.messaging.rules.policy import Cap, exceeded


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that was allowed and has not left: it holds a slot from ``due_at`` on. ``order`` is its place among them."""

    order: int
    key: str
    channel: str
    value: float
    due_at: datetime


def displaced(
    caps: Sequence[Cap], channel: str, value: float, waiting: Sequence[Waiting], sent: Sequence[tuple[str, datetime]],
    *, now: datetime,
) -> list[Waiting] | None:  # fmt: skip
    """Return who of those waiting has to make room for one more message of a worth; None if it is not worth that.

    The least valuable go first, of equals the youngest. Nobody makes room for a message of equal worth: whoever was
    there first keeps the slot. What was sent already makes room for nobody.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 6, 15, 12, tzinfo=UTC)
    >>> one = Waiting(1, "a", "email", 2.0, noon)
    >>> displaced([Cap(days=1, most=1)], "email", 3.0, [one], [], now=noon) == [one]
    True
    >>> displaced([Cap(days=1, most=1)], "email", 2.0, [one], [], now=noon) is None
    True
    """
    rest = list(waiting)
    gone: list[Waiting] = []
    while True:
        held = [*sent, *((one.channel, one.due_at) for one in rest)]
        cap = exceeded(caps, channel, held, now=now)
        if cap is None:
            return gone
        reach = timedelta(days=cap.days)
        near = (one for one in rest if cap.covers(one.channel) and abs(one.due_at - now) < reach)
        cheaper = [one for one in near if one.value < value]
        if not cheaper:
            return None
        loser = min(cheaper, key=lambda one: (one.value, -one.order))
        rest.remove(loser)
        gone.append(loser)
