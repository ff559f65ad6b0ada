"""Who buys at reduced prices, and how demand for products goes with their price. Association, never cause.

Prices are not set at random: they fall when a thing does not sell, and rise when it does. What is found here says what went
together, not what a change of price would do.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import metrics
from shuke.insight.predictions.engine.season import EPOCH

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
AHEAD = 30
TRIALS = 4
PULLS = (1.0, 3.0, 6.0, 12.0, 25.0)
_LEAST_ORDERS = 200
_LEAST_WEEKS = 12
_LEAST_OF_PRODUCT = 8
_LEAST_PRODUCTS = 10
# By how much the logarithm of a price varies: less is no change, more is no price (postage, samples, manual entries).
_LEAST_SPREAD = 0.03
_MOST_SPREAD = 0.7
# How far towards the products' own slopes the shrunk ones may go; chosen on the last weeks before the first trial.
_TRUST = (0.0, 0.25, 0.5, 1.0)
_SWEEPS = 12


def leaning(orders: Floats, reduced: Floats, crowd: float, pull: float) -> Floats:
    """Return what share of a customer's orders will be at reduced prices: their own, drawn towards everybody's."""
    return np.asarray((reduced + pull * crowd) / (orders + pull))


def backtest(people: Ints, days: Ints, reduced: Floats, until: date) -> tuple[list[dict[str, Any]], float] | None:
    """Judge the leaning at the orders of later months; None without enough orders, or if all prices are alike."""
    cutoffs = [until - timedelta(days=AHEAD * number) for number in range(1, TRIALS + 1)]
    earlier = cutoffs[-1] - timedelta(days=AHEAD)
    tried = {pull: _judge(people, days, reduced, earlier, pull) for pull in PULLS}
    pull = min(PULLS, key=lambda one: row["brier"] if (row := tried[one]) is not None else 1.0)
    rows = [row for cutoff in reversed(cutoffs) if (row := _judge(people, days, reduced, cutoff, pull)) is not None]
    return (rows, pull) if len(rows) >= rules.LEAST_CUTOFFS else None


def _judge(people: Ints, days: Ints, reduced: Floats, cutoff: date, pull: float) -> dict[str, Any] | None:
    at = (cutoff - EPOCH).days
    before, after = days <= at, (days > at) & (days <= at + AHEAD)
    if before.sum() < _LEAST_ORDERS or after.sum() < _LEAST_ORDERS / 4:
        return None
    who, place = np.unique(people[before], return_inverse=True)
    orders = np.bincount(place).astype(np.float64)
    low = np.bincount(place, weights=reduced[before]).astype(np.float64)
    crowd = float(reduced[before].mean())
    if not 0 < crowd < 1:
        return None
    known = np.isin(people[after], who)
    if known.sum() < _LEAST_ORDERS / 4:
        return None
    own = np.searchsorted(who, people[after][known])
    truth = reduced[after][known]
    ours = leaning(orders, low, crowd, pull)[own]
    constant = np.full(len(truth), crowd)
    gained = metrics.paired(truth, ours, constant, metrics.brier)
    return {
        "cutoff": cutoff.isoformat(), "people": len(np.unique(own)), "orders": len(truth), "happened": float(truth.mean()),
        "expected": float(ours.mean()), "brier": metrics.brier(truth, ours),
        "brier_constant": metrics.brier(truth, constant), "brier_own": metrics.brier(truth, (low / orders)[own]),
        "auc": metrics.auc(truth, ours), "ece": metrics.ece(truth, ours),
        "difference": {"value": -gained["value"], "low": -gained["high"], "high": -gained["low"]},
    }  # fmt: skip


def elasticities(panel: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how demand goes with price: pooled, by product, and shrunk between them; judged on later weeks.

    None when too few products changed their price often enough.
    """
    product, week, volume, price = _logged(panel)
    weeks = np.unique(week)
    if len(weeks) < 2 * _LEAST_WEEKS:
        return None
    trials = [int(weeks[-1]) - 4 * number for number in range(TRIALS, 0, -1)]
    earlier = [_judge_panel(panel, trials[0] - 4 * number, None) for number in range(1, TRIALS + 1)]
    validations = [row["r2_by_trust"] for row in earlier if row is not None]
    if not validations:
        return None
    trust = max(_TRUST, key=lambda one: sum(row[one] for row in validations))
    judged = [_judge_panel(panel, trial, trust) for trial in trials]
    rows = [{key: value for key, value in row.items() if key != "r2_by_trust"} for row in judged if row is not None]
    fitted = _slopes(product, week, volume, price)
    if fitted is None or len(rows) < rules.LEAST_CUTOFFS:
        return None
    pooled, found, own, error, counts = fitted
    shrunk = _shrunk(pooled, own, error, trust)
    order = np.argsort(shrunk)
    shown = [
        {"product_id": int(found[at]), "slope": float(shrunk[at]), "weeks": int(counts[at])}
        for at in [*order[:15], *order[-5:]]
    ]
    return {"pooled": pooled, "products": len(found), "shown": shown, "rows": rows, "trust": trust}


