"""Finished lists, packed: product, score, and two numbers that the reason is told by."""

from typing import Any

import numpy as np
from scipy import sparse

from shuke.insight.recommendations.engine import similarity
from shuke.insight.recommendations.engine.repeat import Pairs, ranked
from shuke.insight.recommendations.engine.space import Lines, Space

Array = Any
# What ``rules.unpack`` reads.
ITEM = np.dtype([("product", "<i8"), ("score", "<f4"), ("because", "<i8"), ("number", "<i4")])
# Longer than what is shown, since the company's rules take some away.
KEPT = 30
_USERS_AT_ONCE = 512
# Two products have to be in so many sales together before one is shown beside the other.
_LEAST_TOGETHER = 3


def packed(product: Array, score: Array, because: Any, number: Any) -> bytes:
    """Return a list as bytes."""
    found = np.zeros(len(product), ITEM)
    found["product"], found["score"], found["because"], found["number"] = product, score, because, number
    return found.tobytes()


def repeat(found: Pairs, scores: Array, items: Array) -> dict[int, bytes]:
    """Return what each customer buys again: ``because`` is how often they bought it, ``number`` every how many days."""
    order, rank = ranked(found.customer, scores)
    order = order[rank < KEPT]
    customer, made = found.customer[order], np.zeros(len(order), ITEM)
    made["product"], made["score"] = items[found.product[order]], scores[order]
    made["because"] = found.times[order]
    made["number"] = np.where(found.times[order] > 1, np.maximum(np.rint(found.gap[order]), 1), 0)
    starts = np.flatnonzero(np.append(True, customer[1:] != customer[:-1])) if len(customer) else np.zeros(0, int)
    ends = np.append(starts[1:], len(customer))
    return {int(customer[start]): made[start:end].tobytes() for start, end in zip(starts, ends, strict=True)}


def discovery(
    around: Space,
    weights: Array,
    items: Array,
    today: int,
    *,
    half_life: float,
    season: Array,
    shared: sparse.csr_matrix,
) -> dict[int, bytes]:
    """Return what each customer may discover: ``because`` is what they bought, ``number`` how many bought both."""
    found: dict[int, bytes] = {}
    for start in range(0, len(around.users), _USERS_AT_ONCE):
        rows = np.arange(start, min(start + _USERS_AT_ONCE, len(around.users)))
        asked = around.asked(rows, today, half_life)
        scores = np.asarray(asked @ weights) * season
        scores[around.bought[rows].nonzero()] = -np.inf
        best = similarity.top(scores, KEPT)
        for at, row in enumerate(rows):
            places = best[at]
            values = scores[at, places]
            places, values = places[values > 0], values[values > 0]
            if len(places):
                owned, weight = asked[at].indices, asked[at].data
                push = weight[:, None] * weights[np.ix_(owned, places)]
                because = owned[push.argmax(axis=0)]
                both = np.asarray(shared[because, places]).ravel()
                found[int(around.users[row])] = packed(items[places], values, items[because], both)
    return found


def also_bought(baskets: sparse.csr_matrix, items: Array) -> dict[int, bytes]:
    """Return what is bought with each product: ``number`` is in how many sales."""
    gram = (baskets.T @ baskets).tocsr()
    each = gram.diagonal()
    sales = baskets.shape[0]
    found: dict[int, bytes] = {}
    for place in range(len(items)):
        others, together = _row(gram, place)
        kept = (others != place) & (together >= _LEAST_TOGETHER)
        kept &= together * sales > each[others] * each[place]
        others, together = others[kept], together[kept]
        if len(others):
            score = together / (np.sqrt(each[others] * each[place]) + 5.0)
            order = np.argsort(-score, kind="stable")[:KEPT]
            found[int(items[place])] = packed(items[others[order]], score[order], items[place], together[order])
    return found


BY_CATEGORY, BY_LOOKS, BY_BUYERS = 0, 1, 2


def similar(
    seen: sparse.csr_matrix, bought: sparse.csr_matrix, items: Array, category: Array, popular: Array
) -> dict[int, bytes]:
    """Return what is like each product: seen or bought by the same people, else of the same category.

    ``because`` says which, ``number`` how many people.
    """
    looks, buyers = (one.T @ one for one in (seen, bought))
    looks, buyers = looks.tocsr(), buyers.tocsr()
    sizes = [np.sqrt(np.maximum(one.diagonal(), 1)) for one in (looks, buyers)]
    shelves = _shelves(category, popular)
    found: dict[int, bytes] = {}
    for place in range(len(items)):
        score, number, because = np.zeros(len(items)), np.zeros(len(items)), np.zeros(len(items), np.int64)
        for gram, size, told in ((buyers, sizes[1], BY_BUYERS), (looks, sizes[0], BY_LOOKS)):
            others, common = _row(gram, place)
            others, common = others[common > 1], common[common > 1]
            score[others] += common / (size[others] * size[place] + 3.0)
            number[others], because[others] = common, told
        shelf = shelves.get(category[place], np.zeros(0, int))
        score[shelf] += np.where(score[shelf] > 0, 0.1, 0.01 * popular[shelf] / max(popular.max(), 1) + 1e-6)
        score[place] = 0
        order = np.argsort(-score, kind="stable")[:KEPT]
        order = order[score[order] > 0]
        if len(order):
            found[int(items[place])] = packed(items[order], score[order], because[order], number[order])
    return found


def _row(gram: sparse.csr_matrix, place: int) -> tuple[Array, Array]:
    part = slice(gram.indptr[place], gram.indptr[place + 1])
    return gram.indices[part], gram.data[part]


def _shelves(category: Array, popular: Array) -> dict[Any, Array]:
    """Return the best-selling products of every category."""
    found = {}
    for name in set(category.tolist()) - {"", None}:
        places = np.flatnonzero(category == name)
        found[name] = places[np.argsort(-popular[places], kind="stable")[:KEPT]]
    return found


RECENT_DAYS, BEFORE_DAYS, BEST_DAYS = 28, 84, 180
_LEAST_RECENT = 5
_TREND_PRIOR = 10.0


def trending(lines: Lines, today: int) -> bytes:
    """Return what is in demand now against before: ``number`` is sales of four weeks, ``because`` what was to be expected."""
    recent = _sales(lines.between(today - RECENT_DAYS, today))
    before = _sales(lines.between(today - RECENT_DAYS - BEFORE_DAYS, today - RECENT_DAYS))
    expected = before * (recent.sum() / max(before.sum(), 1))
    rise = (recent + _TREND_PRIOR) / (expected + _TREND_PRIOR)
    kept = np.flatnonzero((recent >= _LEAST_RECENT) & (rise > 1.1))
    order = kept[np.argsort(-rise[kept], kind="stable")[:KEPT]]
    return packed(lines.items[order], rise[order], np.rint(expected[order]), recent[order])


def bestsellers(lines: Lines, today: int) -> bytes:
    """Return what sold most in half a year: ``number`` is in how many sales."""
    sold = _sales(lines.between(today - BEST_DAYS, today))
    order = np.argsort(-sold, kind="stable")[:KEPT]
    order = order[sold[order] > 0]
    return packed(lines.items[order], sold[order], 0, sold[order])


def _sales(lines: Lines) -> Array:
    return np.bincount(lines.product, minlength=len(lines.items)).astype(np.float64)
