"""How good a prediction is: ranking, calibration, error and bias, each with intervals by customer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats, Floats], float]
BOOTSTRAPS = 200
SEED = 20_111_209


def auc(truth: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Return the chance that someone it happened to is ranked above someone it did not; ties count half. NaN for one class.

    >>> float(auc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])))
    0.75
    """
    weight = np.ones_like(truth) if weight is None else weight
    _, place = np.unique(score, return_inverse=True)
    hits = np.bincount(place, weights=weight * truth)
    misses = np.bincount(place, weights=weight * (1 - truth))
    if not hits.sum() or not misses.sum():
        return float("nan")
    below = np.cumsum(misses) - misses
    return float((hits * (below + misses / 2)).sum() / (hits.sum() * misses.sum()))


def gini(truth: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Return how well ``score`` ranks amounts: 1 as well as knowing them, 0 as well as chance, by areas under gain curves."""
    weight = np.ones_like(truth) if weight is None else weight
    best = _gain(truth, truth, weight)
    return float(_gain(truth, score, weight) / best) if best > 0 else float("nan")


def _gain(truth: Floats, score: Floats, weight: Floats) -> float:
    _, place = np.unique(-score, return_inverse=True)
    people = np.bincount(place, weights=weight)
    amounts = np.bincount(place, weights=weight * truth)
    if not amounts.sum() > 0:
        return 0.0
    gathered = np.cumsum(amounts)
    area = ((gathered - amounts / 2) * people).sum() / (amounts.sum() * people.sum())
    return float(area - 0.5)


def ece(truth: Floats, chance: Floats, bins: int = 10) -> float:
    """Return the mean distance between promised and observed shares over ``bins`` equally filled bins."""
    rows = calibration(truth, chance, bins)
    total = sum(row["n"] for row in rows)
    return (
        float(sum(row["n"] * abs(row["predicted"] - row["actual"]) for row in rows) / total) if total else float("nan")
    )


def calibration(truth: Floats, predicted: Floats, bins: int = 10) -> list[dict[str, Any]]:
    """Return promised and observed means in ``bins`` equally filled bins, lowest first."""
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return [
        {"predicted": float(predicted[part].mean()), "actual": float(truth[part].mean()), "n": len(part)}
        for part in parts
    ]


def brier(truth: Floats, chance: Floats, weight: Floats | None = None) -> float:
    """Return the mean squared distance of chances from what happened."""
    return float(np.average((truth - chance) ** 2, weights=weight))


def mae(truth: Floats, predicted: Floats, weight: Floats | None = None) -> float:
    """Return the mean absolute error."""
    return float(np.average(np.abs(truth - predicted), weights=weight))


def bias(truth: Floats, predicted: Floats) -> float | None:
    """Return by what share the sum of predictions is off; None where nothing came true.

    >>> float(bias(np.array([1.0, 3.0]), np.array([2.0, 3.0])))
    0.25
    """
    total = float(truth.sum())
    return float(predicted.sum()) / total - 1 if total > 0 else None


def paired(truth: Floats, ours: Floats, theirs: Floats, metric: Metric, *, relative: bool = False) -> dict[str, float]:
    """Return by how much our metric exceeds theirs, with a 95 % interval from resampling customers, both alike.

    With ``relative`` the difference is a share of theirs.
    """
    rng = np.random.default_rng(SEED)

    def difference(weight: Floats) -> float:
        mine, other = metric(truth, ours, weight), metric(truth, theirs, weight)
        return (mine - other) / other if relative and other else mine - other

    size = len(truth)
    weights = (rng.poisson(1.0, size).astype(float) for _ in range(BOOTSTRAPS))
    # Of very few customers a draw may hold none.
    drawn = [difference(weight) for weight in weights if weight.any()]
    drawn = [value for value in drawn if np.isfinite(value)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if drawn else (float("nan"), float("nan"))
    return {"value": difference(np.ones(size)), "low": float(low), "high": float(high)}


def stability(then: Floats, now: Floats) -> float:
    """Return the population stability index of one quantity: below .1 calm, above .25 another world.

    Bins are the tenths of ``then``; a value that a tenth of the people share has a bin of its own.
    """
    edges = np.unique(np.quantile(then, np.linspace(0.1, 0.9, 9))) if len(then) else np.array([])
    if not len(edges) or not len(now):
        return 0.0
    shares = []
    for values in (then, now):
        counted = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
        shares.append((counted + 0.5) / (counted.sum() + 0.5 * len(counted)))
    before, after = shares
    return float(((after - before) * np.log(after / before)).sum())
