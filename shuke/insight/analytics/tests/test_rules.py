"""Periods."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.insight.analytics import rules
from shuke.insight.analytics.rules import Against, Period, Preset, Step

days = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(days, st.integers(0, 900), st.sampled_from(Step))
def test_steps_cover_a_period_without_gap_or_overlap(first, length, step):
    period = rules.between(first, date.fromordinal(first.toordinal() + length))

    parts = list(rules.steps(period, step))

    assert parts[0].starts_on == period.starts_on
    assert parts[-1].ends_on == period.ends_on
    assert all(a.ends_on == b.starts_on for a, b in pairwise(parts))


@given(days, st.integers(1, 900))
def test_previous_period_ends_where_this_one_begins(first, length):
    period = Period(first, date.fromordinal(first.toordinal() + length))

    earlier = rules.before(period)

    assert earlier.ends_on == period.starts_on


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period(date(2024, 2, 1), date(2024, 3, 1)), Period(date(2023, 2, 1), date(2023, 3, 1))),
        (Period(date(2025, 2, 1), date(2025, 3, 1)), Period(date(2024, 2, 1), date(2024, 3, 1))),
        (Period(date(2024, 2, 29), date(2024, 3, 1)), Period(date(2023, 2, 28), date(2023, 3, 1))),
        (Period(date(2024, 2, 1), date(2024, 2, 29)), Period(date(2023, 2, 1), date(2023, 3, 1))),
    ],
)
def test_the_same_period_last_year_keeps_leap_days_apart(period, expected):
    assert rules.compared(period, Against.YEAR) == expected


def test_whole_months_are_preceded_by_whole_months():
    assert rules.before(Period(date(2024, 3, 1), date(2024, 5, 1))) == Period(date(2024, 1, 1), date(2024, 3, 1))


def test_a_preset_never_begins_before_the_data():
    period = rules.preset(Preset.DAYS_90, today=date(2024, 5, 10), first_day=date(2024, 5, 1))

    assert period == Period(date(2024, 5, 1), date(2024, 5, 11))


@pytest.mark.parametrize("preset", Preset)
def test_every_preset_ends_with_today(preset):
    period = rules.preset(preset, today=date(2024, 2, 29), first_day=date(2020, 6, 5))

    assert period.last_day == date(2024, 2, 29)
    assert period.days >= 1


def test_period_given_backwards_is_turned_round():
    assert rules.between(date(2024, 2, 2), date(2024, 1, 1)) == Period(date(2024, 1, 1), date(2024, 2, 3))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_begins_like_a_formula_is_quoted(text):
    assert rules.spreadsheet_safe(text) == "'" + text
