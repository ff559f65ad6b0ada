"""What past errors do not explain: conformal tests of new days, with the false alarms of a day held down for all series together.

An error is measured in the usual error of its series. Its *chance* is the share of all past errors, of all series, that were as large
(split conformal prediction); days inside an event are compared with such days only. The chances of a day are then ordered
and cut after Benjamini and Hochberg. While nothing is wrong, a day with any alarm at all is therefore as rare as ``RATE``, however
many series are watched; on other days that is the share of alarms that are false.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine.running import Watched
from shuke.insight.forecasts.rules import SeriesKey, Step

Array = Any

RATE = 0.02
UP, DOWN = "up", "down"
# A difference that nobody would act on is no alarm: less than this share of the expected, or so few orders.
LEAST_SHARE, LEAST_COUNT = 0.2, 5.0
# With fewer past errors than this a chance is too coarse to mean anything.
LEAST_ERRORS = 200
_ENOUGH_EVENTFUL = 400
_TINY = 1e-9
# A series has to be large enough for one day to say something; smaller ones are watched by week.
LEAST_A_STEP, LEAST_BUSY = 3.0, 0.5


@dataclass(frozen=True, slots=True)
class Alarm:
    """One step of one series that past errors do not explain."""

    key: SeriesKey
    step: Step
    place: int
    direction: str
    seen: float
    expected: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at some steps found, and how many tests it took."""

    alarms: list[Alarm]
    tests: int


def look(
    watched: Sequence[Watched], fresh: Mapping[Step, int], sides: Mapping[str, Sequence[str]], *, rate: float = RATE
) -> Looked:
    """Look at every step from ``fresh`` on; ``sides`` says which directions of a measure matter.

    Earlier steps are what errors are compared with; they are never looked at again.
    """
    by_day: set[SeriesKey] = set()
    taken = []
    for one in sorted(watched, key=lambda each: each.step.days):
        rows = _followed(one, sides, by_day)
        taken.append((one, rows))
        by_day |= {one.keys[row] for row in rows}
    alarms: list[Alarm] = []
    tests = 0
    for step in Step:
        some = [(one, rows) for one, rows in taken if one.step is step and len(rows)]
        if not some or step not in fresh:
            continue
        scores = [_scores(one, rows, one.places < fresh[step]) for one, rows in some]
        pools = _pools(some, scores, fresh[step])
        for place in sorted({int(at) for one, _rows in some for at in one.places if at >= fresh[step]}):
            day = _tests_of(some, scores, pools, place, sides)
            tests += len(day)
            alarms += [alarm for alarm in _cut(day, rate) if _matters(alarm)]
    return Looked(alarms, tests)


def _followed(one: Watched, sides: Mapping[str, Sequence[str]], already: set[SeriesKey]) -> Array:
    """Return the rows to look at: those with a side that matters, steady enough at this step, not looked at by day."""
    counted = np.maximum(one.known.sum(axis=1), 1)
    usual = np.where(one.known, one.true, 0.0).sum(axis=1) / counted
    busy = (one.known & (one.true != 0)).sum(axis=1) / counted
    keep = []
    for place, key in enumerate(one.keys):
        is_large = busy[place] >= LEAST_BUSY if key.is_money or key.is_share else usual[place] >= LEAST_A_STEP
        if sides.get(key.measure) and is_large and key not in already:
            keep.append(place)
    return np.array(keep, dtype=int)


def _scores(one: Watched, rows: Array, calm: Array) -> Array:
    """Return errors in units of the usual error of each series, NaN where nothing is known.

    On the days of an event the unit is larger by as much as its lift may be off.
    """
    unit = np.maximum(np.abs(one.expected[rows]), 0.25) ** one.power[rows][:, None]
    off = np.where(one.known[rows], (one.true[rows] - one.expected[rows]) / unit, np.nan)
    usual = np.full(len(rows), np.nan)
    for place in range(len(rows)):
        past = off[place, calm & ~one.eventful]
        past = past[~np.isnan(past)]
        if len(past) >= 20:
            usual[place] = max(1.4826 * float(np.median(np.abs(past))), 0.25 * float(np.sqrt((past * past).mean())))
    lift = one.unsure[rows] * np.abs(one.expected[rows]) / unit
    with np.errstate(invalid="ignore", divide="ignore"):
        return off / np.sqrt(np.where(usual > _TINY, usual, np.nan)[:, None] ** 2 + lift**2)


