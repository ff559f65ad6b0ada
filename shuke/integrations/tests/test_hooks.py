"""What comes through the door: kept if genuine, answered fast, applied once, in any order; nothing else gets in."""

import json
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers.models import Customer
from shuke.cdp.events.models import Event
from shuke.cdp.orders.models import Order, Refund
from shuke.integrations import actions, api, testing
from shuke.integrations.models import Connection, ConnectionState, Delivery, DeliveryState, Refusal
from shuke.integrations.rules import signatures
from shuke.platform.company.models import Company
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.jobs.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NOW = testing.NOW
KINDS = ["shopify", "woocommerce", "signed", "youzan"]


@pytest.fixture
def shopify(company: Company) -> Connection:
    return testing.connect("shopify")


def test_standard_webhooks_signature_is_the_published_one() -> None:
    # The example of the specification's reference implementations.
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'

    signature = signatures.standard(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)

    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_order_goes_from_the_hook_to_its_table(shopify: Connection) -> None:
    order = testing.ShopifyOrder(1, NOW - timedelta(hours=5))
    steps = list(order.life())

    assert testing.send(shopify, *steps[0]) == 200
    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.STORED
    assert Job.objects.filter(name=actions.APPLY_JOB, state="queued").count() == 1
    testing.settle()

    stored = Order.objects.get()
    delivery.refresh_from_db()
    assert (stored.number, stored.status, stored.shop_id) == ("#1001", "open", shopify.shop_id)
    assert stored.external_id == "5000000000000000001"
    assert (delivery.state, delivery.order_id, delivery.made) == ("applied", stored.pk, {"orders": 1})
    shopify.refresh_from_db()
    assert (shopify.state, shopify.last_delivery_at) == (ConnectionState.ACTIVE, NOW)
    assert Event.objects.filter(name="order.placed").count() == 1


def test_a_whole_life_tells_each_step_once(shopify: Connection) -> None:
    for topic, said in testing.ShopifyOrder(1, NOW - timedelta(hours=5)).life():
        for _twice in range(2):
            assert testing.send(shopify, topic, said) == 200
        testing.settle()

    order, refund = Order.objects.get(), Refund.objects.get()
    assert (order.payment_state, order.fulfilment_state) == ("partially_refunded", "fulfilled")
    assert (refund.order_id, refund.amount_minor) == (order.pk, 150)
    names = list(Event.objects.values_list("name", flat=True))
    assert {name: names.count(name) for name in ("order.placed", "order.paid", "order.shipped", "order.refunded")} == {
        "order.placed": 1, "order.paid": 1, "order.shipped": 1, "order.refunded": 1,
    }  # fmt: skip


def test_the_same_number_is_kept_once_and_answered_well(shopify: Connection) -> None:
    said = testing.ShopifyOrder(1, NOW).said

    assert [testing.send(shopify, "orders/create", said, number="same") for _again in range(3)] == [200, 200, 200]

    assert Delivery.objects.count() == 1


def test_two_orders_of_one_second_in_woocommerce_are_two_deliveries() -> None:
    shop = testing.connect("woocommerce")

    testing.send(shop, "order.created", {"id": 1}, number="same")
    testing.send(shop, "order.created", {"id": 2}, number="same")

    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_forged_calls_are_turned_away_and_counted(kind: str) -> None:
    shop = testing.connect(kind)
    body = b'{"id": 1, "client_id": "c", "msg": "%7B%7D", "sign": "0"}'
    good = testing.headers(kind, body, topic="orders/create")
    forged = [
        (testing.headers(kind, body, topic="orders/create", secret="another secret altogether"), body),
        (good, body + b" ") if good else ({}, body),
        ({"x-wc-webhook-topic": "order.created"}, body),
        ({name: "é☃" if "hmac" in name or "signature" in name else value for name, value in good.items()}, body),
    ]

    assert {api.take(kind, shop.token, said, what, now=NOW) for said, what in forged} == {401}

    assert Delivery.objects.count() == 0
    assert Refusal.objects.get(connection=shop, reason="not_genuine").count == len(forged)


def test_an_address_that_nobody_has_is_counted_and_opens_nothing(shopify: Connection) -> None:
    body = b"{}"
    headers = testing.headers("shopify", body)

    for kind, token in [
        ("shopify", "nobody"),
        ("signed", shopify.token),
        ("what", shopify.token),
        ("shopify", "x" * 9_000),
    ]:
        assert api.take(kind, token, headers, body, now=NOW) == 404

    assert Refusal.objects.get(connection=None).count == 4


def test_a_recorded_call_cannot_be_played_later() -> None:
    shop = testing.connect("signed")
    body = b'{"type": "order.deleted", "data": {"number": "1"}}'
    headers = testing.headers("signed", body, at=NOW - timedelta(minutes=6))

    assert api.take("signed", shop.token, headers, body, now=NOW) == 401
    assert api.take("signed", shop.token, headers, body, now=NOW - timedelta(minutes=6)) == 200

    assert Refusal.objects.get().reason == "too_old"


