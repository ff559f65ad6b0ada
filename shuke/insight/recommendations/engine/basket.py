"""What is bought together: pairs from one sparse product of matrices, triples by extending pairs.

Whether a combination is more than chance is asked of the binomial distribution (which doubts a little more than the exact
hypergeometric one, and is faster), for all combinations that could have been found at once: the share of false discoveries
among those kept is held at ``FALSE_SHARE`` (Benjamini–Hochberg).
The lift is shrunk: a few common sales of rare products do not make a rule.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse, special

Array = Any
FALSE_SHARE = 0.05
# So many expected sales stand for "no connection" beside those observed.
PRIOR = 5.0
_PAIRS_EXTENDED = 3_000


@dataclass(frozen=True, slots=True)
class Found:
    """Combinations, one a row: places of products, sales with all of them, and what is to be thought of that.

    ``chance`` is the adjusted p-value (q): the share of false ones among all that look at least as good.
    """

    members: Array
    together: Array
    expected: Array
    chance: Array
    confidence: Array

    @property
    def lift(self) -> Array:
        """Return how many times more often than by chance."""
        return self.together / np.maximum(self.expected, 1e-12)

    @property
    def shrunk(self) -> Array:
        """Return the lift, drawn towards 1 where few sales speak."""
        return (self.together + PRIOR) / (self.expected + PRIOR)

    def strongest(self, most: int) -> "Found":
        """Return those that tell most: many sales, and far more than by chance."""
        return self.where(np.argsort(-self.together * np.log(self.shrunk), kind="stable")[:most])

    def where(self, kept: Array) -> "Found":
        """Return some of the rows."""
        return Found(
            self.members[kept], self.together[kept], self.expected[kept], self.chance[kept], self.confidence[kept]
        )


def pair_counts(baskets: sparse.csr_matrix, least: int) -> tuple[Array, Array, Array]:
    """Return first, second and common sales of every pair that at least so many sales hold."""
    often = np.flatnonzero(np.asarray(baskets.sum(axis=0)).ravel() >= least)
    kept = baskets[:, often]
    gram = sparse.triu(kept.T @ kept, 1).tocoo()
    enough = gram.data >= least
    return often[gram.row[enough]], often[gram.col[enough]], gram.data[enough].astype(np.int64)


def pairs(baskets: sparse.csr_matrix, least: int) -> Found:
    """Return the pairs that at least ``least`` sales hold and that are more than chance."""
    first, second, together = pair_counts(baskets, least)
    sales, each = baskets.shape[0], np.asarray(baskets.sum(axis=0)).ravel().astype(np.int64)
    often = int((each >= least).sum())
    chance = _more_than_chance(together, each[first], each[second], sales)
    found = Found(
        np.column_stack([first, second]), together, each[first] * each[second] / sales,
        adjusted(chance, often * (often - 1) // 2), together / np.minimum(each[first], each[second]),
    )  # fmt: skip
    return found.where((found.chance <= FALSE_SHARE) & (found.shrunk > 1))


def triples(baskets: sparse.csr_matrix, known: Found, least: int) -> Found:
    """Return triples that are more than their pairs: the third is commoner beside each pair than by chance.

    Only the pairs with most sales are extended. Of the three ways to split a triple the least convincing counts.
    """
    order = np.argsort(-known.together, kind="stable")[:_PAIRS_EXTENDED]
    base = known.where(order)
    if not len(base.together):
        return Found(np.zeros((0, 3), np.int64), *(np.zeros(0, kind) for kind in (np.int64, float, float, float)))
    columns = baskets.tocsc()
    both = columns[:, base.members[:, 0]].multiply(columns[:, base.members[:, 1]]).tocsr()
    grown = (both.T @ baskets).tocoo()
    third = grown.col > base.members[grown.row, 1]
    enough = third & (grown.data >= least)
    rows, last, together = grown.row[enough], grown.col[enough], grown.data[enough].astype(np.int64)
    members = np.column_stack([base.members[rows], last])
    return _weighed(baskets, base, members, together)


def _weighed(baskets: sparse.csr_matrix, base: Found, members: Array, together: Array) -> Found:
    sales, each = baskets.shape[0], np.asarray(baskets.sum(axis=0)).ravel().astype(np.int64)
    gram = (baskets.T @ baskets).tocsr()
    worst = np.zeros(len(members))
    expected = np.zeros(len(members))
    fewest = np.full(len(members), np.iinfo(np.int64).max)
    for alone, one, other in ((2, 0, 1), (1, 0, 2), (0, 1, 2)):
        pair = np.asarray(gram[members[:, one], members[:, other]]).ravel().astype(np.int64)
        single = each[members[:, alone]]
        worst = np.maximum(worst, _more_than_chance(together, pair, single, sales))
        expected = np.maximum(expected, pair * single / sales)
        fewest = np.minimum(fewest, pair)
    tried = len(base.together) * max(int((each > 0).sum()) - 2, 1)
    found = Found(members, together, expected, adjusted(worst, tried), together / np.maximum(fewest, 1))
    return found.where((found.chance <= FALSE_SHARE) & (found.shrunk > 1))


def _more_than_chance(together: Array, one: Array, other: Array, sales: int) -> Array:
    """Return the chance of at least so many common sales if the two had nothing to do with each other."""
    few, many = np.minimum(one, other), np.maximum(one, other)
    return special.bdtrc((together - 1).astype(np.float64), few, many / sales)


def adjusted(chances: Array, tried: int) -> Array:
    """Return Benjamini–Hochberg's adjusted p-values among ``tried`` tests, of which only these were close.

    >>> [round(float(one), 3) for one in adjusted(np.array([0.01, 0.02, 0.9]), 4)]
    [0.04, 0.04, 1.0]
    """
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * max(tried, len(chances)) / np.arange(1, len(chances) + 1)
    lowest = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    found = np.empty(len(chances))
    found[order] = lowest
    return found
