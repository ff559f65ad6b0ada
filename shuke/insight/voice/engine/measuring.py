"""How right a classifier is on texts that it did not learn from."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shuke.insight.voice.engine.grams import Numbers
from shuke.insight.voice.rules.shares import wilson

_BINS = 10
_DRAWS = 500


def calibration_error(chances: Numbers, truth: Numbers) -> float:
    """Return how far, on average, what it says of its certainty is from how often it is right (ECE, equal-sized bins)."""
    certain, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    order = np.argsort(certain, kind="stable")
    parts = [part for part in np.array_split(order, min(_BINS, max(1, len(order) // 10))) if len(part)]
    return float(sum(abs(right[part].mean() - certain[part].mean()) * len(part) for part in parts) / len(order))


def bins(chances: Numbers, truth: Numbers) -> list[dict[str, float]]:
    """Return how certain it was and how often it was right, in equal-sized groups of texts."""
    certain, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    order = np.argsort(certain, kind="stable")
    return [
        {"certain": float(certain[part].mean()), "right": float(right[part].mean()), "texts": len(part)}
        for part in np.array_split(order, min(_BINS, max(1, len(order) // 10)))
        if len(part)
    ]


def better_by(ours: Numbers, theirs: Numbers, people: Sequence[int]) -> tuple[float, float, float]:
    """Return by how much we are right more often than a rule, with an interval by drawing people anew in pairs."""
    _known, owner = np.unique(np.asarray(people), return_inverse=True)
    gain = np.bincount(owner, weights=ours.astype(float) - theirs.astype(float))
    size = np.bincount(owner).astype(float)
    draws = np.random.default_rng(3).poisson(1.0, (_DRAWS, len(size)))
    totals = np.maximum(draws @ size, 1)
    low, high = np.quantile((draws @ gain) / totals, (0.025, 0.975))
    return float(gain.sum() / size.sum()), float(low), float(high)


def by_part(right: Numbers, parts: Sequence[str], *, most: int = 12) -> list[Mapping[str, Any]]:
    """Return the accuracy of each language or category, with its interval, the largest first."""
    names, owner = np.unique(np.asarray(parts, dtype=object).astype(str), return_inverse=True)
    totals, hits = np.bincount(owner), np.bincount(owner, weights=right.astype(float))
    found: list[Mapping[str, Any]] = []
    for place in np.argsort(-totals, kind="stable")[:most]:
        low, high = wilson(int(hits[place]), int(totals[place]))
        share = float(hits[place] / totals[place])
        found.append(
            {"name": str(names[place]), "texts": int(totals[place]), "accuracy": share, "low": low, "high": high}
        )
    return found
