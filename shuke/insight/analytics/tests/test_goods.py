"""Prices, performance of products, returns, channels and holidays against plain Python over made-up facts."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

import pytest

from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse import testing
from shuke.insight.analytics.actions import costs
from shuke.insight.analytics.actions.costs import Cost
from shuke.insight.analytics.engine import acquisition as channel_engine
from shuke.insight.analytics.engine import performance as performance_engine
from shuke.insight.analytics.engine import prices as price_engine
from shuke.insight.analytics.engine import returns as return_engine
from shuke.insight.analytics.errors import InvalidCosts
from shuke.insight.analytics.models import ChannelCost
from shuke.insight.analytics.queries import acquisition, holidays, performance, prices, returns, sales
from shuke.insight.analytics.rules import Period, Scope
from shuke.insight.analytics.tests.test_figures import belongs, facts, sold
from shuke.platform.staff.actor import Actor

YEAR = Scope(Period(date(2023, 9, 1), date(2024, 9, 1)))
BY = Actor.system("test")


@pytest.fixture(scope="module")
def made():
    return facts(1)


@pytest.fixture
def world(made, warehouse, company):
    testing.seed(made)
    return made


def lines_of(world, scope=YEAR):
    counted = {order["order_id"] for order in sold(world, scope)}
    return [line for line in world["order_lines"] if line["order_id"] in counted]


def ids(expression):
    return {row["customer_id"] for row in warehouse.rows(expression)}


def test_price_bands(world):
    limits = (500, 1500, 3000)

    bands = prices.bands(YEAR, limits)

    priced = [line for line in lines_of(world) if line["base_minor"]]
    found = defaultdict(list)
    for line in priced:
        found[sum(line["base_minor"] >= line["quantity"] * limit for limit in limits)].append(line)
    for band in bands:
        lines = found[band.number]
        assert band.gross_minor == sum(line["base_minor"] for line in lines)
        assert band.quantity == sum(line["quantity"] for line in lines)
        assert band.buyers == len({line["customer_id"] for line in lines if line["customer_id"]})
        people = price_engine.band_people(warehouse.today, YEAR, limits, band=band.number)
        assert ids(people) == {line["customer_id"] for line in lines if line["customer_id"]}
    mine = defaultdict(Counter)
    for number, lines in found.items():
        for line in lines:
            if line["customer_id"]:
                mine[line["customer_id"]][number] += 1
    typical = Counter(min(counts, key=lambda number: (-counts[number], number)) for counts in mine.values())
    assert {band.number: band.typical for band in bands if band.typical} == typical
    assert sum(sum(each) for each in prices.by_category(YEAR, limits).values()) == sum(
        band.gross_minor for band in bands
    )


def test_usual_limits_divide_lines_evenly(world):
    limits = prices.usual_limits(YEAR)

    counts = [band.lines for band in prices.bands(YEAR, limits)]
    assert len(counts) == 5
    assert max(counts) - min(counts) <= 3


def test_performance_of_products(world):
    found = {each.product_id: each for each in performance.products(YEAR)}

    lines, first = lines_of(world), {}
    for order in sorted(sold(world), key=lambda order: (order["placed_at"], order["order_id"])):
        first.setdefault(order["customer_id"], order["order_id"])
    firsts = set(first.values()) - {first.get(None)}
    back = [line for line in world["refund_lines"] if belongs(line, line["refunded_on"], YEAR)]
    assert set(found) == {line["product_id"] for line in [*lines, *back]}
    for product, each in found.items():
        mine = [line for line in lines if line["product_id"] == product]
        known = {line["order_id"] for line in mine if line["customer_id"]}
        times = defaultdict(set)
        for line in mine:
            if line["customer_id"]:
                times[line["customer_id"]].add(line["order_id"])
        again = {customer for customer, orders in times.items() if len(orders) > 1}
        returned = sum(line["quantity"] for line in back if line["product_id"] == product)
        assert each.gross_minor == sum(line["base_minor"] or 0 for line in mine)
        assert each.buyers == len(times)
        assert each.first_share == pytest.approx(len(known & firsts) / len(known))
        assert each.repeat_rate == pytest.approx(len(again) / len(times))
        assert each.return_rate == pytest.approx(returned / sum(line["quantity"] for line in mine))
        people = performance_engine.people(warehouse.today, YEAR, product_id=product, category="", which="again")
        assert ids(people) == again
    best, total, before = (
        sorted(found.values(), key=lambda each: -each.net_minor),
        sum(each.net_minor for each in found.values()),
        0,
    )
    for each in best:
        assert each.abc == ("A" if before < total * 0.8 else "B" if before < total * 0.95 else "C")
        before += each.net_minor
    assert performance.product(YEAR, best[0].product_id).gross_minor == best[0].gross_minor


def test_returns(world):
    now = returns.figures(YEAR)

    back = [one for one in world["refunds"] if belongs(one, one["refunded_at"].date(), YEAR)]
    placed = {order["order_id"]: order["placed_at"].date() for order in world["orders"]}
    assert (now.refunds, now.refunds_minor) == (len(back), sum(one["base_minor"] or 0 for one in back))
    assert now.orders == len(sold(world, YEAR))
    bands = Counter(
        max(first for first in returns.BANDS if first <= (one["refunded_at"].date() - placed[one["order_id"]]).days)
        for one in back
    )
    assert {band: count for band, count, _money in returns.delays(YEAR) if count} == bands
    mine = Counter(one["customer_id"] for one in back if one["customer_id"])
    assert {number: customers for number, customers, _money in returns.returners(YEAR)} == Counter(
        min(count, 5) for count in mine.values()
    )
    assert ids(return_engine.returner_people(warehouse.today, YEAR, refunds=2)) == {
        customer for customer, count in mine.items() if count == 2
    }


def test_who_sends_back_again_and_again(warehouse, company):
    at = datetime.combine(date(2024, 3, 1), time(12))
    orders = [
        {"order_id": n, "customer_id": 1 if n < 4 else 2, "placed_at": at + timedelta(days=n), "gross_minor": 100} for n in range(16)
    ]  # fmt: skip
    refunds = [
        {"refund_id": n, "order_id": order, "customer_id": who, "refunded_at": at + timedelta(days=20), "amount_minor": 100}
        for n, (order, who) in enumerate([(0, 1), (1, 1), (2, 1), (5, 2), (6, 2), (7, 2)])
    ]  # fmt: skip
    testing.seed({"orders": orders, "refunds": refunds})

    found = returns.repeated(YEAR, limit=5)

    # Three of four orders came back from the one; three of twelve from the other.
    assert [(row["customer_id"], row["orders"], row["refunds"]) for row in found] == [(1, 4, 3)]


@pytest.fixture
def touched(world):
    """Customers up to 40 came through three sources, some through two identities."""
    identities = [
        {"identity_id": 2 * n + more, "type": "anonymous", "namespace": "", "customer_id": n} for n in range(1, 41) for more in (0, 1)
    ]  # fmt: skip
    at = datetime.combine(date(2023, 5, 1), time())
    touches = [
        {
            "identity_id": 2 * n + more, "first_at": at + timedelta(days=more), "last_at": at + timedelta(days=9 - more),
            "first_source": ("Google", "weibo", "")[(n + more) % 3], "first_medium": "paid", "first_campaign": "",
            "last_source": ("Google", "weibo", "")[n % 3], "last_medium": "paid", "last_campaign": f"c{more}",
        }
        for n in range(1, 41) for more in (0, 1)
    ]  # fmt: skip
    testing.seed({"identities": identities, "acquisitions": touches})
    return world


def source_of(customer):
    """The source of the earlier identity; a direct visit never hides one that came from somewhere."""
    if customer > 40:
        return "unknown"
    sources = [("google", "weibo", "")[(customer + more) % 3] for more in (0, 1)]
    return next((source for source in sources if source), "direct")


def test_channels(touched):
    found = {each.source: each for each in acquisition.channels(YEAR, touch="first", with_campaigns=False)}

    first = {}
    for order in sold(touched):
        if order["customer_id"]:
            day = order["placed_at"].date()
            first[order["customer_id"]] = min(day, first.get(order["customer_id"], day))
    won = {customer: day for customer, day in first.items() if day in YEAR.period}
    moves = [(o["customer_id"], o["placed_at"].date(), o["base_minor"] or 0) for o in sold(touched)]
    moves += [(r["customer_id"], r["refunded_at"].date(), -(r["base_minor"] or 0)) for r in touched["refunds"]]
    last = max(order["placed_at"].date() for order in touched["orders"])
    groups = defaultdict(list)
    for customer in won:
        groups[source_of(customer)].append(customer)
    assert set(found) == set(groups)
    for source, customers in groups.items():
        each = found[source]
        aged = {c for c in customers if (last - won[c]).days >= 89}
        assert each.customers == len(customers)
        assert each.net_minor == sum(minor for c, day, minor in moves if c in customers and day < YEAR.period.ends_on)
        assert each.value_minor == sum(minor for c, day, minor in moves if c in aged and (day - won[c]).days < 90)
        people = channel_engine.people(
            warehouse.today,
            YEAR,
            touch="first",
            source=source,
            medium="" if source == "unknown" else "paid",
            campaign=None,
        )
        assert ids(people) == set(customers)


def test_costs_make_prices_of_customers(touched, now):
    costs.enter([Cost(date(2023, 9, 1), "google", "", 90_000), Cost(date(2023, 9, 1), "tv", "", 5_000)], by=BY, now=now)

    found = {each.source: each for each in acquisition.channels(YEAR, touch="first", with_campaigns=False)}

    assert found["google"].customer_cost_minor == round(90_000 / found["google"].customers)
    assert found["google"].roi == pytest.approx((found["google"].net_minor - 90_000) / 90_000)
    assert found["weibo"].cost_minor is None
    # What won nobody has cost all the same.
    assert (found["tv"].customers, found["tv"].cost_minor, found["tv"].customer_cost_minor) == (0, 5_000, None)
    half = Period(date(2023, 9, 1), date(2023, 9, 16))
    assert acquisition.costs_within(half, with_campaigns=False)["google", ""] == 45_000
    months = acquisition.paybacks(YEAR, touch="first", costs={"google": 1, "weibo": 10**12})
    assert months["google"] == 1
    assert months["weibo"] is None


@pytest.mark.django_db
def test_a_file_of_costs_is_taken_as_a_whole_or_not_at_all(company, now):
    good = '月份,渠道,金额\n2024-05,Google,"1,200.50"\n2024/06,weibo,300\n'.encode("gb18030")

    assert costs.enter_file(good, currency="GBP", by=BY, now=now) == 2
    assert costs.enter_file(good, currency="GBP", by=BY, now=now) == 0
    with pytest.raises(InvalidCosts) as refused:
        costs.enter_file(
            b"month;source;amount\n2024-13;google;5\n2024-05;;5\n2024-05;x;-5\n2024-05;y;NaN\n2024-05;z;1\n2024-05;Z;2\n",
            currency="GBP", by=BY, now=now,
        )  # fmt: skip

    assert [reason.partition(":")[0] for reason in refused.value.problems] == [
        "Row 2",
        "Row 3",
        "Row 4",
        "Row 5",
        "Row 7",
    ]
    assert sorted(ChannelCost.objects.values_list("source", "amount_minor")) == [("google", 120_050), ("weibo", 30_000)]


def test_a_holiday_is_held_against_the_same_weekdays_around_it(warehouse, company):
    """Five orders that make ten a day, a hundred on the three days of Black Friday; nothing else happens."""
    orders, day = [], date(2024, 9, 1)
    while day < date(2025, 1, 20):
        each = 20 if date(2024, 11, 29) <= day <= date(2024, 12, 1) else 2
        orders += [
            {
                "order_id": len(orders) + n, "customer_id": 1, "placed_at": datetime.combine(day, time(9)),
                "gross_minor": each, "country": "United States",
            }
            for n in range(5)
        ]  # fmt: skip
        day += timedelta(days=1)
    testing.seed({"orders": orders})
    scope = Scope(Period(date(2024, 11, 1), date(2024, 12, 31)))

    (place,) = holidays.of_places(scope, by_region=False, home="CN", data=Period(date(2024, 9, 1), date(2025, 1, 20)))

    found = {feast.occasion.code: feast for feast in place.feasts}
    assert (found["black_friday"].gross_minor, found["black_friday"].expected_minor) == (300, 30)
    assert found["black_friday"].index == 10
    assert found["thanksgiving_day"].index == 1
    # Chinese holidays are none of an American's.
    assert "mid_autumn" not in found


def test_figures_are_narrowed_by_country_and_segment(world):
    testing.seed({"segment_members": [{"segment_id": 7, "customer_id": customer} for customer in range(1, 30)]})
    france = Scope(YEAR.period, country="France")
    members = Scope(YEAR.period, segment_id=7, segment="x")

    def gross(scope):
        return sales.summed(sales.takings(scope), scope.period).gross_minor

    orders = sold(world, YEAR)
    assert gross(france) == sum(order["base_minor"] or 0 for order in orders if order["country"] == "France")
    assert gross(members) == sum(order["base_minor"] or 0 for order in orders if (order["customer_id"] or 99) < 30)
    abroad = {order["order_id"] for order in orders if order["country"] == "France"}
    lines = [line for line in world["order_lines"] if line["order_id"] in abroad]
    assert sales.items(france) == sum(line["quantity"] for line in lines)
    assert performance.product(france, 3).gross_minor == sum(
        line["base_minor"] or 0 for line in lines if line["product_id"] == 3
    )
