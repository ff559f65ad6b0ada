"""What texts are about: non-negative matrix factorisation of their words, as many topics as hang together best."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from shuke.insight.voice.engine.grams import Numbers
from shuke.insight.voice.engine.words import Terms

LEAST_TEXTS = 40
_COUNTS = (4, 6, 8, 10, 12)
_ROUNDS = 120
_WORDS = 12
_JUDGED_BY = 8
_MOST_TERMS = 3_000
# A topic whose words do not meet more often than by chance is none.
LEAST_COHERENCE = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """One topic: its words with weights, the strongest (1) first, and how far these meet in texts (NPMI, -1 to 1)."""

    words: list[tuple[str, float]]
    coherence: float


def found_in(terms: Terms) -> list[Found]:
    """Return the topics of texts that are given by their words; none where there are too few texts."""
    told = [one for one in terms if one]
    known = sorted({term for one in told for term in one})
    if len(told) < LEAST_TEXTS or len(known) < 2 * _COUNTS[0]:
        return []
    rows, presence, names = _matrix(told, known)
    best: list[Found] = []
    best_score = -1.0
    for count in _COUNTS:
        if count * 2 > len(names) or count * 8 > len(told):
            break
        topics = _described(_factors(rows, count), presence, names)
        score = float(np.mean([one.coherence for one in topics])) if topics else -1.0
        if score > best_score + 0.01:
            best, best_score = topics, score
    return sorted(best, key=lambda one: -one.coherence)


def _matrix(told: Terms, known: Sequence[str]) -> tuple[Any, Any, list[str]]:
    from scipy import sparse

    place = {term: at for at, term in enumerate(known)}
    owner = np.repeat(np.arange(len(told)), [len(one) for one in told])
    column = np.array([place[term] for one in told for term in one])
    presence = sparse.csr_matrix((np.ones(len(column)), (owner, column)), shape=(len(told), len(known)))
    spread = np.asarray(presence.sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-spread, kind="stable")[:_MOST_TERMS])
    presence, spread = presence[:, kept].tocsr(), spread[kept]
    rows = presence.multiply(np.log((1 + len(told)) / (1 + spread)) + 1).tocsr()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(np.where(length > 0, length, 1), np.diff(rows.indptr))
    return rows, presence, [known[at] for at in kept]


def _factors(rows: Any, count: int) -> Numbers:
    """Return the words of each topic: multiplicative updates, begun at the singular vectors' positive parts."""
    from scipy.sparse.linalg import svds

    start = np.random.default_rng(11).standard_normal(min(rows.shape))
    left, size, right = svds(rows, k=count, v0=start)
    texts = np.abs(left) * np.sqrt(size) + 1e-4
    words: Numbers = np.abs(right) * np.sqrt(size)[:, None] + 1e-4
    turned = rows.T.tocsr()
    for _ in range(_ROUNDS):
        texts *= np.asarray(rows @ words.T) / np.maximum(texts @ (words @ words.T), 1e-12)
        words *= np.asarray(turned @ texts).T / np.maximum((texts.T @ texts) @ words, 1e-12)
    return words


def _described(words: Numbers, presence: Any, names: Sequence[str]) -> list[Found]:
    found = []
    for row in words:
        order = np.argsort(-row, kind="stable")[:_WORDS]
        top = [(names[at], round(float(row[at] / row[order[0]]), 3)) for at in order if row[at] > row[order[0]] * 0.05]
        coherence = _coherence(order[: min(_JUDGED_BY, len(top))], presence)
        if len(top) > 1 and coherence > LEAST_COHERENCE:
            found.append(Found(top, round(coherence, 3)))
    return found


def _coherence(columns: Numbers, presence: Any) -> float:
    """Return the mean normalised pointwise mutual information of pairs of words: whether they meet in texts."""
    total = presence.shape[0]
    part = np.asarray(presence[:, columns].todense())
    together = part.T @ part
    scores = []
    for a, b in combinations(range(len(columns)), 2):
        both = together[a, b] / total
        if not both:
            scores.append(-1.0)
            continue
        expected = together[a, a] / total * together[b, b] / total
        scores.append(float(np.log(both / expected) / max(-np.log(both), 1e-9)))
    return float(np.mean(scores)) if scores else -1.0
