"""The whole search: candidates, levels, a model, evidence, groups."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    return find_among(roster(people), keys.candidates(people), known=known)


def find_among(table: Roster, pairs: Pairs, *, known: Model | None = None, progress: Progress | None = None) -> Found:
    """Return the duplicates among candidate ``pairs``, by a ``known`` model or one learned from them."""
    patterns = _patterns(table, pairs, progress)
    chosen = known or model.learn(table, pairs, patterns)
    evidence = _evidence(chosen, table, pairs, patterns)
    kept = np.flatnonzero(evidence >= _odds(KEEP_AT))
    a, b, patterns, evidence = pairs.a[kept], pairs.b[kept], patterns[kept], evidence[kept]
    groups, more = _groups(chosen, table, a, b, evidence, patterns)
    a, b = np.concatenate((a, more[0])), np.concatenate((b, more[1]))
    levels = model.unpack(np.concatenate((patterns, more[2])))
    return Found(a, b, model.probability(np.concatenate((evidence, more[3]))), levels, groups, chosen)


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


_More = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]


def _groups(
    chosen: Model, table: Roster, a: NDArray[np.int32], b: NDArray[np.int32], evidence: NDArray[np.float64],
    patterns: NDArray[np.int64],
) -> tuple[list[list[int]], _More]:  # fmt: skip
    """Return the groups, and the pairs within them that no key had brought together."""
    likely = evidence >= _odds(JOIN_AT)
    heaps = [heap for heap in components(a[likely].tolist(), b[likely].tolist()) if 2 < len(heap) <= _LARGEST_HEAP]
    known = set(((a.astype(np.int64) << 32) | b).tolist())
    missing = [
        (x, y)
        for heap in heaps
        for at, x in enumerate(sorted(heap))
        for y in sorted(heap)[at + 1 :]
        if ((x << 32) | y) not in known
    ]
    more_a = np.array([pair[0] for pair in missing], np.int32)
    more_b = np.array([pair[1] for pair in missing], np.int32)
    if missing:
        more_patterns = model.pack(comparing.compare(table, more_a, more_b))
        more_evidence = model.evidence_of(chosen, table, more_a, more_b, more_patterns)
    else:
        more_patterns, more_evidence = np.zeros(0, np.int64), np.zeros(0)
    all_a, all_b = np.concatenate((a, more_a)), np.concatenate((b, more_b))
    all_evidence = np.concatenate((evidence, more_evidence))
    forbidden = forbids(model.unpack(np.concatenate((patterns, more_patterns))))
    groups = clusters(all_a, all_b, all_evidence, forbidden, join_at=_odds(JOIN_AT))
    together = {row: at for at, group in enumerate(groups) for row in group}
    inside = np.array([together.get(x, -1) == together.get(y, -2) for x, y in missing], np.bool_)
    return groups, (more_a[inside], more_b[inside], more_patterns[inside], more_evidence[inside])


def forbids(levels: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Whether pairs contradict each other in everything that tells people apart; they are never joined.

    Another birthday together with another e-mail address and another phone.
    """
    at = {comparison.name: index for index, comparison in enumerate(comparing.COMPARISONS)}
    other = {name: levels[:, index] == 0 for name, index in at.items()}
    return other["birthday"] & other["email"] & other["phone"]
