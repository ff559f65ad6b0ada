"""What a customer will bring in the next year, net of refunds, with an interval.

Purchases from the BG/NBD family, their worth from gamma-gamma, refunds taken off; on top a regression that learns what
these two get wrong from earlier days whose outcome is known (it also keeps the level). Where history is too short to learn
from whole years, it learns over a shorter span and purchases are carried on by the model. The season of the months ahead is
set against that of the months learned from. When nobody seems to leave (the fit degenerates) how purchases fade over time is
read off the past instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from shuke.insight.predictions.engine import bgnbd, design, gammagamma, metrics, season
from shuke.insight.predictions.engine.chances import Snapshots, stacked
from shuke.insight.predictions.engine.design import Scale, Snapshot
from shuke.insight.predictions.rules import Trial

Floats = NDArray[np.float64]
GAMMA, REGRESSION_PLAIN, REGRESSION_STRONG = VARIANTS = ("gamma", "regression_30", "regression_300")
_RIDGE = {REGRESSION_PLAIN: 30.0, REGRESSION_STRONG: 300.0}
_TENTHS = 10
_LOW, _HIGH = 0.1, 0.9
_REFUNDS_OF_THE_CROWD = 5.0
_LEAST_FOR_WORTH = 30
# What is left of purchases a span later, where it cannot be seen, and within what limits what is seen is believed.
_USUAL_FADING = 0.85
_FADINGS = (0.3, 1.0)


def base_of(found: Snapshot) -> dict[str, Any]:
    """Fit purchases and their worth on everything known on a day; return the parameters in plain values."""
    fits = [bgnbd.fit(found["x"], found["t_x"], found["age"], modified=modified) for modified in (False, True)]
    best = max(fits, key=lambda fit: (not fit.is_degenerate, fit.log_likelihood))
    purchases = found["x"] + 1
    mean = found["gross_minor"] / purchases
    usable = (found["x"] > 0) & (mean > 0)
    worth = None
    if usable.sum() >= _LEAST_FOR_WORTH:
        fitted = gammagamma.fit(purchases[usable], mean[usable])
        worth = None if fitted.is_degenerate else asdict(fitted)
    gross = max(float(found["gross_minor"].sum()), 1.0)
    return {
        "bgnbd": asdict(best),
        "degenerate": best.is_degenerate,
        "fading": 1.0, "worth": worth,
        "mean": float(np.mean(mean[mean > 0])) if np.any(mean > 0) else 0.0,
        "refunded": float(np.clip(found["refunds_minor"].sum() / gross, 0.0, 1.0)),
    }  # fmt: skip


def purchases(base: Mapping[str, Any], found: Snapshot, days: float) -> Floats:
    """Return how many purchases to expect within so many days."""
    fit = bgnbd.Fit(**base["bgnbd"])
    return bgnbd.expected(fit, found["x"], found["t_x"], found["age"], days)


def worth(base: Mapping[str, Any], found: Snapshot) -> Floats:
    """Return what a purchase brings, refunds taken off; both drawn towards everybody's for those who bought little."""
    count = found["x"] + 1
    mean = np.maximum(found["gross_minor"], 0.0) / count
    if base["worth"] is not None:
        expected = gammagamma.expected(gammagamma.Fit(**base["worth"]), count, mean)
    else:
        expected = (mean * count + base["mean"] * 3) / (count + 3)
    crowd = _REFUNDS_OF_THE_CROWD * max(base["mean"], 1.0)
    refunded = found["refunds_minor"] + base["refunded"] * crowd
    return np.asarray(expected * (1 - np.clip(refunded / (np.maximum(found["gross_minor"], 0.0) + crowd), 0.0, 1.0)))


def learn(
    snapshots: Snapshots, learns_from: Sequence[date], now: Snapshot, *, cutoff: date, variant: str, learned: int
) -> dict[str, Any]:
    """Return what was learned for somebody who stands at the end of ``now``; the days learned from are over by then."""
    base = base_of(now)
    model: dict[str, Any] = {"variant": variant, "learned": learned, "base": base, "level": 1.0, "regression": None}
    if not learns_from:
        return model
    if base["degenerate"]:
        base["fading"] = _fading(snapshots, cutoff, learned)
    pasts = [base_of(snapshots[day]) for day in learns_from]
    lesson = stacked(snapshots, learns_from)
    guess = np.concatenate([
        purchases(past, snapshots[day], learned) * worth(past, snapshots[day])
        for past, day in zip(pasts, learns_from, strict=True)
    ])  # fmt: skip
    actual = lesson[f"net_{learned}"]
    model["level"] = float(np.clip(actual.sum() / max(guess.sum(), 1.0), 0.5, 2.0))
    if variant != GAMMA:
        model["regression"] = _regress(lesson, guess, actual, _RIDGE[variant])
    return model


