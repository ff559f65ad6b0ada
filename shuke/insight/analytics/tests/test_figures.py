"""Figures against plain Python over the same made-up facts."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from shuke.cdp.warehouse import testing
from shuke.insight.analytics import rules
from shuke.insight.analytics.queries import customers, places, products, sales, times
from shuke.insight.analytics.rules import Period, Scope, Step

PERIODS = [
    Period(date(2023, 12, 15), date(2024, 3, 8)),
    Period(date(2024, 2, 29), date(2024, 3, 1)),
    Period(date(2019, 1, 1), date(2019, 2, 1)),
    Period(date(2023, 1, 1), date(2024, 12, 1)),
]


# Moments of the warehouse are UTC without saying so.
START = datetime.combine(date(2023, 6, 1), time())


def facts(seed):
    """Sales, refunds and adjustments over a year and a half: guests, cancellations, a currency without a rate."""
    rng = Random(seed)

    def moment():
        return START + timedelta(minutes=rng.randrange(540 * 24 * 60))

    orders, lines, refunds, refund_lines, adjustments = [], [], [], [], []
    for number in range(1, 401):
        foreign = rng.random() < 0.06
        made = [(rng.randrange(1, 13), rng.randrange(0, 5000)) for _ in range(rng.randrange(1, 4))]
        gross = sum(amount for _, amount in made)
        order = {
            "order_id": number, "shop_id": rng.choice((1, 2)), "customer_id": rng.choice((None, *range(1, 60))),
            "placed_at": moment(), "gross_minor": gross, "base_minor": None if foreign else gross,
            "currency": "USD" if foreign else "GBP", "status": rng.choice(("completed", "completed", "paid", "cancelled")),
            "country": rng.choice(("", "United Kingdom", "France")), "city": rng.choice(("", "London", "Paris")),
        }  # fmt: skip
        orders.append(order)
        for position, (product, amount) in enumerate(made):
            lines.append({
                "order_id": number, "shop_id": order["shop_id"], "customer_id": order["customer_id"],
                "placed_on": order["placed_at"].date(), "position": position, "product_id": product,
                "quantity": float(rng.randrange(1, 5)), "amount_minor": amount, "base_minor": None if foreign else amount,
                "currency": order["currency"],
            })  # fmt: skip
        if rng.random() < 0.3:
            amount = rng.randrange(0, gross + 1)
            at = order["placed_at"] + timedelta(days=rng.randrange(60))
            refunds.append({
                "refund_id": number, "order_id": number, "shop_id": order["shop_id"], "customer_id": order["customer_id"],
                "refunded_at": at, "amount_minor": amount, "base_minor": None if foreign else amount,
                "currency": order["currency"], "country": order["country"],
            })  # fmt: skip
            refund_lines.append({
                "refund_id": number, "shop_id": order["shop_id"], "refunded_on": at.date(), "position": 0,
                "product_id": made[0][0], "quantity": 1.0, "amount_minor": amount,
                "base_minor": None if foreign else amount, "currency": order["currency"],
            })  # fmt: skip
    for number in range(1, 12):
        amount = rng.randrange(-4000, 2000)
        adjustments.append({
            "adjustment_id": number, "shop_id": 1, "adjusted_at": moment(), "amount_minor": amount, "base_minor": amount,
        })  # fmt: skip
    return {
        "orders": orders, "order_lines": lines, "refunds": refunds, "refund_lines": refund_lines,
        "adjustments": adjustments,
        "products": [
            {"product_id": n, "title": f"Thing {n}", "category": ("", "Home / Cups", "Home", "Care/Soap")[n % 4]}
            for n in range(1, 13)
        ],
    }  # fmt: skip


@pytest.fixture(params=[1, 2])
def world(request, warehouse, company):
    made = facts(request.param)
    testing.seed(made)
    return made


def sold(world, scope=None):
    return [
        order for order in world["orders"]
        if order["status"] != "cancelled" and (scope is None or belongs(order, order["placed_at"].date(), scope))
    ]  # fmt: skip


def belongs(row, day, scope):
    return day in scope.period and scope.shop_id in {None, row["shop_id"]}


def firsts(world):
    first = {}
    for order in sold(world):
        if order["customer_id"]:
            day = order["placed_at"].date()
            first[order["customer_id"]] = min(day, first.get(order["customer_id"], day))
    return first


@pytest.mark.parametrize("shop_id", [None, 2])
@pytest.mark.parametrize("period", PERIODS)
def test_takings_of_every_day(world, period, shop_id):
    scope = Scope(period, shop_id)

    days = sales.takings(scope)

    assert [each.period.starts_on for each in days] == [part.starts_on for part in rules.steps(period, Step.DAY)]
    expected = defaultdict(lambda: defaultdict(int))
    for order in sold(world, scope):
        day = expected[order["placed_at"].date()]
        day["gross"] += order["base_minor"] or 0
        day["orders"] += 1
        day["rated"] += order["base_minor"] is not None
        day["guests"] += order["customer_id"] is None
    for refund in world["refunds"]:
        if belongs(refund, refund["refunded_at"].date(), scope):
            expected[refund["refunded_at"].date()]["refunds"] += refund["base_minor"] or 0
    for entry in world["adjustments"]:
        if belongs(entry, entry["adjusted_at"].date(), scope):
            expected[entry["adjusted_at"].date()]["adjusted"] += entry["base_minor"]
    for each in days:
        day = expected[each.period.starts_on]
        assert (each.gross_minor, each.refunds_minor, each.adjustments_minor) == (
            day["gross"], day["refunds"], day["adjusted"],
        )  # fmt: skip
        assert (each.orders, each.rated_orders, each.guest_orders) == (day["orders"], day["rated"], day["guests"])


@pytest.mark.parametrize("step", Step)
def test_steps_add_up_to_the_whole(world, step):
    period = PERIODS[0]
    days = sales.takings(Scope(period))

    parts = sales.by_step(days, period, step)

    whole = sales.summed(days, period)
    assert sum(part.net_minor for part in parts) == whole.net_minor
    assert sum(part.orders for part in parts) == whole.orders
    assert [part.period for part in parts] == list(rules.steps(period, step))


@pytest.mark.parametrize("shop_id", [None, 1])
@pytest.mark.parametrize("period", PERIODS)
def test_buyers_are_new_returning_and_repeat(world, period, shop_id):
    scope, first = Scope(period, shop_id), firsts(world)

    found = sales.buyers(scope)

    bought = {order["customer_id"] for order in sold(world, scope)} - {None}
    so_far = defaultdict(int)
    for order in sold(world):
        if order["placed_at"].date() < period.ends_on:
            so_far[order["customer_id"]] += 1
    assert found.buyers == len(bought)
    assert found.new_buyers == sum(first[customer] >= period.starts_on for customer in bought)
    assert found.repeat_buyers == sum(so_far[customer] > 1 for customer in bought)


@pytest.mark.parametrize("step", Step)
def test_buyers_by_step(world, step):
    scope, first = Scope(PERIODS[0]), firsts(world)

    found = sales.buyers_by_step(scope, step)

    for part, buyers in found:
        start = rules.start_of(step, part.starts_on)
        bought = {
            order["customer_id"] for order in sold(world, scope)
            if rules.start_of(step, order["placed_at"].date()) == start
        } - {None}  # fmt: skip
        assert buyers.buyers == len(bought)
        assert buyers.new_buyers == sum(rules.start_of(step, first[customer]) == start for customer in bought)


def test_amounts_without_a_rate_stand_beside(world):
    scope = Scope(PERIODS[3])

    (dollars,) = sales.unrated(scope)

    assert dollars.currency == "USD"
    assert dollars.gross_minor == sum(o["gross_minor"] for o in sold(world, scope) if o["currency"] == "USD")


def test_products_with_their_returns(world):
    scope = Scope(PERIODS[0], 1)

    found = products.products(scope, limit=100)

    valid = {order["order_id"] for order in sold(world, scope)}
    expected = defaultdict(lambda: [0, 0, 0.0, set()])
    for line in world["order_lines"]:
        if line["order_id"] in valid:
            entry = expected[line["product_id"]]
            entry[0] += line["base_minor"] or 0
            entry[2] += line["quantity"]
            entry[3].add(line["order_id"])
    for line in world["refund_lines"]:
        if belongs(line, line["refunded_on"], scope):
            expected[line["product_id"]][1] += line["base_minor"] or 0
    assert {each.product_id: [each.gross_minor, each.refunds_minor, each.quantity, each.orders] for each in found} == {
        product: [gross, back, quantity, len(orders)] for product, (gross, back, quantity, orders) in expected.items()
    }
    assert [each.net_minor for each in found] == sorted((each.net_minor for each in found), reverse=True)


def test_categories_join_what_has_one_top_and_add_up_to_the_products(world):
    scope = Scope(PERIODS[3])

    found = products.categories(scope)

    assert {each.category for each in found} == {"", "Home", "Care"}
    goods = products.products(scope, limit=1000)
    assert sum(each.net_minor for each in found) == sum(each.net_minor for each in goods)
    assert sum(each.products for each in found) == len(goods)


def test_countries_and_cities(world):
    scope = Scope(PERIODS[0])

    found = places.countries(scope)
    cities = places.cities(scope)

    for each in found:
        there = [order for order in sold(world, scope) if order["country"] == each.country]
        back = [
            refund["base_minor"] or 0 for refund in world["refunds"]
            if refund["country"] == each.country and belongs(refund, refund["refunded_at"].date(), scope)
        ]  # fmt: skip
        assert each.orders == len(there)
        assert each.buyers == len({order["customer_id"] for order in there} - {None})
        assert each.net_minor == sum(order["base_minor"] or 0 for order in there) - sum(back)
    assert sum(each.orders for each in cities) == sum(bool(order["city"]) for order in sold(world, scope))


def test_hours_of_the_week(world):
    scope = Scope(PERIODS[3])

    grid = times.week(scope)

    expected = defaultdict(int)
    for order in sold(world, scope):
        expected[order["placed_at"].weekday(), order["placed_at"].hour] += 1
    assert [[slot.orders for slot in day] for day in grid] == [
        [expected[weekday, hour] for hour in range(24)] for weekday in range(7)
    ]


@pytest.mark.parametrize("shop_id", [None, 2])
def test_cohorts_are_a_triangle_of_people_and_money(world, shop_id):
    period, first = Period(date(2023, 7, 10), date(2024, 4, 5)), firsts(world)

    grid = customers.cohorts(Scope(period, shop_id))

    assert [len(each.customers) for each in grid] == list(range(10, 0, -1))
    people, money = defaultdict(set), defaultdict(int)
    moves = [(o["placed_at"].date(), o, o["base_minor"] or 0) for o in sold(world)]
    moves += [(r["refunded_at"].date(), r, -(r["base_minor"] or 0)) for r in world["refunds"]]
    for day, row, amount in moves:
        customer = row["customer_id"]
        if customer not in first or first[customer] not in period or day >= period.ends_on:
            continue
        if shop_id not in {None, row["shop_id"]}:
            continue
        cohort = first[customer].replace(day=1)
        age = rules.months_between(cohort, day)
        if age < 0:
            continue
        if "placed_at" in row:
            people[cohort, age].add(customer)
        money[cohort, age] += amount
    for each in grid:
        month = each.month.starts_on
        assert each.customers == tuple(len(people[month, age]) for age in range(len(each.customers)))
        assert each.net_minor == tuple(money[month, age] for age in range(len(each.customers)))


def test_order_counts_of_a_period(world):
    scope = Scope(PERIODS[0])

    found = customers.order_counts(scope)

    each = defaultdict(int)
    for order in sold(world, scope):
        each[order["customer_id"]] += 1
    each.pop(None, None)
    assert sum(row.customers for row in found) == len(each)
    assert next(row.customers for row in found if row.orders == 1) == sum(count == 1 for count in each.values())


def test_an_empty_warehouse_has_no_extent_and_only_zeros(warehouse, company):
    scope = Scope(Period(date(2024, 1, 1), date(2024, 1, 4)))

    assert sales.extent() is None
    assert [each.net_minor for each in sales.takings(scope)] == [0, 0, 0]
    assert sales.buyers(scope) == sales.Buyers(0, 0, 0)
    assert sales.items(scope) == 0
    assert products.products(scope) == []
    assert [each.customers for each in customers.cohorts(scope)] == [(0,)]
