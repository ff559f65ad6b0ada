"""Metrics against their definitions, the classifier against its optimum, and drift."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.insight.predictions.engine import logistic, metrics

SCORED = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40)


@given(SCORED)
def test_auc_is_the_share_of_pairs_in_order(rows):
    truth = np.array([float(hit) for hit, _ in rows])
    score = np.array([float(value) for _, value in rows])
    pairs = [
        (a, b)
        for a, hit in zip(score, truth, strict=True)
        if hit
        for b, other in zip(score, truth, strict=True)
        if not other
    ]

    found = metrics.auc(truth, score)

    if not pairs:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs))


@given(SCORED, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_a_weight_counts_a_customer_so_often(rows, times):
    truth = np.array([float(hit) for hit, _ in rows])
    score = np.array([float(value) for _, value in rows])
    weight = np.array(times[: len(rows)])

    weighted = metrics.auc(truth, score, weight.astype(float))
    repeated = metrics.auc(np.repeat(truth, weight), np.repeat(score, weight))

    assert weighted == pytest.approx(repeated, nan_ok=True)


def test_gini_is_one_for_knowing_and_nought_for_nothing():
    amounts = np.array([0.0, 0, 5, 100, 20, 0, 3])

    assert metrics.gini(amounts, amounts) == pytest.approx(1.0)
    assert metrics.gini(amounts, np.zeros(7)) == pytest.approx(0.0)
    assert metrics.gini(amounts, -amounts) == pytest.approx(-1.0)
    assert np.isnan(metrics.gini(np.zeros(3), np.ones(3)))


def test_a_difference_comes_with_an_interval_that_holds_it():
    rng = np.random.default_rng(1)
    chance = rng.uniform(size=2_000)
    truth = (rng.uniform(size=2_000) < chance).astype(float)

    found = metrics.paired(truth, chance, rng.uniform(size=2_000), metrics.auc)

    assert found["low"] < found["value"] < found["high"]
    assert found["low"] > 0.2


def test_calibrated_chances_are_found_calibrated():
    rng = np.random.default_rng(2)
    chance = rng.uniform(size=20_000)
    truth = (rng.uniform(size=20_000) < chance).astype(float)

    assert metrics.ece(truth, chance) < 0.02
    assert metrics.ece(truth, chance**2) > 0.1


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_the_classifier_stands_where_no_step_helps(number, ridge):
    rng = np.random.default_rng(number)
    matrix = rng.normal(size=(80, 3))
    truth = np.r_[1.0, 0.0, (rng.uniform(size=78) < 0.4).astype(float)]

    found = logistic.fit(matrix, truth, ridge=ridge)

    full = np.column_stack([np.ones(80), matrix])
    slope = full.T @ (logistic.chances(matrix, found) - truth) + np.r_[0.0, np.full(3, ridge)] * found
    assert np.abs(slope).max() < 0.05


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="one class"):
        logistic.fit(np.ones((5, 2)), np.ones(5), ridge=1.0)


def test_the_same_people_have_not_drifted():
    values = np.random.default_rng(3).gamma(2.0, size=5_000)

    assert metrics.stability(values, values[::-1]) < 0.01
    assert metrics.stability(values, values * 3) > 0.25
    assert metrics.stability(np.zeros(50), np.zeros(50)) == pytest.approx(0.0)


def test_a_difference_over_one_customer_is_no_division_by_nought():
    found = metrics.paired(np.array([1.0]), np.array([0.5]), np.array([0.2]), metrics.brier)

    assert found["value"] == pytest.approx(0.25 - 0.64)