def test_the_secret_before_is_accepted_until_the_next_change(shopify: Connection) -> None:
    said = testing.ShopifyOrder(1, NOW).said
    actions.rotate(shopify, "the second secret of all", by=testing.BY, now=NOW)

    answers = [
        testing.send(shopify, "orders/create", said),
        testing.send(shopify, "orders/create", said, secret="the second secret of all"),
    ]
    actions.rotate(shopify, "the third secret of them", by=testing.BY, now=NOW)

    assert answers == [200, 200]
    assert testing.send(shopify, "orders/create", said) == 401


def test_a_closed_connection_answers_nobody(shopify: Connection) -> None:
    actions.close(shopify, by=testing.BY, now=NOW)

    assert testing.send(shopify, "orders/create", {}) == 404
    assert "secret" not in actions.secrets_of(shopify)


JUNK = [
    b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\x00", b"PK\x03\x04" + b"\0" * 40, b"\x1f\x8b" + b"\0" * 40,
    b"[" * 10_000 + b"]" * 10_000, b'{"id":' * 10_000 + b"1" + b"}" * 10_000, b'{"id": NaN}', b'{"id": Infinity}',
    b'{"id": ' + b"9" * 5_000 + b"}", b'{"id": 1e999999999, "name": "x", "created_at": "2024-01-01T00:00:00Z"}',
    b'{"id": "\\ud800", "name": "\\u0000", "created_at": "2024-01-01T00:00:00Z", "currency": "GBP"}',
    b'{"id": 1, "line_items": {"a": 1}, "customer": [], "created_at": "2024-01-01T00:00:00Z", "currency": "XX1"}',
    b'{"id": 1, "name": "a", "created_at": "0001-01-01T00:00:00+14:00", "currency": "GBP"}',
    b'{"id": 1, "name": "b", "created_at": "9999-12-31T23:59:59-14:00", "currency": "GBP", "line_items": [{"quantity": "x"}]}',
    b'{"id": 1, "name": "c", "created_at": "2024-01-01T00:00:00Z", "currency": "GBP", "line_items": [{"quantity": 1e30, "price": "1"}]}',
    b'{"id": 1, "name": "d", "created_at": "2024-01-01T00:00:00Z", "currency": "GBP", "customer": {"email": "' + b"a" * 9_000 + b'"}}',
    b'{"type": "order.upserted", "data": {"number": "\\ud83d", "placed_at": "x"}}', b'{"type": ["order.upserted"]}',
    b'{"type": "order.upserted", "data": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", b'{"type": "customer.upserted", "data": {}}',
]  # fmt: skip
TOPICS = {
    "shopify": ["orders/create", "refunds/create", "customers/update", "products/update", "checkouts/update", "customers/redact"],
    "woocommerce": ["order.created", "order.deleted", "customer.updated", "product.updated"],
    "signed": ["message"],
}  # fmt: skip


@pytest.mark.parametrize("kind", list(TOPICS))
def test_junk_is_put_aside_with_a_reason_and_its_neighbours_go_on(kind: str) -> None:
    shop = testing.connect(kind)
    for topic in TOPICS[kind]:
        for junk in JUNK:
            assert testing.send(shop, topic, junk) in {200, 401}
    testing.send(shop, *_good(kind), number="good")

    for later in range(8):
        testing.settle(now=NOW + timedelta(hours=later))

    assert Delivery.objects.get(external_id__startswith="good").state == "applied"
    assert not Delivery.objects.filter(state="stored").exists()
    failed = Delivery.objects.filter(state="failed")
    assert failed.count() > len(JUNK) // 2
    assert not failed.filter(reason="").exists()
    assert not failed.filter(reason="crashed").exists(), failed.filter(reason="crashed").values_list("topic", "detail")


def _good(kind: str) -> tuple[str, dict[str, Any]]:
    placed = "2024-06-15T10:00:00+00:00"
    if kind == "shopify":
        return "orders/create", testing.ShopifyOrder(77, NOW).said
    if kind == "woocommerce":
        return "order.created", {
            "id": 77,
            "status": "processing",
            "currency": "GBP",
            "date_created_gmt": "2024-06-15T10:00:00",
        }
    order = {"number": "77", "placed_at": placed, "currency": "GBP", "lines": [{"unit_price": "3.00"}]}
    return "message", {"type": "order.upserted", "data": order}


def test_what_failed_is_replayed_once_its_cause_is_gone(shopify: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    from shuke.integrations.actions import writing

    real = writing.orders.record

    def broken(*said: Any, **more: Any) -> Any:
        raise RuntimeError("for a while")

    testing.send(shopify, "orders/create", testing.ShopifyOrder(1, NOW).said)
    monkeypatch.setattr(writing.orders, "record", broken)
    for later in range(8):
        testing.settle(now=NOW + timedelta(hours=later))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.detail) == ("failed", "crashed", "RuntimeError")
    monkeypatch.setattr(writing.orders, "record", real)

    assert actions.replay(shopify, by=testing.BY, now=NOW) == 1
    testing.settle()

    assert Order.objects.count() == 1


