"""Levels and seasons of many series, robust to busy days: what an ordinary day is, and what each phase makes of it."""

from typing import Any

import numpy as np

Array = Any

_TINY = 1e-9
# The most cycles a season is read off: older ones say little about today.
_CYCLES = {7: 26}
_USUAL_CYCLES = 6
_ENOUGH_TO_SHARE = 4


def window_sums(values: Array, half: int) -> Array:
    """Return, for every moment, the sum of the values at most ``half`` steps away."""
    length = values.shape[1]
    total = np.zeros((values.shape[0], length + 1))
    np.cumsum(values, axis=1, out=total[:, 1:])
    ends = np.minimum(np.arange(length) + half + 1, length)
    begins = np.maximum(np.arange(length) - half, 0)
    return total[:, ends] - total[:, begins]


def level(values: Array, weights: Array, half: int) -> Array:
    """Return the mean of what counts round every moment; wider where little counts, the mean of all where nothing does."""
    counted = values * weights
    found = np.full(values.shape, np.nan)
    for width in (half, 3 * half, 9 * half):
        have = window_sums(weights, width)
        with np.errstate(divide="ignore", invalid="ignore"):
            there = window_sums(counted, width) / have
        found = np.where(np.isnan(found) & (have >= half / 2), there, found)
    overall = counted.sum(axis=1) / np.maximum(weights.sum(axis=1), _TINY)
    return np.where(np.isnan(found), overall[:, None], found)


def indices(values: Array, weights: Array, period: int) -> Array:
    """Return by how much each phase of a season multiplies the usual, shrunk towards 1 as far as it may be chance.

    Phases are counted from the first moment of the array. Series without a positive level have no season. Read twice: near the
    ends the level is only known once the season is taken out.
    """
    count, length = values.shape
    found = np.ones((count, period))
    if length < 2 * period:
        return found
    half = max(period // 2, 3)
    for _ in range(1 if period == 7 else 2):
        around = level(values / laid_out(found, 0, length), weights, half)
        usable = (weights > 0) & (around > _TINY)
        ratio = np.where(usable, values / np.maximum(around, _TINY), np.nan)
        means, errors = _by_phase(ratio, period)
        means = means / np.maximum(means.mean(axis=1, keepdims=True), _TINY)
        found = np.maximum(_shared(means, errors), 0.02)
    return found


def _shared(means: Array, errors: Array) -> Array:
    """Return the seasons, each drawn towards that of all series together as far as its difference may be chance.

    Shops and goods of one company mostly share a calendar; a single one has too few years to know its own well.
    """
    if len(means) < _ENOUGH_TO_SHARE:
        return 1 + _kept(means - 1, errors) * (means - 1)
    weight = 1 / np.maximum(errors.mean(axis=1, keepdims=True), _TINY)
    common = (means * weight).sum(axis=0) / weight.sum()
    common = 1 + _kept(common[None] - 1, np.full((1, means.shape[1]), 1 / weight.sum())) * (common[None] - 1)
    own = means - common
    return np.asarray(common + _kept(own, errors) * own)


def _by_phase(ratio: Array, period: int) -> tuple[Array, Array]:
    """Return the mean of each phase over the last cycles, and the variance of that mean; gaps are NaN."""
    count, length = ratio.shape
    first = max(0, length - period * _CYCLES.get(period, _USUAL_CYCLES))
    cycles = -(-(length - first) // period)
    padded = np.full((count, cycles * period), np.nan)
    padded[:, : length - first] = np.clip(ratio[:, first:], -2, 6)
    grid = padded.reshape(count, cycles, period)
    have = (~np.isnan(grid)).sum(axis=1)
    filled = np.where(np.isnan(grid), 0.0, grid)
    mean = np.where(have > 0, filled.sum(axis=1) / np.maximum(have, 1), 1.0)
    off = np.where(np.isnan(grid), 0.0, grid - mean[:, None])
    spread = (off * off).sum(axis=1) / np.maximum(have - 1, 1)
    pooled = spread.sum(axis=1, keepdims=True) / np.maximum((have > 1).sum(axis=1, keepdims=True), 1)
    errors = np.where(have > 1, spread, np.maximum(pooled, 0.02)) / np.maximum(have, 1)
    shift = first % period
    return np.roll(mean, shift, axis=1), np.roll(errors, shift, axis=1)


def _kept(off: Array, errors: Array) -> Array:
    """Return what share of the differences between phases is more than chance (James and Stein)."""
    phases = off.shape[1]
    squares = (off * off).sum(axis=1)
    noise = errors.mean(axis=1)
    return np.clip(1 - (phases - 3) * noise / np.maximum(squares, _TINY), 0.0, 1.0)[:, None]


def laid_out(found: Array, begins: int, length: int) -> Array:
    """Return the index of every moment from ``begins`` on."""
    return found[:, (begins + np.arange(length)) % found.shape[1]]
