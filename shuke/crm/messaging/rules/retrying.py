"""What becomes of a message after a try, and when it is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shuke.crm.messaging.rules.policy import ASKED

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=4)
# Nothing left and nobody said no: a connection that failed, a seal that ran out.
SHORT_PAUSE = timedelta(seconds=30)
GIVES_UP_AFTER = timedelta(days=3)

State = Literal["accepted", "failed", "deferred", "unknown", "approved"]
AT_ONCE_CODES = frozenset({"expired", "withheld"})


@dataclass(frozen=True, slots=True)
class After:
    """Where a message stands after a try, and when it is due again if it is."""

    state: State
    due_at: datetime | None = None
    code: str = ""


def after(
    handed: str, *, code: str, purpose: str, attempts: int, first_try_at: datetime | None,
    retry_after: int | None, now: datetime,
) -> After:  # fmt: skip
    """Return what follows from what a carrier said.

    What may have left is tried again only if it was asked for: the carrier then recognises it by its id. Everything
    else stays *unknown*, to be settled by a receipt, and never leaves twice.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 6, 15, 12, tzinfo=UTC)
    >>> said = dict(code="", attempts=1, first_try_at=noon, retry_after=None, now=noon)
    >>> after("unknown", purpose="marketing", **said).state, after("unknown", purpose="transactional", **said).state
    ('unknown', 'deferred')
    >>> after("deferred", purpose="marketing", **said).due_at - noon
    datetime.timedelta(seconds=300)
    """
    if handed in ("accepted", "failed"):
        return After("accepted" if handed == "accepted" else "failed", code=code)
    if handed == "unknown" and purpose not in ASKED:
        return After("unknown", code=code or "unknown")
    if first_try_at is not None and now - first_try_at >= GIVES_UP_AFTER:
        return After("failed", code="gave_up")
    if handed == "not_started":
        pause = timedelta(0) if code in AT_ONCE_CODES else SHORT_PAUSE * min(attempts, 10)
        return After("approved", now + pause, code)
    return After("deferred", now + pause_after(attempts, retry_after), code)


def pause_after(attempts: int, retry_after: int | None) -> timedelta:
    """Return how long to wait after so many tries: at least five minutes, longer each time, and no less than we were told.

    >>> [pause_after(n, None).total_seconds() / 60 for n in (1, 2, 3, 10)], pause_after(1, 1200).total_seconds() / 60
    ([5.0, 10.0, 20.0, 240.0], 20.0)
    """
    own = min(FIRST_PAUSE * int(2 ** min(attempts - 1, 10)), LONGEST_PAUSE)
    return max(own, timedelta(seconds=min(retry_after or 0, 24 * 3600)))