def test_an_order_of_another_shop_is_not_touched(shopify: Connection) -> None:
    other = testing.connect("shopify", shop="Oak")
    said = testing.ShopifyOrder(1, NOW).said
    for shop in (shopify, other):
        testing.send(shop, "orders/create", said)
    testing.send(other, "orders/delete", {"id": said["id"]})
    testing.settle()

    assert dict(Order.objects.values_list("shop__name", "status")) == {"Willow": "open", "Oak": "cancelled"}


def test_a_deletion_waits_for_its_order(shopify: Connection) -> None:
    said = testing.ShopifyOrder(1, NOW - timedelta(hours=2)).said
    testing.send(shopify, "orders/delete", {"id": said["id"]})
    testing.settle()
    assert Delivery.objects.get().reason == "no_order"
    testing.send(shopify, "orders/create", said)
    testing.settle(now=NOW + timedelta(minutes=2))

    assert Order.objects.get().status == "cancelled"
    assert not Delivery.objects.filter(state="stored").exists()


def test_what_is_older_does_not_replace_what_is_newer(shopify: Connection) -> None:
    newer = {"id": 5, "first_name": "Ada", "last_name": "Byron", "updated_at": "2024-06-02T00:00:00Z"}
    older = newer | {"last_name": "Lovelace", "updated_at": "2024-06-01T00:00:00Z"}
    for said in (newer, older):
        testing.send(shopify, "customers/update", said)
        testing.settle()

    assert Customer.objects.get().name == "Ada Byron"


def test_what_is_kept_is_sealed(shopify: Connection) -> None:
    testing.send(shopify, "orders/create", testing.ShopifyOrder(1, NOW).said)

    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_delivery")
        row = cursor.fetchone()
        cursor.execute("SELECT * FROM integrations_connection")
        held = cursor.fetchone()
    assert b"High Street" not in b"".join(bytes(one) for one in row if isinstance(one, bytes | memoryview))
    assert testing.SECRET not in json.dumps([str(one) for one in held])
    assert testing.SECRET.encode() not in b"".join(bytes(one) for one in held if isinstance(one, bytes | memoryview))


def test_a_batch_costs_the_same_number_of_queries_however_large(shopify: Connection) -> None:
    costs = []
    for size, start in ((3, 0), (30, 100)):
        for number in range(start, start + size):
            testing.send(shopify, "orders/create", testing.ShopifyOrder(number, NOW).said)
        with CaptureQueriesContext(
            database,
        ) as queries:
            testing.settle()
        costs.append(len(queries))

    assert costs[1] <= costs[0] + 4


def test_privacy_requests_of_the_platform_become_ours(shopify: Connection) -> None:
    from shuke.cdp.privacy.models import PrivacyRequest

    said = testing.ShopifyOrder(1, NOW).said
    testing.send(shopify, "orders/create", said)
    for topic in ("customers/data_request", "customers/redact", "customers/redact"):
        testing.send(shopify, topic, {"shop_id": 1, "customer": {"id": said["customer"]["id"], "email": said["email"]}})
    testing.send(shopify, "customers/redact", {"customer": {"id": 404, "email": "nobody@example.com"}})
    testing.settle()

    assert sorted(PrivacyRequest.objects.values_list("kind", flat=True)) == ["erase", "export"]


def test_an_erasure_empties_the_calls_of_a_person(shopify: Connection, now: Any) -> None:
    from shuke.integrations.extensions import ConnectionsPersonalData

    ada, bob = testing.ShopifyOrder(1, NOW).said, testing.ShopifyOrder(2, NOW).said
    for said in (ada, bob):
        testing.send(shopify, "orders/create", said)
    testing.settle()
    testing.send(shopify, "orders/updated", ada)  # not read yet
    customer = Order.objects.get(number=ada["name"]).customer_id
    holder = ConnectionsPersonalData()

    assert len(holder.export([customer])["deliveries"]) == 2
    assert holder.erase([customer], now=NOW) == {"deliveries_emptied": 2}
    assert holder.erase([customer], now=NOW) == {}

    left = Delivery.objects.exclude(sealed=b"").get()
    assert str(bob["id"]) in actions.opened(left).decode()
    with pytest.raises(Unreadable):
        actions.opened(Delivery.objects.filter(sealed=b"").first())


def test_an_uninstalled_app_shows_as_trouble(shopify: Connection) -> None:
    testing.send(shopify, "app/uninstalled", {"id": 1})
    testing.settle()

    shopify.refresh_from_db()
    assert (shopify.state, shopify.error) == ("troubled", "uninstalled")
