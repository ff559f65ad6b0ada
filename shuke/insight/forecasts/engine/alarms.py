"""What past errors do not explain: conformal tests of new days, with the false alarms of a day held down for all series together.

An error is measured in the usual error of its series. Its *chance* is the share of all past errors, of all series of its sort, that
were as large (split conformal prediction); beyond the largest of them it falls off like a Pareto tail, no faster than the largest errors
let it. Refunds come in lumps and are compared with such series only, days inside an event with such days where there are enough. The chances of a day are then ordered
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
LEAST_A_STEP, LEAST_BUSY, LEAST_BUSY_LUMPS = 3.0, 0.5, 0.3
# The lightest tail that errors are taken to have beyond the largest one seen.
_LIGHTEST = 0.25
# Errors of so many usual ones were anomalies themselves and must not hide the next one; where they are more than a few, that
# is how such series are.
_STRANGE, _MOST_STRANGE = 12.0, 0.02


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
        pools = _pools(some, scores, fresh[step], sides)
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
        least = LEAST_BUSY if len(sides.get(key.measure, ())) > 1 else LEAST_BUSY_LUMPS
        is_large = busy[place] >= least if key.is_money or key.is_share else usual[place] >= LEAST_A_STEP
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


@dataclass(frozen=True, slots=True)
class Pool:
    """Past errors of one sort of series, sorted, with how slowly their tails fall off (Hill's estimate)."""

    errors: Array
    high_tail: float
    low_tail: float

    @classmethod
    def of(cls, errors: Array) -> "Pool":
        """Return the pool of some errors, but for the few that plainly belong to no quiet day."""
        strange = np.abs(errors) > _STRANGE
        quiet = errors[~strange] if len(errors) and strange.mean() <= _MOST_STRANGE else errors
        return cls(np.sort(quiet), _hill(quiet), _hill(-quiet))

    def above(self, score: float) -> float:
        """Return the chance of an error at least as high."""
        return _chance(self.errors, score, self.high_tail)

    def below(self, score: float) -> float:
        """Return the chance of an error at least as low."""
        return _chance(-self.errors[::-1], -score, self.low_tail)


def _chance(errors: Array, score: float, tail: float) -> float:
    count = len(errors)
    as_large = count - int(np.searchsorted(errors, score, side="left"))
    if as_large or not count or errors[-1] <= _TINY:
        return (as_large + 1) / (count + 1)
    return float((score / errors[-1]) ** (-1 / tail)) / (count + 1)


def _hill(errors: Array) -> float:
    """Return Hill's estimate of the tail from the largest errors, never lighter than ``_LIGHTEST``."""
    largest = np.sort(errors)[-max(len(errors) // 50, 10) :]
    largest = largest[largest > _TINY]
    if len(largest) < 10:
        return 1.0
    return max(float(np.log(largest[1:] / largest[0]).mean()), _LIGHTEST)


def _pools(
    some: Sequence[tuple[Watched, Array]], scores: Sequence[Array], fresh: int, sides: Mapping[str, Sequence[str]]
) -> dict[tuple[bool, bool], Pool]:
    """Return past errors by sort of series (lumpy or not) and of step (in an event or not); of all sorts where one has few."""
    found: dict[tuple[bool, bool], Array] = {}
    for is_lumpy in (False, True):
        for eventful in (False, True):
            parts = [np.zeros(0)]
            for (one, rows), scored in zip(some, scores, strict=True):
                sort = np.array([(len(sides[one.keys[row].measure]) == 1) == is_lumpy for row in rows], dtype=bool)
                values = scored[sort][:, (one.places < fresh) & (one.eventful == eventful)].ravel()
                parts.append(values[~np.isnan(values)])
            found[is_lumpy, eventful] = np.concatenate(parts)
    made = {}
    for is_lumpy in (False, True):
        whole = np.concatenate([found[is_lumpy, False], found[is_lumpy, True]])
        if len(whole) < LEAST_ERRORS:
            whole = np.concatenate(list(found.values()))
        for eventful, least in ((False, LEAST_ERRORS), (True, _ENOUGH_EVENTFUL)):
            own = found[is_lumpy, eventful]
            made[is_lumpy, eventful] = Pool.of(own if len(own) >= least else whole)
    return made


def _tests_of(
    some: Sequence[tuple[Watched, Array]], scores: Sequence[Array], pools: Mapping[tuple[bool, bool], Pool], place: int,
    sides: Mapping[str, Sequence[str]],
) -> list[Alarm]:  # fmt: skip
    """Return every test of one step, with its chance."""
    found = []
    for (one, rows), scored in zip(some, scores, strict=True):
        for at in np.flatnonzero(one.places == place):
            for number, row in enumerate(rows):
                score, ways = scored[number, at], sides[one.keys[row].measure]
                pool = pools[len(ways) == 1, bool(one.eventful[at])]
                if not np.isnan(score) and len(pool.errors) >= LEAST_ERRORS:
                    found.append(_test(one, int(row), int(at), score=float(score), pool=pool, sides=ways))
    return found


def _test(one: Watched, row: int, at: int, *, score: float, pool: Pool, sides: Sequence[str]) -> Alarm:
    above, below = pool.above(score), pool.below(score)
    if len(sides) > 1:
        chance, direction = (2 * above, UP) if above <= below else (2 * below, DOWN)
    else:
        direction = sides[0]
        chance = above if direction == UP else below
    expected, seen = float(one.expected[row, at]), float(one.true[row, at])
    low, high = _span(one, row, at, score, pool.errors)
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
