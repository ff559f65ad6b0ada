"""How much busier than usual each month of the year is, once growth is taken out.

What the model of repeat purchases expects of the customers there were is set against what they did, month by month: a
company that grows is not mistaken for one with a season. Needs a year of history; without one nothing is corrected.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from shuke.insight.predictions.engine import bgnbd

Floats = NDArray[np.float64]
EPOCH = date(1970, 1, 1)
LEAST_DAYS = 365
# A month's index weighs as much as "no season" when the model expects so many purchases in it.
_PULL = 60.0


def index(fit: bgnbd.Fit, first: Floats, repeats: Floats, start: date, cutoff: date) -> list[float] | None:
    """Return the index of the twelve months; None with less than a year of history.

    ``first`` is the day of everybody's first purchase, ``repeats`` the days of all later ones (days since 1970).
    """
    if (cutoff - start).days < LEAST_DAYS:
        return None
    actual, expected = np.zeros(12), np.zeros(12)
    births, counts = np.unique(first, return_counts=True)
    for begin, end in _months(start, cutoff):
        low, high = (begin - EPOCH).days, (end - EPOCH).days
        actual[begin.month - 1] += float(((repeats >= low) & (repeats < high)).sum())
        age = np.stack([np.maximum(low - births, 0), np.maximum(high - births, 0)]).astype(float)
        known, place = np.unique(age, return_inverse=True)
        grown = bgnbd.expected_from_birth(fit, known)[place].reshape(age.shape)
        expected[begin.month - 1] += float((grown[1] - grown[0]) @ counts)
    level = actual.sum() / max(expected.sum(), 1e-9)
    found = (actual + _PULL) / (expected * level + _PULL)
    return [float(value) for value in np.clip(found, 0.4, 2.5)]


def over(months: Sequence[float] | None, after: date, days: int) -> float:
    """Return the mean index of the ``days`` after a day; 1 without an index.

    >>> over([1.0] * 11 + [2.0], date(2023, 11, 30), 31)
    2.0
    """
    if months is None or days <= 0:
        return 1.0
    return float(np.mean([months[(after + timedelta(days=ahead)).month - 1] for ahead in range(1, days + 1)]))


def _months(start: date, cutoff: date) -> list[tuple[date, date]]:
    """Return the parts of months from ``start`` to the end of ``cutoff``, as half-open spans."""
    spans = []
    begin = start
    while begin <= cutoff:
        following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
        spans.append((begin, min(following, cutoff + timedelta(days=1))))
        begin = following
    return spans
