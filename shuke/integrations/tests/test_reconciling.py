"""Calls that come twice, late, shuffled or never end where the shop is, after comparing with it."""

import os
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders.actions import OrderRecord
from shuke.cdp.orders.actions import record as import_file
from shuke.cdp.orders.models import Order, OrderLine, Refund, Shipment
from shuke.integrations import actions, testing
from shuke.integrations.actions.opening import reader_of
from shuke.integrations.actions.writing import write
from shuke.integrations.errors import Busy, ShopUnavailable
from shuke.integrations.kinds.kind import Surroundings
from shuke.integrations.kinds.shopify.admin import Admin
from shuke.integrations.models import Connection, ConnectionState, Sync
from shuke.integrations.rules.records import Records
from shuke.platform.company.models import Company

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW, HERE = testing.NOW, Surroundings("GBP", "UTC")
# A thousand take a minute; every order is drawn anew, so fewer find the same faults a little later.
ORDERS = int(os.environ.get("SHUKE_ORDERS", "120"))


def admin(shop: testing.FakeShopify, token: str = "shpat_1") -> Admin:
    client = Admin("willow.myshopify.com", token, HERE, http=shop.client())
    client._pause = lambda seconds: None
    return client


def synced(to: Connection, kind: str, client: Any, *, cancel_after: int = 0) -> Sync:
    made = actions.begin(to, kind, by=testing.BY, now=NOW)
    seen: list[int] = []
    actions.run(
        made.pk,
        lambda _to, since, cursor: client.pages(since, cursor),
        now=lambda: NOW,
        progress=lambda done, _total: seen.append(done),
        is_cancelled=lambda: bool(cancel_after) and len(seen) >= cancel_after,
    )
    made.refresh_from_db()
    return made


def state(shop: str) -> dict[str, Any]:
    """Everything about a shop's orders that the order of calls must not change."""
    numbers = {row.pk: row.number for row in Order.objects.filter(shop__name=shop)}
    mine = {"order__shop__name": shop}
    events = Event.objects.filter(source=shop.lower(), name__in=TOLD[:3])
    return {
        "orders": sorted(Order.objects.filter(shop__name=shop).values_list(
            "number", "external_id", "status", "payment_state", "fulfilment_state", "gross_minor", "refunded_minor",
            "discount_minor", "shipping_minor", "placed_at", "version", "city", "line_count", "customer__name",
        )),
        "lines": sorted((numbers[row[0]], *row[1:]) for row in OrderLine.objects.filter(**mine).values_list(
            "order_id", "sku", "title", "quantity", "unit_price", "amount_minor", "discount_minor")),
        "refunds": sorted((row[0], numbers.get(row[1]), *row[2:]) for row in Refund.objects.filter(shop__name=shop).values_list(
            "number", "order_id", "amount_minor", "refunded_at", "reason")),
        "parcels": sorted((numbers[row[0]], *row[1:]) for row in Shipment.objects.filter(**mine).values_list(
            "order_id", "number", "carrier", "state", "shipped_at")),
        "events": sorted((row[0], numbers[row[1]["order_id"]]) for row in events.values_list("name", "properties")),
        "customers": sorted(Customer.objects.filter(
            identities__namespace=shop.lower()).values_list("name", "identities__value").distinct()),
    }  # fmt: skip


def in_a_file(to: Connection, orders: list[testing.ShopifyOrder]) -> list[OrderRecord]:
    """Return sales as a plain file of the shop has them: what was sold to whom, and nothing of payments and parcels."""
    read = reader_of(to)
    whole = [record for order in orders for record in read("orders/updated", order.said).orders]
    silence = {"version": None, "payment_state": "", "fulfilment_state": "", "coupons": None, "payments": None}
    return [replace(record, shipments=None, paid_at=None, **silence) for record in whole]


TOLD = ["order.placed", "order.paid", "order.shipped", "order.refunded"]


