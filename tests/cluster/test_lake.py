"""The lake keeps what the log says as DuckDB does: loading, replacing, undoing, rebuilding."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import transaction

from shuke.cdp.events import actions as log
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import CouponRecord
from shuke.cdp.orders.models import Order
from shuke.cdp.orders.testing import line, order, recorded, refund, shop
from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.engine.compiling import arrow_schema
from shuke.cdp.warehouse.engine.duckdb import DuckStore
from shuke.cdp.warehouse.engine.stores import Store
from shuke.cdp.warehouse.rules import TABLES
from shuke.cdp.warehouse.testing import completed
from shuke.vocabulary.orders import ImportRowsUndone


@pytest.fixture
def stores(open_lake: Callable[[Path], Store], tmp_path: Path, db: None) -> Iterator[list[Store]]:
    former = queries.bind(None)
    embedded = DuckStore(tmp_path / "one.duckdb", memory_limit="512MB")
    yield [embedded, open_lake(tmp_path / "lake")]
    embedded.close()
    queries.bind(former)


def content(store):
    queries.bind(store)
    names = [name for name in TABLES if name not in {"value_standing", "segment_members"}]
    return {name: sorted(map(repr, queries.rows(queries.table(name)))) for name in names}


def test_keeps_what_the_log_says(stores, company, now):
    where = shop(now=now)

    def catch_up():
        for store in stores:
            queries.bind(store)
            actions.catch_up(now=now, limit=None)

    recorded(where, *(order(customer=f"c{n % 4}", at=now - timedelta(days=40 * n)) for n in range(12)), now=now)
    changing = replace(order("changing", at=now), coupons=[CouponRecord("SPRING", 50)], fulfilment_state="unfulfilled")
    recorded(where, refund(customer="c1", at=now, amount_minor=99), changing, now=now)
    catch_up()
    by = Provenance(source="willow", actor="system:test", now=now, import_id=7, historical=True)
    with transaction.atomic():
        orders.record(where, [order("gone", at=now)], by=by)
    changed = order("changing", at=now, lines=[line("1.00"), line("2.00")])
    coupons = [CouponRecord("TEA", 10), CouponRecord("MUG", 5)]
    recorded(where, replace(changed, coupons=coupons, shipping_minor=390, fulfilment_state="fulfilled"), now=now)
    catch_up()
    gone = Order.objects.get(number="gone")
    undone = ImportRowsUndone(7, [gone.pk], [], [], [], [])
    with transaction.atomic():
        gone.lines.all().delete()
        Order.objects.filter(number="gone").delete()
        log.forget_import(7)
        log.publish(
            [NewEvent.of(undone, customer_id=None, occurred_at=now, by=Provenance("willow", "system:test", now))]
        )
    catch_up()

    embedded, spread = (content(store) for store in stores)
    assert spread == embedded
    for store in stores:
        queries.bind(store)
        assert actions.tidy(now=now + timedelta(days=40)) > 0
        assert actions.tidy(now=now + timedelta(days=40)) == 0
        assert content(store) == embedded
    assert (len(embedded["orders"]), len(embedded["order_coupons"])) == (13, 2)
    actions.rebuild(now=now)
    assert content(stores[1]) == embedded


def test_a_failed_batch_leaves_nothing(stores):
    spark = stores[1]
    before = spark.version

    def fail():
        with spark.batch() as batch:
            batch.append("customers", one_customer())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert spark.version == before
    assert spark.query("SELECT count(*) AS n FROM customers", timeout=300).to_pylist() == [{"n": 0}]


def one_customer():
    return pa.Table.from_pylist([completed("customers", {"customer_id": 1})], schema=arrow_schema("customers"))
