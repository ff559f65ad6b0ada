"""What the arithmetic promises: even splits, honest intervals at any look, what was earned."""

import random

import numpy as np
import pytest

from shuke.journeys.experiments import queries


def test_arms_are_divided_as_intended_and_independently_of_each_other() -> None:
    places = [queries.place_of("campaign:1", pk) for pk in range(20_000)]
    arms = [queries.arm_at(place, [("a", 0.3), ("b", 0.2)]) for place in places]
    found = {name: arms.count(name) for name in ("a", "b", "")}
    others = [queries.place_of("campaign:2", pk) for pk in range(20_000)]

    assert queries.split_chance(found, {"a": 0.3, "b": 0.2, "": 0.5}) > queries.SRM_LINE
    assert abs(np.corrcoef(places, others)[0, 1]) < 0.03


@pytest.mark.parametrize(("found", "is_wrong"), [({"a": 5_000, "b": 5_060}, False), ({"a": 5_000, "b": 5_600}, True)])
def test_a_split_that_came_out_wrong_is_noticed(found, is_wrong) -> None:
    assert (queries.split_chance(found, {"a": 0.5, "b": 0.5}) < queries.SRM_LINE) == is_wrong


def test_looking_forty_times_finds_no_difference_where_there_is_none() -> None:
    chance = np.random.default_rng(7)
    wrong = 0
    for _experiment in range(400):
        hits = chance.random((2, 4_000)) < 0.1
        for looked in range(100, 4_001, 100):
            first, second = (queries.Arm.of_rate(looked, int(one[:looked].sum())) for one in hits)
            if queries.winner({"a": first, "b": second}):
                wrong += 1
                break

    assert wrong / 400 <= 0.05


def test_a_real_difference_is_found() -> None:
    assert queries.winner({"a": queries.Arm.of_rate(4_000, 400), "b": queries.Arm.of_rate(4_000, 600)}) == "b"
    assert queries.winner({"a": queries.Arm.of_rate(4_000, 400)}) == ""


def test_the_number_of_people_gives_the_power_it_promises() -> None:
    people = queries.people_needed(0.2, 0.25)
    chance = np.random.default_rng(3)
    found = 0
    for _experiment in range(300):
        arms = [queries.Arm.of_rate(people, int((chance.random(people) < rate).sum())) for rate in (0.2, 0.25)]
        found += queries.at_the_end(*arms).is_sure

    assert 0.72 <= found / 300 <= 0.88


def people(count, effect, seed):
    chance = random.Random(seed)
    rows = []
    for _person in range(count):
        before = chance.expovariate(1 / 100)
        rows.append((max(0.0, before * 0.8 + chance.gauss(50, 20)) + effect, before))
    return rows


def test_what_was_earned_is_found_again_with_its_interval() -> None:
    found = queries.increment(people(2_000, 8.0, 1), people(500, 0.0, 2), is_over=True)

    assert found.each.low < 8.0 < found.each.high
    assert found.each.is_sure
    assert found.narrowed > 0.4
    assert found.total.difference == pytest.approx(found.each.difference * 2_000)


def test_too_few_say_nothing() -> None:
    assert queries.increment(people(1_000, 8.0, 1), people(29, 0.0, 2), is_over=True) is None


def test_intervals_of_the_end_cover_the_truth_nineteen_times_of_twenty() -> None:
    covered = 0
    for seed in range(200):
        found = queries.increment(people(150, 5.0, seed), people(60, 0.0, seed + 10_000), is_over=True)
        covered += found.each.low <= 5.0 <= found.each.high

    assert 0.90 <= covered / 200 <= 0.99
