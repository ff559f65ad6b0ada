"""Every method at past days: learned from what was before, asked what came after. Variants are chosen on the first day only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.recommendations import rules
from shuke.insight.recommendations.engine import metrics, repeat, similarity
from shuke.insight.recommendations.engine.metrics import K
from shuke.insight.recommendations.engine.space import Lines, Space, counts, space

Array = Any
# Of the few things that somebody has ever bought nearly all fit on a list: what counts is which stand first. Of all that they
# have not bought hardly any fit: what counts is whether it is there at all.
BY = rules.JUDGED_BY
HORIZON_DAYS = 30
JUDGED_AT_MOST = 5_000
# How long what was bought keeps its weight when asking for something new; 0: for ever.
HALF_LIVES = (0.0, 180.0, 60.0)
# How much it counts that a product sells better these days than it used to.
SEASONS = (0.0, 0.3, 0.6)
_SEASON_PRIOR = 5.0
Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """A past day: what was known, who is asked about, and what they bought in the days after."""

    day: int
    past: Lines
    around: Space
    rows: Array
    new: Array
    again: Array

    @property
    def customers(self) -> Array:
        """Return who is asked about."""
        return self.around.users[self.rows]


def asked(lines: Lines, day: int) -> Asked:
    """Return a past day. Things never sold by then are nobody's to guess and count for no method."""
    past, future = lines.until(day), lines.known().between(day, day + HORIZON_DAYS)
    around = space(past)
    place: Array = np.searchsorted(around.users, future.customer)
    place[place == len(around.users)] = 0
    known = (around.users[place] == future.customer) & (counts(past)[future.product] > 0)
    rows = np.unique(place[known])
    if len(rows) > JUDGED_AT_MOST:
        rows = np.sort(np.random.default_rng(11).choice(rows, JUDGED_AT_MOST, replace=False))
    bought = np.zeros((len(rows), len(lines.items)), dtype=bool)
    at: Array = np.searchsorted(rows, place[known])
    at[at == len(rows)] = 0
    kept = rows[at] == place[known]
    bought[at[kept], future.product[known][kept]] = True
    owned = np.asarray(around.bought[rows].todense()) > 0
    return Asked(day, past, around, rows, bought & ~owned, bought & owned)


def _judge(best: Array, truth: Array) -> dict[str, Array]:
    """Return recall and nDCG of those who bought anything, given the places shown to each; -1 shows nothing."""
    some = truth.any(axis=1)
    shown = best[some]
    hits = np.take_along_axis(truth[some], np.maximum(shown, 0), axis=1) & (shown >= 0)
    recall, ndcg = metrics.judged(hits, truth[some].sum(axis=1))
    return {"recall": recall, "ndcg": ndcg}


# -- discovery


def discover(one: Asked, weights: Array, *, half_life: float, season: float) -> dict[str, Array]:
    """Return how well weights guess what was bought for the first time."""
    scores = np.asarray(one.around.asked(one.rows, one.day, half_life) @ weights)
    return _judge(_new_only(one, scores * seasonal(one.past, one.day, season)), one.new)


def seasonal(past: Lines, day: int, power: float) -> Array:
    """Return a factor for every product: how it sells in the last month against its usual share, shrunk, to a power."""
    recent, ever = counts(past.between(day - HORIZON_DAYS, day)), counts(past)
    expected = ever * (recent.sum() / max(ever.sum(), 1.0))
    return (((recent + _SEASON_PRIOR) / (expected + _SEASON_PRIOR)) ** power).astype(np.float32)


def _new_only(one: Asked, scores: Array) -> Array:
    scores[one.around.bought[one.rows].nonzero()] = -np.inf
    return similarity.top(scores, K)


def popular(one: Asked, days: int = 0) -> dict[str, Array]:
    """Return how well it does to show everybody what sells, of all time or of the last days."""
    lines = one.past.between(one.day - days, one.day) if days else one.past
    scores = np.repeat(counts(lines)[None, :], len(one.rows), axis=0)
    return _judge(_new_only(one, scores), one.new)


@dataclass(frozen=True, slots=True)
class Choice:
    """A method with its numbers, and how many were tried."""

    method: str
    given: Mapping[str, float]
    half_life: float
    season: float
    tried: int
    best_of: Mapping[str, Mapping[str, Any]]

    def weights(self, around: Space) -> Array:
        """Learn the method anew."""
        return similarity.learn(self.method, around.bought, **self.given)


