"""Bad input at every door: never an error of ours, never a neighbour lost, always counted with a reason."""

import gzip
import json
import random
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from shuke.api import actions as keys
from shuke.api.edge import edge
from shuke.cdp.events.models import Event
from shuke.cdp.ingest import actions as ingest
from shuke.cdp.ingest import testing as collector
from shuke.cdp.ingest.models import DeadLetter, Source, Tally
from shuke.cdp.orders.models import Order
from shuke.integrations import testing as shops
from shuke.integrations.models import Delivery
from shuke.platform.http.api.limits import LIMITER
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.api_keys import SCOPES
from tests.doors.corpus import BODIES, CONTENT_TYPES, VALUES, places, wrong_at

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
ROUTES = [
    *(f"/v1/{name}" for name in "track identify page screen group alias batch t i p s g a b import".split()),
    "/beacon/v1/batch",
]
EVENT = {
    "type": "track", "event": "Product Viewed", "messageId": "m-1", "userId": "u-1", "anonymousId": "a-1",
    "timestamp": "2024-06-15T11:59:00Z", "originalTimestamp": "2024-06-15T11:59:00Z", "sentAt": "2024-06-15T11:59:30Z",
    "context": {
        "ip": "203.0.113.9", "userAgent": "Mozilla/5.0", "locale": "en-GB", "campaign": {"name": "spring", "source": "red"},
        "page": {"url": "https://shop.example/p?utm_source=red", "referrer": "https://red.example/"},
        "traits": {"email": "li@example.com"}, "consent": {"categoryPreferences": {"analytics": True}},
    },
    "traits": {"email": "li@example.com", "phone": "13812345678", "createdAt": "2024-01-01", "address": {"city": "Bath"}},
    "properties": {
        "product_id": "p1", "price": 19.5, "currency": "GBP", "quantity": 1, "cart_id": "c1", "order_id": "o1",
        "products": [{"product_id": "p1", "price": 19.5, "quantity": 1}],
    },
}  # fmt: skip
MESSAGES = {
    "order.upserted": {
        "number": "1001", "external_id": "9007199254740993", "placed_at": "2024-06-15T10:00:00Z", "updated_at": "2024-06-15T10:00:00Z",
        "currency": "GBP", "status": "paid", "payment_state": "paid", "fulfilment_state": "fulfilled", "country": "GB",
        "discount_minor": 10, "shipping_minor": 390, "tax_minor": 65, "cancelled_at": "2024-06-15T10:00:00Z",
        "customer": {"external_id": "c7", "email": "ada@example.com", "phone": "+442079460958", "name": "Ada", "country": "GB"},
        "lines": [{"product": "p1", "title": "Tea", "quantity": 2, "unit_price": "4.50", "discount_minor": 1}],
        "coupons": [{"code": "SPRING", "amount_minor": 10}], "payments": [{"method": "card", "amount_minor": 900, "state": "paid"}],
        "shipments": [{"carrier": "DHL", "tracking": "T", "state": "in_transit", "shipped_at": "2024-06-15T10:00:00Z"}],
    },
    "refund.upserted": {
        "number": "R1", "order_number": "1001", "refunded_at": "2024-06-15T10:00:00Z", "currency": "GBP", "amount_minor": 5,
        "reason": "broken", "lines": [{"product": "p1", "quantity": 1, "unit_price": "4.50"}],
    },
    "customer.upserted": {
        "external_id": "c7", "email": "ada@example.com", "phone": "+442079460958", "name": "Ada", "tags": ["vip"],
        "updated_at": "2024-06-15T10:00:00Z",
    },
    "product.upserted": {"external_id": "p1", "title": "Tea", "price_minor": 450, "currency": "GBP", "updated_at": "2024-06-15T10:00:00Z"},
    "checkout.upserted": {
        "token": "t1", "started_at": "2024-06-15T10:00:00Z", "updated_at": "2024-06-15T10:00:00Z", "currency": "GBP",
        "lines": [{"product": "p1", "quantity": 1, "unit_price": "4.50"}], "customer": {"external_id": "c7"},
    },
    "order.deleted": {"number": "1001", "deleted_at": "2024-06-15T10:00:00Z"},
    "consent.recorded": {
        "channel": "email", "address": "ada@example.com", "action": "granted", "occurred_at": "2024-06-15T10:00:00Z",
        "evidence": {"form": "footer"},
    },
    "privacy.requested": {"kind": "export", "external_id": "c7"},
}  # fmt: skip


