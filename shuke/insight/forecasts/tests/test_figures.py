"""The series that are read, against plain Python over the same rows."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.testing import fresh_warehouse
from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine import assembling, facts
from shuke.insight.forecasts.queries import reading
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step
from shuke.insight.forecasts.testing import UNTIL, seeded
from shuke.insight.forecasts.tests.conftest import open_shops
from shuke.platform.company import actions as company_actions

FIRST = UNTIL - timedelta(days=259)


@pytest.fixture(scope="module")
def shops(module_db, now):
    company_actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    return open_shops(now)


@pytest.fixture(scope="module")
def sold(shops, tmp_path_factory):
    with fresh_warehouse(tmp_path_factory.mktemp("figures")):
        yield seeded()


@pytest.fixture(scope="module")
def history(sold):
    return reading.history(FIRST, UNTIL)


@pytest.fixture
def read(history, sold, db):
    return history, sold


def value(history, measure, day, scope=COMPANY, key=""):
    return history.series[SeriesKey(measure, scope, key)][(day - FIRST).days]


def test_days_are_what_plain_python_makes_of_the_rows(read, shops):
    history, rows = read
    gross, orders, refunds = Counter(), Counter(), Counter()
    for row in rows["orders"]:
        gross[row["placed_at"].date(), row["shop_id"]] += row["gross_minor"]
        orders[row["placed_at"].date(), row["shop_id"]] += 1
    for row in rows["refunds"]:
        refunds[row["refunded_on"], row["shop_id"]] += row["amount_minor"]
    seen, new = set(), Counter()
    for row in sorted(rows["orders"], key=lambda row: (row["placed_at"], row["order_id"])):
        if row["customer_id"] not in seen:
            seen.add(row["customer_id"])
            new[row["placed_at"].date()] += 1

    for number in range(0, 260, 7):
        day = FIRST + timedelta(days=number)
        for shop in (1, 2):
            assert value(history, rules.GROSS, day, SHOP, str(shop)) == gross[day, shop]
            assert value(history, rules.ORDERS, day, SHOP, str(shop)) == orders[day, shop]
            assert value(history, rules.REFUNDS, day, SHOP, str(shop)) == refunds[day, shop]
        assert value(history, rules.NET, day) == gross[day, 1] + gross[day, 2] - refunds[day, 1] - refunds[day, 2]
        assert value(history, rules.NEW, day) == new[day]


def test_categories_are_the_top_of_the_path(read):
    history, rows = read
    category = {row["product_id"]: row["category"].split("/")[0].strip() for row in rows["products"]}
    sums = defaultdict(Counter)
    for row in rows["order_lines"]:
        sums[category[row["product_id"]]][row["placed_on"]] += row["amount_minor"]

    assert {key.scope_key for key in history.series if key.scope == CATEGORY} == {"Tea", "Cups"}
    for name, by_day in sums.items():
        for number in range(0, 260, 11):
            day = FIRST + timedelta(days=number)
            assert value(history, rules.GROSS, day, CATEGORY, name) == by_day[day]


def test_conversion_is_buyers_among_the_visitors_of_the_day(read, shops):
    history, rows = read
    visitors = defaultdict(set)
    buyers = {(row["placed_at"].date(), row["customer_id"]) for row in rows["orders"]}
    for row in rows["events"]:
        visitors[row["occurred_on"], row["source"]].add(row["customer_id"])

    for number in range(0, 260, 13):
        day = FIRST + timedelta(days=number)
        came = visitors[day, "shop-1"]
        assert value(history, rules.VISITORS, day, SHOP, str(shops[0].pk)) == len(came)
        if came:
            bought = sum((day, one) in buyers for one in came)
            assert value(history, rules.CONVERSION, day, SHOP, str(shops[0].pk)) == pytest.approx(
                100 * bought / len(came)
            )


def test_weeks_are_whole_and_their_conversion_is_of_all_their_visitors(read):
    history, rows = read
    weekly = assembling.weekly(history)
    monday = weekly.first + timedelta(days=7 * 20)
    inside = [row for row in rows["orders"] if monday <= row["placed_at"].date() < monday + timedelta(days=7)]

    assert weekly.first.weekday() == 0
    assert weekly.first + timedelta(days=7 * weekly.length - 1) <= UNTIL
    assert weekly.series[SeriesKey(rules.ORDERS)][20] == len(inside)
    days = slice((monday - FIRST).days, (monday - FIRST).days + 7)
    visitors = history.series[SeriesKey(rules.VISITORS)][days]
    rate = history.series[SeriesKey(rules.CONVERSION)][days]
    assert weekly.series[SeriesKey(rules.CONVERSION)][20] == pytest.approx((visitors * rate).sum() / visitors.sum())


def test_a_day_that_is_not_over_is_no_day_yet(sold, db):
    assert reading.span(UNTIL + timedelta(days=1)) == (FIRST, UNTIL)
    assert reading.span(UNTIL) == (FIRST, UNTIL - timedelta(days=1))


def test_what_another_domain_declares_is_counted_or_summed_by_shop(sold, db):
    counted = warehouse.rows(
        facts.contributed(warehouse.table("refunds"), FIRST, day="refunded_on", value="", shop="shop_id", where={})
    )
    summed = warehouse.rows(
        facts.contributed(
            warehouse.table("events"), FIRST, day="occurred_on", value="", shop="", where={"name": "Nothing Happened"}
        )
    )

    assert sum(row["value"] for row in counted) == len(sold["refunds"])
    assert {row["shop_id"] for row in counted} == {1, 2}
    assert summed == []


def test_events_lie_over_days_by_rank_then_nearness():
    sale = rules.Window("sale", date(2024, 11, 1), date(2024, 11, 11), date(2024, 11, 11), 3)
    feast = rules.Window("feast", date(2024, 11, 10), date(2024, 11, 12), date(2024, 11, 13), 1)

    found = rules.cells(date(2024, 10, 31), 16, Step.DAY, [feast, sale])

    named = [found.names[cell] if cell >= 0 else None for cell in found.of_steps]
    assert named[0] is None
    assert named[11] == ("sale", 0)
    assert named[12] == ("feast", 0)
    assert named[14] is None
    assert named[1] == named[2] == ("sale", -12) or named[1][0] == "sale"
