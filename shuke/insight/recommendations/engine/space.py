"""Purchases as matrices: who bought what, how often, and how long ago."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

Array = Any


@dataclass(frozen=True, slots=True)
class Lines:
    """One row per sale and product. ``product`` counts places in ``items``; ``customer`` is -1 for unknown buyers."""

    order: Array
    customer: Array
    product: Array
    day: Array
    items: Array

    def until(self, day: int) -> "Lines":
        """Return what was sold up to a day."""
        return self.where(self.day <= day)

    def between(self, after: int, until: int) -> "Lines":
        """Return what was sold after a day, up to another."""
        return self.where((self.day > after) & (self.day <= until))

    def known(self) -> "Lines":
        """Return what known customers bought."""
        return self.where(self.customer >= 0)

    def where(self, kept: Array) -> "Lines":
        """Return some of the rows."""
        return Lines(self.order[kept], self.customer[kept], self.product[kept], self.day[kept], self.items)


@dataclass(frozen=True, slots=True)
class Space:
    """Known buyers by products: whether, and the last day."""

    users: Array
    bought: sparse.csr_matrix
    last: sparse.csr_matrix

    def asked(self, rows: Array, today: int, half_life: float) -> sparse.csr_matrix:
        """Return what some users bought, counting less the longer ago; with ``half_life`` 0 everything counts the same."""
        if not half_life:
            return self.bought[rows]
        found = self.last[rows].copy()
        found.data = (0.5 ** ((today - found.data) / half_life)).astype(np.float32)
        return found


def space(lines: Lines) -> Space:
    """Return the matrices of what known customers bought."""
    mine = lines.known()
    users, row = np.unique(mine.customer, return_inverse=True)
    shape = (len(users), len(lines.items))
    order = np.lexsort((mine.day, mine.product, row))
    row, product, day = row[order], mine.product[order], mine.day[order]
    newest = np.ones(len(row), dtype=bool)
    newest[:-1] = (row[1:] != row[:-1]) | (product[1:] != product[:-1])
    row, product, day = row[newest], product[newest], day[newest]
    bought = sparse.csr_matrix((np.ones(len(row), np.float32), (row, product)), shape=shape)
    # A day may be nought, which a sparse matrix would forget: days are counted from well before any sale.
    last = sparse.csr_matrix((day.astype(np.float64), (row, product)), shape=shape)
    return Space(users, bought, last)


def baskets(lines: Lines) -> sparse.csr_matrix:
    """Return sales by products, of 0 and 1."""
    orders, row = np.unique(lines.order, return_inverse=True)
    found = sparse.csr_matrix(
        (np.ones(len(row), np.float32), (row, lines.product)), shape=(len(orders), len(lines.items))
    )
    found.data[:] = 1
    return found


def counts(lines: Lines) -> Array:
    """Return in how many sales each product is."""
    return np.bincount(lines.product, minlength=len(lines.items)).astype(np.float64)
