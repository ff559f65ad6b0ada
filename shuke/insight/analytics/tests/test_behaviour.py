"""Retention, paths, visits and searches against plain Python over the same made-up behaviour."""

import json
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from random import Random

import pytest

from shuke.cdp.ingest.actions import sources
from shuke.cdp.ingest.queries.sources import shops_by_code
from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse import testing
from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import paths as path_engine
from shuke.insight.analytics.engine import retention as retention_engine
from shuke.insight.analytics.engine import searches as search_engine
from shuke.insight.analytics.engine import times as time_engine
from shuke.insight.analytics.engine.funnels import ORDER
from shuke.insight.analytics.engine.happenings import FIRST_ORDER
from shuke.insight.analytics.queries import paths, retention, searches, times
from shuke.insight.analytics.queries.paths import Ways
from shuke.insight.analytics.queries.retention import Retention
from shuke.insight.analytics.rules import Period, Scope, Step
from shuke.platform.company import actions as company_actions
from shuke.platform.staff.actor import Actor

# Moments of the warehouse are UTC without saying so.
START = datetime.combine(date(2024, 1, 1), time())
DATA = Period(date(2024, 1, 1), date(2024, 7, 1))
SPRING = Period(date(2024, 2, 1), date(2024, 5, 1))
NAMES = ("Product Viewed", "Product Added", "Cart Viewed", "Products Searched")
TERMS = ("Tea ", "tea", "green  TEA", "cup", "Wang Wei", "pot")


def made(seed=3):
    """Half a year of what thirty customers and ten strangers did, in bursts, and their orders."""
    rng, events, orders = Random(seed), [], []
    for person in range(1, 41):
        for _visit in range(rng.randrange(1, 9)):
            at = START + timedelta(minutes=rng.randrange(182 * 24 * 60))
            for _step in range(rng.randrange(1, 7)):
                at += timedelta(
                    minutes=rng.choice((1, 4, 20, 29, 31, 45)),
                    seconds=rng.randrange(60),
                    milliseconds=rng.randrange(1000),
                )
                name = rng.choice(NAMES)
                said = {"query": rng.choice(TERMS), "results": rng.choice((0, 3))} if name == NAMES[3] else {}
                events.append({
                    "position": len(events) + 1, "name": name, "occurred_at": at, "identity_id": person,
                    "customer_id": person if person <= 30 else None,
                    "properties": json.dumps(said),
                })  # fmt: skip
            if person <= 30 and rng.random() < 0.6:
                orders.append({
                    "order_id": len(orders) + 1, "customer_id": person, "placed_at": at + timedelta(minutes=rng.choice((2, 50, 9000))),
                    "gross_minor": 100, "status": rng.choice(("paid", "paid", "cancelled")), "country": "China",
                })  # fmt: skip
    kept = [event for event in events if event["occurred_at"].date() in DATA]
    return {"events": kept, "orders": [order for order in orders if order["placed_at"].date() in DATA]}


@pytest.fixture
def world(warehouse, company):
    found = made()
    testing.seed(found)
    return found


def moments(world, name):
    """Return what each customer did of a name, as moments."""
    found = defaultdict(list)
    for event in world["events"]:
        if event["name"] == name and event["customer_id"]:
            found[event["customer_id"]].append(event["occurred_at"])
    for order in world["orders"]:
        if name in {ORDER, FIRST_ORDER} and order["status"] != "cancelled":
            found[order["customer_id"]].append(order["placed_at"])
    if name == FIRST_ORDER:
        return {customer: [min(every)] for customer, every in found.items()}
    return found


def age_of(back, began, step, *, is_rolling):
    if is_rolling:
        return (back.date() - began.date()).days // {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 30}[step]
    if step is Step.MONTH:
        return rules.months_between(began.date(), back.date())
    return (rules.start_of(step, back.date()) - rules.start_of(step, began.date())).days // (
        7 if step is Step.WEEK else 1
    )


def expected_cells(world, asked):
    """Return, by cohort, who began, and by cohort and age who came back, in plain loops."""
    back = moments(world, asked.back)
    began, cells = defaultdict(dict), defaultdict(set)
    for customer, every in moments(world, asked.start).items():
        inside = [at for at in every if at.date() in asked.period]
        if not inside:
            continue
        first = min(inside)
        cohort = rules.start_of(asked.step, first.date())
        began[cohort][customer] = first
        for at in back.get(customer, ()):
            if at > first:
                cells[cohort, age_of(at, first, asked.step, is_rolling=asked.is_rolling)].add(customer)
    return began, cells


