"""At which hour and through which channel somebody buys: their own orders, drawn towards everybody's."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shuke.insight.predictions import rules
from shuke.insight.predictions.engine import metrics
from shuke.insight.predictions.engine.season import EPOCH

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HOURS = 24
AHEAD = 30
TRIALS = 4
# How many orders of their own it takes for a customer's hours to weigh as much as everybody's.
PULLS = (5.0, 10.0, 20.0, 40.0, 80.0)
_VALIDATIONS = 3
BEST_HOURS = 3
_LEAST_ORDERS = 200


def shares(people: Ints, values: Ints, counts: Floats, size: int, pull: float) -> tuple[Ints, Floats]:
    """Return the customers, in order, and their shares by value: counts of their own drawn towards everybody's."""
    who, place = np.unique(people, return_inverse=True)
    counted = np.bincount(place * size + values, weights=counts, minlength=len(who) * size)
    own: Floats = counted.astype(np.float64).reshape(len(who), size)
    crowd = own.sum(axis=0)
    crowd = crowd / max(crowd.sum(), 1.0)
    if size == HOURS:
        # An order at ten says something about eleven, too.
        own = own / 2 + (np.roll(own, 1, axis=1) + np.roll(own, -1, axis=1)) / 4
    return who, (own + pull * crowd) / (own.sum(axis=1, keepdims=True) + pull)


def backtest(people: Ints, days: Ints, hours: Ints, until: date) -> tuple[list[dict[str, Any]], float] | None:
    """Judge the best three hours against everybody's best three; None without enough orders to judge by."""
    cutoffs = [until - timedelta(days=AHEAD * number) for number in range(1, TRIALS + 1)]
    pull = _choose(people, days, hours, [cutoffs[-1] - timedelta(days=AHEAD * n) for n in range(1, _VALIDATIONS + 1)])
    rows = [row for cutoff in reversed(cutoffs) if (row := _judge(people, days, hours, cutoff, pull)) is not None]
    return (rows, pull) if len(rows) >= rules.LEAST_CUTOFFS else None


def _choose(people: Ints, days: Ints, hours: Ints, cutoffs: Sequence[date]) -> float:
    def hits(pull: float) -> float:
        tried = [_judge(people, days, hours, cutoff, pull) for cutoff in cutoffs]
        return float(sum(row["hit"] for row in tried if row is not None))

    return max(PULLS, key=hits)


def _judge(people: Ints, days: Ints, hours: Ints, cutoff: date, pull: float) -> dict[str, Any] | None:
    at = (cutoff - EPOCH).days
    before, after = days <= at, (days > at) & (days <= at + AHEAD)
    if before.sum() < _LEAST_ORDERS or not after.any():
        return None
    who, wanted = shares(people[before], hours[before], np.ones(int(before.sum())), HOURS, pull)
    known = np.isin(people[after], who)
    if known.sum() < _LEAST_ORDERS / 4:
        return None
    later, hour = people[after][known], hours[after][known]
    place = np.searchsorted(who, later)
    own = _top(wanted)[place]
    crowd = np.argsort(-np.bincount(hours[before], minlength=HOURS), kind="stable")[:BEST_HOURS]
    hit = (own == hour[:, None]).any(axis=1).astype(float)
    usual = np.isin(hour, crowd).astype(float)
    return {
        "cutoff": cutoff.isoformat(), "people": len(np.unique(later)), "orders": len(later), "hit": float(hit.mean()),
        "hit_crowd": float(usual.mean()), "difference": _by_customer(later, hit, usual),
    }  # fmt: skip


def _by_customer(people: Ints, ours: Floats, theirs: Floats) -> dict[str, float]:
    """Return the difference of two shares with an interval that draws customers, not orders."""
    who, place = np.unique(people, return_inverse=True)
    counts = np.bincount(place).astype(float)
    mine, other = np.bincount(place, weights=ours), np.bincount(place, weights=theirs)
    rng = np.random.default_rng(metrics.SEED)
    drawn = []
    for _ in range(metrics.BOOTSTRAPS):
        weight = rng.poisson(1.0, len(who))
        drawn.append(float(((mine - other) * weight).sum() / max((counts * weight).sum(), 1.0)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": float((mine - other).sum() / counts.sum()), "low": float(low), "high": float(high)}


def best(people: Ints, values: Ints, counts: Floats, size: int, pull: float) -> tuple[Ints, Ints, Floats]:
    """Return, by customer, the likeliest value and its share."""
    who, found = shares(people, values, counts, size, pull)
    top = _top(found, 1)[:, 0] if len(who) else np.zeros(0, dtype=np.int64)
    return who, top, found[np.arange(len(who)), top] if len(who) else np.zeros(0)


def _top(found: Floats, count: int = BEST_HOURS) -> Ints:
    return np.argsort(-found, axis=1, kind="stable")[:, :count]


def channel_rows(
    people: Ints, days: Ints, channels: Ints, *, size: int, until: date, pull: float
) -> Sequence[dict[str, Any]]:
    """Judge the likeliest channel against everybody's most used one, at the same days as the hours."""
    rows = []
    for number in range(TRIALS, 0, -1):
        at = (until - timedelta(days=AHEAD * number) - EPOCH).days
        before, after = days <= at, (days > at) & (days <= at + AHEAD)
        if before.sum() < _LEAST_ORDERS or not after.any():
            continue
        who, top, _ = best(people[before], channels[before], np.ones(int(before.sum())), size, pull)
        known = np.isin(people[after], who)
        if known.sum() < _LEAST_ORDERS / 4:
            continue
        later, channel = people[after][known], channels[after][known]
        hit = (top[np.searchsorted(who, later)] == channel).astype(float)
        usual = (channel == np.argmax(np.bincount(channels[before], minlength=size))).astype(float)
        rows.append({
            "cutoff": (until - timedelta(days=AHEAD * number)).isoformat(), "orders": len(later),
            "people": len(np.unique(later)), "hit": float(hit.mean()), "hit_crowd": float(usual.mean()),
            "difference": _by_customer(later, hit, usual),
        })  # fmt: skip
    return rows
