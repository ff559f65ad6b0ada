"""When somebody buys next, if they do within the horizon: quantile regression on the same columns as the chances.

The customer's own mean gap, which everybody uses, is worse than one constant for all; both stand beside ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import design, logistic, metrics
from shuke.insight.predictions.engine.chances import Snapshots, present, stacked
from shuke.insight.predictions.engine.design import Scale, Snapshot
from shuke.insight.predictions.rules import Trial

Floats = NDArray[np.float64]
AHEAD = rules.CHURN_DAYS
QUANTILES = (0.2, 0.5, 0.8)
_UNIT_DAYS = 10.0
_SMOOTHING = 0.3
_RIDGES = (10.0, 100.0)
VARIANTS = len(_RIDGES)
_FOLDS = 4


def buying(found: Snapshot) -> dict[str, Floats]:
    """Return those who bought within the horizon: what can be said of when holds for them."""
    kept = (found["next_days"] > 0) & (found["next_days"] <= AHEAD)
    return {name: values[kept] for name, values in found.items()}


def learn(found: Snapshot, ridge: float) -> dict[str, Any]:
    """Return what was learned from those who bought."""
    crowd = design.usual_gap(found)
    columns = design.columns(found, crowd)
    scale = design.scale_of(columns)
    matrix, truth = scale.of(columns), found["next_days"] / _UNIT_DAYS
    weights = [_quantile_fit(matrix, truth, share, ridge).tolist() for share in QUANTILES]
    return {
        "crowd": crowd, "names": list(scale.names), "mean": scale.mean.tolist(), "spread": scale.spread.tolist(),
        "weights": weights, "constant": float(np.median(found["next_days"])),
    }  # fmt: skip


def predict(model: Mapping[str, Any], found: Snapshot) -> Floats:
    """Return, per customer, the days until they probably buy: early, middle, late."""
    scale = Scale(tuple(model["names"]), np.asarray(model["mean"]), np.asarray(model["spread"]))
    matrix = scale.of(design.columns(found, model["crowd"]))
    days = np.column_stack([row[0] + matrix @ np.asarray(row[1:]) for row in model["weights"]]) * _UNIT_DAYS
    return np.asarray(np.sort(np.clip(days, 1, AHEAD), axis=1))


def _quantile_fit(matrix: Floats, truth: Floats, share: float, ridge: float) -> Floats:
    """Return the coefficients of a quantile: the pinball loss with its corner rounded, so that it has a gradient."""
    full = np.column_stack([np.ones(len(matrix)), matrix])
    penalty = np.full(full.shape[1], ridge / len(truth))
    penalty[0] = 0.0

    def target(weights: Floats) -> tuple[float, Floats]:
        error = truth - full @ weights
        loss = (_SMOOTHING * np.logaddexp(0, error / _SMOOTHING) - (1 - share) * error).mean()
        slope = -(full.T @ (logistic.sigmoid(error / _SMOOTHING) - (1 - share))) / len(truth)
        return float(loss + 0.5 * penalty @ weights**2), slope + penalty * weights

    start = np.zeros(full.shape[1])
    start[0] = np.quantile(truth, share)
    return np.asarray(minimize(target, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x)


def choose(found: Snapshot) -> float:
    """Return the ridge under which customers held out of learning are met best."""
    folds = found["customer_id"].astype(np.int64) % _FOLDS
    errors = []
    for ridge in _RIDGES:
        total = 0.0
        for fold in range(_FOLDS):
            held = folds == fold
            if not held.any() or held.all():
                continue
            model = learn({name: values[~held] for name, values in found.items()}, ridge)
            days = predict(model, {name: values[held] for name, values in found.items()})[:, 1]
            total += float(np.abs(days - found["next_days"][held]).sum())
        errors.append(total)
    return _RIDGES[int(np.argmin(errors))]


def backtest(snapshots: Snapshots, trials: Sequence[Trial]) -> tuple[list[dict[str, Any]], list[dict[str, Any]], float]:
    """Judge at every trial; return its figures (oldest first), predicted against actual days over all, and the ridge."""
    ridge = choose(buying(present(stacked(snapshots, trials[-1].learns_from))))
    rows, everything = [], []
    for trial in reversed(trials):
        lesson = buying(present(stacked(snapshots, trial.learns_from)))
        found = buying(present(snapshots[trial.cutoff]))
        model = learn(lesson, ridge)
        early, middle, late = predict(model, found).T
        truth, constant = found["next_days"], np.full(len(middle), model["constant"])
        own = own_gap_rule(found, model["constant"])
        everything.append((truth, middle))
        gained = metrics.paired(truth, middle, constant, metrics.mae, relative=True)
        rows.append({
            "cutoff": trial.cutoff.isoformat(), "learned_until": trial.learns_from[0].isoformat(), "people": len(truth),
            "mae": metrics.mae(truth, middle), "mae_constant": metrics.mae(truth, constant),
            "mae_own": metrics.mae(truth, own), "bias_days": float((middle - truth).mean()),
            "difference": {"value": -gained["value"], "low": -gained["high"], "high": -gained["low"]},
            "inside": float(((truth >= np.floor(early)) & (truth <= np.ceil(late))).mean()),
        })  # fmt: skip
    truth, middle = (np.concatenate(part) for part in zip(*everything, strict=True))
    return rows, metrics.calibration(truth, middle), ridge


def own_gap_rule(found: Snapshot, constant: float) -> Floats:
    """Return what the customer's own mean gap says; the constant for those without one."""
    gap = found["t_x"] / np.maximum(found["x"], 1)
    return np.where(found["x"] > 0, np.clip(gap - found["recency"], 1, AHEAD), constant)
