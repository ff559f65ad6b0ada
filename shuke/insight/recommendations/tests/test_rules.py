"""The company's rules, whatever the lists and the catalogue hold."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from shuke.insight.recommendations import rules
from shuke.insight.recommendations.rules import Arm, Candidate, Goods, Settings, Situation

IDS = st.integers(1, 12)
KINDS = st.sampled_from(rules.KINDS)
CATEGORIES = st.sampled_from(["", "Home", "Home > Lights", "Toys"])
GOODS = st.builds(
    Goods, product_id=IDS, shop_id=st.integers(1, 2), category=CATEGORIES, brand=st.sampled_from(["", "Willow"]),
    is_active=st.booleans(), stock=st.none() | st.integers(-1, 3), price_minor=st.none() | st.integers(0, 500),
    cost_minor=st.none() | st.integers(0, 900),
)  # fmt: skip
SHELVES = st.lists(GOODS, max_size=12).map(lambda found: {one.product_id: one for one in found})
SETTINGS = st.builds(
    Settings, in_stock_only=st.booleans(), excluded_products=st.lists(IDS, max_size=2).map(tuple),
    excluded_categories=st.lists(st.sampled_from(["Home", "Toys"]), max_size=1).map(tuple),
    excluded_brands=st.sampled_from([(), ("Willow",)]), pinned=st.lists(IDS, max_size=3, unique=True).map(tuple),
    margin_weight=st.floats(0, 1), quiet_days=st.sampled_from([0, 30]),
)  # fmt: skip
SITUATIONS = st.builds(
    Situation, shop_id=st.integers(0, 2), asked=st.frozensets(IDS, max_size=2), bought=st.frozensets(IDS, max_size=3)
)


@st.composite
def questions(draw):
    kind = draw(KINDS)
    scores = st.floats(0.01, 10)
    items = draw(st.lists(st.builds(Candidate, product_id=IDS, score=scores, kind=st.just(kind)), max_size=15))
    return kind, items, draw(SHELVES), draw(SETTINGS), draw(SITUATIONS), draw(st.integers(1, 8))


@trying(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(questions())
def test_what_is_shown_obeys_every_rule_and_what_is_not_says_which(asked):
    kind, items, shelf, settings, situation, limit = asked

    found = rules.ruled(items, shelf, settings, kind=kind, situation=situation, limit=limit)

    shown = [one.candidate.product_id for one in found.shown]
    assert len(shown) == len(set(shown)) <= limit
    for pk in shown:
        goods = shelf[pk]
        assert pk not in settings.excluded_products
        assert pk not in situation.asked
        assert not any(
            goods.category == one or goods.category.startswith(f"{one} >") for one in settings.excluded_categories
        )
        assert not (goods.brand and goods.brand in settings.excluded_brands)
        assert situation.shop_id in (0, goods.shop_id)
        if settings.in_stock_only:
            assert goods.is_active
            assert goods.stock is None or goods.stock > 0
        if kind != rules.REPEAT and settings.quiet_days:
            assert pk not in situation.bought
    removed = [one.candidate.product_id for one in found.removed]
    assert set(shown) | set(removed) >= {one.product_id for one in items}
    assert all(one.rule for one in found.removed)
    pinned = [one.is_pinned for one in found.shown]
    assert pinned == sorted(pinned, reverse=True)
    free = [one.candidate.score for one in found.shown if not one.is_pinned]
    assert free == sorted(free, reverse=True)
    if not settings.margin_weight:
        assert all(one.candidate.score == one.was for one in found.shown)
    assert not (kind == rules.REPEAT and any(pinned))
    # Whoever was left out for want of room would have been shown in a longer list.
    longer = rules.ruled(items, shelf, settings, kind=kind, situation=situation, limit=100)
    beyond = [one.candidate.product_id for one in found.removed if one.rule == rules.BEYOND]
    assert [one.candidate.product_id for one in longer.shown] == [*shown, *beyond]


@trying(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(
    Candidate, product_id=st.integers(1, 2**60), score=st.floats(-5, 5, width=32), kind=KINDS.filter(lambda k: k == "repeat"),
    because=st.integers(-(2**60), 2**60), number=st.integers(0, 2**30),
)))  # fmt: skip
def test_lists_come_back_as_they_were_packed(items):
    assert rules.unpack("repeat", rules.pack(items)) == items


def test_margin_lifts_what_earns_more():
    items = [Candidate(1, 1.0, "similar"), Candidate(2, 0.9, "similar"), Candidate(3, 0.8, "similar")]
    shelf = {
        1: Goods(1, price_minor=100, cost_minor=100), 2: Goods(2, price_minor=100, cost_minor=20), 3: Goods(3, price_minor=100),
    }  # fmt: skip

    def order(weight):
        found = rules.ruled(
            items, shelf, Settings(margin_weight=weight), kind="similar", situation=Situation(), limit=5
        )
        return [one.candidate.product_id for one in found.shown]

    assert order(0) == [1, 2, 3]
    assert order(0.5) == [2, 1, 3]


def test_about_so_many_are_held_out_and_always_the_same():
    groups = [rules.group_of(f"customer:{pk}", 10) for pk in range(5_000)]

    assert 400 < groups.count(rules.HELD_OUT) < 600
    assert groups == [rules.group_of(f"customer:{pk}", 10) for pk in range(5_000)]


def test_a_basket_adds_up_what_its_products_say():
    one, two = (
        [Candidate(5, 0.2, "also_bought", 1, 9)],
        [Candidate(5, 0.4, "also_bought", 2, 4), Candidate(6, 0.5, "also_bought", 2)],
    )

    found = rules.merged([one, two])

    assert [(each.product_id, round(each.score, 6), each.because) for each in found] == [(5, 0.6, 2), (6, 0.5, 2)]


@pytest.mark.parametrize(
    ("treated", "held_out", "code"),
    [(Arm(900, 0, 90), Arm(100, 0, 9), "few_people"), (Arm(900, 0, 90), Arm(300, 0, 9), "few_acting")],
)
def test_too_little_is_said_to_be_too_little(treated, held_out, code):
    assert rules.missing(treated, held_out).code == code


def test_a_difference_holds_the_truth_as_often_as_it_says():
    import numpy as np

    rng, held = np.random.default_rng(5), 0
    for _ in range(400):
        one, other = rng.binomial(4_000, 0.06), rng.binomial(500, 0.05)
        found = rules.share_difference(Arm(4_000, 0, int(one)), Arm(500, 0, int(other)), "ordered")
        held += found.low <= 0.01 <= found.high
    assert 0.92 <= held / 400 <= 0.98
