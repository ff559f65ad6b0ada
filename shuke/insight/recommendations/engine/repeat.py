"""Buying again: what each customer bought how often and how long ago.

Also whether the product is one that is bought again at all, and whether its time has come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product as each
from typing import Any

import numpy as np

from shuke.insight.recommendations.engine.space import Lines

Array = Any
# What is older says nothing any more.
MEMORY_DAYS = 730
# How many own gaps weigh as much as the usual gap of the product.
_GAP_PRIOR = 2.0
_RATE_PRIOR = 20.0
VARIANTS: tuple[Mapping[str, float], ...] = tuple(
    {"half_life": half_life, "kind": kind, "rhythm": rhythm}
    for half_life, kind, rhythm in each((30.0, 60.0, 120.0, 365.0, 0.0), (0.0, 1.0), (0.0, 1.0))
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """One row per customer and product bought: times on different days, ages in days, own and usual gap, and its kind.

    ``faded`` holds, for every half-life, the sum of purchases each counted less the longer ago.
    """

    customer: Array
    product: Array
    times: Array
    age: Array
    gap: Array
    again: Array
    faded: Mapping[float, Array]


def pairs(lines: Lines, today: int) -> Pairs:
    """Return what known customers bought in the last two years, sorted by customer and product."""
    mine = lines.known().between(today - MEMORY_DAYS, today)
    order = np.lexsort((mine.day, mine.product, mine.customer))
    customer, product, day = mine.customer[order], mine.product[order], mine.day[order].astype(np.float64)
    fresh = np.ones(len(customer), dtype=bool)
    fresh[1:] = (customer[1:] != customer[:-1]) | (product[1:] != product[:-1]) | (day[1:] != day[:-1])
    customer, product, day = customer[fresh], product[fresh], day[fresh]
    starts = np.ones(len(customer), dtype=bool)
    starts[1:] = (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])
    first = np.flatnonzero(starts)
    times = np.diff(np.append(first, len(customer)))
    age = today - day
    faded = {
        half_life: np.add.reduceat(0.5 ** (age / half_life) if half_life else np.ones(len(age)), first)
        if len(first) else np.zeros(0)
        for half_life in sorted({variant["half_life"] for variant in VARIANTS})
    }  # fmt: skip
    last = day[first + times - 1] if len(first) else np.zeros(0)
    spread = last - day[first] if len(first) else np.zeros(0)
    owned = product[first]
    gap, again = _habits(owned, times, spread, len(lines.items))
    return Pairs(customer[first], owned, times, today - last, gap, again, faded)


def _habits(product: Array, times: Array, spread: Array, items: int) -> tuple[Array, Array]:
    """Return the gap expected of each pair, and how often buyers of the product buy it again."""
    gaps = times - 1.0
    all_gaps, all_spread = gaps.sum(), spread.sum()
    crowd = all_spread / all_gaps if all_gaps else 60.0
    of_item = np.bincount(product, gaps, items), np.bincount(product, spread, items)
    usual = (of_item[1] + _GAP_PRIOR * crowd) / (of_item[0] + _GAP_PRIOR)
    gap = (spread + _GAP_PRIOR * usual[product]) / (gaps + _GAP_PRIOR)
    buyers, repeating = np.bincount(product, minlength=items), np.bincount(product, times > 1, items)
    mean = repeating.sum() / max(buyers.sum(), 1)
    again = (repeating + _RATE_PRIOR * mean) / (buyers + _RATE_PRIOR)
    return gap, again[product]


def score(found: Pairs, *, half_life: float, kind: float, rhythm: float) -> Array:
    """Return how likely each pair is bought again next, in an order that only holds within a customer.

    ``kind`` counts in that some products are bought once in a life; ``rhythm`` that a product just bought is not due yet.
    """
    scores = found.faded[half_life].copy()
    if kind:
        scores *= found.again**kind
    if rhythm:
        due = found.age / np.maximum(found.gap, 1.0)
        scores *= np.clip(0.4 + 0.6 * due / 0.7, 0.4, 1.0)
    return scores


def ranked(customer: Array, scores: Array) -> tuple[Array, Array]:
    """Return the order of pairs by customer, best first, and the rank of each within its customer."""
    order = np.lexsort((-scores, customer))
    owner = customer[order]
    starts = np.ones(len(owner), dtype=bool)
    starts[1:] = owner[1:] != owner[:-1]
    first = np.flatnonzero(starts)
    rank = np.arange(len(owner)) - np.repeat(first, np.diff(np.append(first, len(owner))))
    return order, rank
