"""How good forecasts have been: at past moments, with only what was known then; which method to use, and how wide to be.

A method is chosen for each series, and its interval made, from the errors of forecasts that had come true by then; what is
reported comes from later moments that neither saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.forecasts.engine import methods
from shuke.insight.forecasts.engine.methods import BASELINES, METHODS, Panel

Array = Any

COVERED = 0.9
_POWERS = (0.0, 0.5, 1.0)
_TINY = 1e-9
_OWN = tuple(place for place, name in enumerate(METHODS) if name not in BASELINES)
# A method has to be better by so much than the plainest one to be preferred: what is left is chance.
_PLAINEST = METHODS.index(methods.AVERAGE)
_MARGIN = 0.005
# The first cutoff with an interval from earlier ones, which had come true some cutoffs before.
# By how much a cutoff counts less than one that is a whole forecast later.
_FADES = 0.5
_FIRST_INTERVAL, _GAP, _MOST_WIDENED, _UNTRIED = 6, 3, 4.0, 1.3
# How many independent cutoffs of its own outweigh what the other series say.
_CROWD = 2.0


@dataclass(slots=True)
class Trials:
    """Forecasts from past moments: (cutoff, method, series, step), what came true, and whether both are known."""

    cutoffs: list[int]
    made: Array
    true: Array
    known: Array

    def before(self, moment: int, ahead: int) -> Array:
        """Return which cutoffs had come true by a moment."""
        return np.array([cutoff + ahead <= moment for cutoff in self.cutoffs], dtype=bool)


@dataclass(slots=True)
class Width:
    """How far the truth lay below and above, in units of a power of what was expected, by band of steps."""

    power: Array
    low: Array
    high: Array
    bands: Array

    def around(self, expected: Array, floor: Array) -> tuple[Array, Array]:
        """Return the interval round forecasts (series, step)."""
        unit = _unit(expected, self.power)
        steps = self.bands[: expected.shape[1]]
        low, high = expected + self.low[:, steps] * unit, expected + self.high[:, steps] * unit
        return np.maximum(np.minimum(low, expected), floor[:, None]), np.maximum(high, expected)


def rolled(panel: Panel, cutoffs: Sequence[int], ahead: int, least: int) -> Trials:
    """Return what every method would have said at each of the cutoffs; series need ``least`` moments before one."""
    length = panel.values.shape[1]
    made = np.zeros((len(cutoffs), len(METHODS), len(panel.values), ahead))
    true = np.zeros((len(cutoffs), len(panel.values), ahead))
    known = np.zeros((len(cutoffs), len(panel.values)), dtype=bool)
    for place, cutoff in enumerate(cutoffs):
        rows = np.flatnonzero(cutoff - panel.starts >= least)
        if cutoff + ahead > length or not len(rows):
            continue
        made[place][:, rows] = methods.forecasts(panel.until(cutoff).only(rows), ahead)
        true[place][rows] = panel.values[rows, cutoff : cutoff + ahead]
        known[place, rows] = True
    return Trials(list(cutoffs), made, true, known)


def chosen(trials: Trials, usable: Array) -> Array:
    """Return, by series, the place of the method with the least absolute error at the usable cutoffs.

    Few cutoffs of one series tell little, so the errors of all series together count beside its own.
    """
    fresh = _FADES ** ((max(trials.cutoffs) - np.array(trials.cutoffs)) / trials.true.shape[2])
    counts = ((trials.known & usable[:, None]) * fresh[:, None])[:, None, :, None]
    errors = (np.abs(trials.made - trials.true[:, None]) * counts).sum(axis=(0, 3))[list(_OWN)]
    plain = errors[_OWN.index(_PLAINEST)]
    mine = np.where(plain > _TINY, errors / np.maximum(plain, _TINY), 1.0)
    every = mine[:, plain > _TINY].mean(axis=1, keepdims=True) if (plain > _TINY).any() else np.ones((len(_OWN), 1))
    ahead = trials.true.shape[2]
    apart = (trials.cutoffs[1] - trials.cutoffs[0]) if len(trials.cutoffs) > 1 else ahead
    own = counts[:, 0, :, 0].sum(axis=0) * min(1.0, apart / ahead)
    score = (own * mine + _CROWD * every) / (own + _CROWD)
    place = score.argmin(axis=0)
    better = score.min(axis=0) < score[_OWN.index(_PLAINEST)] * (1 - _MARGIN)
    return np.where(better, np.array(_OWN)[place], _PLAINEST)


def of_chosen(made: Array, pick: Array) -> Array:
    """Return the forecasts of each series' own method out of (…, method, series, step)."""
    return np.take_along_axis(made, pick[(None,) * (made.ndim - 3) + (None, slice(None), None)], axis=-3)[..., 0, :, :]


