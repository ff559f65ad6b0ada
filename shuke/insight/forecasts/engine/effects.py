"""What holidays and promotions do: by how much each day of an event multiplies an ordinary day.

A *cell* is a day (or week) of an event, counted from its anchor: the second day of every 双11 is one cell. Its lift is what was seen
over what an ordinary day would have been, over all years; single years of small shops are mostly chance, so lifts are shrunk towards
1 as far as the scatter of ordinary days explains them (empirical Bayes, per event). Days without an event are ordinary.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.forecasts.engine import seasons

Array = Any

LEAST, MOST = 0.05, 20.0
# How much the same event usually differs between years (of the logarithm), beyond the chance of single days.
BETWEEN = 0.2
# A lift nearer to 1 than this (of the logarithm) moves nothing.
_MOVES = 0.08
_TINY = 1e-9
_WINDOW = {7: 21}


@dataclass(slots=True)
class Effects:
    """Lifts by series and cell, their errors (of the logarithm), how many days each rests on, and the ordinary scatter."""

    lift: Array
    error: Array
    days: Array
    scatter: Array
    usual: Array

    def of(self, cells: Array) -> Array:
        """Return the lift at every moment; 1 where there is no event."""
        padded = np.concatenate([self.lift, np.ones((len(self.lift), 1))], axis=1)
        return padded[:, cells]


def learned(values: Array, starts: Array, cells: Array, owners: Array, period: int) -> Effects:
    """Return the lifts of all cells. ``cells`` gives the cell of every moment (-1: none), ``owners`` the event of every cell.

    Calendars are full of days that move nothing. Those whose lift comes to nearly 1 count as ordinary in a second reading: it is
    ordinary days that the others are measured by.
    """
    count, length = values.shape
    cells = cells[:length]
    begun = np.arange(length)[None, :] >= starts[:, None]
    weights = (begun & (cells < 0)[None, :]).astype(float)
    if not len(owners):
        usual = ordinary(values, weights, period)
        nothing = np.zeros((count, 0))
        return Effects(nothing, nothing, nothing, _scatter(values, usual, weights), usual)
    found = _lifts(values, begun, weights, cells=cells, owners=owners, period=period, least=1)
    moves = np.concatenate([np.abs(np.log(found.lift)) >= _MOVES, np.zeros((count, 1), dtype=bool)], axis=1)
    still = begun & ~moves[:, cells]
    return _lifts(
        values, begun, still.astype(float), cells=cells, owners=owners, period=period, least=7, moves=moves[:, :-1]
    )


def _lifts(
    values: Array, begun: Array, weights: Array, *, cells: Array, owners: Array, period: int, least: int,
    moves: Array | None = None,
) -> Effects:  # fmt: skip
    """Return the lifts over what ordinary days (``weights``) say; only of the cells that move anything, where that is known."""
    usual = ordinary(values, weights, period)
    scatter = _scatter(values, usual, weights)
    belongs = np.zeros((len(cells), len(owners)))
    inside = np.flatnonzero(cells >= 0)
    belongs[inside, cells[inside]] = 1.0
    counted = begun & (usual > _TINY) & _preceded(weights, period, least)
    days = counted.astype(float) @ belongs
    seen, expected = np.where(counted, values, 0.0) @ belongs, np.where(counted, usual, 0.0) @ belongs
    raw = np.log(np.clip(seen / np.maximum(expected, _TINY), LEAST, MOST))
    years = years_of(cells, len(owners), period)[None]
    noise = scatter[:, None] ** 2 / np.maximum(days, 1.0) + BETWEEN**2 / years
    known = days > 0 if moves is None else (days > 0) & moves
    kept = _kept(raw, noise, known.astype(float), owners)
    return Effects(
        np.exp(np.where(known, kept * raw, 0.0)), np.sqrt(np.where(known, kept * noise, 0.0)), days, scatter, usual
    )  # fmt: skip


def years_of(cells: Array, kinds: int, period: int) -> Array:
    """Return in how many occurrences each cell was seen: stretches of it that lie far apart."""
    apart = 60 if period == 7 else 9
    last = np.full(kinds, -(10**6))
    found = np.zeros(kinds)
    for place in np.flatnonzero(cells >= 0):
        cell = cells[place]
        found[cell] += place - last[cell] > apart
        last[cell] = place
    return np.maximum(found, 1.0)


def _preceded(weights: Array, period: int, least: int) -> Array:
    """Return which moments have ordinary ones shortly before them: without, nobody knows what was usual then."""
    reach = 42 if period == 7 else 8
    total = np.cumsum(weights, axis=1)
    before = np.zeros_like(total)
    before[:, reach:] = total[:, :-reach]
    return np.asarray((total - before) >= (least if period == 7 else min(least, 2)))


def ordinary(values: Array, weights: Array, period: int) -> Array:
    """Return what an ordinary day would have been at every moment: the level round it times the weekday."""
    index = seasons.laid_out(seasons.indices(values, weights, period), 0, values.shape[1]) if period == 7 else 1.0
    half = _WINDOW.get(period, 4)
    return seasons.level(values / index, weights, half) * index


def _scatter(values: Array, usual: Array, weights: Array) -> Array:
    """Return how far ordinary days lie from the usual, in proportion to it, robustly."""
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where((weights > 0) & (usual > _TINY), np.abs(values / usual - 1), np.nan)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found = 1.25 * np.nanmean(np.minimum(off, 3.0), axis=1)
    return np.clip(np.nan_to_num(found, nan=1.0), 0.02, 3.0)


def _kept(raw: Array, noise: Array, known: Array, owners: Array) -> Array:
    """Return what share of each cell's logarithm is kept: what the cells of its event show beyond chance."""
    kinds = int(owners.max()) + 1
    member = np.zeros((len(owners), kinds))
    member[np.arange(len(owners)), owners] = 1.0
    beyond = ((raw * raw - noise) * known) @ member / np.maximum(known @ member, 1.0)
    variance = np.maximum(beyond, 0.0)[:, owners]
    return variance / np.maximum(variance + noise, _TINY)