@pytest.fixture
def web(company: Any, fresh_book: None) -> Source:
    return collector.source("Web", write_key="KEY")


@pytest.fixture
def door(web: Source) -> collector.Door:
    return collector.Door()


def track(number: int) -> dict[str, Any]:
    return {"type": "track", "event": "Ping", "messageId": f"good-{number}", "anonymousId": "a-9"}


def tallied() -> Counter[str]:
    ingest.DOOR.write_down()
    found: Counter[str] = Counter()
    for row in Tally.objects.all():
        found[row.outcome] += row.count
    return found


def test_the_collector_answers_every_body_and_keeps_what_is_good(door: collector.Door) -> None:
    sent = 0
    for number, (name, body) in enumerate(BODIES.items()):
        for at, route in enumerate(ROUTES):
            content_type = CONTENT_TYPES[(number + at) % len(CONTENT_TYPES)]
            for headers in ({}, {"Content-Encoding": "gzip"}):
                answer = door.post(route, body, key="KEY", headers={"Content-Type": content_type, **headers})
                sent += 1
                assert answer.status in {200, 400, 413, 415}, (name, route, answer)
                assert answer.status == 200 or {"code", "message"} <= set(answer.said), (name, route)
        assert door.post("/v1/batch", {"batch": [track(number)]}, key="KEY").status == 200
    collector.settle()

    assert Event.objects.filter(name="Ping").count() == len(BODIES)
    counts = tallied()
    assert counts["accepted"] >= len(BODIES)
    assert sum(counts.values()) >= sent  # a batch counts by event, an unreadable request once
    assert not DeadLetter.objects.filter(reason__in=["", "crashed"]).exists()


def test_an_event_that_is_wrong_in_one_place_never_loses_its_neighbours(door: collector.Door) -> None:
    everywhere = [(place, name) for place in places(EVENT) for name in VALUES]
    for start in range(0, len(everywhere), 20):
        some = [wrong_at(EVENT, place, VALUES[name]) for place, name in everywhere[start : start + 20]]
        some = [one.replace(b'"m-1"', f'"m-{start + n}"'.encode()) for n, one in enumerate(some)]
        body = b'{"batch":[' + b",".join([*some, json.dumps(track(start)).encode()]) + b"]}"
        assert (
            door.post("/v1/batch", gzip.compress(body), key="KEY", headers={"Content-Encoding": "gzip"}).status == 200
        )
    collector.settle()

    batches = len(range(0, len(everywhere), 20))
    counts = tallied()
    assert Event.objects.filter(name="Ping").count() == batches
    # Every event is in the log, or kept aside, or said before, and counted as that.
    assert sum(
        counts[name] for name in counts if name.partition(":")[0] in {"accepted", "refused", "duplicate", "conflict"}
    ) >= len(everywhere)
    assert not DeadLetter.objects.filter(reason__in=["", "failed"]).exists(), set(
        DeadLetter.objects.filter(reason__in=["", "failed"]).values_list("detail", flat=True)
    )


def test_a_message_of_a_shop_that_is_wrong_in_one_place_never_loses_its_neighbours(company: Any) -> None:
    shop = shops.connect("signed")
    sent = 0
    for kind, data in MESSAGES.items():
        whole = {"type": kind, "data": data}
        for number, place in enumerate(places(whole)):
            for name in random.Random(f"{kind}{number}").sample(list(VALUES), 8):
                sent += 1
                assert shops.send(shop, "message", wrong_at(whole, place, VALUES[name])) == 200, (kind, place, name)
    good = {**MESSAGES["order.upserted"], "number": "good", "external_id": "good", "updated_at": "2024-06-16T10:00:00Z"}
    assert shops.send(shop, "message", {"type": "order.upserted", "data": good}) == 200
    for later in range(8):
        shops.settle(now=shops.NOW + timedelta(hours=later))

    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states["stored"] == 0
    assert sum(states.values()) == sent + 1
    assert not Delivery.objects.filter(state="failed", reason="").exists()
    crashed = Delivery.objects.filter(reason="crashed")
    assert not crashed.exists(), crashed.values_list("detail", flat=True)[:5]
    assert Order.objects.get(number="good").status == "paid"


