"""What the benchmarks load in bulk is what the domains' doors write."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from benchmarks import pages
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity, NameWord, Tag
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.cdp.orders.models import Order, OrderLine
from shuke.insight.value.models import Group, Stage, Standing
from shuke.platform.company import actions as company_actions
from shuke.platform.company.models import Company, Shop
from shuke.platform.staff.actor import Actor

CUSTOMERS, ORDERS, PHONE_EVERY = 24, 72, 6
TABLES: tuple[type[Model], ...] = (Customer, NameWord, Identity, ContactPoint, CustomerTag, Order, OrderLine, Event)
# Keys, positions and random bytes are new in every run, and a number sealed twice gives two texts.
NEW = {"id", "uuid", "position", "content_hash", "sealed"}
Rows = list[dict[str, Any]]

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="the benchmark fills tables of SQLite")


@pytest.fixture
def shops(company: Company) -> list[Shop]:
    return [company_actions.shop_named(name, now=pages.START, currency="GBP") for name in ("Willow", "Oak")]


@pytest.fixture
def bulk(shops: list[Shop], monkeypatch: pytest.MonkeyPatch) -> dict[type[Model], Rows]:
    """Every table as the benchmark fills it; the tables are empty again."""
    monkeypatch.setattr(pages, "PHONE_EVERY", PHONE_EVERY)
    with transaction.atomic(), connection.cursor() as cursor:
        pages.fill(CUSTOMERS, ORDERS, shops, cursor.execute)
        pages.phones(CUSTOMERS)
        found = {model: contents(model) for model in (*TABLES, Standing)}
        transaction.set_rollback(True)
    return found


def contents(model: type[Model]) -> Rows:
    """Return the rows of a table, naming people by their external id, orders by number and tags by name."""
    people = dict(Identity.objects.filter(type="external_id").values_list("customer_id", "value"))
    numbers = dict(Order.objects.values_list("pk", "number"))
    names: dict[str, dict[Any, str]] = {
        "customer_id": people, "identity_id": dict(Identity.objects.values_list("pk", "value")),
        "order_id": numbers, "tag_id": dict(Tag.objects.values_list("pk", "name")),
    }  # fmt: skip
    found = []
    for row in model._default_manager.values():
        if model is Customer:
            row["customer_id"] = row["id"]
        if "order_id" in row.get("properties", {}):
            row["properties"] |= {"order_id": numbers[row["properties"]["order_id"]]}
        found.append(
            {name: names[name].get(said) if name in names else said for name, said in row.items() if name not in NEW}
        )
    return sorted(found, key=repr)


def write_through_the_doors(shops: list[Shop], bulk: dict[type[Model], Rows]) -> None:
    """Say what the rows of the benchmark say as sources would: every order when it is placed."""
    people = {row["customer_id"]: row for row in bulk[Customer]}
    lines = {row["order_id"]: row for row in bulk[OrderLine]}
    tagged = {(row["tag_id"], row["customer_id"]) for row in bulk[CustomerTag]}
    for sale in sorted(bulk[Order], key=lambda row: row["placed_at"]):
        who, line = sale["customer_id"], lines[sale["number"]]
        number = int(who.removeprefix("C"))
        person = PersonRecord(
            external_id=who, name=people[who]["name"], country=people[who]["country"],
            phone=pages.phone_of(number) if number % PHONE_EVERY == 0 else "",
        )  # fmt: skip
        sold = LineRecord(line["quantity"], line["unit_price"], None, line["title"], line["sku"])
        record = OrderRecord(sale["number"], sale["placed_at"], sale["currency"], [sold], person=person)
        by = Provenance(source="bench", actor="cli:cli", now=sale["placed_at"], historical=True)
        with transaction.atomic():
            orders.record(next(shop for shop in shops if shop.pk == sale["shop_id"]), [record], by=by)
    keys = dict(Identity.objects.values_list("value", "customer_id"))
    for tag in {tag for tag, _ in tagged}:
        customers.tag([keys[who] for name, who in tagged if name == tag], tag, by=Actor.cli(), now=pages.START)


@only_sqlite
def test_the_tables_of_pages_are_what_the_doors_write(shops: list[Shop], bulk: dict[type[Model], Rows]) -> None:
    # The phones of all others are noise of the right length.
    with_phone = {f"C{number}" for number in range(PHONE_EVERY, CUSTOMERS + 1, PHONE_EVERY)}
    assert len(bulk[ContactPoint]) == CUSTOMERS
    bulk[ContactPoint] = [row for row in bulk[ContactPoint] if row["customer_id"] in with_phone]

    write_through_the_doors(shops, bulk)

    for model in TABLES:
        assert contents(model) == bulk[model], model


@only_sqlite
def test_the_standings_of_pages_are_drawn_from_those_there_are(bulk: dict[type[Model], Rows]) -> None:
    assert len(bulk[Standing]) == CUSTOMERS
    assert {row["rfm_group"] for row in bulk[Standing]} <= set(Group.values)
    assert {row["stage"] for row in bulk[Standing]} <= set(Stage.values)
    assert all(1 <= row[score] <= 5 for row in bulk[Standing] for score in ("r", "f", "m", "fm"))
