"""From the inbox to the log: what is read, recognised, cleaned, counted and put aside."""

import gzip
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers.models import ContactPoint, Customer, Identity
from shuke.cdp.events.models import Event
from shuke.cdp.ingest import actions, testing
from shuke.cdp.ingest.actions import pipeline, planning, recognising, retention
from shuke.cdp.ingest.models import DeadLetter, Fate, Inbox, LetterState, Observation, Receipt, Source, Tally
from shuke.cdp.ingest.testing import NOW, Door
from shuke.cdp.ingest.tests.clients import track
from shuke.cdp.orders.models import Order
from shuke.platform.staff.actor import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
BY = Actor.system("test")


def send(door: Door, *events: dict[str, Any], key: str = "KEY", path: str = "/v1/batch") -> None:
    assert door.post(path, {"batch": list(events)}, key=key).status == 200
    testing.settle()


def outcomes() -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in Tally.objects.all():
        counts[row.outcome] += row.count
    return dict(counts)


def behaviour() -> list[Event]:
    return list(Event.objects.filter(actor__startswith="source:").exclude(name__contains=".").order_by("pk"))


def test_calls_become_rows_of_the_log_under_their_own_names(door: Door, web: Source) -> None:
    send(
        door, track(1, event="Quiz Finished"), track(2, type="page", name="Home", properties={"path": "/"}),
        track(3, type="screen", name="Start"), track(4, type="identify", userId="u1", traits={"plan": "gold"}),
        track(5, type="group", groupId="g1", userId="u1"), track(6, type="alias", userId="u1", previousId="anon-1"),
    )  # fmt: skip

    found = behaviour()
    assert [event.name for event in found] == [
        "Quiz Finished", "Page Viewed", "Screen Viewed", "User Identified", "Group Joined", "User Aliased",
    ]  # fmt: skip
    assert {event.source for event in found} == {web.code}
    assert all(event.identity_id for event in found)
    assert found[1].properties == {"path": "/", "name": "Home", "context": {"library": {"name": "test"}, "shop": "web"}}


def test_anonymous_history_follows_to_the_known_person(door: Door) -> None:
    send(door, track(1))
    assert Event.objects.get(name="Product Viewed").customer_id is None
    send(door, track(2, type="identify", userId="u1", traits={"email": "Ada@Example.com", "name": "Ada Lovelace"}))
    send(door, track(3))

    ada = Customer.objects.get()
    assert ada.name == "Ada Lovelace"
    assert Event.objects.filter(name="Product Viewed", customer_id=ada.pk).exists()
    assert Identity.objects.get(type="anonymous_id").customer_id == ada.pk
    assert ContactPoint.objects.filter(customer=ada, channel="email").count() == 1


def test_a_message_is_taken_once_however_often_it_is_sent(door: Door) -> None:
    send(door, track(1), track(1))
    send(door, track(1, sentAt="2024-06-15T11:59:59Z"))

    assert len(behaviour()) == 1
    assert outcomes() == {"accepted": 1, "duplicate": 2}


def test_one_id_for_two_messages_is_a_conflict_that_is_kept(door: Door) -> None:
    send(door, track(1))
    send(door, track(1, properties={"product_id": "p2"}))

    assert [event.properties["product_id"] for event in behaviour()] == ["p1"]
    letter = DeadLetter.objects.get()
    assert (letter.reason, letter.count) == ("conflict", 1)
    actions.replay(letter.pk, by=BY, now=NOW)
    testing.settle()
    assert sorted(event.properties["product_id"] for event in behaviour()) == ["p1", "p2"]


def test_sources_number_their_messages_independently(door: Door) -> None:
    testing.source("App", write_key="APP")
    send(door, track(1))
    send(door, track(1), key="APP")

    assert len(behaviour()) == 2


def test_without_an_id_a_message_is_known_by_what_it_says(door: Door) -> None:
    bare = {"type": "track", "event": "Tick", "anonymousId": "a"}
    send(door, bare, {**bare, "timestamp": "2024-06-15T11:00:00Z"})
    send(door, bare, {**bare, "timestamp": "2024-06-15T11:00:00Z"})

    assert outcomes() == {"accepted": 3, "duplicate": 1}


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"timestamp": "2020-01-01T10:00:00Z", "sentAt": "2020-01-01T10:00:30Z"}, -30),
        ({"timestamp": "2030-01-01T10:00:00Z", "sentAt": "2030-01-01T11:00:00Z"}, -3600),
        ({"timestamp": "2031-01-01T10:00:00Z"}, 0),
        ({"timestamp": "1970-01-01T00:00:00Z"}, 0),
        ({"timestamp": "not a time"}, 0),
        ({}, 0),
        (
            {"originalTimestamp": "2024-01-01T00:00:00+08:00", "sentAt": "2024-01-01T00:01:00+08:00", "timestamp": "x"},
            -60,
        ),
    ],
)
def test_wrong_clocks_are_corrected(times: dict[str, str], expected: int, door: Door) -> None:
    event = track(1)
    del event["timestamp"]
    send(door, event | times)

    found = behaviour()[0]
    assert found.occurred_at == found.received_at + timedelta(seconds=expected)


