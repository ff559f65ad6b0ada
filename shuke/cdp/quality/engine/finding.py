"""The whole search: candidates, levels, a model, evidence, groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from shuke.cdp.quality.engine import comparing, keys, model
from shuke.cdp.quality.engine.clustering import clusters, components
from shuke.cdp.quality.engine.keys import Pairs
from shuke.cdp.quality.engine.model import CHUNK, Model
from shuke.cdp.quality.engine.people import Person, Roster, roster

# Below these odds a pair is not worth a person's time; at these, two groups join.
KEEP_AT = 0.02
JOIN_AT = 0.5
# Groups are checked pair by pair up to this size of a heap of resemblances.
_LARGEST_HEAP = 80

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Found:
    """Pairs worth keeping with their probability and levels, and the groups they make (as rows of the roster)."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    probability: NDArray[np.float64]
    levels: NDArray[np.int8]
    groups: list[list[int]]
    model: Model


def find(people: list[Person], *, known: Model | None = None) -> Found:
    """Return the duplicates among people who are all in memory."""
    return find_among(roster(people, len(people)), keys.candidates(people), known=known)


def find_among(table: Roster, pairs: Pairs, *, known: Model | None = None, progress: Progress | None = None) -> Found:
    """Return the duplicates among candidate ``pairs``, by a ``known`` model or one learned from them."""
    patterns = _patterns(table, pairs, progress)
    chosen = known or model.learn(table, pairs, patterns)
    evidence = _evidence(chosen, table, pairs, patterns)
    kept = np.flatnonzero(evidence >= _odds(KEEP_AT))
    likely = _Scored(pairs.a[kept], pairs.b[kept], patterns[kept], evidence[kept])
    within = _score(chosen, table, *_missing_pairs(likely))
    whole = likely + within
    levels = model.unpack(whole.patterns)
    groups = clusters(whole.a, whole.b, whole.evidence, forbids(levels), join_at=_odds(JOIN_AT))
    # Of the pairs that no key had brought together, those that a group holds are worth knowing.
    home = {row: at for at, group in enumerate(groups) for row in group}
    grouped = [home.get(x, -1) == home.get(y, -2) for x, y in zip(within.a.tolist(), within.b.tolist(), strict=True)]
    shown = np.concatenate((np.ones(len(likely.a), np.bool_), np.array(grouped, np.bool_)))
    return Found(
        whole.a[shown], whole.b[shown], model.probability(whole.evidence[shown]), levels[shown], groups, chosen
    )


@dataclass(slots=True)
class _Scored:
    """Pairs of rows with their levels (packed) and evidence."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    patterns: NDArray[np.int64]
    evidence: NDArray[np.float64]

    def __add__(self, other: "_Scored") -> "_Scored":
        return _Scored(
            np.concatenate((self.a, other.a)),
            np.concatenate((self.b, other.b)),
            np.concatenate((self.patterns, other.patterns)),
            np.concatenate((self.evidence, other.evidence)),
        )


def _odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _chunks(size: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, size, CHUNK))


def _patterns(table: Roster, pairs: Pairs, progress: Progress | None) -> NDArray[np.int64]:
    patterns = np.zeros(len(pairs), np.int64)
    for part in _chunks(len(pairs)):
        patterns[part] = model.pack(comparing.compare(table, pairs.a[part], pairs.b[part]))
        if progress is not None:
            progress(min(part.stop, len(pairs)), len(pairs))
    return patterns


def _evidence(chosen: Model, table: Roster, pairs: Pairs, patterns: NDArray[np.int64]) -> NDArray[np.float64]:
    evidence = np.zeros(len(pairs))
    for part in _chunks(len(pairs)):
        evidence[part] = model.evidence_of(chosen, table, pairs.a[part], pairs.b[part], patterns[part])
    return evidence


def _missing_pairs(likely: _Scored) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the pairs within each heap of resemblances that no key had brought together."""
    strong = likely.evidence >= _odds(JOIN_AT)
    heaps = components(likely.a[strong].tolist(), likely.b[strong].tolist())
    known = set(((likely.a.astype(np.int64) << 32) | likely.b).tolist())
    found = [
        pair
        for heap in heaps
        if 2 < len(heap) <= _LARGEST_HEAP
        for pair in combinations(sorted(heap), 2)
        if ((pair[0] << 32) | pair[1]) not in known
    ]
    return np.array([x for x, _ in found], np.int32), np.array([y for _, y in found], np.int32)


def _score(chosen: Model, table: Roster, a: NDArray[np.int32], b: NDArray[np.int32]) -> _Scored:
    if not len(a):
        return _Scored(a, b, np.zeros(0, np.int64), np.zeros(0))
    patterns = model.pack(comparing.compare(table, a, b))
    return _Scored(a, b, patterns, model.evidence_of(chosen, table, a, b, patterns))


def forbids(levels: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether pairs contradict each other in everything that tells people apart; they are never joined.

    Another birthday together with another e-mail address and another phone.
    """
    at = {comparison.name: index for index, comparison in enumerate(comparing.COMPARISONS)}
    other = {name: levels[:, index] == 0 for name, index in at.items()}
    forbidden: NDArray[np.bool_] = other["birthday"] & other["email"] & other["phone"]
    return forbidden
