"""Which words and topics are complained of more often than before, by more than chance would bring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma

# Of what is shown as risen, at most one in twenty is chance (Benjamini-Hochberg).
FALSE_ALARMS = 0.05
# Fewer complaints than these in the recent time are no pattern, whatever the arithmetic says.
LEAST_RECENT = 4
RECENT_DAYS, BEFORE_DAYS = 28, 84


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the people who wrote recently and before, how many complain of something."""

    recent: int
    recent_of: int
    before: int
    before_of: int


@dataclass(frozen=True, slots=True)
class Rise:
    """Something that is complained of more than before; ``chance``: how probable such a rise is if nothing changed."""

    key: str
    counts: Counts
    chance: float


def tail(counts: Counts) -> float:
    """Return how probable so many recent complaints or more are, if recent and earlier writers complain alike.

    Fisher's exact test, one-sided: right for the smallest numbers.

    >>> round(tail(Counts(3, 10, 0, 10)), 4), round(tail(Counts(0, 10, 5, 10)), 4)
    (0.1053, 1.0)
    """
    complaints, people = counts.recent + counts.before, counts.recent_of + counts.before_of
    most = min(complaints, counts.recent_of)
    whole = _ways(people, complaints)
    told = sum(
        exp(_ways(counts.recent_of, n) + _ways(counts.before_of, complaints - n) - whole)
        for n in range(counts.recent, most + 1)
        if complaints - n <= counts.before_of
    )
    return min(1.0, told)


def risen(told: Mapping[str, Counts]) -> list[Rise]:
    """Return what rose by more than chance, the surest first. Everything that could have been shown counts as tried."""
    tried = [
        Rise(key, one, tail(one)) for key, one in told.items()
        if one.recent >= LEAST_RECENT and one.before_of and one.recent * one.before_of > one.before * one.recent_of
    ]  # fmt: skip
    # What fell, or hardly came, was looked at too: the control counts every key that came often enough in all.
    looked_at = sum(one.recent + one.before >= LEAST_RECENT for one in told.values())
    tried.sort(key=lambda one: (one.chance, one.key))
    kept = 0
    for place, one in enumerate(tried, start=1):
        if one.chance <= FALSE_ALARMS * place / max(1, looked_at):
            kept = place
    return tried[:kept]


def without_parts(found: Sequence[Rise]) -> list[Rise]:
    """Return rises without words that are parts of surer ones with the same complaints (物流, 物流太慢)."""
    kept: list[Rise] = []
    for one in found:
        if not any(
            (one.key in other.key or other.key in one.key) and one.counts.recent <= other.counts.recent
            for other in kept
        ):
            kept.append(one)
    return kept


def _ways(total: int, chosen: int) -> float:
    return lgamma(total + 1) - lgamma(chosen + 1) - lgamma(total - chosen + 1)
