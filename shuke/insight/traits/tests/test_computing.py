"""Computed attributes: what is worked out, and what is written."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from shuke.cdp.attributes import actions as attributes
from shuke.cdp.attributes import errors as refusals
from shuke.cdp.attributes import queries as held
from shuke.cdp.customers.testing import customer
from shuke.cdp.events.models import Event
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import seed
from shuke.insight.segments.actions import define as segments
from shuke.insight.traits import actions, engine, errors
from shuke.insight.traits.models import Trait
from shuke.insight.traits.rules import COLUMNS, FITTING, Facts, Measure, Recipe, Sort, is_sound, plain, read
from shuke.platform.staff.actor import Actor

BY = Actor.system("test")
AS_OF = date(2024, 6, 15)
RECIPES = [
    Recipe(facts, measure, column, days, where)
    for facts in Facts
    for measure in Measure
    for column in (["", *COLUMNS[facts]])
    for days in (None, 30)
    for where in (
        {Facts.ORDERS: ((), (("channel", ("web",)), ("shop", ("1",)))), Facts.LINES: ((), (("brand", ("p",)),)),
         Facts.EVENTS: ((("event", ("Product Viewed",)),),)}[facts]
    )
    if not is_sound(Recipe(facts, measure, column, days, where))
]  # fmt: skip


def world(dice: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Orders, lines and events of a few people and of guests, with ties, cancelled ones, and days after the last."""
    products = [
        {"product_id": n, "title": f"P{n}", "category": dice.choice(["a", "b"]), "brand": dice.choice("pq")}
        for n in range(4)
    ]
    found: dict[str, list[dict[str, Any]]] = {"products": products, "orders": [], "order_lines": [], "events": []}
    for number in range(1, 90):
        day = AS_OF - timedelta(days=dice.randint(-3, 70))
        who = dice.choice([None, 1, 2, 3, 4, 5])
        lines = [
            {"order_id": number, "customer_id": who, "placed_on": day, "shop_id": 1, "currency": "GBP", "position": at,
             "product_id": dice.choice([0, 1, 2, 3, None]), "quantity": float(dice.randint(1, 3)),
             "amount_minor": 0, "base_minor": dice.choice([100, 250, 300])}
            for at in range(dice.randint(1, 3))
        ]  # fmt: skip
        found["order_lines"] += lines
        found["orders"].append(
            {"order_id": number, "customer_id": who, "placed_on": day, "shop_id": dice.randint(1, 2), "currency": "GBP",
             "status": dice.choice(["paid", "paid", "cancelled"]), "channel": dice.choice(["web", "app", ""]),
             "country": dice.choice(["France", "法国"]), "city": "", "line_count": len(lines), "gross_minor": 0,
             "base_minor": sum(line["base_minor"] for line in lines)}
        )  # fmt: skip
        found["events"].append(
            {"position": number, "event_id": str(number), "name": dice.choice(["Product Viewed", "other"]), "customer_id": who,
             "occurred_on": day, "occurred_at": None, "product": dice.choice(["x", "y", None]), "value_minor": dice.choice([None, 5])}
        )  # fmt: skip
    return found


