"""Theta and dynamic optimised Theta, fitted in closed form.

Fiorucci et al. (2016): a level that forgets, plus a share of the straight line through all that was seen so far. For a given
pace of forgetting the starting level and that share enter linearly, so they are solved for instead of searched for; what is left
is a short list of paces. ``values`` is (series, time), without gaps; ``starts`` says where each series begins.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

Array = Any

PACES = (0.02, 0.04, 0.07, 0.10, 0.14, 0.19, 0.25, 0.32, 0.40, 0.50, 0.62, 0.75, 0.90)
_TINY = 1e-12
# So many values, of all series and the paces tried at once, fit into a processor's cache.
_AT_ONCE = 20_000


@dataclass(slots=True)
class Lines:
    """The least-squares line through each beginning of each series: its mean, value at the origin and slope."""

    age: Array
    mean: Array
    intercept: Array
    slope: Array


@dataclass(slots=True)
class Fitted:
    """The best pace of each series, with the state at its end."""

    pace: Array
    share: Array
    initial: Array
    level: Array
    lines: Lines
    squares: Array


def _filtered(values: Array, pace: float) -> Array:
    from scipy.signal import lfilter

    return lfilter([pace], [1.0, pace - 1.0], values, axis=1)


def lines(values: Array, starts: Array) -> Lines:
    """Return the lines after every moment; NaN-free, zero before a series begins."""
    steps = np.arange(values.shape[1])
    age = steps[None, :] - starts[:, None]
    seen = age >= 0
    inside = np.where(seen, values, 0.0)
    count = np.where(seen, age + 1, 1).astype(float)
    place = np.where(seen, age, 0).astype(float)
    mean = np.cumsum(inside, axis=1) / count
    moment = np.cumsum(inside * (place + 1), axis=1)
    middle = (count + 1) / 2
    spread = count * (count * count - 1) / 12
    slope = np.where(count > 1, (moment - count * mean * middle) / np.maximum(spread, _TINY), 0.0)
    return Lines(age, mean, mean - slope * middle, slope)


def fit(values: Array, starts: Array) -> tuple[Fitted, Fitted]:
    """Return the best fits of every series: the level alone, and the level with its share of the line.

    Of few values all paces are tried at once, which saves calls; of many one after the other, which stays in the cache.
    """
    found = lines(values, starts)
    some = min(max(_AT_ONCE // max(values.size, 1), 1), len(PACES))
    fits = [_fitted(values, found, np.array(PACES[at : at + some])) for at in range(0, len(PACES), some)]
    return reduce(_better, (plain for plain, _ in fits)), reduce(_better, (dynamic for _, dynamic in fits))


def _fitted(values: Array, found: Lines, paces: Array) -> tuple[Fitted, Fitted]:
    """Return the best fits with one of some paces. Inside, arrays are (pace, series, time)."""
    seen = found.age >= 1
    inside = np.where(found.age >= 0, values, 0.0)
    intercept, slope = (_shifted(getattr(found, name)) for name in ("intercept", "slope"))
    pace = paces[:, None, None]
    level = np.stack([_filtered(inside, one) for one in paces])
    powers = (1 - paces[:, None]) ** np.arange(values.shape[1] + 1)
    keep = np.where(seen, powers[:, np.maximum(found.age, 0)], 0.0)
    line = np.where(seen, keep * intercept + (1 - keep * (1 - pace)) / pace * slope, 0.0)
    rest = np.where(seen, values - _shifted(level), 0.0)
    moments = _moments(keep, line, rest)
    end, faded = level[:, :, -1], powers[:, np.maximum(found.age[:, -1] + 1, 0)]
    plain, dynamic = (_best(moments, end, faded, found, paces, is_plain=is_plain) for is_plain in (True, False))
    return plain, dynamic


def _moments(keep: Array, line: Array, rest: Array) -> Array:
    """Return the sums of products that a least-squares fit of two weights needs."""
    pairs = ((keep, keep), (keep, line), (line, line), (keep, rest), (line, rest), (rest, rest))
    return np.stack([np.einsum("pnt,pnt->pn", one, other) for one, other in pairs])


def _best(moments: Array, end: Array, faded: Array, found: Lines, paces: Array, *, is_plain: bool) -> Fitted:
    """Return the state at the end with the pace that leaves least; of equals the slowest."""
    initial, weight = _solved(moments, is_plain=is_plain)
    squares = _left(moments, initial, weight)
    chosen = squares.argmin(axis=0)
    share, begun, level, left = (
        np.take_along_axis(one, chosen[None], axis=0)[0] for one in (weight, initial, end + initial * faded, squares)
    )
    return Fitted(paces[chosen], share, begun, level, found, left)


def _better(best: Fitted, made: Fitted) -> Fitted:
    wins = made.squares < best.squares
    chosen = {
        name: np.where(wins, getattr(made, name), getattr(best, name))
        for name in ("pace", "share", "initial", "level", "squares")
    }
    return Fitted(lines=made.lines, **chosen)


def _left(moments: Array, initial: Array, weight: Array) -> Array:
    """Return the squares that are left with some weights."""
    a11, a12, a22, b1, b2, total = moments
    found = total - 2 * (initial * b1 + weight * b2) + initial**2 * a11 + 2 * initial * weight * a12 + weight**2 * a22
    return np.maximum(found, 0.0)


def _solved(moments: Array, *, is_plain: bool) -> tuple[Array, Array]:
    """Return the starting level and the weight of the line that leave least, the weight between 0 and 1."""
    a11, a12, a22, b1, b2, _total = moments
    determinant = a11 * a22 - a12 * a12
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(determinant > _TINY * np.maximum(a11 * a22, 1.0), (a11 * b2 - a12 * b1) / determinant, 0.0)
    weight = np.zeros_like(a11) if is_plain else np.clip(np.nan_to_num(weight), 0.0, 1.0)
    return (b1 - weight * a12) / np.maximum(a11, _TINY), weight


def dynamic(values: Array, starts: Array, ahead: int) -> Array:
    """Return the forecasts of the dynamic optimised Theta for ``ahead`` steps."""
    return carried_on(fit(values, starts)[1], ahead)


def classical(values: Array, starts: Array, ahead: int) -> Array:
    """Return the forecasts of the classical Theta."""
    return with_half_slope(fit(values, starts)[0], ahead)


def carried_on(state: Fitted, ahead: int) -> Array:
    """Return what a fitted state expects: each step's expectation is taken as seen by the next."""
    pace, share, level = state.pace, state.share, state.level
    age = state.lines.age[:, -1].astype(float)
    mean, intercept, slope = (getattr(state.lines, name)[:, -1] for name in ("mean", "intercept", "slope"))
    made = np.empty((len(pace), ahead))
    for step in range(ahead):
        place = age + step + 1
        keep = (1 - pace) ** place
        expected = level + share * (keep * intercept + (1 - keep * (1 - pace)) / pace * slope)
        made[:, step] = expected
        level = pace * expected + (1 - pace) * level
        slope = ((place - 1) * slope + 6 * (expected - mean) / (place + 1)) / (place + 2)
        mean = (place * mean + expected) / (place + 1)
        intercept = mean - slope * (place + 2) / 2
    return made


def with_half_slope(level: Fitted, ahead: int) -> Array:
    """Return the classical Theta from a smoothed level: with half the slope of the whole."""
    slope, pace = level.lines.slope[:, -1], level.pace
    age = level.lines.age[:, -1].astype(float)
    steps = np.arange(ahead)[None, :]
    settled = ((1 - (1 - pace) ** (age + 1)) / pace)[:, None]
    return level.level[:, None] + 0.5 * slope[:, None] * (steps + settled)


def _shifted(values: Array) -> Array:
    """Return each value one step later, 0 at the beginning."""
    found = np.zeros_like(values)
    found[..., 1:] = values[..., :-1]
    return found
