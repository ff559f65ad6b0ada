"""The ways of forecasting that compete, all of them for all series at once.

Two are rules that anybody could use and are always shown: the same day of the last season, and the line from the first to the last
value. The others work on what is left when the effect of events is taken out, and put it back for the days to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.forecasts.engine import effects, seasons, theta

Array = Any

NAIVE, DRIFT, AVERAGE, RECENT, THETA, DYNAMIC, REGRESSION, YEARLY, PAIR, ALL = METHODS = (
    "naive", "drift", "average", "recent", "theta", "dynamic", "regression", "yearly", "pair", "all",
)  # fmt: skip
BASELINES = (NAIVE, DRIFT)
# Over how many weeks a mean is taken: the plain one and the one that follows fast.
_WEEKS, _FEW_WEEKS = 8, 2
_HALF_LIFE = {7: 70.0}
_RIDGE = 2.0
_TINY = 1e-9
_CLOSED = 0.15
_LONG_SEASON, _GROWTH_STEPS = 26, 13
_YEAR = {7: 365.25, 52: 52.18, 1: 52.18}


@dataclass(frozen=True, slots=True)
class Panel:
    """Series of one calendar: values (series, time), where each begins, the season, and the event cell of every moment.

    ``cells`` reaches beyond the values, as far as forecasts do. ``floor`` is 0 for what cannot be negative.
    """

    values: Array
    starts: Array
    period: int
    cells: Array
    owners: Array
    floor: Array

    def until(self, length: int) -> "Panel":
        """Return what was known after ``length`` moments."""
        return Panel(self.values[:, :length], self.starts, self.period, self.cells, self.owners, self.floor)

    def only(self, rows: Array) -> "Panel":
        """Return some of the series."""
        return Panel(
            self.values[rows], self.starts[rows], self.period, self.cells, self.owners, self.floor[rows]
        )  # fmt: skip


def forecasts(panel: Panel, ahead: int, names: Sequence[str] = METHODS) -> Array:
    """Return (method, series, step): what each method expects after the last value."""
    length = panel.values.shape[1]
    learned = effects.learned(panel.values, panel.starts, panel.cells, panel.owners, panel.period)
    past, coming = learned.of(panel.cells[:length]), learned.of(panel.cells[length : length + ahead])
    clean = panel.values / past
    begun = (np.arange(length)[None, :] >= panel.starts[:, None]).astype(float)
    index = seasons.indices(clean, begun, panel.period)
    before, after = (
        seasons.laid_out(index, 0, length), seasons.laid_out(index, length, ahead)
    )  # fmt: skip
    flat = _flattened(clean, before, begun)
    smooth, dynamic = theta.fit(flat, panel.starts)
    made: dict[str, Array] = {
        NAIVE: naive(panel.values, panel.starts, panel.period, ahead),
        DRIFT: drift(panel.values, panel.starts, ahead),
        AVERAGE: _averaged(flat, begun, panel.period, _WEEKS)[:, None] * after * coming,
        RECENT: _averaged(flat, begun, panel.period, _FEW_WEEKS)[:, None] * after * coming,
        THETA: theta.with_half_slope(smooth, ahead) * after * coming,
        DYNAMIC: theta.carried_on(dynamic, ahead) * after * coming,
        REGRESSION: _regression(flat, begun, panel.period, ahead, yearly=False) * after * coming,
        YEARLY: _yearly(clean, flat, begun, after, period=panel.period) * coming,
    }
    made[PAIR] = (made[DYNAMIC] + made[REGRESSION]) / 2
    made[ALL] = sum(made[name] for name in (THETA, DYNAMIC, REGRESSION, AVERAGE, YEARLY)) / 5
    found = np.stack([made[name] for name in names])
    return np.maximum(found, panel.floor[None, :, None])


def naive(values: Array, starts: Array, period: int, ahead: int) -> Array:
    """Return the last season again, or the last value while there is no whole season."""
    length = values.shape[1]
    season = min(period, length)
    again = values[:, length - season :][:, np.arange(ahead) % season]
    short = (length - starts) < period
    return np.where(short[:, None], values[:, -1:], again)


def drift(values: Array, starts: Array, ahead: int) -> Array:
    """Return the straight line from the first to the last value, carried on."""
    age = np.maximum(values.shape[1] - 1 - starts, 1)
    slope = (values[:, -1] - values[np.arange(len(values)), np.minimum(starts, values.shape[1] - 1)]) / age
    return values[:, -1:] + slope[:, None] * np.arange(1, ahead + 1)[None, :]


def _flattened(clean: Array, index: Array, begun: Array) -> Array:
    """Return the series without season. Phases on which next to nothing happens (a closed day) say nothing of the level."""
    flat = np.where(begun > 0, clean / index, 0.0)
    telling = begun * (index >= _CLOSED)
    if telling.sum() == begun.sum():
        return flat
    return np.where((begun > 0) & (telling == 0), seasons.level(flat, telling, 3), flat)


def _averaged(flat: Array, begun: Array, period: int, weeks: int) -> Array:
    """Return the mean of the last weeks, season taken out."""
    recent = weeks * (7 if period == 7 else 1)
    tail, have = flat[:, -recent:], begun[:, -recent:]
    return (tail * have).sum(axis=1) / np.maximum(have.sum(axis=1), 1.0)


def _yearly(clean: Array, flat: Array, begun: Array, after: Array, *, period: int) -> Array:
    """Return what a year says: a wave through all days, or, where a season is a year, the last one at today's level.

    Series that are not old enough get the mean of their last weeks.
    """
    ahead = after.shape[1]
    if period < _LONG_SEASON:
        return _regression(flat, begun, period, ahead, yearly=True) * after
    length = clean.shape[1]
    plain = _averaged(flat, begun, period, _WEEKS)[:, None] * after
    if length < period + _GROWTH_STEPS or ahead > period:
        return plain
    recent, earlier = slice(length - _GROWTH_STEPS, length), slice(length - period - _GROWTH_STEPS, length - period)
    before = clean[:, earlier].sum(axis=1)
    growth = np.clip(clean[:, recent].sum(axis=1) / np.where(before > _TINY, before, 1.0), 0.2, 5.0)
    known = (begun[:, earlier].min(axis=1) > 0) & (before > _TINY)
    again = clean[:, length - period : length - period + ahead] * growth[:, None]
    return np.where(known[:, None], again, plain)


def _regression(flat: Array, begun: Array, period: int, ahead: int, *, yearly: bool) -> Array:
    """Return a straight line, and with ``yearly`` a wave of a year, fitted so that the past fades.

    The weekday and the effect of events are multiplied on by the caller. The trend is damped: growth that went on for ever
    is the costliest error of such lines.
    """
    count, length = flat.shape
    steps = np.arange(length + ahead)
    columns = [np.ones(length + ahead), _damped(steps, length, period)]
    if yearly:
        turn = 2 * np.pi * steps / _YEAR[period]
        for wave in (1, 2, 3):
            columns += [np.sin(wave * turn), np.cos(wave * turn)]
    design = np.stack(columns, axis=1)
    half_life = (_HALF_LIFE.get(period, 10.0)) * (8.0 if yearly else 1.0)
    weights = begun * 0.5 ** ((length - 1 - steps[:length]) / half_life)[None, :]
    mean = (flat * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), _TINY)
    scaled = np.clip(flat / np.where(np.abs(mean) > _TINY, mean, 1.0)[:, None], -8, 8)
    past = design[:length]
    pairs = (past[:, :, None] * past[:, None, :]).reshape(length, -1)
    left = (weights @ pairs).reshape(count, design.shape[1], design.shape[1])
    right = (weights * scaled) @ past
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[0] = 1e-6
    found = np.linalg.solve(left + np.diag(penalty)[None], right[:, :, None])[:, :, 0]
    expected = np.clip(found @ design[length:].T, 0.02, 8.0)
    enough = (begun.sum(axis=1) >= _YEAR[period] * 1.25) | (not yearly)
    return np.where(enough[:, None], expected, 1.0) * mean[:, None]


def _damped(steps: Array, length: int, period: int) -> Array:
    """Return time in units of a quarter, standing still by and by after the end."""
    unit = 91.0 if period == 7 else 13.0
    beyond = np.maximum(steps - (length - 1), 0)
    return (np.minimum(steps, length - 1) - (length - 1)) / unit + (1 - np.exp(-beyond / unit)) * 0.6