def predict(model: Mapping[str, Any], found: Snapshot, days: int, seasonal: float = 1.0) -> Floats:
    """Return what everybody will bring within so many days, in minor units; never negative.

    The span learned over comes from the regression, which sees how somebody stands today; what lies beyond it from the pace
    of the model alone: nobody stays as hot as after their last order, nor as cold.
    """
    steady = purchases(model["base"], found, model["learned"]) * worth(model["base"], found)
    regression = model["regression"]
    near = steady * model["level"] if regression is None else _apply(regression, found, steady)
    if days == model["learned"]:
        return np.asarray(np.maximum(near * seasonal, 0.0))
    beyond = steady * model["level"] * (_carried(model, found, days) - 1)
    return np.asarray(np.maximum((near + beyond) * seasonal, 0.0))


def _fading(snapshots: Snapshots, cutoff: date, learned: int) -> float:
    """Return what is left of a customer's purchases a span later, as seen: people do leave, unseen by the fit.

    Two generations are compared over the same days, so that no season comes between: those known one span before today, and
    those known two spans before.
    """
    near = snapshots.get(cutoff - timedelta(days=learned))
    far = snapshots.get(cutoff - timedelta(days=2 * learned))
    if near is None or far is None or f"bought_{learned}" not in near or f"bought_{2 * learned}" not in far:
        return _USUAL_FADING
    fresh = near[f"bought_{learned}"].mean()
    stale = (far[f"bought_{2 * learned}"] - far[f"bought_{learned}"]).mean()
    return float(np.clip(stale / fresh, *_FADINGS)) if fresh > 0 else _USUAL_FADING


def _carried(model: Mapping[str, Any], found: Snapshot, days: int) -> Floats:
    """Return how many times the purchases of the span learned over fall into ``days``."""
    base, learned = model["base"], model["learned"]
    if not base["degenerate"]:
        return purchases(base, found, days) / np.maximum(purchases(base, found, learned), 1e-12)
    spans, left = days / learned, base["fading"]
    return np.full(len(found["x"]), spans if left >= 1 else (1 - left**spans) / (1 - left))


