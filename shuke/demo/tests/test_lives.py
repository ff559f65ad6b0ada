"""The made-up people."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from shuke.demo import seasons
from shuke.demo.catalogue import goods_of
from shuke.demo.lives import Kind, World, live

moments = st.builds(
    lambda day, time: datetime.combine(day, time, UTC), st.dates(date(2023, 1, 1), date(2034, 12, 31)), st.times()
)


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(0, 10**6), st.integers(0, 10**7))
def test_nothing_happens_before_the_history_or_after_now(now, seed, serial):
    world = World(seed, now)

    life = live(world, serial)

    earliest = datetime.combine(world.first_day, datetime.min.time(), UTC) - timedelta(days=2)
    happened = [
        life.first_seen_at,
        *(purchase.placed_at for purchase in [*life.purchases, *life.guest_purchases]),
        *(back.refunded_at for back in life.returns),
        *(visit.at for visit in life.visits),
    ]
    assert all(earliest <= at <= now for at in happened)
    assert all(life.first_seen_at <= at for at in [p.placed_at for p in life.purchases] + [v.at for v in life.visits])


def test_the_same_seed_tells_the_same_life(now):
    assert [live(World(7, now), serial) for serial in range(30)] == [
        live(World(7, now), serial) for serial in range(30)
    ]


def test_another_seed_tells_another_life(now):
    assert [live(World(7, now), serial) for serial in range(5)] != [live(World(8, now), serial) for serial in range(5)]


@pytest.fixture(scope="module")
def crowd():
    world = World(7, datetime(2026, 11, 21, 12, tzinfo=UTC))
    return [live(world, serial) for serial in range(1_500)]


def test_people_of_every_kind_live_there(crowd):
    assert set(Counter(life.kind for life in crowd)) == set(Kind)


def test_order_numbers_are_used_once(crowd):
    numbers = Counter(p.number for life in crowd for p in [*life.purchases, *life.guest_purchases])

    assert numbers.most_common(1)[0][1] == 1


def test_hardly_anybody_can_be_reached(crowd):
    assert all(life.person.email == "" or life.person.email.endswith("@example.com") for life in crowd)
    assert all(life.person.phone[:6] in {"", "+86174"} or "55501" in life.person.phone for life in crowd)


def test_countries_are_written_as_everybody_writes_them(crowd):
    assert {life.person.country for life in crowd} <= set(Locale("en").territories.values())


def test_returns_give_back_no_more_than_was_bought(crowd):
    for life in crowd:
        for back in life.returns:
            bought = {line.goods.external_id: line for line in back.purchase.lines}
            assert back.refunded_at > back.purchase.placed_at
            assert all(line.quantity <= bought[line.goods.external_id].quantity for line in back.lines)


def test_the_singles_day_towers_over_an_ordinary_day(crowd):
    days = Counter(p.placed_at.date() for life in crowd for p in life.purchases if p.chinese_shop)

    assert days[date(2025, 11, 11)] + days[date(2025, 11, 10)] > 8 * days[date(2025, 10, 21)]


def test_two_shops_sell_about_three_hundred_things_with_numbers_of_their_own():
    goods = [*goods_of(7, chinese=True), *goods_of(7, chinese=False)]

    assert 240 <= len(goods) <= 340
    assert len({each.external_id for each in goods}) == len({each.sku for each in goods}) == len(goods)
    assert all(each.price_minor > 0 and "/" in each.category for each in goods)


def test_chinese_new_year_is_quiet_and_black_friday_is_loud():
    assert seasons.busyness(date(2025, 1, 30), chinese=True) < 0.5
    assert seasons.busyness(date(2025, 11, 28), chinese=False) > 2
