"""Logistic regression with a ridge, by Newton's method: few hundred lines less to trust than a library, same optimum."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 50
_TOLERANCE = 1e-8


def fit(matrix: Floats, truth: Floats, *, ridge: float, weight: Floats | None = None) -> Floats:
    """Return the intercept and the coefficients that make ``truth`` most likely under a ridge on the coefficients.

    The ridge counts in customers: as much as so many spread evenly. ``ValueError`` for one class only.
    """
    weight = np.ones(len(truth)) if weight is None else weight
    share = float(np.average(truth, weights=weight)) if len(truth) else 0.0
    if not 0 < share < 1:
        raise ValueError("one class only")
    full = np.column_stack([np.ones(len(matrix)), matrix])
    penalty = np.full(full.shape[1], ridge)
    penalty[0] = 0.0
    found = np.zeros(full.shape[1])
    found[0] = np.log(share / (1 - share))
    loss = _loss(full, truth, weight, penalty, found)
    for _ in range(_STEPS):
        chance = sigmoid(full @ found)
        gradient = full.T @ (weight * (chance - truth)) + penalty * found
        curvature = (full * (weight * np.maximum(chance * (1 - chance), 1e-9))[:, None]).T @ full
        step = np.linalg.solve(curvature + np.diag(penalty + 1e-9), gradient)
        size = 1.0
        while size > 1e-6 and (after := _loss(full, truth, weight, penalty, found - size * step)) > loss:
            size /= 2
        if size <= 1e-6:
            break
        found, gained, loss = found - size * step, loss - after, after
        if gained < _TOLERANCE * max(1.0, abs(loss)):
            break
    return found


def chances(matrix: Floats, found: Floats) -> Floats:
    """Return the chance of every row under an intercept with coefficients."""
    return sigmoid(found[0] + matrix @ found[1:])


def sigmoid(value: Floats) -> Floats:
    """Return the logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * value)))


def logit(chance: Floats) -> Floats:
    """Return the log-odds; chances of nought and one are pulled in a little."""
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))


def log_loss(truth: Floats, chance: Floats) -> float:
    """Return the mean surprise."""
    kept = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(-np.mean(truth * np.log(kept) + (1 - truth) * np.log(1 - kept)))


def _loss(full: Floats, truth: Floats, weight: Floats, penalty: Floats, found: Floats) -> float:
    value = full @ found
    return float(weight @ (np.logaddexp(0, value) - truth * value) + 0.5 * penalty @ found**2)
