"""Who enters and who leaves, given who was in and who belongs in; and how fresh an answer is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

# A segment is computed at least once a day; beyond this something is late.
FRESH_FOR = timedelta(hours=36)
# Who follows the log under this name; facts that wait longer for it than a second or two are on their way no more.
FOLLOWER = "segments.following"
PATIENCE = timedelta(seconds=10)


def compare_sorted(former: Iterable[int], present: Iterable[int]) -> tuple[list[int], list[int]]:
    """Return (entered, left) of two rising sequences of customer ids, in one pass.

    >>> compare_sorted([1, 2, 5], [2, 3, 5, 9])
    ([3, 9], [1])
    """
    entered: list[int] = []
    left: list[int] = []
    was, now = iter(former), iter(present)
    one, two = next(was, None), next(now, None)
    while one is not None or two is not None:
        if two is None or (one is not None and one < two):
            assert one is not None
            left.append(one)
            one = next(was, None)
        elif one is None or two < one:
            entered.append(two)
            two = next(now, None)
        else:
            one, two = next(was, None), next(now, None)
    return entered, left


class Age(Enum):
    """Whether a stored size and membership may be shown as present."""

    CURRENT = "current"
    NEVER_COMPUTED = "never_computed"
    RULE_CHANGED = "rule_changed"
    NEWER_DATA = "newer_data"
    LATE = "late"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old an answer is: the day it speaks of, when it was worked out, and what has overtaken it."""

    age: Age
    as_of: date | None
    computed_at: datetime | None

    @property
    def is_current(self) -> bool:
        """Whether nothing has overtaken the answer."""
        return self.age is Age.CURRENT


def freshness(
    *,
    as_of: date | None,
    computed_at: datetime | None,
    rule_changed_at: datetime,
    data_until: date | None,
    now: datetime,
    waiting_since: datetime | None = None,
) -> Freshness:
    """Judge an answer by what has happened since; facts that wait to be judged since a moment may have overtaken it."""
    if computed_at is None or as_of is None:
        return Freshness(Age.NEVER_COMPUTED, None, None)
    if rule_changed_at > computed_at:
        age = Age.RULE_CHANGED
    elif data_until is not None and data_until > as_of:
        age = Age.NEWER_DATA
    elif now - computed_at > FRESH_FOR:
        age = Age.LATE
    elif waiting_since is not None and now - waiting_since > PATIENCE:
        age = Age.BEHIND
    else:
        age = Age.CURRENT
    return Freshness(age, as_of, computed_at)