def widths(trials: Trials, usable: Array, pick: Array, period: int, covered: float = COVERED) -> Width:
    """Return intervals that hold ``covered`` of the errors so far.

    Errors of one cutoff go together, so what intervals made from the earlier cutoffs would have held at the later ones says by
    how much to widen them. The power with which errors grow is the one whose intervals would have cost least.
    """
    expected = of_chosen(trials.made, pick)[usable]
    known = trials.known[usable][:, :, None]
    errors = np.where(known, trials.true[usable] - expected, np.nan)
    bands = _bands(expected.shape[2], period)
    best: tuple[Array, Array, Array, Array] | None = None
    for power in _POWERS:
        unit = _unit(expected, power)
        low, high = _quantiles(errors / unit, bands, covered)
        wider = _widening(errors / unit, bands, covered)[:, None]
        low, high = low * wider, high * wider
        cost = _cost(errors, unit, low[:, bands], high[:, bands], covered)
        powers = np.full(len(pick), power)
        if best is None:
            best = powers, low, high, cost
            continue
        wins = cost < best[3]
        best = (
            np.where(wins, powers, best[0]), np.where(wins[:, None], low, best[1]),
            np.where(wins[:, None], high, best[2]), np.where(wins, cost, best[3]),
        )  # fmt: skip
    assert best is not None
    return Width(best[0], best[1], best[2], bands)


def _quantiles(errors: Array, bands: Array, covered: float) -> tuple[Array, Array]:
    """Return the low and high quantile of errors (cutoff, series, step) by series and band."""
    tail = (1 - covered) / 2
    kinds = int(bands.max()) + 1
    low, high = np.zeros((errors.shape[1], kinds)), np.zeros((errors.shape[1], kinds))
    for band in range(kinds):
        sample = np.sort(np.moveaxis(errors[:, :, bands == band], 1, 0).reshape(errors.shape[1], -1), axis=1)
        count = (~np.isnan(sample)).sum(axis=1)
        low[:, band], high[:, band] = _at(sample, count, tail), _at(sample, count, 1 - tail)
    return np.minimum(low, 0.0), np.maximum(high, 0.0)


def _at(sample: Array, count: Array, share: float) -> Array:
    """Return a quantile as split conformal prediction counts it: the next error is one more among those seen."""
    if not sample.shape[1]:
        return np.zeros(len(sample))
    turn = np.ceil if share > 0.5 else np.floor
    place = np.clip(turn((count + 1) * share).astype(int) - 1, 0, np.maximum(count - 1, 0))
    return np.where(count > 0, sample[np.arange(len(sample)), place], 0.0)


def _widening(errors: Array, bands: Array, covered: float) -> Array:
    """Return the factor by which intervals from earlier cutoffs would have had to be wider to hold what they promise."""
    ratios = []
    for place in range(_FIRST_INTERVAL, len(errors)):
        low, high = _quantiles(errors[: place - _GAP], bands, covered)
        off = errors[place]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(off >= 0, off / high[:, bands], off / low[:, bands])
        ratios.append(np.where(np.isnan(off), np.nan, np.where(np.isfinite(ratio), ratio, _MOST_WIDENED)))
    if not ratios:
        return np.full(errors.shape[1], _UNTRIED)
    sample = np.sort(np.moveaxis(np.stack(ratios), 1, 0).reshape(errors.shape[1], -1), axis=1)
    count = (~np.isnan(sample)).sum(axis=1)
    return np.where(count > 0, np.clip(_at(sample, count, covered), 0.8, _MOST_WIDENED), _UNTRIED)


def _cost(errors: Array, unit: Array, low: Array, high: Array, covered: float) -> Array:
    """Return the interval score: width, and what lay outside as much dearer as it should be rare."""
    below, above = low[None] * unit, high[None] * unit
    missed = np.maximum(below - errors, 0) + np.maximum(errors - above, 0)
    return np.nansum(above - below + missed * 2 / (1 - covered), axis=(0, 2))


def _unit(expected: Array, power: Array | float) -> Array:
    shape = np.asarray(power)
    powers = shape[..., None] if shape.ndim else shape
    return np.maximum(np.abs(expected), 0.25) ** powers


def _bands(ahead: int, period: int) -> Array:
    """Return the band of every step: errors are pooled by week, or by four weeks where a step is a week."""
    return np.minimum(np.arange(ahead) // (7 if period == 7 else 4), 7)


@dataclass(slots=True)
class Verdict:
    """How one series' forecast did at one past moment."""

    cutoff: int
    method: str
    error: float
    naive: float
    drift: float
    scaled: float | None
    bias: float
    inside: float
    expected: list[float]
    true: list[float]


def verdict(panel: Panel, trials: Trials, place: int, one: int, *, pick: int, inside: float) -> Verdict:
    """Return errors as shares of what happened (WAPE), in units of the seasonal rule in sample (MASE), and the bias."""
    true, made = trials.true[place, one], trials.made[place, :, one]
    size = max(float(np.abs(true).sum()), _TINY)
    mine = made[pick]
    past = panel.values[one, panel.starts[one] : trials.cutoffs[place]]
    season = min(panel.period, max(len(past) - 1, 1))
    usual = float(np.abs(past[season:] - past[:-season]).mean()) if len(past) > season else 0.0
    rules = [float(np.abs(true - made[METHODS.index(name)]).sum()) / size for name in BASELINES]
    return Verdict(
        trials.cutoffs[place], METHODS[pick], float(np.abs(true - mine).sum()) / size, rules[0], rules[1],
        float(np.abs(true - mine).mean()) / usual if usual > 0 else None, float((mine - true).sum()) / size, inside,
        [float(value) for value in mine], [float(value) for value in true],
    )  # fmt: skip
