"""Choosing, judging and intervals on series whose truth is known."""

from datetime import date, timedelta

import numpy as np
import pytest

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import effects, judging, methods, running, seasons
from shuke.insight.forecasts.engine.assembling import History
from shuke.insight.forecasts.rules import SeriesKey, Step, Window

FIRST = date(2023, 1, 2)
WEEK = np.array([1.0, 0.8, 0.9, 1.0, 1.1, 1.5, 0.7])


def quiet(series, length, seed=1, level=40.0):
    """Poisson counts round a weekly pattern."""
    rng = np.random.default_rng(seed)
    return rng.poisson(level * np.tile(WEEK, length // 7 + 1)[:length], (series, length)).astype(float)


def history(values, step=Step.DAY, measure=rules.ORDERS):
    found = History(step, FIRST, values.shape[1])
    for number, row in enumerate(values):
        found.series[SeriesKey(measure, rules.CATEGORY, f"{number:03d}")] = row
    return found


def no_events(_scope, _key):
    return []


@pytest.fixture(scope="module")
def judged():
    return running.run(history(quiet(40, 420)), no_events)


def test_weekday_indices_are_found_whatever_the_level():
    values = np.stack([quiet(1, 210)[0], quiet(1, 210)[0] * 1e6])

    found = seasons.indices(values, np.ones_like(values), 7)

    assert found == pytest.approx(np.stack([WEEK / WEEK.mean()] * 2), abs=0.09)


def test_a_season_that_is_only_chance_is_hardly_kept():
    values = np.random.default_rng(0).poisson(30, (1, 140)).astype(float)

    assert seasons.indices(values, np.ones_like(values), 7) == pytest.approx(1.0, abs=0.06)


def test_a_closed_weekday_does_not_lower_the_level_of_the_others():
    values = np.tile(np.array([10.0, 10, 10, 10, 10, 0, 10]), 30)[None, :]
    panel = methods.Panel(values, np.zeros(1, int), 7, np.full(250, -1), np.zeros(0, int), np.zeros(1))

    made = methods.forecasts(panel, 7)

    for name in (methods.AVERAGE, methods.RECENT, methods.DYNAMIC, methods.REGRESSION):
        assert made[methods.METHODS.index(name), 0] == pytest.approx([10, 10, 10, 10, 10, 0, 10], abs=0.4)


def test_planted_effects_come_back_and_days_that_move_nothing_stay_ordinary():
    values = quiet(3, 730)
    big = [
        Window("sale", day, day + timedelta(days=2), day + timedelta(days=4), 3)
        for day in (date(2023, 6, 14), date(2024, 6, 12))
    ]
    small = [Window("feast", day, day, day + timedelta(days=6), 1) for day in (date(2023, 4, 1), date(2024, 4, 1))]
    for window in big:
        begins = (window.first - FIRST).days
        values[:, begins : begins + 5] *= 3
    laid = rules.cells(FIRST, 730, Step.DAY, [*big, *small])

    found = effects.learned(values, np.zeros(3, int), np.array(laid.of_steps), np.array(laid.owners), 7)

    lift = dict(zip(laid.names, found.lift.T, strict=True))
    for name, lifts in lift.items():
        if name[0] == "sale":
            assert lifts == pytest.approx(3.0, rel=0.25), name
        else:
            assert lifts == pytest.approx(1.0, abs=0.25), name


def test_each_series_is_judged_at_three_moments_at_least_by_what_was_known_then(judged):
    outcomes, _watched = judged

    for outcome in outcomes:
        rows = outcome.findings["rows"]
        assert len(rows) >= rules.LEAST_JUDGED
        assert all(row["cutoff"] + outcome.findings["ahead"] <= 420 for row in rows)
        assert np.diff([row["cutoff"] for row in rows]).min() >= outcome.findings["ahead"]


def test_nothing_later_than_the_moment_is_used():
    values = quiet(2, 300)
    changed = values.copy()
    changed[:, 200:] = 0
    panels = [
        methods.Panel(one, np.zeros(2, int), 7, np.full(400, -1), np.zeros(0, int), np.zeros(2))
        for one in (values, changed)
    ]

    made = [judging.rolled(panel, [200], 14, 42).made for panel in panels]

    assert np.array_equal(*made)


def test_intervals_hold_what_they_promise(judged):
    held = [row["inside"] for outcome in judged[0] for row in outcome.findings["rows"]]

    assert 0.87 <= np.mean(held) <= 0.93


def test_on_a_weekly_pattern_it_beats_both_simple_rules(judged):
    rows = [row for outcome in judged[0] for row in outcome.findings["rows"]]

    assert np.mean([row["error"] for row in rows]) < 0.85 * np.mean([row["naive"] for row in rows])
    assert np.mean([row["error"] for row in rows]) < np.mean([row["drift"] for row in rows])
    assert abs(np.mean([row["bias"] for row in rows])) < 0.03


def test_wape_mase_and_bias_are_what_they_are_called():
    panel = methods.Panel(
        np.array([[1.0, 2, 3, 4, 6, 8]]), np.zeros(1, int), 1, np.full(9, -1), np.zeros(0, int), np.zeros(1)
    )
    made = np.full((1, len(methods.METHODS), 1, 2), 5.0)
    trials = judging.Trials([4], made, np.array([[[6.0, 8.0]]]), np.array([[True]]))

    said = judging.verdict(panel, trials, 0, 0, pick=2, inside=0.5)

    assert said.error == pytest.approx((1 + 3) / 14)
    assert said.scaled == pytest.approx(2.0 / 1.0)
    assert said.bias == pytest.approx(-4 / 14)


@pytest.mark.parametrize(
    ("values", "code"),
    [([0.0] * 200, "empty"), ([1.0] * 60, "short"), ([5.0] * 200 + [0.0] * 40, "ended"),
     (([0.0] * 9 + [3.0]) * 30, "rare"), ([5.0] * 200, None)],
)  # fmt: skip
def test_series_that_cannot_be_carried_on_are_refused_with_the_reason(values, code):
    found = rules.gate(values, Step.DAY)

    assert (found.code if found else None) == code


def test_negative_days_zeros_and_a_late_beginning_are_carried_on_in_numbers():
    rng = np.random.default_rng(4)
    odd = np.stack([rng.normal(5, 20, 300), np.r_[np.zeros(150), rng.poisson(9, 150)], rng.normal(-30, 5, 300)])

    outcomes, _watched = running.run(history(odd, measure=rules.NET), no_events)

    for outcome in outcomes:
        assert outcome.refusal is None
        points = np.array(outcome.points)
        assert np.isfinite(points).all()
        assert (points[:, 1] <= points[:, 0]).all()
        assert (points[:, 0] <= points[:, 2]).all()
    assert np.mean(outcomes[2].points, axis=0)[0] == pytest.approx(-30, abs=4)


def test_how_far_a_series_is_forecast_follows_from_its_length():
    assert [rules.rung(length, Step.DAY) for length in (60, 84, 112, 168, 400, 550)] == [None, 7, 14, 28, 28, 56]
    assert [rules.rung(length, Step.WEEK) for length in (30, 34, 53, 104, 160)] == [None, 4, 8, 13, 26]
