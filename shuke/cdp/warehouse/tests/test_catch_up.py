from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from shuke.cdp.events import actions as log
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders.actions import CouponRecord
from shuke.cdp.orders.models import Order, Refund
from shuke.cdp.orders.testing import adjustment, line, order, recorded, refund, shop
from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.rules import TABLES
from shuke.platform.company.models import Company
from shuke.vocabulary.orders import ImportRowsUndone

pytestmark = pytest.mark.engine


@pytest.fixture
def willow(company, now):
    return shop(now=now)


def content():
    """Everything in the warehouse, row for row."""
    return {name: sorted(map(repr, queries.rows(queries.table(name)))) for name in TABLES}


def assert_rebuild_agrees(now):
    before = content()
    actions.rebuild(now=now)
    assert content() == before


def test_loads_what_happened(warehouse, willow, now):
    recorded(
        willow,
        order("1", at=now, lines=[line("10.00", "2"), line("0.50")]),
        refund("C1", at=now, amount_minor=300),
        now=now,
    )

    loaded = actions.catch_up(now=now)

    assert loaded == Event.objects.count()
    (sale,) = queries.rows(queries.table("orders"))
    assert (sale["number"], sale["gross_minor"], sale["base_minor"], sale["placed_on"]) == ("1", 2050, 2050, now.date())
    assert queries.scalar(queries.table("order_lines").count()) == 2
    assert [row["amount_minor"] for row in queries.rows(queries.table("refunds"))] == [300]
    assert queries.lag() == 0
    assert queries.data_until() == now.date()


def test_coupons_and_states_follow_their_order(warehouse, willow, now):
    sale = replace(order("1", at=now), status="open", coupons=[CouponRecord("SPRING", 75)])
    recorded(willow, sale, now=now)
    actions.catch_up(now=now)
    later = replace(
        sale, status="paid", fulfilment_state="fulfilled", coupons=[CouponRecord("TEA", 20)], shipping_minor=390
    )
    recorded(willow, later, now=now)
    actions.catch_up(now=now)

    (row,) = queries.rows(queries.table("orders"))
    assert (row["payment_state"], row["fulfilment_state"], row["shipping_minor"]) == ("paid", "fulfilled", 390)
    assert [(one["code"], one["amount_minor"]) for one in queries.rows(queries.table("order_coupons"))] == [("TEA", 20)]
    assert_rebuild_agrees(now)


def test_a_changed_order_replaces_its_rows(warehouse, willow, now):
    recorded(willow, order("1", at=now, lines=[line("10.00"), line("3.00")]), now=now)
    actions.catch_up(now=now)

    recorded(willow, order("1", at=now, lines=[line("4.00")]), now=now)
    actions.catch_up(now=now)

    assert [row["gross_minor"] for row in queries.rows(queries.table("orders"))] == [400]
    assert queries.scalar(queries.table("order_lines").count()) == 1
    assert_rebuild_agrees(now)


def test_loads_history_too(warehouse, willow, now):
    recorded(willow, order(at=now - timedelta(days=900)), now=now, historical=True)

    actions.catch_up(now=now)

    assert queries.scalar(queries.table("orders").count()) == 1
    events = queries.rows(queries.table("events"))
    assert {event["historical"] for event in events} == {True}


def test_in_small_steps_it_comes_to_the_same(warehouse, willow, now):
    recorded(willow, *(order(customer=f"c{n % 5}", at=now - timedelta(days=n)) for n in range(12)), now=now)
    steps = 0
    while actions.catch_up(now=now, limit=2):
        steps += 1

    assert steps > 5
    assert queries.scalar(queries.table("orders").count()) == 12
    assert_rebuild_agrees(now)


def test_a_death_between_the_two_commits_loads_nothing_twice(warehouse, willow, now, monkeypatch):
    """The warehouse has committed; the process dies before it can note its position beside the log."""
    recorded(willow, order(at=now), order(at=now), now=now)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(log, "advance", die)
        with pytest.raises(KeyboardInterrupt):
            actions.catch_up(now=now)
    recorded(willow, order(at=now), now=now)
    actions.catch_up(now=now)

    positions = [row["position"] for row in queries.rows(queries.table("events").select("position"))]
    assert sorted(positions) == list(Event.objects.order_by("position").values_list("position", flat=True))
    assert queries.scalar(queries.table("orders").count()) == 3