def choose_discovery(one: Asked, step: Step) -> Choice:
    """Return the best variant on the day that is for choosing: method and numbers first, then how much season counts."""
    tried, best_of = 0, {}
    for method, variants in similarity.VARIANTS.items():
        best: dict[str, Any] = {"recall": -1.0}
        for given in variants:
            weights = similarity.learn(method, one.around.bought, **given)
            found: list[tuple[float, dict[str, Any]]] = [
                (_recall(one, weights, half_life, 0.0), {"given": dict(given), "half_life": half_life, "season": 0.0})
                for half_life in HALF_LIVES
            ]
            half_life = max(found, key=lambda each: each[0])[1]["half_life"]
            found += [
                (_recall(one, weights, half_life, season), {"given": dict(given), "half_life": half_life, "season": season})
                for season in SEASONS[1:]
            ]  # fmt: skip
            tried += len(found)
            recall, how = max(found, key=lambda each: each[0])
            if recall > best["recall"]:
                best = {"recall": recall, **how}
            step()
        best_of[method] = best
    method = max(best_of, key=lambda name: best_of[name]["recall"])
    chosen = best_of[method]
    return Choice(method, chosen["given"], chosen["half_life"], chosen["season"], tried, best_of)


def _recall(one: Asked, weights: Array, half_life: float, season: float) -> float:
    return _mean(discover(one, weights, half_life=half_life, season=season)[BY[rules.DISCOVERY]])


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0


def judge_discovery(days: Sequence[Asked], chosen: Choice, step: Step) -> list[dict[str, Any]]:
    """Return the figures of the choice at each later day, beside the other methods and what everybody buys."""
    rows = []
    for one in days:
        ours = discover(one, chosen.weights(one.around), half_life=chosen.half_life, season=chosen.season)
        others = {"popular": popular(one), "popular_recent": popular(one, 30)}
        for method, best in chosen.best_of.items():
            if method != chosen.method:
                weights = similarity.learn(method, one.around.bought, **best["given"])
                others[method] = discover(one, weights, half_life=best["half_life"], season=best["season"])
        step()
        rows.append(
            {"day": one.day, "people": len(ours["recall"]), **metrics.compared(ours, others, BY[rules.DISCOVERY])}
        )
    return rows


# -- buying again


def _places(one: Asked, found: repeat.Pairs, scores: Array) -> Array:
    """Return the places shown to each customer asked about, -1 where they have bought fewer things."""
    order, rank = repeat.ranked(found.customer, scores)
    kept = rank < K
    order, rank = order[kept], rank[kept]
    row: Array = np.searchsorted(one.customers, found.customer[order])
    row[row == len(one.customers)] = 0
    mine = one.customers[row] == found.customer[order]
    best = np.full((len(one.rows), K), -1, dtype=np.int64)
    best[row[mine], rank[mine]] = found.product[order][mine]
    return best


def _again(one: Asked, found: repeat.Pairs, scores: Array) -> dict[str, Array]:
    return _judge(_places(one, found, scores), one.again)


def choose_repeat(one: Asked, step: Step) -> tuple[Mapping[str, float], int]:
    """Return the best way to rank what was bought before, and how many were tried."""
    found = repeat.pairs(one.past, one.day)
    step()
    tried = [
        (_mean(_again(one, found, repeat.score(found, **variant))[BY[rules.REPEAT]]), variant)
        for variant in repeat.VARIANTS
    ]
    return max(tried, key=lambda one: one[0])[1], len(tried)


def judge_repeat(days: Sequence[Asked], chosen: Mapping[str, float], step: Step) -> list[dict[str, Any]]:
    """Return the figures at each later day, beside plain counting, what came last, and what sells."""
    rows = []
    for one in days:
        found = repeat.pairs(one.past, one.day)
        ours = _again(one, found, repeat.score(found, **chosen))
        others = {
            "frequency": _again(one, found, found.faded[0.0]),
            "recency": _again(one, found, -found.age),
            "popular": _again(one, found, counts(one.past)[found.product]),
        }
        step()
        rows.append({"day": one.day, "people": len(ours["recall"]), **metrics.compared(ours, others, BY[rules.REPEAT])})
    return rows
