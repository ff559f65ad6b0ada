"""From histories to forecasts: each series judged at past moments, carried on by its own method, and watched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import effects, judging, methods
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.engine.methods import METHODS, Panel
from shuke.insight.forecasts.rules import CATEGORY, SHOP, Judging, Refusal, SeriesKey, Step, Window

Array = Any

# Fewer past sums say nothing of how far a sum may be off; those there are overlap, so the interval has some room.
_LEAST_SUMS, _FEW = 8, 1.15
_KEPT_STEPS = {Step.DAY: 200, Step.WEEK: 130}


@dataclass(slots=True)
class Outcome:
    """What is expected of one series, or why nothing is."""

    key: SeriesKey
    step: Step
    begins: int
    past: list[float]
    refusal: Refusal | None = None
    method: str = ""
    points: list[list[float]] = field(default_factory=list)
    findings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Watched:
    """The errors of one-week-ahead forecasts of some series: to measure, and of the days that are to be looked at.

    Arrays are (series, place in time); ``places`` numbers the steps of the calendar, ``eventful`` says which are in an event.
    """

    keys: list[SeriesKey]
    step: Step
    places: Array
    eventful: Array
    expected: Array
    true: Array
    known: Array
    power: Array
    # How far the lift of an event may be off, as a share of what is expected; 0 on ordinary days.
    unsure: Array


def silent(*_: int) -> None:
    """Tell nobody."""


def run(
    history: History, windows: Callable[[str, str], Sequence[Window]], *, tell: Callable[[int, int], None] = silent
) -> tuple[list[Outcome], list[Watched]]:
    """Judge and carry on every series of a history; ``windows`` says which events belong to a scope.

    Series that share a calendar of events and a length of forecast are worked on together.
    """
    outcomes: list[Outcome] = []
    groups: dict[tuple[str, int], list[SeriesKey]] = {}
    for key in sorted(history.series):
        begins = history.starts(key)
        values = history.series[key][begins:]
        refusal = rules.gate([float(value) for value in values], history.step)
        if refusal is not None:
            outcomes.append(Outcome(key, history.step, begins, _tail(key, values, history.step), refusal))
            continue
        ahead = rules.rung(len(values), history.step)
        assert ahead is not None
        groups.setdefault((key.scope_key if key.scope == SHOP else "", ahead), []).append(key)
    watched = []
    for number, ((shop, ahead), keys) in enumerate(sorted(groups.items())):
        found, errors = _together(history, keys, windows(SHOP if shop else "", shop), ahead)
        outcomes += found
        watched.append(errors)
        tell(number + 1, len(groups))
    return outcomes, watched


def panel_of(history: History, keys: Sequence[SeriesKey], windows: Sequence[Window], ahead: int) -> Panel:
    """Return the series as an array, with the calendar of events laid over past and future."""
    laid = rules.cells(history.first, history.length + ahead, history.step, windows)
    starts = np.array([history.starts(key) for key in keys])
    floor = np.array([-np.inf if key.measure in rules.SIGNED else 0.0 for key in keys])
    season = history.step.season
    longest = history.length - int(starts.min()) if len(starts) else 0
    period = season if season <= 7 or longest >= 2 * season else 1
    return Panel(
        np.stack([history.series[key] for key in keys]).astype(float), starts, period, np.array(laid.of_steps),
        np.array(laid.owners, dtype=int), floor,
    )  # fmt: skip


def _together(
    history: History, keys: list[SeriesKey], windows: Sequence[Window], ahead: int
) -> tuple[list[Outcome], Watched]:
    panel = panel_of(history, keys, windows, ahead)
    plan = rules.judging(history.length, history.step, ahead)
    trials = judging.rolled(panel, plan.trials, ahead, rules.LEAST_STEPS[history.step])
    everything = trials.before(history.length, ahead)
    pick = judging.chosen(trials, everything)
    width = judging.widths(trials, everything, pick, panel.period)
    made = judging.of_chosen(methods.forecasts(panel, ahead), pick)
    low, high = width.around(made, panel.floor)
    verdicts = _verdicts(panel, trials, plan)
    outcomes = []
    for one, key in enumerate(keys):
        begins = int(panel.starts[one])
        values = history.series[key][begins:]
        outcomes.append(Outcome(
            key, history.step, begins, _tail(key, values, history.step), None, METHODS[pick[one]],
            [[float(value) for value in point] for point in zip(made[one], low[one], high[one], strict=True)],
            {
                "rows": verdicts[one], "tried": len(METHODS), "trials": int(trials.known[:, one].sum()), "ahead": ahead,
                "sums": _sums(trials, one, int(pick[one]), history.step, ahead),
            },
        ))  # fmt: skip
    return outcomes, _watched(history, panel, keys, trials, pick=pick, width=width)


def _verdicts(panel: Panel, trials: judging.Trials, plan: Judging) -> list[list[dict[str, Any]]]:
    """Return, by series, how it did at the judged moments: method and interval from what had come true by then."""
    found: list[list[dict[str, Any]]] = [[] for _ in panel.starts]
    for cutoff in plan.judged:
        place = trials.cutoffs.index(cutoff)
        usable = trials.before(cutoff, plan.ahead)
        pick = judging.chosen(trials, usable)
        width = judging.widths(trials, usable, pick, panel.period)
        made = judging.of_chosen(trials.made[place], pick)
        low, high = width.around(made, panel.floor)
        true = trials.true[place]
        inside = ((true >= low) & (true <= high)).mean(axis=1)
        lessons = (trials.known & usable[:, None]).sum(axis=0)
        for one in range(len(panel.starts)):
            happened = np.abs(true[one]).sum() > 0
            if happened and trials.known[place, one] and lessons[one] >= rules.LEAST_LESSONS:
                said = judging.verdict(panel, trials, place, one, pick=int(pick[one]), inside=float(inside[one]))
                found[one].append({name: getattr(said, name) for name in said.__slots__})
    return found


def _sums(trials: judging.Trials, one: int, pick: int, step: Step, ahead: int) -> dict[str, list[float]]:
    """Return, by length, how far sums of so many steps lay below and above what was expected, as shares of it.

    Errors of single days partly cancel out in a sum, so its interval is narrower than theirs together.
    """
    found = {}
    for length in rules.LADDER[step]:
        if length > ahead:
            continue
        expected = trials.made[trials.known[:, one], pick, one, :length].sum(axis=1)
        true = trials.true[trials.known[:, one], one, :length].sum(axis=1)
        known = expected > 0
        if known.sum() >= _LEAST_SUMS:
            off = true[known] / expected[known] - 1
            found[str(length)] = [
                min(float(np.quantile(off, 0.05)) * _FEW, 0.0), max(float(np.quantile(off, 0.95)) * _FEW, 0.0)
            ]  # fmt: skip
    return found


def _watched(
    history: History, panel: Panel, keys: list[SeriesKey], trials: judging.Trials, *, pick: Array, width: judging.Width
) -> Watched:
    """Return the errors of forecasts made at most a week before, up to the last day."""
    every = 7 if history.step is Step.DAY else 1
    last = history.length - every
    fresh = [last - every * number for number in range((last - trials.cutoffs[-1]) // every)][::-1]
    recent = judging.rolled(panel, fresh, every, rules.LEAST_STEPS[history.step]) if fresh else None
    cutoffs = [place for place, cutoff in enumerate(trials.cutoffs) if (last - cutoff) % every == 0]
    parts = [(trials, place) for place in cutoffs] + [(recent, place) for place in range(len(fresh)) if recent]
    places, expected, true, known = [], [], [], []
    for source, place in parts:
        assert source is not None
        places.append(source.cutoffs[place] + np.arange(every))
        expected.append(judging.of_chosen(source.made[place], pick)[:, :every])
        true.append(source.true[place][:, :every])
        known.append(np.repeat(source.known[place][:, None], every, axis=1))
    where = np.concatenate(places)
    return Watched(
        keys, history.step, where, panel.cells[where] >= 0, np.concatenate(expected, axis=1),
        np.concatenate(true, axis=1), np.concatenate(known, axis=1), width.power,
        _unsure(panel, where),
    )  # fmt: skip


def _unsure(panel: Panel, places: Array) -> Array:
    """Return how far the lift of an event may be off at some places, from how often it was seen and how years differ."""
    length = panel.values.shape[1]
    learned = effects.learned(panel.values, panel.starts, panel.cells, panel.owners, panel.period)
    if not learned.lift.shape[1]:
        return np.zeros((len(panel.values), len(places)))
    earlier = np.maximum(effects.years_of(panel.cells[:length], learned.lift.shape[1], panel.period) - 1, 1.0)
    spread = np.sqrt(effects.BETWEEN**2 * (1 + 1 / earlier)[None] + learned.error**2)
    spread = np.where(learned.lift != 1.0, spread, 0.0)
    return np.concatenate([spread, np.zeros((len(spread), 1))], axis=1)[:, panel.cells[places]]


def _tail(key: SeriesKey, values: Array, step: Step) -> list[float]:
    """Return what of the past is kept: all days where events are planned from, else as much as a page shows."""
    kept = len(values) if key.scope != CATEGORY and step is Step.DAY else _KEPT_STEPS[step]
    return [round(float(value), 3) for value in values[-kept:]]


def by_name(outcomes: Sequence[Outcome]) -> Mapping[SeriesKey, Outcome]:
    """Return outcomes by series."""
    return {one.key: one for one in outcomes}
