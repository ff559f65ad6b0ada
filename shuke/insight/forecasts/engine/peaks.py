"""What an event brings: the lift of its past occurrences over ordinary days, applied to today's level.

Years differ more than days do, so the interval comes from how occurrences differed from each other; one alone says little of that,
and gets the spread that such events usually have. Without any occurrence the company's other peaks stand in, wider still.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import effects, seasons
from shuke.insight.forecasts.rules import Step, Window

Array = Any

OWN, OTHERS = "own", "others"
# How much the lift of one event differs between years (of the logarithm), until its own years say; between events.
BETWEEN_YEARS, BETWEEN_EVENTS = 0.25, 0.5
# How sure that guess is, in years.
_PRIOR_YEARS = 2.0
# How far off the level of ordinary days may be by a quarter from now.
_LEVEL_NOW, _LEVEL_QUARTER = 0.08, 0.18
_TWO_SIDED_90 = 1.645
# How many ordinary days there must be before an occurrence, to know what was usual.
LEAST_DAYS_BEFORE = 14
LEAST_ORDINARY = 7
LEAST_DAYS = 84
_LEVEL_DAYS = 28
_TINY = 1e-9


@dataclass(slots=True)
class Occurrence:
    """One past occurrence: what its days brought, and what ordinary days would have."""

    first: date
    last: date
    seen: float
    usual: float

    @property
    def lift(self) -> float:
        """Return by how much it multiplied ordinary days."""
        return self.seen / self.usual if self.usual > _TINY else 1.0


@dataclass(frozen=True, slots=True)
class Lift:
    """By how much an event multiplies ordinary days, with the interval that holds the next one in nine of ten cases."""

    value: float
    low: float
    high: float
    # The spread of the next one, of the logarithm.
    spread: float
    occurrences: tuple[Occurrence, ...]


@dataclass(slots=True)
class DayAhead:
    """One day of an event to come."""

    day: date
    usual: float
    expected: float
    low: float
    high: float


@dataclass(slots=True)
class Outlook:
    """What is expected of the days of an event."""

    basis: str
    lift: Lift
    days: list[DayAhead] = field(default_factory=list)
    expected: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(slots=True)
class Past:
    """A daily series with what its ordinary days are."""

    first: date
    values: Array
    usual: Array
    ordinary: Array
    weekday: Array
    level: float
    scatter: float


def past_of(first: date, values: Sequence[float], windows: Sequence[Window]) -> Past:
    """Return a daily series, the days of any event set apart from ordinary ones."""
    series = np.asarray(values, dtype=float)[None, :]
    laid = np.array(rules.cells(first, series.shape[1], Step.DAY, windows).of_steps)
    weights = (laid < 0).astype(float)[None, :]
    usual = effects.ordinary(series, weights, 7)
    index = seasons.indices(series, weights, 7)
    flat = series / seasons.laid_out(index, 0, series.shape[1])
    recent = np.flatnonzero(weights[0])[-_LEVEL_DAYS:]
    level = (
        float(series[0, recent].sum() / max(index[0, recent % 7].sum(), _TINY)) if len(recent) else float(flat.mean())
    )
    off = np.abs(series[0] / np.maximum(usual[0], _TINY) - 1)[weights[0] > 0]
    scatter = float(np.clip(1.25 * np.minimum(off, 3).mean(), 0.02, 2.0)) if len(off) else 1.0
    return Past(first, series[0], usual[0], weights[0], index[0], max(level, 0.0), scatter)


def occurrences(past: Past, windows: Sequence[Window], *, before: date) -> list[Occurrence]:
    """Return the occurrences that were over by ``before`` and had ordinary days ahead of them."""
    found = []
    for window in sorted(windows, key=lambda one: one.first):
        begins, ends = (window.first - past.first).days, (window.last - past.first).days + 1
        if begins < LEAST_DAYS_BEFORE or ends > len(past.values) or window.last >= before:
            continue
        if past.ordinary[max(0, begins - 60) : begins].sum() < LEAST_ORDINARY:
            continue
        found.append(Occurrence(
            window.first, window.last, float(past.values[begins:ends].sum()), float(past.usual[begins:ends].sum())
        ))  # fmt: skip
    return [one for one in found if one.usual > _TINY]


def outlook(
    past: Past, target: Window, own: Sequence[Window], others: Sequence[Window], *, today: date
) -> Outlook | None:
    """Return what the days of ``target`` bring; ``own`` are other occurrences of the event, ``others`` of other peaks.

    None where the history is too short or there is no level to multiply.
    """
    begun = np.flatnonzero(past.values)
    if not len(begun) or len(past.values) - begun[0] < LEAST_DAYS or past.level <= _TINY:
        return None
    mine = occurrences(past, own, before=min(today + timedelta(days=1), target.first))
    basis, known = (OWN, mine) if mine else (OTHERS, occurrences(past, others, before=target.first))
    if not known:
        return None
    lift = lift_of(known, past.scatter, BETWEEN_YEARS if basis == OWN else BETWEEN_EVENTS)
    shape = _shape(past, target, own, mine) if basis == OWN else np.ones(target.days)
    ahead = max((target.first - today).days, 0) / 91
    unsure = float(np.sqrt(lift.spread**2 + _LEVEL_NOW**2 + (_LEVEL_QUARTER * ahead) ** 2))
    wide = np.exp(_TWO_SIDED_90 * unsure)
    made = Outlook(basis, lift)
    for number in range(target.days):
        day = target.first + timedelta(days=number)
        usual = past.level * float(past.weekday[(day - past.first).days % 7])
        expected = usual * lift.value * float(shape[number])
        alone = np.exp(_TWO_SIDED_90 * float(np.sqrt(unsure**2 + past.scatter**2)))
        made.days.append(DayAhead(day, usual, expected, expected / alone, expected * alone))
    made.expected = sum(one.expected for one in made.days)
    made.low, made.high = made.expected / wide, made.expected * wide
    return made


def lift_of(known: Sequence[Occurrence], scatter: float, between: float = BETWEEN_YEARS) -> Lift:
    """Return the lift of some occurrences, drawn towards 1 as far as it may be chance, and how far the next may differ."""
    logs = np.log(np.clip([one.lift for one in known], effects.LEAST, effects.MOST))
    days = sum((one.last - one.first).days + 1 for one in known) / len(known)
    count = len(logs)
    mean = float(logs.mean())
    noise = scatter**2 / days
    squares = float(((logs - mean) ** 2).sum())
    among = (squares + _PRIOR_YEARS * between**2) / (count - 1 + _PRIOR_YEARS)
    error = (among + noise) / count
    center = mean * mean**2 / max(mean**2 + error, _TINY)
    spread = float(np.sqrt(among + noise + error))
    low, value, high = (float(np.exp(center + step * spread)) for step in (-_TWO_SIDED_90, 0.0, _TWO_SIDED_90))
    return Lift(value, low, high, spread, tuple(known))


def _shape(past: Past, target: Window, own: Sequence[Window], known: Sequence[Occurrence]) -> Array:
    """Return how the lift is spread over the days, in the mean 1: as it was, drawn to the mean where it may be chance."""
    kept = {one.first for one in known}
    seen, usual = np.zeros(target.days), np.zeros(target.days)
    for window in own:
        if window.first not in kept:
            continue
        for number in range(target.days):
            # Counted from the anchor, which is the same kind of day in every year.
            day = window.anchor + (target.first - target.anchor) + timedelta(days=number)
            place = (day - past.first).days
            if window.first <= day <= window.last and 0 <= place < len(past.values):
                seen[number] += past.values[place]
                usual[number] += past.usual[place]
    have = usual > _TINY
    if not have.any():
        return np.ones(target.days)
    lift = np.where(have, seen / np.maximum(usual, _TINY), seen.sum() / usual.sum())
    middle = float(seen.sum() / max(usual.sum(), _TINY))
    if middle <= _TINY:
        return np.ones(target.days)
    relative = lift / middle
    noise = (past.scatter**2) / max(len(known), 1)
    beyond = max(float(((relative - 1) ** 2).mean()) - noise, 0.0)
    share = beyond / max(beyond + noise, _TINY)
    shape = np.maximum(1 + share * (relative - 1), 0.05)
    weights = np.array([
        past.weekday[(target.first + timedelta(days=number) - past.first).days % 7] for number in range(target.days)
    ])  # fmt: skip
    return shape * weights.sum() / max(float((shape * weights).sum()), _TINY)