def test_a_death_before_the_commit_leaves_nothing_half(warehouse, willow, now, monkeypatch):
    recorded(willow, order(at=now), now=now)
    from shuke.cdp.warehouse.engine.duckdb import DuckBatch

    with monkeypatch.context() as dying:
        dying.setattr(DuckBatch, "mark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            actions.catch_up(now=now)
    assert set(queries.table_counts().values()) == {0}
    actions.catch_up(now=now)

    assert queries.scalar(queries.table("orders").count()) == 1


def test_an_undone_import_leaves_the_warehouse(warehouse, willow, now):
    recorded(willow, order("kept", at=now), now=now)
    actions.catch_up(now=now)
    by = Provenance(source="willow", actor="system:test", now=now, import_id=7, historical=True)
    from shuke.cdp.orders import actions as orders

    with transaction.atomic():
        orders.record(willow, [order("gone", at=now), refund("C-gone", at=now, amount_minor=5)], by=by)
    actions.catch_up(now=now)
    assert queries.scalar(queries.table("orders").count()) == 2

    gone, back = Order.objects.get(number="gone"), Refund.objects.get(number="C-gone")
    with transaction.atomic():
        undone = ImportRowsUndone(7, [gone.pk], [back.pk], [], [], [])
        back.delete()
        gone.lines.all().delete()
        gone.delete()
        log.forget_import(7)
        log.publish(
            [NewEvent.of(undone, customer_id=None, occurred_at=now, by=Provenance("willow", "system:test", now))]
        )
    actions.catch_up(now=now)

    assert [row["number"] for row in queries.rows(queries.table("orders"))] == ["kept"]
    assert queries.scalar(queries.table("refunds").count()) == 0
    events = queries.table("events")
    assert queries.scalar(events.filter(events.import_id == 7).count()) == 0
    assert_rebuild_agrees(now)


def happened(customer_ids, at, count=40):
    """Put events into the log, of one person after the other, again and again."""
    with transaction.atomic():
        log.publish(
            NewEvent(
                "Product Viewed", customer_ids[n % len(customer_ids)], at + timedelta(minutes=count - n), at, "web", "source:1", {}
            )
            for n in range(count)
        )  # fmt: skip


def layout(month):
    """Return whose events lie one after the other in the file."""
    sql = f"SELECT customer_id, occurred_at FROM events WHERE customer_id IS NOT NULL AND strftime(occurred_at, '%Y-%m') = '{month}' ORDER BY rowid"
    return [tuple(row.values()) for row in queries.store().query(sql, timeout=30).to_pylist()]


def test_a_month_that_is_over_is_put_into_the_order_of_customer_and_time(warehouse, willow, now):
    recorded(willow, *(order(customer=f"c{n}", at=now) for n in range(3)), now=now)
    people = list(Order.objects.values_list("customer_id", flat=True))
    may, june = datetime(2024, 5, 10, tzinfo=UTC), datetime(2024, 6, 2, tzinfo=UTC)
    happened(people, may)
    happened(people, june)
    actions.catch_up(now=now)
    before = content()

    assert actions.tidy(now=datetime(2024, 6, 2, tzinfo=UTC)) == 0  # some of May may still come
    assert layout("2024-05") != sorted(layout("2024-05"))
    assert actions.tidy(now=datetime(2024, 6, 5, tzinfo=UTC)) == 1
    assert layout("2024-05") == sorted(layout("2024-05"))
    assert layout("2024-06") != sorted(layout("2024-06"))
    assert content() == before
    assert actions.tidy(now=datetime(2024, 6, 5, tzinfo=UTC)) == 0

    happened(people, may, count=1)  # one latecomer is no reason
    actions.catch_up(now=now)
    assert actions.tidy(now=datetime(2024, 6, 5, tzinfo=UTC)) == 0
    happened(people, may, count=30)
    actions.catch_up(now=now)
    assert actions.tidy(now=datetime(2024, 6, 5, tzinfo=UTC)) == 1
    assert layout("2024-05") == sorted(layout("2024-05"))
    assert_rebuild_agrees(now)


def test_a_rebuild_gives_the_same_rows(warehouse, willow, now):
    recorded(
        willow, *(order(customer=f"c{n % 3}" if n % 4 else "", at=now - timedelta(days=n)) for n in range(20)),
        refund(customer="c1", at=now, amount_minor=99), adjustment(at=now, amount_minor=-1234), now=now,
    )  # fmt: skip
    actions.catch_up(now=now)

    assert_rebuild_agrees(now)


def test_a_rebuild_after_the_folder_was_deleted(db, tmp_path, willow, now):
    import shutil

    from shuke.cdp.warehouse.testing import fresh_warehouse

    recorded(willow, *(order(customer=f"c{n % 3}", at=now) for n in range(5)), now=now)
    with fresh_warehouse(tmp_path / "first"):
        actions.catch_up(now=now)
        before = content()
    shutil.rmtree(tmp_path / "first")
    with fresh_warehouse(tmp_path / "first"):
        actions.rebuild(now=now)
        assert content() == before


def test_another_time_zone_asks_for_a_rebuild(warehouse, willow, now):
    recorded(willow, order(at=datetime(2024, 3, 1, 20, tzinfo=UTC)), now=now)
    actions.catch_up(now=now)
    assert queries.rows(queries.table("orders").select("placed_on", "placed_hour")) == [
        {"placed_on": date(2024, 3, 1), "placed_hour": 20}
    ]

    Company.objects.update(time_zone="Asia/Shanghai")
    actions.catch_up(now=now)

    assert queries.rows(queries.table("orders").select("placed_on", "placed_hour")) == [
        {"placed_on": date(2024, 3, 2), "placed_hour": 4}
    ]


def test_a_rebuild_reports_its_progress(warehouse, willow, now):
    recorded(willow, order(at=now), now=now)
    seen = []

    actions.rebuild(now=now, progress=lambda done, total, note: seen.append((done, total, note)))

    assert seen[-1][0] == seen[-1][1] > 0
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)


def test_everybodys_dataset_has_the_columns_of_its_table():
    from shuke.cdp.warehouse.rules import KEYS
    from shuke.platform.manifest import datasets

    for name, dataset in datasets().items():
        assert list(dataset.columns.items()) == list(TABLES[name].items()), name
        assert dataset.key == KEYS[name]


def test_events_from_outside_may_hold_anything(warehouse, willow, now):
    odd = {"product_id": 12, "value_minor": "12.50", "gross_minor": True, "currency": "", "name": "茶"}
    with transaction.atomic():
        log.publish([NewEvent("Product Viewed", None, now, now, "tracker", "system:test", odd)])

    actions.catch_up(now=now)

    (event,) = queries.rows(queries.table("events"))
    assert (event["product"], event["value_minor"], event["currency"]) == ("12", None, None)
    assert "茶" in event["properties"]