def operations() -> list[tuple[str, str, Any]]:
    """Return every operation of the API that takes a body, with a body as it should be."""
    described = json.loads(json.dumps(edge().get_openapi_schema(), default=str))
    found = []
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            content = said.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                found.append((method.upper(), path, _example(content["schema"], described["components"]["schemas"])))
    return found


def _example(schema: dict[str, Any], known: dict[str, Any]) -> Any:
    """Return something that a schema allows, with all there may be."""
    if "$ref" in schema:
        return _example(known[schema["$ref"].rpartition("/")[2]], known)
    for options in ("anyOf", "oneOf", "allOf"):
        if options in schema:
            return _example(next(one for one in schema[options] if one.get("type") != "null"), known)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: _example(one, known) for name, one in schema.get("properties", {}).items()}
    if kind == "array":
        return [_example(schema.get("items", {"type": "string"}), known)]
    if kind == "string":
        usual = {
            "date-time": "2024-06-15T10:00:00Z",
            "date": "2024-06-15",
            "uuid": "01a221ec-bff0-7ca2-aa59-69b00489edf0",
        }
        return usual.get(schema.get("format", ""), "GBP" if "A-Z" in schema.get("pattern", "") else "tea")
    return {"integer": 1, "number": 1, "boolean": True}.get(kind)


@pytest.fixture
def ask(company: Any, now: Any) -> Any:
    made, client = keys.create_key("shop", list(SCOPES), by=Actor.system("test"), now=now), Client()

    def send(method: str, path: str, body: bytes, content_type: str = "application/json") -> Any:
        LIMITER.reset()
        return client.generic(method, path, body, content_type, headers={"authorization": f"Bearer {made[1]}"})

    return send


def test_the_api_answers_every_body_with_a_problem_that_says_what_is_wrong(ask: Any) -> None:
    found = operations()
    assert len(found) >= 8
    for number, (method, path, _example) in enumerate(found):
        there = re.sub(r"{\w+}", "01a221ec-bff0-7ca2-aa59-69b00489edf0", path)
        for at, (name, body) in enumerate(BODIES.items()):
            answer = ask(method, there, body, CONTENT_TYPES[(number + at) % len(CONTENT_TYPES)])
            assert answer.status_code < 500, (method, path, name, answer.content[:300])
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"].startswith("application/problem+json"), (path, name)
                assert json.loads(answer.content)["title"], (path, name)


def test_a_body_that_is_wrong_in_one_place_is_no_error_of_ours(ask: Any) -> None:
    rng = random.Random(3)
    for method, path, example in operations():
        there = re.sub(r"{\w+}", "01a221ec-bff0-7ca2-aa59-69b00489edf0", path)
        for place in places(example):
            for name in rng.sample(list(VALUES), 4):
                answer = ask(method, there, wrong_at(example, place, VALUES[name]))
                assert answer.status_code < 500, (method, path, place, name, answer.content[:300])


def test_a_good_item_beside_wrong_ones_is_written(ask: Any) -> None:
    good = {
        "number": "good",
        "placed_at": "2024-06-15T10:00:00Z",
        "currency": "GBP",
        "lines": [{"title": "Tea", "unit_price": "4.50"}],
    }
    wrong = [
        wrong_at({**good, "number": f"w{n}"}, place, VALUES[name])
        for n, (place, name) in enumerate((place, name) for place in places(good) for name in VALUES)
    ]
    for start in range(0, len(wrong), 25):
        some = wrong[start : start + 25]
        body = (
            b'{"shop": "Willow", "items": ['
            + b",".join([*some, json.dumps({**good, "number": f"good-{start}"}).encode()])
            + b"]}"
        )
        answer = ask("POST", "/api/v1/orders/batch", body)
        if answer.status_code == 400:  # as a whole it is not JSON; one by one, those that are
            for one in some:
                ask("POST", "/api/v1/orders/batch", b'{"shop": "Willow", "items": [' + one + b"]}")
            continue
        report = json.loads(answer.content)
        assert Order.objects.filter(number=f"good-{start}").exists(), report
        refused = [one for one in report["items"] if one["status"] == "refused"]
        assert all(one["errors"] for one in refused)