def test_doubled_shuffled_and_lost_calls_end_as_if_they_had_come_in_order() -> None:
    orders = [testing.ShopifyOrder(number, NOW - timedelta(hours=10, seconds=number)) for number in range(ORDERS)]
    calls = [call for order in orders for call in order.life()]
    tidy, wild = testing.connect("shopify", shop="Tidy"), testing.connect("shopify", shop="Wild")
    read = reader_of(tidy)
    for step in range(len(calls) // ORDERS):  # one step of everybody's life after the other
        of_step = calls[step :: len(calls) // ORDERS]
        for start in range(0, ORDERS, 100):
            with transaction.atomic():
                write(tidy, Records.together(read(*call) for call in of_step[start : start + 100]), now=NOW)

    rng = random.Random(20240615)
    sent = [(f"call{number}", *call) for number, call in enumerate(calls) if rng.random() >= 0.05]
    sent += rng.sample(sent, len(sent) * 3 // 10)
    rng.shuffle(sent)
    silent = in_a_file(wild, orders)
    for place, (number, topic, said) in enumerate(sent):
        assert testing.send(wild, topic, said, number=number) == 200
        if rng.random() < 0.03:
            testing.settle()
        if place % 40 == 20:  # somebody imports a file of the same shop, of orders in any state, and again
            testing.settle()
            with transaction.atomic():
                import_file(wild.shop, rng.sample(silent, 20), by=Provenance("wild", "user:1", NOW))
    testing.settle()
    before = state("Wild")
    shop = testing.FakeShopify({order.said["id"]: order.said for order in orders})
    Connection.objects.filter(pk=wild.pk).update(created_at=NOW - timedelta(days=1))
    wild.refresh_from_db()
    done = synced(wild, "reconcile", admin(shop))
    again = synced(wild, "reconcile", admin(shop))

    expected, found = state("Tidy"), state("Wild")
    assert before["orders"] != expected["orders"], "nothing was lost: the test proves nothing"
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert len(expected["orders"]) == len(expected["refunds"]) == ORDERS
    assert [Event.objects.filter(source="wild", name=name).count() for name in TOLD] == [ORDERS] * 4
    assert 0 < done.counts["news"] < ORDERS
    assert again.counts.get("news", 0) == 0


def test_everything_is_fetched_once_and_told_as_history() -> None:
    orders = [testing.ShopifyOrder(number, NOW - timedelta(days=90)) for number in range(5)]
    shop = testing.FakeShopify({order.said["id"]: order.said for order in orders})
    to = testing.connect("shopify", access_token="shpat_1")

    done = synced(to, "backfill", admin(shop))

    assert Order.objects.filter(shop=to.shop).count() == 5
    assert done.counts["done"] == {"orders": 5}
    assert set(Event.objects.filter(name="order.placed").values_list("historical", flat=True)) == {True}
    to.refresh_from_db()
    assert (to.state, to.reconciled_until) == (ConnectionState.ACTIVE, NOW)


def test_a_walk_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shuke.integrations.kinds.shopify.admin._ROWS_AT_ONCE", 2)
    orders = [testing.ShopifyOrder(number, NOW - timedelta(days=90)) for number in range(7)]
    shop = testing.FakeShopify({order.said["id"]: order.said for order in orders})
    to, client = testing.connect("shopify", access_token="shpat_1"), admin(shop)
    made = actions.begin(to, "backfill", by=testing.BY, now=NOW)

    def breaking(_to: Any, since: Any, cursor: Any) -> Any:
        for count, page in enumerate(client.pages(since, cursor)):
            if count == 2:
                raise ShopUnavailable("gone")
            yield page

    arguments: dict[str, Any] = {"now": lambda: NOW, "progress": lambda *_: None, "is_cancelled": lambda: False}
    with pytest.raises(ShopUnavailable):
        actions.run(made.pk, breaking, **arguments)
    to.refresh_from_db()
    assert (to.state, Order.objects.count()) == (ConnectionState.TROUBLED, 4)
    starts = sum("bulkOperationRunQuery" in asked for asked in shop.asked)
    actions.run(made.pk, lambda _to, since, cursor: client.pages(since, cursor), **arguments)

    to.refresh_from_db()
    assert (to.state, to.error, Order.objects.count()) == (ConnectionState.ACTIVE, "", 7)
    assert sum("bulkOperationRunQuery" in asked for asked in shop.asked) == starts, "the operation was started anew"


def test_one_walk_at_a_time() -> None:
    to = testing.connect("shopify")
    actions.begin(to, "backfill", by=testing.BY, now=NOW)

    with pytest.raises(Busy):
        actions.begin(to, "reconcile", by=testing.BY, now=NOW)


def test_keys_that_do_not_open_the_shop_say_so() -> None:
    with pytest.raises(ShopUnavailable, match="401"):
        admin(testing.FakeShopify({}), token="wrong").check()
    assert admin(testing.FakeShopify({})).check() == "Willow"


def test_shops_are_compared_once_a_day(company: Company) -> None:
    with_keys, without = testing.connect("shopify", access_token="shpat_1"), testing.connect("signed", shop="Oak")

    def can_fetch(one: Connection) -> bool:
        return one.pk == with_keys.pk

    assert actions.begin_due(can_fetch, now=NOW) == 1
    assert actions.begin_due(can_fetch, now=NOW) == 0  # under way
    Sync.objects.update(finished_at=NOW)
    Connection.objects.filter(pk=with_keys.pk).update(reconciled_until=NOW)
    assert actions.begin_due(can_fetch, now=NOW + timedelta(hours=19)) == 0
    assert actions.begin_due(can_fetch, now=NOW + timedelta(hours=20)) == 1
    assert not Sync.objects.filter(connection=without).exists()
