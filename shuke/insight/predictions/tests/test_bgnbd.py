"""Purchases and their worth: published parameters, known parameters found again, gradients, and the library as oracle."""

import csv
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuke.insight.predictions.engine import bgnbd, gammagamma
from tests.data import real_data


def cdnow():
    with real_data("cdnow/cdnow_customers_summary_with_transactions.csv").open() as file:
        rows = list(csv.DictReader(file))
    return [np.array([float(row[name]) for row in rows]) for name in ("x", "t_x", "T", "zbar")]


def made(customers, r=0.4, alpha=30.0, a=0.8, b=2.5, seed=3):
    rng = np.random.default_rng(seed)
    x, t_x, age = (np.zeros(customers) for _ in range(3))
    for at in range(customers):
        pace, leaves, age[at] = rng.gamma(r) / alpha, rng.beta(a, b), rng.uniform(100, 700)
        now = 0.0
        while True:
            now += rng.exponential(1 / max(pace, 1e-12))
            if now > age[at]:
                break
            x[at], t_x[at] = x[at] + 1, now
            if rng.random() < leaves:
                break
    return x, t_x, age


@pytest.mark.real_data
def test_cdnow_gives_the_published_parameters():
    x, t_x, age, zbar = cdnow()

    found = bgnbd.fit(x, t_x, age)
    worth = gammagamma.fit(x[x > 0], zbar[x > 0])

    assert [found.r, found.alpha, found.a, found.b] == pytest.approx([0.2426, 4.4135, 0.7929, 2.4258], rel=2e-4)
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.01)
    assert [worth.p, worth.q, worth.v] == pytest.approx([6.249, 3.745, 15.448], rel=2e-4)
    assert not found.is_degenerate
    assert not worth.is_degenerate


@pytest.mark.real_data
@pytest.mark.parametrize("modified", [False, True])
def test_the_library_agrees(modified):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifetimes = pytest.importorskip("lifetimes")
        x, t_x, age, _ = cdnow()
        oracle = (lifetimes.ModifiedBetaGeoFitter if modified else lifetimes.BetaGeoFitter)().fit(x, t_x, age)
        theirs = oracle.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, age)
        alive = oracle.conditional_probability_alive(x, t_x, age)

    found = bgnbd.fit(x, t_x, age, modified=modified)

    assert np.abs(bgnbd.expected(found, x, t_x, age, 39.0) - theirs).max() < 1e-4
    assert np.abs(bgnbd.alive(found, x, t_x, age) - alive).max() < 1e-5


def test_known_parameters_are_found_again():
    x, t_x, age = made(12_000)

    found = bgnbd.fit(x, t_x, age)

    assert not found.is_degenerate
    assert [found.r, found.alpha] == pytest.approx([0.4, 30.0], rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.3, rel=0.15)


def test_known_worth_is_found_again():
    rng = np.random.default_rng(4)
    count = rng.integers(1, 9, 8_000).astype(float)
    own = rng.gamma(4.0, size=8_000)
    scale = own / 20.0
    mean = rng.gamma(6.0 * count) / scale / count

    found = gammagamma.fit(count, mean)

    assert [found.p, found.q, found.v] == pytest.approx([6.0, 4.0, 20.0], rel=0.12)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=4, max_size=4), st.booleans())
def test_the_gradient_is_the_slope(theta, modified):
    x, t_x, age = np.array([0.0, 1, 3, 12]), np.array([0.0, 20, 60, 300]), np.array([10.0, 90, 200, 310])
    counts = np.array([5.0, 3, 2, 1])
    at = np.array(theta) + np.array([0, 3, 0, 0])

    _, gradient = bgnbd.log_likelihood(at, x, t_x, age, counts, modified=modified)

    assert gradient == pytest.approx(
        slope(lambda one: bgnbd.log_likelihood(one, x, t_x, age, counts, modified=modified)[0], at), rel=1e-4, abs=1e-4
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1.5, 2.5), min_size=3, max_size=3))
def test_the_gradient_of_worth_is_the_slope(theta):
    count, mean = np.array([1.0, 2, 7]), np.array([3.0, 40, 11])

    _, gradient = gammagamma.log_likelihood(np.array(theta), count, mean)

    expected = slope(lambda one: gammagamma.log_likelihood(one, count, mean)[0], np.array(theta))
    assert gradient == pytest.approx(expected, rel=1e-4, abs=1e-4)


def slope(function, at, step=1e-5):
    found = []
    for place in range(len(at)):
        up, down = at.copy(), at.copy()
        up[place], down[place] = up[place] + step, down[place] - step
        found.append((function(up) - function(down)) / (2 * step))
    return np.array(found)


def test_a_shop_that_nobody_leaves_is_recognised():
    rng = np.random.default_rng(8)
    age = rng.uniform(200, 400, 3_000)
    pace = rng.gamma(2.0, size=3_000) / 40
    x = rng.poisson(pace * age).astype(float)
    t_x = np.where(x > 0, age * rng.beta(np.maximum(x, 1), 1), 0.0)

    assert bgnbd.fit(x, t_x, age).is_degenerate


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 700), st.integers(0, 700)), min_size=1, max_size=30),
    st.booleans(),
)
def test_whatever_was_seen_what_is_expected_is_finite(seen, modified):
    x = np.array([float(count) for count, _, _ in seen])
    age = np.array([float(max(first, second)) for _, first, second in seen])
    t_x = np.where(x > 0, np.array([float(min(first, second)) for _, first, second in seen]), 0.0)
    found = bgnbd.fit(x, t_x, age, modified=modified)

    expected, alive = bgnbd.expected(found, x, t_x, age, 365.0), bgnbd.alive(found, x, t_x, age)

    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    assert ((alive >= 0) & (alive <= 1)).all()


def test_nobody_is_refused():
    with pytest.raises(ValueError, match="no customers"):
        bgnbd.fit(np.zeros(0), np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="positive"):
        gammagamma.fit(np.array([1.0]), np.array([-5.0]))
