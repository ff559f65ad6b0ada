"""When there is enough to learn from, and what is missing where there is not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# Below, an accuracy measured by cross-validation says nothing.
LEAST_LABELS = 60
LEAST_PER_CLASS = 15
# So many labels of people are enough to be judged by alone, without stars.
ENOUGH_LABELS = 1_000
# Of no more texts does a training take in the stars: more hardly improve it and take long.
MOST_TEXTS = 60_000
# What labels of people count for beside stars.
STAR_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was learned: a code and its facts, for people to read in words."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def gate(answers: Iterable[int]) -> Refusal | None:
    """Return why these answers are not enough to learn from, or None if they are.

    >>> gate([]).code, gate([1] * 100).code, gate([1] * 58 + [-1] * 5).code, gate([1] * 45 + [-1] * 15)
    ('no_labels', 'one_class', 'rare_class', None)
    """
    counts = Counter(answers)
    total = sum(counts.values())
    if not total:
        return Refusal("no_labels", {"missing": LEAST_LABELS})
    if len(counts) == 1:
        return Refusal("one_class", {"only": next(iter(counts)), "labels": total, "each": LEAST_PER_CLASS})
    if total < LEAST_LABELS:
        return Refusal("few_labels", {"labels": total, "missing": LEAST_LABELS - total})
    second = sorted(counts.values())[-2]
    if second < LEAST_PER_CLASS:
        rare = max((one for one in counts if counts[one] == second), default=0)
        return Refusal("rare_class", {"rare": rare, "labels": second, "missing": LEAST_PER_CLASS - second})
    return None


def usable(answers: Iterable[int]) -> set[int]:
    """Return the classes that have enough answers to be learned; those of the others are left out of learning."""
    return {one for one, count in Counter(answers).items() if count >= LEAST_PER_CLASS}
