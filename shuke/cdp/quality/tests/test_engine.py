"""Finding duplicates, as pure machinery: levels, learning, groups; Splink beside it on the same people."""

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.dedupe import crowd, judging
from shuke.cdp.quality.engine import clustering, comparing, finding, keys
from shuke.cdp.quality.engine.model import Model, pack, unpack
from shuke.cdp.quality.engine.people import Address, Person, roster

AT = {comparison.name: at for at, comparison in enumerate(comparing.COMPARISONS)}


def levels(one: Person, other: Person) -> dict[str, int]:
    table = roster([one, other], 2)
    found = comparing.compare(table, np.array([0], np.int32), np.array([1], np.int32))[0]
    return {name: int(found[at]) for name, at in AT.items()}


@pytest.mark.parametrize(
    ("one", "other", "family", "given"),
    [
        ("张三", "张三", 5, 5), ("张三", "Zhang San", 4, 4), ("张三", "San Zhang", 4, 4), ("Zhang San", "San Zhang", 5, 5),
        ("欧阳娜娜", "Ouyang Nana", 4, 4), ("张伟", "张维", 5, 3), ("Bob Smith", "Robert Smith", 5, 4),
        ("Robert Smith", "Robret Smyth", 3, 3), ("R. Smith", "Robert Smith", 5, 2), ("Müller, Jörg", "Jorg Muller", 5, 5),
        ("Ada Lovelace", "Charles Babbage", 0, 0), ("单田芳", "Shan Tianfang", 4, 4),
    ],
)  # fmt: skip
def test_names_are_compared_across_scripts_orders_and_slips(one, other, family, given):
    found = levels(Person(1, name=one), Person(2, name=other))

    assert (found["family"], found["given"]) == (family, given)


def test_other_fields_are_compared_in_levels():
    here = Person(
        1,
        emails=("ada.l@gmail.com",),
        phones=("+8613812345678",),
        birthday="19900215",
        addresses=(Address("1 High Street", "N1 1AA", "London"),),
    )
    near = Person(
        2,
        emails=("adal@gmail.com",),
        phones=("+8613812345679",),
        birthday="19901502",
        addresses=(Address("1 High Stret", "n11aa", "london"),),
    )

    found = levels(here, near)

    assert {name: found[name] for name in ("email", "phone", "birthday", "address", "place")} == {
        "email": 2, "phone": 1, "birthday": 2, "address": 3, "place": 4,
    }  # fmt: skip


def test_silence_speaks_neither_for_nor_against():
    assert set(levels(Person(1), Person(2, name="Ada")).values()) == {comparing.MISSING}


TEXT = st.text("abc 张三@.12", max_size=8)
PEOPLE = st.lists(
    st.builds(Person, id=st.integers(1, 9), name=TEXT, emails=st.lists(TEXT, max_size=2).map(tuple), phones=st.lists(TEXT, max_size=2).map(tuple), birthday=st.sampled_from(["", "19900101", "19901001"])),
    min_size=2, max_size=5,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(PEOPLE)
def test_comparing_is_symmetric(people):
    table, rows = roster(people, len(people)), list(combinations(range(len(people)), 2))
    a, b = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))

    assert (comparing.compare(table, a, b) == comparing.compare(table, b, a)).all()


@settings(deadline=None)
@given(
    st.lists(st.tuples(*(st.integers(-1, count - 1) for count in comparing.LEVELS if count)), min_size=1, max_size=9)
)
def test_packed_levels_come_back(rows):
    table = np.array(rows, np.int8)

    assert (unpack(pack(table)) == table).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.floats(-12, 12), st.booleans()), max_size=25))
def test_groups_never_hold_a_forbidden_pair_and_never_overlap(edges):
    pairs = {(min(a, b), max(a, b)): (weight, ban) for a, b, weight, ban in edges if a != b}
    a, b = (np.array([pair[at] for pair in pairs], np.int64) for at in (0, 1))
    evidence, forbidden = (np.array([value[at] for value in pairs.values()]) for at in (0, 1))

    groups = clustering.clusters(a, b, evidence.astype(float), forbidden.astype(bool), join_at=0.0)

    together = [pair for group in groups for pair in combinations(group, 2)]
    assert len(together) == len(set(together))
    assert len({x for g in groups for x in g}) == sum(map(len, groups))
    assert not [pair for pair in together if pairs.get(pair, (0, False))[1]]


def test_a_chain_of_resemblances_is_no_person():
    a, b = np.array([0, 1]), np.array([1, 2])

    groups = clustering.clusters(
        np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([5.0, 4.0, -9.0]), np.zeros(3, bool), join_at=0.0
    )

    assert groups == [[0, 1]]
    assert clustering.components(a.tolist(), b.tolist()) == [[0, 1, 2]]


def test_a_household_is_not_one_person():
    people, truth = judging.of_crowd(1_500)
    found = finding.find(people)
    home = [
        Person(
            0,
            name="王芳",
            phones=("+8613900000001",),
            addresses=(Address("人民路1号2栋301", "", "杭州"),),
            birthday="19700101",
        ),
        Person(
            1,
            name="王小明",
            phones=("+8613900000001",),
            addresses=(Address("人民路1号2栋301", "", "杭州"),),
            birthday="19990808",
        ),
    ]

    told = finding.find(
        [
            *people,
            *(
                Person(len(people) + at, name=p.name, phones=p.phones, addresses=p.addresses, birthday=p.birthday)
                for at, p in enumerate(home)
            ),
        ],
        known=found.model,
    )

    assert found.model.housemates_share > 0
    assert [len(people), len(people) + 1] not in told.groups
    assert judging.judge(found.groups, truth).f1 > 0.8


def test_a_model_survives_being_stored():
    people, _truth = judging.of_crowd(600)
    learned = finding.find(people).model

    again = Model.of(json.loads(json.dumps(learned.plain())))

    one, other = finding.find(people, known=learned), finding.find(people, known=again)
    assert np.allclose(one.probability, other.probability)


def test_keys_depend_on_the_secret_and_reveal_nothing():
    assert keys.hashed(3, "5678", secret=b"a") != keys.hashed(3, "5678", secret=b"b")
    assert keys.hashed(3, "5678") != keys.hashed(5, "5678")


def test_the_smallest_blocks_come_first_as_far_as_the_work_reaches():
    sizes, counts = np.array([2, 10, 300]), np.array([1_000, 500, 40])

    assert keys.largest_block(sizes, counts, people=1_000) == 10
    assert keys.largest_block(sizes, counts, people=10_000_000) == 300


def test_the_crowd_holds_who_it_says():
    people, truth = judging.of_crowd(500)

    assert len(people) == len(truth) == 500
    assert len(set(truth)) < 500
    assert [entry.person.id for entry in crowd.crowd(50)] == list(range(50))


@pytest.mark.slow
def test_splink_finds_no_more_among_invented_people():
    people, truth = judging.of_crowd(2_000)

    ours = judging.judge(finding.find(people).groups, truth)

    assert ours.f1 >= judging.best_of_splink(people, truth).f1


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["fake_1000", pytest.param("febrl1", marks=pytest.mark.slow)])
def test_splink_finds_no_more_among_the_known_sets(name):
    people, truth = judging.of_file(name)

    ours = judging.judge(finding.find(people).groups, truth)

    assert ours.f1 >= judging.best_of_splink(people, truth).f1
    assert ours.precision > 0.99
