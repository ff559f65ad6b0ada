"""What the benchmarks load in bulk is what the domains' doors write."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model

from benchmarks import pages, segments_data
from shuke.cdp.catalog import actions as catalog
from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity, NameWord, Tag
from shuke.cdp.events import actions as log
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord, RefundRecord
from shuke.cdp.orders.models import Order, OrderLine, Refund
from shuke.cdp.warehouse import queries
from shuke.cdp.warehouse.engine.duckdb import DuckStore
from shuke.cdp.warehouse.engine.stores import Store
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


@pytest.fixture
def bulk_warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DuckStore]:
    """The warehouse of the benchmark of segments, small."""
    monkeypatch.setattr(segments_data, "PRODUCTS", 12)
    path = tmp_path / "bulk.duckdb"
    segments_data.make(path, customers=40, orders=120, events=60)
    opened = DuckStore(path, memory_limit="512MB")
    yield opened
    opened.close()


def rows_of(store: Store, table: str, ids: dict[str, dict[int, int]]) -> Rows:
    """Return the rows of a warehouse table, with the ids of the bulk warehouse; of events, behaviour alone."""
    where = f" WHERE name IN {segments_data.BEHAVIOUR}" if table == "events" else ""
    new = {"events": ("position", "event_id"), "customers": ("draw",)}.get(table, ())
    found = store.query(f"SELECT * FROM {table}{where}", timeout=60).to_pylist()
    said = [{name: ids[name][it] if it and name in ids else it for name, it in row.items()} for row in found]
    return sorted(({name: it for name, it in row.items() if name not in new} for row in said), key=repr)


def tell_what_it_says(bulk: DuckStore, now: datetime) -> dict[str, dict[int, int]]:
    """Write what the rows of the bulk warehouse say through the doors; return its ids by those that were given now."""

    def facts(table: str) -> Rows:
        found = bulk.query(f"SELECT * FROM {table} ORDER BY 1", timeout=60).to_pylist()
        return [
            {k: it.replace(tzinfo=UTC) if isinstance(it, datetime) else it for k, it in row.items()} for row in found
        ]

    numbers = range(1, segments_data.SHOPS + 1)
    shops = {n: company_actions.shop_named(f"Shop {n}", now=now, currency="GBP") for n in numbers}
    by = Provenance(source="web", actor="system:test", now=now)
    persons = {
        row["customer_id"]: PersonRecord(
            email=f"c{row['customer_id']}@shop.example", country=row["country"], city=row["city"], language=row["language"],
            birthday=date(2000, row["birth_month"], row["birth_day"]) if row["birth_month"] else None,
            first_seen_at=row["first_seen_at"],
        )
        for row in facts("customers")
    }  # fmt: skip
    product_ids, lines = {}, defaultdict(list)
    with transaction.atomic():
        found = customers.resolve(list(persons.values()), namespace="", by=by)
        known = {number: one for number, one in zip(persons, found, strict=True) if one is not None}
        for row in facts("products"):
            product = ProductRecord(
                row["external_id"], title=row["title"], category=row["category"], brand=row["brand"],
                price_minor=row["price_minor"], currency=row["currency"],
            )  # fmt: skip
            (written,) = catalog.upsert_products(shops[row["shop_id"]], [product], by)
            product_ids[written.product_id] = row["product_id"]
        for row in facts("order_lines"):
            product = ProductRecord(str(row["product_id"] - 1))
            lines[row["order_id"]].append(LineRecord(Decimal(1), Decimal(row["amount_minor"]) / 100, product))
        for row in facts("orders"):
            record = OrderRecord(
                row["number"], row["placed_at"], row["currency"], lines[row["order_id"]], status=row["status"],
                person=persons.get(row["customer_id"]), country=row["country"], channel=row["channel"],
            )  # fmt: skip
            orders.record(shops[row["shop_id"]], [record], by=by)
        for row in facts("refunds"):
            back = RefundRecord(
                row["number"], row["refunded_at"], row["currency"], amount_minor=row["amount_minor"],
                person=persons.get(row["customer_id"]), order_number=row["number"], country=row["country"],
            )  # fmt: skip
            orders.record(shops[row["shop_id"]], [back], by=by)
        log.publish(
            NewEvent(
                row["name"], known[row["customer_id"]].customer_id, row["occurred_at"], row["received_at"], row["source"],
                "system:test", json.loads(row["properties"]), identity_id=known[row["customer_id"]].identity_id,
            )
            for row in facts("events")
        )  # fmt: skip
    for row in facts("customer_tags"):
        customers.tag([known[row["customer_id"]].customer_id], f"{row['tag_id']}", by=Actor.cli(), now=row["tagged_at"])
    return {
        "customer_id": {one.customer_id: number for number, one in known.items()},
        "identity_id": {one.identity_id: number for number, one in known.items()},
        "product_id": product_ids,
        "shop_id": {shop.pk: number for number, shop in shops.items()},
        "tag_id": {tag.pk: int(tag.name) for tag in Tag.objects.all()},
        "order_id": {pk: int(number[1:]) + 1 for pk, number in Order.objects.values_list("pk", "number")},
        "refund_id": {pk: int(number[1:]) + 1 for pk, number in Refund.objects.values_list("pk", "number")},
    }


LOADED = ("customers", "identities", "customer_tags", "products", "orders", "order_lines", "refunds", "events")


def test_the_warehouse_of_segments_is_what_the_loader_writes(
    bulk_warehouse: DuckStore, warehouse: Any, company: Company, now: datetime
) -> None:
    ids = tell_what_it_says(bulk_warehouse, now)
    warehouse.catch_up(now=now)

    for table in LOADED:
        assert rows_of(queries.store(), table, ids) == rows_of(bulk_warehouse, table, {}), table