def _regress(found: Snapshot, guess: Floats, actual: Floats, ridge: float) -> dict[str, Any]:
    """Learn worth from the columns and the model's guess: Poisson's likelihood, which keeps the sum right."""
    crowd = design.usual_gap(found)
    columns = {**design.columns(found, crowd), "guess": ("guess", np.log1p(guess))}
    scale = design.scale_of(columns)
    matrix = np.column_stack([np.ones(len(guess)), scale.of(columns)])
    truth = np.maximum(actual, 0.0)
    size = max(float(truth.mean()), 1e-9)
    truth = truth / size
    penalty = np.full(matrix.shape[1], ridge / len(truth))
    penalty[0] = 0.0

    def target(weights: Floats) -> tuple[float, Floats]:
        value = np.clip(matrix @ weights, -20.0, 12.0)
        mean = np.exp(value)
        loss = float((mean - truth * value).mean() + 0.5 * penalty @ weights**2)
        return loss, matrix.T @ (mean - truth) / len(truth) + penalty * weights

    found_weights = minimize(target, np.zeros(matrix.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    # Refunds beyond what is bought make some nets negative; the level gives back what was cut off.
    level = float(np.clip(actual.sum() / max(np.maximum(actual, 0.0).sum(), 1e-9), 0.0, 1.0))
    return {
        "crowd": crowd, "names": list(scale.names), "mean": scale.mean.tolist(), "spread": scale.spread.tolist(),
        "weights": found_weights.tolist(), "size": size * level,
    }  # fmt: skip


def _apply(regression: Mapping[str, Any], found: Snapshot, guess: Floats) -> Floats:
    columns = {**design.columns(found, regression["crowd"]), "guess": ("guess", np.log1p(guess))}
    scale = Scale(tuple(regression["names"]), np.asarray(regression["mean"]), np.asarray(regression["spread"]))
    weights = np.asarray(regression["weights"])
    return np.asarray(regression["size"] * np.exp(np.clip(weights[0] + scale.of(columns) @ weights[1:], -20.0, 12.0)))


def seasonal_of(
    base: Mapping[str, Any], found: Snapshot, repeats: Floats, start: date, cutoff: date
) -> list[float] | None:
    """Return the index of the months as known on ``cutoff``; ``repeats`` are the days of later purchases (since 1970)."""
    known = repeats[repeats <= (cutoff - season.EPOCH).days]
    first = (cutoff - season.EPOCH).days - found["age"]
    return season.index(bgnbd.Fit(**base["bgnbd"]), first, known, start, cutoff)


def season_ahead(
    months: Sequence[float] | None, learns_from: Sequence[date], cutoff: date, learned: int, days: int
) -> float:
    """Return by how much busier the days ahead are than those learned from; 1 while the seasons are not known."""
    if months is None or not learns_from:
        return 1.0
    before = float(np.mean([season.over(months, day, learned) for day in learns_from]))
    return season.over(months, cutoff, days) / max(before, 1e-9)


def interval(actual: Floats, predicted: Floats) -> list[dict[str, float]]:
    """Return, by tenth of the prediction, between which shares of it the truth lay for four fifths of the customers."""
    order = np.argsort(predicted, kind="stable")
    steps = []
    for part in np.array_split(order, _TENTHS):
        if len(part):
            ratio = actual[part] / np.maximum(predicted[part], 1.0)
            low, high = np.quantile(ratio, [_LOW, _HIGH])
            steps.append(
                {"until": float(predicted[part[-1]]), "low": max(float(low), 0.0), "high": max(float(high), 0.0)}
            )
    return steps


def bounds(steps: Sequence[Mapping[str, float]], predicted: Floats) -> tuple[Floats, Floats]:
    """Return the interval round every prediction; it always holds the prediction itself."""
    if not steps:
        return predicted, predicted
    place = np.minimum(np.searchsorted([step["until"] for step in steps], predicted), len(steps) - 1)
    low = np.array([step["low"] for step in steps])[place]
    high = np.array([step["high"] for step in steps])[place]
    return predicted * np.minimum(low, 1.0), predicted * np.maximum(high, 1.0)


def choose(snapshots: Snapshots, trial: Trial, learned: int) -> str:
    """Return the variant that met the latest day before the oldest trial best; the regression when none can be tried."""
    day, earlier = trial.learns_from[0], trial.learns_from[1:]
    if not earlier:
        return REGRESSION_STRONG
    found = snapshots[day]
    actual = found[f"net_{learned}"]
    errors = {}
    for variant in VARIANTS:
        model = learn(snapshots, earlier, found, cutoff=day, variant=variant, learned=learned)
        if variant == GAMMA and model["base"]["degenerate"]:
            continue
        errors[variant] = metrics.mae(actual, predict(model, found, learned))
    return min(errors, key=lambda variant: errors[variant])


def backtest(
    snapshots: Snapshots, trials: Sequence[Trial], judged: int, learned: int, *, repeats: Floats, start: date
) -> dict[str, Any]:
    """Judge at every trial; return figures (oldest first), calibration, the interval's measured cover, and the variant."""
    variant = choose(snapshots, trials[-1], learned)
    rows: list[dict[str, Any]] = []
    seen: list[tuple[Floats, Floats]] = []
    for trial in reversed(trials):
        found = snapshots[trial.cutoff]
        model = learn(snapshots, trial.learns_from, found, cutoff=trial.cutoff, variant=variant, learned=learned)
        months = seasonal_of(model["base"], found, repeats, start, trial.cutoff)
        factor = season_ahead(months, trial.learns_from, trial.cutoff, learned, judged)
        actual = found[f"net_{judged}"]
        ours = predict(model, found, judged, factor)
        plain = predict(model, found, judged)
        rows.append(
            _judged(trial, found, actual=actual, ours=ours, plain=plain, days=judged, factor=factor, model=model)
        )
        if seen:
            steps = interval(*(np.concatenate(part) for part in zip(*seen, strict=True)))
            low, high = bounds(steps, ours)
            rows[-1]["inside"] = float(((actual >= np.floor(low)) & (actual <= np.ceil(high))).mean())
        seen.append((actual, ours))
    actual, ours = (np.concatenate(part) for part in zip(*seen, strict=True))
    return {
        "rows": rows, "calibration": metrics.calibration(actual, ours), "steps": interval(actual, ours), "variant": variant,
    }  # fmt: skip


def _judged(
    trial: Trial, found: Snapshot, *, actual: Floats, ours: Floats, plain: Floats, days: int, factor: float, model: Any
) -> dict[str, Any]:
    pace = np.maximum(found["gross_minor"] - found["refunds_minor"], 0.0) / np.maximum(found["age"], days) * days
    constant = np.full(len(actual), actual.sum() / max(len(actual), 1))
    amounts = np.maximum(actual, 0.0)
    return {
        "cutoff": trial.cutoff.isoformat(), "learned_until": trial.learns_from[0].isoformat(), "people": len(actual),
        "actual": float(actual.sum()), "predicted": float(ours.sum()), "season": factor,
        "bias": metrics.bias(actual, ours), "bias_plain": metrics.bias(actual, plain),
        "bias_pace": metrics.bias(actual, pace),
        "mae": metrics.mae(actual, ours), "mae_pace": metrics.mae(actual, pace),
        "mae_zero": metrics.mae(actual, np.zeros(len(actual))), "mae_constant": metrics.mae(actual, constant),
        "gini": metrics.gini(amounts, ours), "gini_pace": metrics.gini(amounts, pace),
        "difference": metrics.paired(amounts, ours, pace, metrics.gini), "degenerate": model["base"]["degenerate"],
    }  # fmt: skip
