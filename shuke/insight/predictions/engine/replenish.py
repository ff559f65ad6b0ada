"""When a product is used up: its own clock, the customer's own rhythm, and what is due when.

A product has a clock when enough people bought it again: the usual days between two purchases, drawn towards everybody's
for those seldom bought again. A customer's own gaps count the more there are of them.
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
LEAST_REPEATS = 200
LEAST_OF_PRODUCT = 5
_PULL_PRODUCT = 10.0
_PULL_OWN = 2.0
# Something is due from so much of its gap before the day until so much after; then it counts as forgotten.
_EARLY, _LATE = 0.7, 2.0
MOST_ITEMS = 5


def gaps(people: Ints, products: Ints, days: Ints) -> tuple[Ints, Floats, Ints, Ints]:
    """Return, for every repurchase of a product by somebody: the product, the gap, the later day, and the customer."""
    order = np.lexsort((days, products, people))
    who, what, when = people[order], products[order], days[order]
    again = np.flatnonzero((who[1:] == who[:-1]) & (what[1:] == what[:-1]) & (when[1:] > when[:-1])) + 1
    return what[again], (when[again] - when[again - 1]).astype(float), when[again], who[again]


def clocks(products: Ints, gap: Floats) -> dict[str, Any]:
    """Return everybody's gap and the products' own: medians of logarithms drawn towards everybody's."""
    if not len(gap):
        return {"crowd": 0.0, "products": [], "gaps": [], "counts": []}
    crowd = float(np.median(np.log(gap)))
    who, place, counts = np.unique(products, return_inverse=True, return_counts=True)
    order = np.lexsort((gap, place))
    ends = np.cumsum(counts)
    middle = np.log(gap[order][ends - counts + (counts - 1) // 2])
    drawn = (counts * middle + _PULL_PRODUCT * crowd) / (counts + _PULL_PRODUCT)
    kept = counts >= LEAST_OF_PRODUCT
    return {
        "crowd": float(np.exp(crowd)), "products": who[kept].tolist(), "gaps": np.exp(drawn[kept]).tolist(),
        "counts": counts[kept].tolist(),
    }  # fmt: skip


def expected_gap(clock: Mapping[str, Any], products: Ints, times: Floats, first: Floats, last: Floats) -> Floats:
    """Return the days after which a product is bought again; NaN for products nobody buys again."""
    known = np.asarray(clock["products"], dtype=np.int64)
    usual = np.full(len(products), np.nan)
    if len(known):
        place = np.minimum(np.searchsorted(known, products), len(known) - 1)
        usual = np.where(known[place] == products, np.asarray(clock["gaps"])[place], np.nan)
    repeats = np.maximum(times - 1, 0.0)
    own = np.where(repeats > 0, (last - first) / np.maximum(repeats, 1.0), 1.0)
    usual = np.where(np.isnan(usual) & (repeats > 1), clock["crowd"] or np.nan, usual)
    weight = repeats / (repeats + _PULL_OWN)
    return np.asarray(np.exp(weight * np.log(np.maximum(own, 1.0)) + (1 - weight) * np.log(usual)))


def backtest(people: Ints, products: Ints, days: Ints, until: date) -> list[dict[str, Any]] | None:
    """Judge what was due: whether it was bought within the month more often than what was bought before at large.

    Beside it stand the days: by how much the expected day missed, against one gap for all products and the own mean gap.
    """
    rows = []
    for number in range(TRIALS, 0, -1):
        row = _judge(people, products, days, until - timedelta(days=AHEAD * number))
        if row is not None:
            rows.append(row)
    return rows if len(rows) >= rules.LEAST_CUTOFFS else None


def _judge(people: Ints, products: Ints, days: Ints, cutoff: date) -> dict[str, Any] | None:
    at = (cutoff - EPOCH).days
    before = days <= at
    what, gap, _, _ = gaps(people[before], products[before], days[before])
    if len(gap) < LEAST_REPEATS:
        return None
    clock = clocks(what, gap)
    who, item, times, first, last = _pairs(people[before], products[before], days[before])
    window = (days > at) & (days <= at + AHEAD)
    bought = np.isin(_key(who, item), _key(people[window], products[window])).astype(float)
    wait = expected_gap(clock, item, times, first, last)
    known = ~np.isnan(wait)
    due = last + wait
    is_due = known & (due <= at + AHEAD) & (at - last < _LATE * np.nan_to_num(wait, nan=0.0) + 1)
    own = np.where(times > 1, (last - first) / np.maximum(times - 1, 1), np.nan)
    if not is_due.any() or not bought.any():
        return None
    again = bought.astype(bool) & known
    later = _next(people[window], products[window], days[window], who[again], item[again]) - at
    ours = np.clip(due[again] - at, 1, AHEAD)
    crowd = np.clip(last[again] + clock["crowd"] - at, 1, AHEAD)
    theirs = np.where(np.isnan(own[again]), crowd, np.clip(last[again] + own[again] - at, 1, AHEAD))
    return {
        "cutoff": cutoff.isoformat(), "people": len(np.unique(who[is_due])), "due": int(is_due.sum()),
        "bought_of_due": float(bought[is_due].mean()), "bought_of_all": float(bought.mean()),
        "times": float(bought[is_due].mean() / max(bought.mean(), 1e-12)),
        "auc": metrics.auc(bought[known], -np.abs(np.log(np.maximum(at - last[known], 1) / wait[known]))),
        "auc_recency": metrics.auc(bought[known], last[known].astype(float)),
        "mae": metrics.mae(later, ours), "mae_crowd": metrics.mae(later, crowd), "mae_own": metrics.mae(later, theirs),
    }  # fmt: skip


def due_items(clock: Mapping[str, Any], pairs: Mapping[str, Ints], until: date) -> dict[str, Any]:
    """Return what is due for whom and when: at most a few items each, the surest first."""
    at = (until - EPOCH).days
    who, item = pairs["customer_id"], pairs["product_id"]
    times, first, last = (pairs[name].astype(float) for name in ("times", "first", "last"))
    wait = expected_gap(clock, item, times, first, last)
    passed = (at - last) / np.where(np.isnan(wait), 1.0, wait)
    kept = np.flatnonzero(~np.isnan(wait) & (passed >= _EARLY) & (passed <= _LATE))
    order = kept[np.lexsort((np.abs(np.log(passed[kept])), -np.minimum(times[kept], 6), who[kept]))]
    sorted_who = who[order]
    starts = np.flatnonzero(np.append(True, sorted_who[1:] != sorted_who[:-1])) if len(order) else np.zeros(0, int)
    rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    order, rank = order[rank < MOST_ITEMS], rank[rank < MOST_ITEMS]
    return {
        "customer_id": who[order], "product_id": item[order], "rank": rank.astype(np.int64),
        "due": np.round(last[order] + wait[order]).astype(np.int64), "last": last[order].astype(np.int64),
        "every": wait[order], "times": times[order].astype(np.int64),
    }  # fmt: skip


def _pairs(people: Ints, products: Ints, days: Ints) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    order = np.lexsort((days, products, people))
    who, item, when = people[order], products[order], days[order]
    starts = np.flatnonzero(np.append(True, (who[1:] != who[:-1]) | (item[1:] != item[:-1])))
    ends = np.append(starts[1:], len(who)) - 1
    return (
        who[starts],
        item[starts],
        (ends - starts + 1).astype(float),
        when[starts].astype(float),
        when[ends].astype(float),
    )


def _key(people: Ints, products: Ints) -> Ints:
    return np.asarray(people.astype(np.int64) << 32 | products.astype(np.int64))


def _next(people: Ints, products: Ints, days: Ints, who: Ints, item: Ints) -> Floats:
    """Return the first day within a window on which each of the pairs was bought; all of them were."""
    order = np.lexsort((days, _key(people, products)))
    keys = _key(people, products)[order]
    return np.asarray(days[order][np.searchsorted(keys, _key(who, item))].astype(float))
