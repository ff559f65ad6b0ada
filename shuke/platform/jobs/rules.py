"""When a job that went wrong is tried again."""

from datetime import timedelta

from shuke.kernel.errors import Kind, ShukeError

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
# A job whose worker dies this often in a row, without getting any further, probably kills it.
MAX_CRASHES = 10


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after the given number of failures in a row.

    >>> [int(pause_after(n).total_seconds()) for n in (1, 2, 3, 4)]
    [5, 20, 80, 320]
    """
    return min(FIRST_PAUSE * int(4 ** (attempts - 1)), LONGEST_PAUSE)


def is_final(error: BaseException) -> bool:
    """Whether trying again cannot help: a refusal that does not come from something being away for the moment."""
    return isinstance(error, ShukeError) and error.kind is not Kind.UNAVAILABLE


def pace_left(done: int, total: int, *, since: int, seconds: float) -> float | None:
    """Return how many seconds the rest takes at the pace since we were at ``since``; None before there is a pace.

    >>> pace_left(30, 100, since=10, seconds=4.0)
    14.0
    """
    if not 0 < done <= total or done <= since:
        return None
    return (total - done) * seconds / (done - since)
