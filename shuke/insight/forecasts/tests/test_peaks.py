"""Lifts and outlooks against what was planted."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.insight.forecasts.engine import peaks, staffing
from shuke.insight.forecasts.engine.peaks import Occurrence
from shuke.insight.forecasts.engine.staffing import Rates
from shuke.insight.forecasts.rules import Window
from shuke.insight.forecasts.tests.test_judging import FIRST, WEEK

LIFT = np.array([2.0, 2.0, 4.0, 6.0])


def sale(year):
    return Window("sale", date(year, 11, 8), date(year, 11, 11), date(year, 11, 11), 3)


def year_after_year(years=3, level=50.0):
    length = 365 * years
    rng = np.random.default_rng(3)
    values = rng.poisson(level * np.tile(WEEK, length // 7 + 1)[:length]).astype(float)
    for year in range(FIRST.year, FIRST.year + years):
        begins = (sale(year).first - FIRST).days
        usual = level * np.tile(WEEK, 2)[(begins % 7) : (begins % 7) + 4]
        values[begins : begins + 4] = rng.poisson(usual * LIFT)
    return values


@pytest.fixture(scope="module")
def past():
    windows = [sale(FIRST.year + number) for number in range(4)]
    return peaks.past_of(FIRST, year_after_year(), windows)


def test_a_peak_is_expected_as_its_past_was(past):
    last = FIRST + timedelta(days=365 * 3 - 1)
    found = peaks.outlook(past, sale(2026), [sale(year) for year in (2023, 2024, 2025)], [], today=last)

    assert found.basis == peaks.OWN
    assert len(found.lift.occurrences) == 3
    truth = [50 * WEEK[(sale(2026).first + timedelta(days=n) - FIRST).days % 7] * LIFT[n] for n in range(4)]
    assert [one.expected for one in found.days] == pytest.approx(truth, rel=0.2)
    assert found.expected == pytest.approx(sum(truth), rel=0.12)
    assert found.low < sum(truth) < found.high


def test_one_past_occurrence_says_less_and_others_stand_in_for_none(past):
    last = FIRST + timedelta(days=365 * 3 - 1)
    three = peaks.outlook(past, sale(2026), [sale(year) for year in (2023, 2024, 2025)], [], today=last)
    one = peaks.outlook(past, sale(2026), [sale(2025)], [], today=last)
    other = Window("fair", date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 3), 3)
    none = peaks.outlook(past, other, [], [sale(2024), sale(2025)], today=last)

    assert one.lift.spread > three.lift.spread
    assert none.basis == peaks.OTHERS
    assert none.lift.spread > one.lift.spread
    assert peaks.outlook(past, other, [], [], today=last) is None


def test_a_young_or_empty_history_promises_nothing():
    windows = [sale(2023)]
    for values in (np.zeros(400), np.full(60, 9.0)):
        past = peaks.past_of(FIRST, values, windows)
        assert peaks.outlook(past, sale(2024), windows, windows, today=FIRST + timedelta(days=len(values) - 1)) is None


@given(st.lists(st.floats(0.2, 8), min_size=1, max_size=6), st.floats(0.05, 1.5))
def test_a_lift_lies_between_nothing_and_what_was_seen_inside_its_interval(lifts, scatter):
    known = [Occurrence(date(2020 + n, 6, 1), date(2020 + n, 6, 5), lift * 100, 100.0) for n, lift in enumerate(lifts)]

    found = peaks.lift_of(known, scatter)

    middle = float(np.exp(np.log(lifts).mean()))
    assert min(1, middle) - 1e-9 <= found.value <= max(1, middle) + 1e-9
    assert found.low < found.value < found.high


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_orders_never_take_less(some, more):
    rates = Rates(hour_cost_minor=2000, reduced_percent=30, discount_minor=500)
    small, large = staffing.need(min(some, more), rates), staffing.need(max(some, more), rates)

    assert all(getattr(small, name) <= getattr(large, name) for name in staffing.Need.__slots__)
    assert large.staff * rates.shift_hours * rates.busy_percent / 100 >= large.hours - 0.06