def _slopes(
    product: Ints, week: Ints, volume: Floats, price: Floats
) -> tuple[float, Ints, Floats, Floats, Floats] | None:
    """Return the pooled slope, then product, slope, its error and weeks of those whose price moved."""
    who, place, counts = np.unique(product, return_inverse=True, return_counts=True)
    at, deep = _demeaned(place, week, volume), _demeaned(place, week, price)
    moved = np.bincount(place, weights=deep**2)
    spread = np.sqrt(moved / np.maximum(counts, 1))
    usable = (counts >= _LEAST_OF_PRODUCT) & (spread > _LEAST_SPREAD) & (spread < _MOST_SPREAD)
    if usable.sum() < _LEAST_PRODUCTS:
        return None
    kept = usable[place]
    pooled = float((at[kept] * deep[kept]).sum() / (deep[kept] ** 2).sum())
    own = np.bincount(place, weights=at * deep)[usable] / moved[usable]
    slope = np.zeros(len(who))
    slope[usable] = own
    # What is left unexplained is measured over all products: a product's own few weeks would promise too much.
    left = float(((at - slope[place] * deep)[kept] ** 2).sum() / max(kept.sum() - 2 * usable.sum(), 1))
    error = np.sqrt(max(left, 1e-6) / moved[usable])
    return pooled, who[usable], own, error, counts[usable].astype(float)


def _demeaned(place: Ints, week: Ints, values: Floats) -> Floats:
    """Take products' and weeks' means out, by turns."""
    _, when = np.unique(week, return_inverse=True)
    found = values.copy()
    for _ in range(_SWEEPS):
        for group in (place, when):
            found = found - (np.bincount(group, weights=found) / np.maximum(np.bincount(group), 1))[group]
    return found


def _shrunk(pooled: float, own: Floats, error: Floats, trust: float) -> Floats:
    """Draw the products' slopes towards the pooled one, the less certain the more (empirical Bayes)."""
    # By medians: a handful of products with odd prices must not speak for the rest.
    between = max(float(np.median((own - pooled) ** 2) / 0.455 - np.median(error**2)), 0.0) if len(own) else 0.0
    weight = trust * between / (between + error**2) if between else np.zeros(len(own))
    return np.asarray(pooled + weight * (own - pooled))


def _logged(panel: Mapping[str, Any]) -> tuple[Ints, Ints, Floats, Floats]:
    """Return product, week, and the logarithms of volume and price of every row."""
    product, week = (np.asarray(panel[name], dtype=np.int64) for name in ("product_id", "week"))
    quantity, minor = (np.asarray(panel[name], dtype=float) for name in ("quantity", "minor"))
    return product, week, np.log(quantity), np.log(minor / quantity)


def _judge_panel(panel: Mapping[str, Any], trial: int, trust: float | None) -> dict[str, Any] | None:
    product, week, volume, price = _logged(panel)
    before, after = week <= trial, (week > trial) & (week <= trial + 4)
    fitted = _slopes(product[before], week[before], volume[before], price[before])
    if fitted is None:
        return None
    pooled, found, own, error, _ = fitted
    later = after & np.isin(product, found)
    if later.sum() < _LEAST_ORDERS / 4:
        return None
    means = [
        {int(at): float(value) for at, value in zip(*_means(product[before], values[before]), strict=True)}
        for values in (volume, price)
    ]
    mean_volume, mean_price = (np.array([mean[int(at)] for at in product[later]]) for mean in means)
    truth = volume[later] - mean_volume
    moved = np.clip(price[later] - mean_price, -_MOST_SPREAD, _MOST_SPREAD)
    _, when = np.unique(week[later], return_inverse=True)
    weekly = np.bincount(when, weights=truth) / np.bincount(when)
    truth = truth - weekly[when]
    place = np.searchsorted(found, product[later])

    def explained(slope: Floats) -> float:
        guess = slope[place] * moved
        guess = guess - (np.bincount(when, weights=guess) / np.bincount(when))[when]
        return float(1 - ((truth - guess) ** 2).sum() / (truth**2).sum())

    return {
        "cutoff": (EPOCH + timedelta(days=7 * trial + 6)).isoformat(), "people": int(later.sum()),
        "r2": explained(_shrunk(pooled, own, error, trust or 0.0)), "r2_pooled": explained(np.full(len(own), pooled)),
        "r2_own": explained(own), "r2_by_trust": {one: explained(_shrunk(pooled, own, error, one)) for one in _TRUST},
    }  # fmt: skip


def _means(keys: Ints, values: Floats) -> tuple[Ints, Floats]:
    who, place = np.unique(keys, return_inverse=True)
    return who, np.bincount(place, weights=values) / np.bincount(place)