def facts_of(recipe: Recipe, data: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The oracle's reading: plain rows with the columns a recipe may ask for."""
    orders = {row["order_id"]: row for row in data["orders"]}
    products = {row["product_id"]: row for row in data["products"]}
    if recipe.facts is Facts.ORDERS:
        rows = [
            {"who": row["customer_id"], "day": row["placed_on"], "key": row["order_id"], "amount": row["base_minor"],
             "lines": row["line_count"], "channel": row["channel"], "country": row["country"], "city": row["city"],
             "shop": str(row["shop_id"]), "status": row["status"]}
            for row in data["orders"]
        ]  # fmt: skip
    elif recipe.facts is Facts.LINES:
        rows = [
            {"who": row["customer_id"], "day": row["placed_on"], "key": (row["order_id"], row["position"]),
             "amount": row["base_minor"], "quantity": row["quantity"], "shop": str(row["shop_id"]),
             "status": orders[row["order_id"]]["status"],
             **{name: (products.get(row["product_id"]) or {}).get(key) for name, key in
                (("product", "title"), ("category", "category"), ("brand", "brand"))}}
            for row in data["order_lines"]
        ]  # fmt: skip
    else:
        rows = [
            {"who": row["customer_id"], "day": row["occurred_on"], "key": row["position"], "value": row["value_minor"],
             "product": row["product"], "event": row["name"], "status": "paid"}
            for row in data["events"]
        ]  # fmt: skip
    first = AS_OF - timedelta(days=recipe.days - 1) if recipe.days else date.min
    return [
        row
        for row in rows
        if row["who"] and row["status"] != "cancelled" and first <= row["day"] <= AS_OF
        and all(row[name] in values for name, values in recipe.where)
    ]  # fmt: skip


def expected(recipe: Recipe, data: dict[str, list[dict[str, Any]]]) -> dict[int, Any]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in sorted(facts_of(recipe, data), key=lambda row: (row["day"], row["key"])):
        found.setdefault(row["who"], []).append(row)
    answer = {}
    for who, rows in found.items():
        if recipe.measure is Measure.COUNT:
            answer[who] = len(rows)
            continue
        values = [row[recipe.column] for row in rows if row[recipe.column] is not None]
        if recipe.measure is Measure.FAVORITE:
            named = [(row[recipe.column], row["day"]) for row in rows if row[recipe.column]]
            times = Counter(value for value, _day in named)
            last = {value: max(day for one, day in named if one == value) for value in times}
            if times:
                answer[who] = min(times, key=lambda value: (-times[value], -last[value].toordinal(), value))
        elif values or recipe.measure is Measure.DISTINCT:
            answer[who] = {
                Measure.SUM: sum, Measure.AVERAGE: lambda v: sum(v) / len(v), Measure.LEAST: min,
                Measure.MOST: max, Measure.FIRST: lambda v: v[0], Measure.LAST: lambda v: v[-1],
                Measure.DISTINCT: lambda v: len(set(v)),
            }[recipe.measure](values)  # fmt: skip
    return answer


@pytest.mark.usefixtures("company")
def test_every_recipe_finds_what_a_plain_reading_finds(warehouse: Any) -> None:
    data = world(random.Random(5))
    midnight = {name: {"orders": "placed_at", "events": "occurred_at"}.get(name) for name in data}
    from datetime import datetime

    for name, column in midnight.items():
        for row in data[name]:
            if column:
                row[column] = datetime.combine(row.get("placed_on") or row["occurred_on"], datetime.min.time())
    seed(data)
    assert len(RECIPES) > 90
    for recipe in RECIPES:
        asked = engine.values(recipe, as_of=AS_OF, table=warehouse_queries.today)
        found = {row["customer_id"]: row["value"] for row in warehouse_queries.rows(asked)}
        assert (
            found == pytest.approx(expected(recipe, data))
            if recipe.sort in (Sort.MONEY, Sort.NUMBER)
            else expected(recipe, data) == found
        ), recipe
        assert read(plain(recipe)) == recipe


def test_what_does_not_go_together_is_refused(company: Any, now: Any) -> None:
    for recipe, field in (
        (Recipe(Facts.ORDERS, Measure.SUM, "channel"), "column"),
        (Recipe(Facts.EVENTS, Measure.COUNT), "event"),
        (Recipe(Facts.ORDERS, Measure.COUNT, days=0), "days"),
        (Recipe(Facts.ORDERS, Measure.COUNT, where=(("brand", ("p",)),)), "brand"),
    ):
        with pytest.raises(errors.BadTrait) as refusal:
            actions.create("x", {}, recipe, by=BY, now=now)
        assert refusal.value.field == field
    assert set(FITTING) == set(Measure)


@pytest.fixture
def buyers(warehouse: Any, company: Any) -> list[Any]:
    people = [customer() for _ in range(3)]
    seed(
        {
            "customers": [{"customer_id": one.pk} for one in people],
            "orders": [
                {"order_id": 1, "customer_id": people[0].pk, "placed_on": AS_OF, "gross_minor": 500, "channel": "web"},
                {"order_id": 2, "customer_id": people[0].pk, "placed_on": date(2024, 1, 1), "gross_minor": 700, "channel": "app"},
                {"order_id": 3, "customer_id": people[1].pk, "placed_on": date(2024, 1, 1), "gross_minor": 900, "channel": "web"},
            ],
        }
    )  # fmt: skip
    return people


def announced() -> list[tuple[int, bool]]:
    found = Event.objects.filter(name="customer.attributes_changed").order_by("pk")
    return list(found.values_list("customer_id", "historical"))


def test_only_what_changed_is_written_and_the_first_time_announces_nothing(buyers: list[Any], now: Any) -> None:
    trait = actions.create("spent", {"en": "Spent"}, Recipe(Facts.ORDERS, Measure.SUM, "amount"), by=BY, now=now)
    assert actions.compute(trait, now=now) == actions.Computed(customers=2, changed=2)
    assert held.plain_values(trait.attribute, after=0, until=None) == {buyers[0].pk: 1200, buyers[1].pk: 900}
    assert announced() == [(buyers[0].pk, True), (buyers[1].pk, True)]

    trait.refresh_from_db()
    assert actions.compute(trait, now=now).changed == 0
    seed({"orders": [{"order_id": 4, "customer_id": buyers[2].pk, "placed_on": AS_OF, "gross_minor": 100}]})
    assert actions.compute(trait, now=now).changed == 1
    assert announced()[2:] == [(buyers[2].pk, False)]


def test_whoever_has_no_facts_any_more_has_no_value(buyers: list[Any], now: Any) -> None:
    recipe = Recipe(Facts.ORDERS, Measure.LAST, "channel")
    trait = actions.create("channel", {}, recipe, by=BY, now=now)
    actions.compute(trait, now=now)
    assert held.plain_values(trait.attribute, after=0, until=None) == {buyers[0].pk: "web", buyers[1].pk: "web"}

    actions.update(trait, {}, Recipe(Facts.ORDERS, Measure.LAST, "channel", days=30), by=BY, now=now)
    trait = Trait.objects.get()
    assert actions.compute(trait, now=now) == actions.Computed(customers=1, changed=1)

    assert held.plain_values(trait.attribute, after=0, until=None) == {buyers[0].pk: "web"}


def test_a_computed_attribute_stays_while_a_segment_asks_for_it(buyers: list[Any], now: Any) -> None:
    trait = actions.create("spent", {"en": "Spent"}, Recipe(Facts.ORDERS, Measure.SUM, "amount"), by=BY, now=now)
    rule = {"all": [{"field": "attribute.spent", "op": "at_least", "value": 1000}]}
    big = segments.create(name="Big", rule=rule, by=BY, now=now)

    with pytest.raises(refusals.AttributeInUse) as refusal:
        actions.archive(trait, by=BY, now=now)
    assert "Big" in str(refusal.value)
    with pytest.raises(refusals.AttributeInUse):
        attributes.archive(trait.attribute, by=BY, now=now)

    segments.archive(big, by=BY, now=now)
    actions.archive(trait, by=BY, now=now)
    trait.attribute.refresh_from_db()
    assert trait.attribute.state == "archived"
