"""The closed form of Theta against the recursion it stands for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuke.insight.forecasts.engine import theta


def recursion(y, ahead, pace, share, initial):
    """Fiorucci et al.'s dynamic optimised Theta, one step after the other; returns forecasts and squared errors."""
    level, mean, intercept, slope = pace * y[0] + (1 - pace) * initial, y[0], y[0], 0.0
    squares, made, seen = 0.0, [], list(y)
    for place in range(1, len(y) + ahead):
        keep = (1 - pace) ** place
        expected = level + share * (keep * intercept + (1 - keep * (1 - pace)) / pace * slope)
        value = seen[place] if place < len(y) else expected
        if place < len(y):
            squares += (value - expected) ** 2
        else:
            made.append(expected)
        level = pace * value + (1 - pace) * level
        slope = ((place - 1) * slope + 6 * (value - mean) / (place + 1)) / (place + 2)
        mean = (place * mean + value) / (place + 1)
        intercept = mean - slope * (place + 2) / 2
    return np.array(made), squares


series = st.lists(st.floats(-1e4, 1e4), min_size=4, max_size=60)


@settings(max_examples=30, deadline=None)
@given(series, st.integers(0, 6))
def test_a_fit_is_the_recursion_with_its_parameters(values, lead):
    y = np.array([0.0] * lead + values)[None, :]
    found = theta.fit(y, np.array([lead]))[1]

    made, squares = recursion(values, 5, found.pace[0], found.share[0], found.initial[0])

    scale = 1 + np.abs(values).max()
    assert np.allclose(theta.carried_on(found, 5)[0] / scale, made / scale, atol=1e-6)
    assert found.squares[0] == pytest.approx(squares, rel=1e-5, abs=1e-4 * scale**2)


@settings(max_examples=10, deadline=None)
@given(series)
def test_no_other_share_or_beginning_fits_better_at_the_same_pace(values):
    found = theta.fit(np.array([values]), np.array([0]))[1]
    scale = 1 + np.abs(values).max()

    for share in (0.0, 0.3, 0.5, 1.0):
        for shift in (-1.0, 0.0, 1.0):
            _made, squares = recursion(values, 1, found.pace[0], share, found.initial[0] + shift)
            assert found.squares[0] <= squares + 1e-6 * scale**2 * len(values)


def test_a_straight_line_goes_on_and_a_level_stays():
    line = np.arange(1.0, 41.0)
    both = np.stack([line, np.full(40, 7.0)])

    made = theta.dynamic(both, np.zeros(2, int), 5)

    assert made[0] == pytest.approx(np.arange(41, 46), rel=0.03)
    assert made[1] == pytest.approx(7.0)


def test_the_classical_theta_rises_by_half_the_slope():
    made = theta.classical(np.arange(1.0, 101.0)[None, :], np.zeros(1, int), 3)[0]

    assert np.diff(made) == pytest.approx([0.5, 0.5])


def test_series_of_different_ages_are_what_they_are_alone():
    rng = np.random.default_rng(1)
    old, young = rng.normal(100, 10, 80), rng.normal(20, 3, 30)
    together = theta.dynamic(np.stack([old, np.r_[np.zeros(50), young]]), np.array([0, 50]), 4)

    assert together[0] == pytest.approx(theta.dynamic(old[None, :], np.array([0]), 4)[0])
    assert together[1] == pytest.approx(theta.dynamic(young[None, :], np.array([0]), 4)[0])
