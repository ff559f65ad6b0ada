"""Alerts: rare while nothing is wrong, there when something is, told once."""

from datetime import date, timedelta

import numpy as np
import pytest

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import alarms, folding, running
from shuke.insight.forecasts.engine.alarms import Alarm
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step
from shuke.insight.forecasts.tests.test_judging import FIRST, history, no_events, quiet

SIDES = {rules.ORDERS: (alarms.UP, alarms.DOWN), rules.REFUNDS: (alarms.UP,)}
LENGTH, SERIES = 364, 24


@pytest.fixture(scope="module")
def calm():
    """Two companies' quiet years, one with large and one with overdispersed small counts."""
    rng = np.random.default_rng(5)
    rough = rng.poisson(rng.gamma(4, 3.0, (SERIES, LENGTH))).astype(float)
    return [running.run(history(values), no_events)[1] for values in (quiet(SERIES, LENGTH, seed=8), rough)]


def test_on_quiet_days_any_alarm_is_as_rare_as_promised(calm):
    fresh = {Step.DAY: LENGTH - 105}
    days = alarmed = 0
    for watched in calm:
        looked = alarms.look(watched, fresh, SIDES)
        assert looked.tests == 105 * SERIES
        alarmed += len({alarm.place for alarm in looked.alarms})
        days += 105

    # One day in fifty is promised; with 210 days, chance alone goes beyond 10 less than once in two hundred times.
    assert alarmed <= 10


def test_a_chance_is_as_rare_as_it_says(calm):
    for watched in calm:
        wide = alarms.look(watched, {Step.DAY: LENGTH - 105}, SIDES, rate=1.0)
        chances = np.array([alarm.chance for alarm in wide.alarms])
        share = (chances <= 0.1).sum() / wide.tests
        assert share <= 0.13


@pytest.mark.parametrize(("factor", "direction"), [(3.0, alarms.UP), (0.2, alarms.DOWN)])
def test_a_real_break_is_found_on_its_day_and_series(factor, direction):
    values = quiet(SERIES, LENGTH, seed=8)
    values[5, LENGTH - 4] = np.round(values[5, LENGTH - 4] * factor)

    looked = alarms.look(running.run(history(values), no_events)[1], {Step.DAY: LENGTH - 7}, SIDES)

    hit = [one for one in looked.alarms if one.key.scope_key == "005" and one.place == LENGTH - 4]
    assert [one.direction for one in hit] == [direction]
    assert len(looked.alarms) <= 2
    assert hit[0].low < hit[0].expected < hit[0].high
    assert not hit[0].low <= hit[0].seen <= hit[0].high


def test_an_event_that_comes_every_year_is_no_alarm():
    values = quiet(8, 740, seed=8)
    windows = []
    for year in (2023, 2024):
        day = date(year, 12, 20)
        windows.append(rules.Window("sale", day, day, day + timedelta(days=2), 3))
        place = (day - FIRST).days
        values[:, place : place + 3] *= 3
    fresh = {Step.DAY: (date(2024, 12, 15) - FIRST).days}

    seen = alarms.look(running.run(history(values), lambda *_: windows)[1], fresh, SIDES)
    blind = alarms.look(running.run(history(values), no_events)[1], fresh, SIDES)

    assert len({one.place for one in seen.alarms}) <= 2
    assert len(blind.alarms) > 8


def test_small_series_are_looked_at_by_week_and_only_once():
    values = np.random.default_rng(2).poisson(1.2, (4, LENGTH)).astype(float)
    daily = history(values)
    weekly = history(values.reshape(4, -1, 7).sum(axis=2), Step.WEEK)
    watched = [*running.run(daily, no_events)[1], *running.run(weekly, no_events)[1]]

    looked = alarms.look(watched, {Step.DAY: LENGTH - 14, Step.WEEK: LENGTH // 7 - 1}, SIDES, rate=1.0)

    assert {alarm.step for alarm in looked.alarms} <= {Step.WEEK}


def alarm(measure, scope, key, off, *, up=True, chance=0.001, place=10):
    direction = alarms.UP if up else alarms.DOWN
    return Alarm(SeriesKey(measure, scope, key), Step.DAY, place, direction, 100 + off, 100.0, 80.0, 120.0, chance)


def told(*found):
    return folding.causes((one, FIRST + timedelta(days=one.place)) for one in found)


def test_one_cause_is_told_once_where_it_is():
    causes = told(
        alarm(rules.ORDERS, COMPANY, "", 60), alarm(rules.ORDERS, SHOP, "1", 55), alarm(rules.GROSS, SHOP, "1", 50, chance=0.01),
        alarm(rules.ORDERS, CATEGORY, "Tea", 20),
    )  # fmt: skip

    assert [(one.kind, one.key.scope, one.key.measure, one.others) for one in causes] == [
        ("demand_up", SHOP, rules.ORDERS, [rules.GROSS])
    ]


def test_what_all_parts_share_is_told_of_the_whole():
    causes = told(
        alarm(rules.ORDERS, COMPANY, "", -60, up=False), alarm(rules.ORDERS, SHOP, "1", -30, up=False),
        alarm(rules.ORDERS, SHOP, "2", -30, up=False),
    )  # fmt: skip

    assert [(one.kind, one.key.scope) for one in causes] == [("demand_down", COMPANY)]


def test_days_that_follow_each_other_are_one_cause():
    causes = told(*(alarm(rules.REFUNDS, SHOP, "1", 50, place=place) for place in (10, 11, 13, 30)))

    assert [(one.first - FIRST, one.last - FIRST, one.seen) for one in causes] == [
        (timedelta(10), timedelta(13), 450.0), (timedelta(30), timedelta(30), 150.0),
    ]  # fmt: skip


def test_kinds_follow_measures():
    said = {
        folding.kind_of(alarm(measure, COMPANY, "", 50, up=up))
        for measure, up in (
            (rules.REFUNDS, True),
            (rules.CONVERSION, False),
            ("desk.tickets", True),
            (rules.VISITORS, False),
        )
    }

    assert said == {folding.REFUNDS, folding.CONVERSION, folding.OTHER_UP, folding.OTHER_DOWN}
