"""The chance that somebody buys within some days: the risk of leaving is its other side, purchase propensity itself.

A logistic regression on log-RFM and behaviour, learned at earlier days whose outcome was known. Which variant is used is
chosen before the oldest trial, by customers held out of learning; the trials only judge.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import design, logistic, metrics
from shuke.insight.predictions.engine.design import Scale, Snapshot
from shuke.insight.predictions.rules import Refusal, Trial

Floats = NDArray[np.float64]
Snapshots = Mapping[date, Snapshot]
# Ridge in customers, and whether everything is looked at or recency, frequency and money alone.
VARIANTS: Sequence[tuple[float, bool]] = ((3.0, False), (30.0, False), (150.0, False), (30.0, True))
_FOLDS = 4


def stacked(snapshots: Snapshots, days: Sequence[date]) -> dict[str, Floats]:
    """Return several days' snapshots as one, in the columns they share."""
    shared = set.intersection(*(set(snapshots[day]) for day in days))
    return {name: np.concatenate([snapshots[day][name] for day in days]) for name in sorted(shared)}


def present(found: Snapshot) -> dict[str, Floats]:
    """Return those who are not gone yet."""
    kept = found["recency"] <= rules.GONE_DAYS
    return {name: values[kept] for name, values in found.items()}


def learn(found: Snapshot, ahead: int, ridge: float, *, plain: bool) -> dict[str, Any]:
    """Return what was learned, in plain values. ``ValueError`` if everybody or nobody bought."""
    crowd = design.usual_gap(found)
    columns = design.columns(found, crowd)
    scale = design.scale_of(columns, sorted(design.PLAIN) if plain else None)
    truth = (found[f"bought_{ahead}"] > 0).astype(float)
    weights = logistic.fit(scale.of(columns), truth, ridge=ridge)
    return {
        "ahead": ahead, "crowd": crowd, "names": list(scale.names), "mean": scale.mean.tolist(),
        "spread": scale.spread.tolist(), "weights": weights.tolist(), "base": float(truth.mean()),
    }  # fmt: skip


def predict(model: Mapping[str, Any], found: Snapshot) -> Floats:
    """Return everybody's chance to buy."""
    return logistic.chances(_matrix(model, found), np.asarray(model["weights"]))


def themes(model: Mapping[str, Any], found: Snapshot) -> Floats:
    """Return by how much every theme raises (or lowers) each customer's log-odds to buy against the average customer.

    One column per theme, in the order of ``design.THEMES``; together with the intercept they are the prediction.
    """
    parts = _matrix(model, found) * np.asarray(model["weights"])[1:]
    columns = design.columns(found, model["crowd"])
    of_theme = [columns[name][0] for name in model["names"]]
    return np.column_stack([
        parts[:, [place for place, own in enumerate(of_theme) if own == theme]].sum(axis=1) for theme in design.THEMES
    ])  # fmt: skip


def _matrix(model: Mapping[str, Any], found: Snapshot) -> Floats:
    scale = Scale(tuple(model["names"]), np.asarray(model["mean"]), np.asarray(model["spread"]))
    return scale.of(design.columns(found, model["crowd"]))


def refusal(found: Snapshot, ahead: int) -> Refusal | None:
    """Return why nothing can be learned from a stack of snapshots; None if something can."""
    bought = int((found[f"bought_{ahead}"] > 0).sum())
    other = len(found["recency"]) - bought
    if not bought:
        return Refusal("nobody_bought", {"days": ahead})
    if not other:
        return Refusal("everybody_bought", {"days": ahead})
    if min(bought, other) < rules.LEAST_OF_A_CLASS:
        return Refusal("few_of_a_class", {"has": min(bought, other), "needs": rules.LEAST_OF_A_CLASS, "days": ahead})
    return None


def choose(found: Snapshot, ahead: int) -> tuple[float, bool]:
    """Return the variant under which customers held out of learning surprise least."""
    folds = found["customer_id"].astype(np.int64) % _FOLDS
    surprise = []
    for ridge, plain in VARIANTS:
        total = 0.0
        for fold in range(_FOLDS):
            held = folds == fold
            inside = {name: values[~held] for name, values in found.items()}
            outside = {name: values[held] for name, values in found.items()}
            if refusal(inside, ahead) is not None or not held.any():
                continue
            chance = predict(learn(inside, ahead, ridge, plain=plain), outside)
            total += logistic.log_loss((outside[f"bought_{ahead}"] > 0).astype(float), chance) * held.sum()
        surprise.append(total)
    return VARIANTS[int(np.argmin(surprise))]


def backtest(
    snapshots: Snapshots, trials: Sequence[Trial], ahead: int, *, leaving: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], tuple[float, bool]]:
    """Judge at every trial; return its figures (oldest first), the calibration over all, and the variant chosen."""
    chosen = choose(present(stacked(snapshots, trials[-1].learns_from)), ahead)
    rows, everything = [], []
    for trial in reversed(trials):
        lesson = present(stacked(snapshots, trial.learns_from))
        found = present(snapshots[trial.cutoff])
        model = learn(lesson, ahead, chosen[0], plain=chosen[1])
        bought = (found[f"bought_{ahead}"] > 0).astype(float)
        ours = predict(model, found)
        rule = _recency_rule(lesson, found, ahead)
        truth, ours, rule = (1 - bought, 1 - ours, 1 - rule) if leaving else (bought, ours, rule)
        base = 1 - model["base"] if leaving else model["base"]
        everything.append((truth, ours))
        rows.append({
            "cutoff": trial.cutoff.isoformat(), "learned_until": trial.learns_from[0].isoformat(), "people": len(truth),
            "happened": float(truth.mean()), "expected": float(ours.mean()),
            "auc": metrics.auc(truth, ours), "auc_recency": metrics.auc(truth, rule),
            "difference": metrics.paired(truth, ours, rule, metrics.auc),
            "brier": metrics.brier(truth, ours), "brier_recency": metrics.brier(truth, rule),
            "brier_constant": metrics.brier(truth, np.full(len(truth), base)),
            "ece": metrics.ece(truth, ours), "ece_level": metrics.ece(truth, _levelled(truth, ours)),
            "bias": metrics.bias(truth, ours),
        })  # fmt: skip
    truth, ours = (np.concatenate(part) for part in zip(*everything, strict=True))
    return rows, metrics.calibration(truth, ours), chosen


def _levelled(truth: Floats, chance: Floats) -> Floats:
    """Return the chances moved together until their mean is right: what is left is wrong between people, not overall."""
    odds, shift = logistic.logit(chance), 0.0
    for _ in range(30):
        now = logistic.sigmoid(odds + shift)
        slope = float((now * (1 - now)).mean())
        if slope < 1e-9:
            break
        shift += float(np.clip((truth.mean() - now.mean()) / slope, -2.0, 2.0))
    return logistic.sigmoid(odds + shift)


def _recency_rule(lesson: Snapshot, found: Snapshot, ahead: int) -> Floats:
    """Return the chances by the days since the last order alone, learned from the same days."""
    matrix = np.log1p(lesson["recency"])[:, None]
    weights = logistic.fit(matrix, (lesson[f"bought_{ahead}"] > 0).astype(float), ridge=1.0)
    return logistic.chances(np.log1p(found["recency"])[:, None], weights)