def _pools(some: Sequence[tuple[Watched, Array]], scores: Sequence[Array], fresh: int) -> dict[bool, Array]:
    """Return all past errors, sorted: of ordinary steps, and of steps in an event where there are enough."""
    pools: dict[bool, list[Array]] = {False: [], True: []}
    for (one, _rows), scored in zip(some, scores, strict=True):
        before = one.places < fresh
        for eventful, pool in pools.items():
            values = scored[:, before & (one.eventful == eventful)].ravel()
            pool.append(values[~np.isnan(values)])
    ordinary, events = (np.concatenate(pools[kind]) if pools[kind] else np.zeros(0) for kind in (False, True))
    every = np.concatenate([ordinary, events])
    return {
        False: np.sort(ordinary if len(ordinary) >= LEAST_ERRORS else every),
        True: np.sort(events if len(events) >= _ENOUGH_EVENTFUL else every),
    }


def _tests_of(
    some: Sequence[tuple[Watched, Array]], scores: Sequence[Array], pools: Mapping[bool, Array], place: int,
    sides: Mapping[str, Sequence[str]],
) -> list[Alarm]:  # fmt: skip
    """Return every test of one step, with its chance."""
    found = []
    for (one, rows), scored in zip(some, scores, strict=True):
        for at in np.flatnonzero(one.places == place):
            pool = pools[bool(one.eventful[at])]
            if len(pool) < LEAST_ERRORS:
                continue
            for number, row in enumerate(rows):
                score = scored[number, at]
                if np.isnan(score):
                    continue
                found.append(
                    _test(one, int(row), int(at), score=float(score), pool=pool, sides=sides[one.keys[row].measure])
                )
    return found


def _test(
    one: Watched, row: int, at: int, *, score: float, pool: Array, sides: Sequence[str]
) -> Alarm:  # fmt: skip
    total = len(pool) + 1
    above = (len(pool) - int(np.searchsorted(pool, score, side="left")) + 1) / total
    below = (int(np.searchsorted(pool, score, side="right")) + 1) / total
    if len(sides) > 1:
        chance, direction = (2 * above, UP) if above <= below else (2 * below, DOWN)
    else:
        direction = sides[0]
        chance = above if direction == UP else below
    expected, seen = float(one.expected[row, at]), float(one.true[row, at])
    low, high = _span(one, row, at, score, pool)
    return Alarm(one.keys[row], one.step, int(one.places[at]), direction, seen, expected, low, high, min(chance, 1.0))


def _span(one: Watched, row: int, at: int, score: float, pool: Array) -> tuple[float, float]:
    """Return what nine in ten past errors would have made of the day."""
    expected, seen = float(one.expected[row, at]), float(one.true[row, at])
    a_unit = (seen - expected) / score if abs(score) > _TINY else 0.0
    floor = -np.inf if one.keys[row].measure in rules.SIGNED else 0.0
    low, high = np.quantile(pool, 0.05), np.quantile(pool, 0.95)
    return float(max(expected + low * a_unit, floor)), float(expected + high * a_unit)


def _cut(tests: Sequence[Alarm], rate: float) -> list[Alarm]:
    """Return the tests that Benjamini and Hochberg's rule calls discoveries."""
    ordered = sorted(tests, key=lambda one: one.chance)
    count = len(ordered)
    last = max((place for place, one in enumerate(ordered, 1) if one.chance <= rate * place / count), default=0)
    return ordered[:last]


def _matters(alarm: Alarm) -> bool:
    off = abs(alarm.seen - alarm.expected)
    if off < LEAST_SHARE * abs(alarm.expected):
        return False
    return alarm.key.is_money or alarm.key.is_share or off >= LEAST_COUNT