def test_old_events_and_imports_are_history(door: Door) -> None:
    send(door, track(1, timestamp="2019-01-01T00:00:00Z"))
    send(door, track(2, timestamp="2019-01-01T00:00:00Z"), path="/v1/import")
    now = track(3)
    del now["timestamp"]
    send(door, now)

    assert [event.historical for event in behaviour()] == [True, True, False]


def test_programs_are_counted_and_kept_out_unless_wanted(door: Door, web: Source) -> None:
    bot = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}
    send(door, track(1, context=bot), track(2))
    assert outcomes() == {"accepted": 1, "bot": 1}
    assert Receipt.objects.filter(fate=Fate.BOT).count() == 1
    actions.change_source(web.pk, filters_bots=False, by=BY, now=NOW)
    send(door, track(3, context=bot))

    assert len(behaviour()) == 2


def test_without_consent_nothing_is_kept(company: Any) -> None:
    testing.source("Strict", write_key="STRICT", consent_mode="required")
    door = Door()
    agreed = {"consent": {"categoryPreferences": {"Analytics": True, "Advertising": False}}}
    send(door, track(1), key="STRICT")
    send(door, track(2, context=agreed), key="STRICT")

    assert len(behaviour()) == 1
    assert outcomes() == {"accepted": 1, "no_consent": 1}
    assert [bool(bytes(row.sealed)) for row in Inbox.objects.order_by("pk")] == [False, True]
    assert Identity.objects.count() == 1


CANARIES = {
    "email": "canary@example.com", "phone": "+86 139 1234 5678", "mobile_plain": "13912345678", "ip": "203.0.113.99",
    "street": "Canary Street 9", "name": "Cora Canary",
}  # fmt: skip


def test_nothing_that_says_who_somebody_is_reaches_log_and_warehouse(door: Door, warehouse: Any, tmp_path: Any) -> None:
    note = (
        f"write to {CANARIES['email']} or call {CANARIES['phone']} / {CANARIES['mobile_plain']} from {CANARIES['ip']}"
    )
    properties = {
        "note": note, "email": CANARIES["email"], "customer_phone": CANARIES["mobile_plain"], "number": 13912345678,
        "url": "https://shop.example/?email=canary%40example.com&utm_source=wx#x", "receiver": CANARIES["name"],
        "shipping_address": {"street": CANARIES["street"], "name": CANARIES["name"], "city": "Bath"},
        "list": [{"deep": {"contact": CANARIES["email"], "said": note}}], CANARIES["email"]: 1, "signed": CANARIES["name"],
        "order_id": "13912345679", "product_id": "p1",
    }  # fmt: skip
    context = {
        "ip": CANARIES["ip"],
        "page": {"url": f"https://x/?q={CANARIES['email']}"},
        "device": {"name": CANARIES["name"], "model": "X"},
    }
    traits = {
        "email": CANARIES["email"],
        "phone": CANARIES["phone"],
        "name": CANARIES["name"],
        "address": {"street": CANARIES["street"]},
    }
    send(
        door, track(1, userId="u1", properties=properties, context=context | {"traits": traits}),
        track(2, type="identify", userId=CANARIES["email"], traits=traits, context=context), track(3, event=f"Hello {CANARIES['email']}"),
    )  # fmt: skip
    warehouse.catch_up(now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT name, properties, source, actor FROM events_event")
        said = json.dumps(cursor.fetchall(), default=str, ensure_ascii=False)
        cursor.execute("SELECT type, value FROM customers_identity")
        keys = json.dumps(cursor.fetchall(), default=str)
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for canary in [*CANARIES.values(), "canary%40", "139 1234", "Canary"]:
        assert canary not in said
        assert canary not in keys
        assert canary.encode() not in stored
    viewed = next(event for event in behaviour() if event.properties.get("product_id") == "p1")
    assert viewed.properties["order_id"] == "13912345679"
    assert viewed.properties["url"] == "https://shop.example/?utm_source=wx"
    assert viewed.properties["shipping_address"]["city"] == "Bath"
    assert viewed.properties["email"] == "[email]"


NESTED = b"[" * 10_000 + b"]" * 10_000
BAD_ITEMS = {
    "too_deep": b'{"type":"track","event":"A","userId":"u","properties":{"x":' + NESTED + b"}}",
    "number_too_long": b'{"type":"track","event":"A","userId":"u","properties":{"x":' + b"7" * 5_000 + b"}}",
    "too_large": b'{"type":"track","event":"A","userId":"u","properties":{"x":"' + b"y" * 40_000 + b'"}}',
    "not_an_object": b"[1]",
    "unknown_type": b'{"type":"dance","userId":"u"}',
    "no_name": b'{"type":"track","userId":"u"}',
    "no_identity": b'{"type":"track","event":"A"}',
    "wrong_type": b'{"type":"track","event":"A","userId":{"a":1}}',
    "id_too_long": b'{"type":"track","event":"A","userId":"' + b"u" * 300 + b'"}',
    "name_too_long": b'{"type":"track","event":"' + b"n" * 100 + b'","userId":"u"}',
    "invalid_json": b'{"type":"track","event":A}',
}


@pytest.mark.parametrize("reason", BAD_ITEMS)
def test_a_bad_event_is_kept_aside_and_never_loses_its_neighbours(reason: str, door: Door) -> None:
    before, after = json.dumps(track(1)).encode(), json.dumps(track(2)).encode()
    body = b'{"batch":[' + before + b"," + BAD_ITEMS[reason] + b"," + after + b'],"sentAt":"2024-06-15T12:00:00Z"}'
    assert door.post("/v1/batch", body, key="KEY").status == 200
    testing.settle()

    assert len(behaviour()) == 2
    assert DeadLetter.objects.get().reason == reason
    assert outcomes() == {"accepted": 2, f"refused:{reason}": 1}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"NaN", None), (b"-Infinity", None), (b"1e999", None), (b'"half \\ud83d smile"', "half � smile"),
        (b"9007199254740993", 9007199254740993), (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b'"a\\u0000b"', "ab"), (b'"\xff"', "�"),
    ],
)  # fmt: skip
def test_nearly_json_is_mended(raw: bytes, expected: Any, door: Door) -> None:
    body = b'{"type":"track","event":"A","messageId":"m","userId":"u","properties":{"x":' + raw + b"}}"
    assert door.post("/v1/track", body, key="KEY").status == 200
    assert door.post("/v1/batch", b'{"batch":[' + body.replace(b'"m"', b'"n"') + b"]}", key="KEY").status == 200
    testing.settle()

    assert [event.properties["x"] for event in behaviour()] == [expected, expected]