@pytest.mark.parametrize(
    "asked",
    [
        Retention(FIRST_ORDER, ORDER, Step.MONTH, SPRING, DATA),
        Retention("Product Viewed", "Product Added", Step.WEEK, SPRING, DATA),
        Retention("Product Viewed", ORDER, Step.MONTH, SPRING, DATA, is_rolling=True),
        Retention("Cart Viewed", "Cart Viewed", Step.DAY, Period(date(2024, 3, 1), date(2024, 3, 20)), DATA, is_rolling=True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_unbounded", [False, True])
def test_retention(world, asked, is_unbounded):
    scope = Scope(asked.period)

    lines = retention.lines(asked, scope, ages=12, is_unbounded=is_unbounded)

    began, cells = expected_cells(world, asked)
    unit = {Step.DAY: 1, Step.WEEK: 7, Step.MONTH: 30}[asked.step]
    assert sum(line.size for line in lines) == sum(len(people) for people in began.values()) > 5
    for line in lines:
        cohort = line.cohort.starts_on
        assert line.size == len(began[cohort])
        for age, back in enumerate(line.back):
            came = set().union(*(cells[cohort, at] for at in (range(age, 400) if is_unbounded else [age])))
            assert back == len(came), (cohort, age)
            could = {
                customer for customer, first in began[cohort].items()
                if not asked.is_rolling or (DATA.ends_on - first.date()).days // unit > age
            }  # fmt: skip
            assert line.eligible[age] == len(could)


def test_the_people_of_a_cell_are_those_who_were_counted(world):
    asked = Retention("Product Viewed", ORDER, Step.MONTH, SPRING, DATA)
    began, cells = expected_cells(world, asked)
    cohort = max(began, key=lambda start: len(began[start]))
    month = Period(cohort, rules.add_months(cohort, 1))

    def found(age, mode):
        people = retention_engine.people(warehouse.today, asked, Scope(SPRING), cohort=month, age=age, mode=mode)
        return {row["customer_id"] for row in warehouse.rows(people)}

    assert found(-1, "in") == set(began[cohort])
    assert found(1, "in") == cells[cohort, 1]
    assert found(1, "not") == set(began[cohort]) - cells[cohort, 1]
    assert found(1, "later") == set().union(*(cells[cohort, age] for age in range(1, 9)))


def expected_ways(world, asked, period):
    """Return how many ways of which steps there are, walking through each customer's life."""
    lives = defaultdict(list)
    for event in world["events"]:
        if event["customer_id"] and event["occurred_at"].date() in period:
            lives[event["customer_id"]].append((event["occurred_at"], event["name"]))
    for order in world["orders"]:
        if order["status"] != "cancelled" and order["placed_at"].date() in period:
            lives[order["customer_id"]].append((order["placed_at"], ORDER))
    found = Counter()
    for life in lives.values():
        parts, before = [], None
        for at, name in sorted((at.replace(microsecond=at.microsecond // 1000 * 1000), name) for at, name in life):
            if before is None or (asked.hours is None and at - before > timedelta(minutes=30)):
                parts.append([])
            before = at
            if not parts[-1] or parts[-1][-1][1] != name:
                parts[-1].append((at, name))
        for part in parts:
            line = part if asked.is_after else part[::-1]
            at = next((place for place, (_at, name) in enumerate(line) if name == asked.anchor), None)
            if at is None:
                continue
            rest = line[at + 1 : at + 1 + asked.steps]
            if asked.hours is not None:
                rest = [one for one in rest if abs(one[0] - line[at][0]) <= timedelta(hours=asked.hours)]
            found[tuple(name for _at, name in rest)] += 1
    return found


@pytest.mark.parametrize(
    "asked",
    [Ways("Product Viewed"), Ways(ORDER, is_after=False, steps=3), Ways("Product Added", steps=5, hours=24)],
)
def test_paths(world, asked):
    root, is_cut = paths.tree(asked, Scope(SPRING))

    expected = expected_ways(world, asked, SPRING)
    assert not is_cut
    assert root.ways == sum(expected.values()) > 10
    assert root.ended == expected[()]
    for way in expected:
        for depth in range(1, len(way) + 1):
            node = root
            for name in way[:depth]:
                node = node.children[name]
            assert node.ways == sum(count for other, count in expected.items() if other[:depth] == way[:depth])
            if depth < asked.steps:
                assert node.ended == expected[way[:depth]]


def test_the_people_of_a_way_are_as_many_as_went_it(world):
    asked = Ways("Product Viewed", steps=2)
    rows = warehouse.rows(path_engine.ways(warehouse.today, asked, Scope(SPRING), limit=100))
    row = next(row for row in rows if row["step1"] and not row["step2"])

    people = path_engine.people(warehouse.today, asked, Scope(SPRING), way=(row["step1"],), is_end=True)

    assert int(warehouse.scalar(people.count())) == row["customers"]


def test_visits_begin_after_half_an_hour_of_nothing(world):
    week = times.visits(Scope(SPRING))

    lives, expected = defaultdict(list), Counter()
    for event in world["events"]:
        if event["occurred_at"].date() in SPRING:
            lives[event["identity_id"]].append(event["occurred_at"])
    for life in lives.values():
        before = None
        for at in sorted(life):
            if before is None or at - before > timedelta(minutes=30):
                expected[at.weekday(), at.hour] += 1
            before = at
    assert {
        (day, hour): count for day, hours in enumerate(week) for hour, count in enumerate(hours) if count
    } == expected
    (day, hour), _count = expected.most_common(1)[0]
    people = time_engine.visitors(warehouse.today, Scope(SPRING), weekday=day, hour=hour)
    assert int(warehouse.scalar(people.count())) <= expected[day, hour]


def comparable(text):
    return " ".join(text.lower().split())


def test_searches(world):
    found = searches.demand(Scope(SPRING))

    looked, buys = defaultdict(list), moments(world, ORDER)
    for event in world["events"]:
        if event["name"] == "Products Searched" and event["occurred_at"].date() in SPRING:
            term = comparable(json.loads(event["properties"])["query"])
            empty = json.loads(event["properties"])["results"] == 0
            bought = any(
                timedelta(0) <= at - event["occurred_at"] <= timedelta(days=7)
                for at in buys.get(event["customer_id"], ())
            )
            looked[term].append((event["identity_id"], event["customer_id"], bought, empty))
    assert {each.term for each in found.terms} == {
        term for term, every in looked.items() if len({who for who, *_rest in every}) >= 3
    }
    for each in found.terms:
        every = looked[each.term]
        assert each.searches == len(every)
        assert each.people == len({who for who, *_rest in every})
        assert each.customers == len({customer for _who, customer, *_rest in every if customer})
        assert each.buyers == len({customer for _who, customer, bought, _empty in every if customer and bought})
        assert each.without == sum(empty for *_rest, empty in every)
    assert found.searches == sum(len(every) for every in looked.values())


def test_what_hardly_anybody_looked_for_is_never_shown(warehouse, company):
    at = datetime.combine(date(2024, 3, 1), time(12))
    testing.seed({"events": [
        {"position": n, "name": "Products Searched", "occurred_at": at, "identity_id": n % 2, "customer_id": n % 2 or 9,
         "properties": '{"query": "Wang Wei"}'} for n in range(6)
    ]})  # fmt: skip

    found = searches.demand(Scope(SPRING))

    assert (found.terms, found.rare_terms, found.rare_searches) == ([], 1, 6)


def test_a_term_rises_only_against_chance(warehouse, company):
    march, april = (datetime.combine(date(2024, month, 5), time()) for month in (3, 4))
    counts = {"tea": (100, 100), "fan": (2, 40), "cup": (0, 3)}
    rows = [
        {"position": 0, "name": "Products Searched", "occurred_at": at, "identity_id": n, "customer_id": None,
         "properties": json.dumps({"query": term})}
        for term, both in counts.items() for at, count in zip((march, april), both, strict=True) for n in range(count)
    ]  # fmt: skip
    testing.seed({"events": [{**row, "position": number} for number, row in enumerate(rows)]})

    found = searches.rising(
        Scope(Period(date(2024, 4, 1), date(2024, 5, 1))), Scope(Period(date(2024, 3, 1), date(2024, 4, 1)))
    )

    # Three searches after none are no trend, forty after two are; as much as before is none.
    assert [each.term for each in found] == ["fan"]
    assert 1 < found[0].factor < 20


def test_who_searched_and_did_not_buy(world):
    scope = Scope(SPRING)
    term = searches.demand(scope).terms[0]

    lost = search_engine.people(warehouse.today, scope, term=term.term, which="not")

    assert int(warehouse.scalar(lost.count())) == term.customers - term.buyers


def test_what_visitors_do_is_of_the_shop_whose_source_it_came_from(warehouse, company, now):
    world = made()
    shops = [company_actions.shop_named(name, now=now, currency="GBP") for name in ("One", "Two")]
    web = sources.create(name="Web", kind="server", shop_id=shops[0].pk, by=Actor.system("test"), now=now)
    own = [{**event, "source": web.code if event["identity_id"] % 2 else shops[1].code} for event in world["events"]]
    looked = [event["source"] for event in own if event["name"] == NAMES[3]]
    whose = shops_by_code()

    def searched(*shop):
        known = tuple(code for code, pk in whose.items() if pk in shop)
        return searches.demand(Scope(DATA, *shop, sources=known)).searches

    testing.seed({"events": own, "orders": world["orders"]})

    assert searched(shops[0].pk) == looked.count(web.code)
    assert searched(shops[1].pk) == looked.count(shops[1].code)
    assert searched() == len(looked)