def test_ids_beyond_what_a_float_holds_stay_exact(door: Door) -> None:
    send(door, track(1, userId=9007199254740993), track(2, userId=9007199254740992))

    assert set(Identity.objects.filter(type="external_id").values_list("value", flat=True)) == {
        "9007199254740993", "9007199254740992",
    }  # fmt: skip


def test_departures_from_the_plan_are_counted_and_nothing_is_lost(door: Door) -> None:
    send(door, track(1, properties={"price": "cheap"}), track(2, event="Quiz Finished", properties={"score": "9"}))
    planning.plan_event(
        name="Quiz Finished",
        description="",
        properties={"score": "whole", "quiz": "text"},
        required=["quiz"],
        by=BY,
        now=NOW,
    )
    send(door, track(3, event="Quiz Finished", properties={"score": "many"}))

    assert len(behaviour()) == 3
    found = {(row.name, row.problem, row.field): row.count for row in Observation.objects.exclude(problem="")}
    assert found == {
        ("Product Viewed", "wrong_type", "price"): 1, ("Product Viewed", "missing", "product_id"): 1,
        ("Quiz Finished", "missing", "quiz"): 1, ("Quiz Finished", "wrong_type", "score"): 1,
    }  # fmt: skip


def completed(number: str = "O1", **said: Any) -> dict[str, Any]:
    products = [{"product_id": "p1", "name": "Mug", "price": "19.90", "quantity": 2}]
    return track(
        1,
        event="Order Completed",
        userId="u1",
        properties={"order_id": number, "currency": "GBP", "products": products, **said},
    )


def test_order_completed_makes_no_order(door: Door) -> None:
    send(door, completed())

    assert not Order.objects.exists()
    said = behaviour()[0].properties
    assert (said["context"]["shop"], said["order_id"]) == ("web", "O1")


def test_order_completed_makes_one_where_nothing_else_does(company: Any) -> None:
    testing.source("Only", write_key="ONLY", is_order_truth=True)
    door = Door()
    send(door, completed(), {**completed("O2", products="none", total="x"), "messageId": "m-2"}, key="ONLY")

    order = Order.objects.get()
    assert (order.number, order.gross_minor, order.customer_id) == ("O1", 3980, Customer.objects.get().pk)
    assert Observation.objects.get(problem="order_refused").count == 1
    assert outcomes()["accepted"] == 2


def test_custom_traits_become_attributes(door: Door) -> None:
    from shuke.cdp.attributes.models import Attribute

    send(door, track(1, type="identify", userId="u1", traits={"favourite_colour": "green", "email": "a@example.com"}))

    assert list(Attribute.objects.values_list("code", flat=True)) == ["favourite_colour"]


def test_one_event_the_database_refuses_is_put_aside_alone(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    publish = recognising.publish

    def picky(items: Any) -> None:
        if any(item.found.name == "Poison" for item in items):
            raise ValueError("cannot be written")
        publish(items)

    monkeypatch.setattr(recognising, "publish", picky)
    send(door, track(1), track(2, event="Poison"), track(3))

    assert len(behaviour()) == 2
    assert DeadLetter.objects.get().reason == "unforeseen"
    assert pipeline.position() == Inbox.objects.get().pk


def test_a_letter_is_mended_replayed_and_settled_once(door: Door) -> None:
    from shuke.cdp.ingest.errors import BadLetter, LetterIsSettled

    send(door, {"type": "track", "userId": "u1", "messageId": "m1"})
    letter = DeadLetter.objects.get()
    with pytest.raises(BadLetter):
        actions.replay(letter.pk, text="{", by=BY, now=NOW)
    actions.replay(letter.pk, text=json.dumps(track(1)), by=BY, now=NOW)
    testing.settle()

    letter.refresh_from_db()
    assert (letter.state, len(behaviour())) == (LetterState.REPLAYED, 1)
    assert behaviour()[0].received_at == letter.received_at
    with pytest.raises(LetterIsSettled):
        actions.discard(letter.pk, by=BY, now=NOW)


def test_the_same_bad_event_again_only_counts(door: Door) -> None:
    for _ in range(3):
        send(door, {"type": "track", "userId": "u1"})

    assert DeadLetter.objects.get().count == 3


def test_batches_of_any_size_take_the_same_number_of_queries(door: Door) -> None:
    def cost(first: int, count: int) -> int:
        door.post(
            "/v1/batch",
            {"batch": [track(n, anonymousId=f"a{n}", userId=f"u{n}") for n in range(first, first + count)]},
            key="KEY",
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            testing.settle()
        return len(captured)

    cost(0, 2)
    assert cost(100, 5) == cost(200, 100)


def test_retention_empties_bodies_first_and_forgets_receipts_later(door: Door, web: Source) -> None:
    send(door, track(1))
    row = Inbox.objects.get()

    def tidy(days: int) -> None:
        while retention.tidy(now=row.received_at + timedelta(days=days)):
            pass

    tidy(89)
    assert bytes(Inbox.objects.get().sealed)
    tidy(91)
    assert (Inbox.objects.count(), Receipt.objects.count()) == (0, 0)
    assert len(behaviour()) == 1


def test_a_short_retention_of_bodies_keeps_the_receipts(door: Door, now: datetime) -> None:
    from shuke.cdp.ingest.queries.settings import IngestSettings
    from shuke.platform.company.actions import save_settings

    save_settings("ingest", IngestSettings(raw_days=7), now=now)
    send(door, track(1))
    row = Inbox.objects.get()
    while retention.tidy(now=row.received_at + timedelta(days=8)):
        pass

    assert not bytes(Inbox.objects.get().sealed)
    assert Receipt.objects.count() == 1


def test_a_person_is_forgotten_in_copies_and_letters_and_others_stay(door: Door) -> None:
    from shuke.cdp.ingest.extensions import IngestPersonalData

    ada = track(1, userId="ada", traits={"email": "ada@example.com"}, type="identify")
    send(
        door,
        ada,
        track(2, userId="bob", anonymousId="other"),
        {"type": "track", "userId": "ada"},
        {"type": "track", "userId": "bob"},
    )
    customer = Identity.objects.get(type="external_id", value="ada").customer_id
    port = IngestPersonalData()
    exported = json.dumps(port.export([customer]), default=str)
    assert "ada@example.com" in exported
    assert "bob" not in exported

    assert port.erase([customer], now=NOW) == {"requests": 1, "dead_letters": 1}
    assert port.erase([customer], now=NOW) == {"requests": 0, "dead_letters": 0}
    assert port.export([customer]) == {"received": [], "put_aside": []}
    assert DeadLetter.objects.count() == 1


def test_compressed_batches_read_the_same(door: Door) -> None:
    body = gzip.compress(json.dumps({"batch": [track(n) for n in range(50)]}).encode())
    assert door.post("/v1/batch", body, key="KEY", headers={"Content-Encoding": "gzip"}).status == 200
    testing.settle()

    assert len(behaviour()) == 50
    assert len(bytes(Inbox.objects.get().sealed)) < 50 * 100
