"""The collector as clients see it: addresses, credentials, encodings, answers and limits."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from shuke.cdp.events.models import Event
from shuke.cdp.ingest import actions, testing
from shuke.cdp.ingest.actions import receiving, sources
from shuke.cdp.ingest.actions.receiving import Writer
from shuke.cdp.ingest.models import DeadLetter, Inbox, Source, Tally
from shuke.cdp.ingest.rules import limits
from shuke.cdp.ingest.testing import Door
from shuke.cdp.ingest.tests import clients
from shuke.platform.staff.actor import Actor
from tests.data import real_data

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
COMMITS = pytest.mark.django_db(transaction=True)

BY = Actor.system("test")
CAPTURED = [
    "segment-analytics-python-2.4.0", "segment-analytics-node-3.1.0", "segment-analytics-next-1.84.3-browser",
    "segment-analytics-next-1.84.3-browser-batching", "rudder-sdk-python-2.1.9", "rudder-sdk-node-3.0.13",
    "rudder-analytics-js-3.34.1-browser", "rud_202", "rud_401", "rud_401_with_code", "rud_retry", "seg_401", "seg_retry",
]  # fmt: skip


@pytest.fixture
def writer(transactional_db: None) -> Iterator[Writer]:
    """The group commit itself, with its thread."""
    made = Writer()
    yield made
    made.close()


def tallied() -> dict[str, int]:
    actions.DOOR.write_down()
    counts: Counter[str] = Counter()
    for row in Tally.objects.all():
        counts[row.outcome] += row.count
    return dict(counts)


@pytest.mark.parametrize("shape", clients.SHAPES)
def test_every_shape_of_client_is_understood(shape: Any, door: Door) -> None:
    sent = shape()
    key = "KEY" if sent["basic"] else ""
    answer = door.post(sent["path"], sent["body"], key=key, headers=sent["headers"], query=sent["query"])

    assert (answer.status, answer.said) == (200, {"success": True})
    testing.settle()
    assert not DeadLetter.objects.exists()
    assert tallied()["accepted"] == Inbox.objects.get().events


@pytest.mark.real_data
@pytest.mark.parametrize("name", CAPTURED)
def test_every_captured_request_is_handled(name: str, company: Any, fresh_book: None) -> None:
    lines = [json.loads(line) for line in real_data(f"sdk-requests/{name}.jsonl").read_text().splitlines()]
    for key in ("WK", "WRITE_KEY", "1xAbcDefGhIjKlMnOpQrStUvWxY"):
        testing.source(key, write_key=key)
    door = Door()
    expected: dict[str, Any] = {}
    for line in lines:
        headers = {k.lower(): v for k, v in line["headers"].items() if k.lower() not in ("host", "content-length")}
        path, _, query = line["path"].partition("?")
        raw = json.dumps(line["body"]).encode() if "body" in line else b""
        if headers.get("content-encoding") == "gzip":
            raw = gzip.compress(raw)
        answer = door.ask(line["m"], path, raw, headers=headers, query=query)
        assert answer.status == 200, (line["path"], answer)
        body = line.get("body") or {}
        for event in body.get("batch", [body] if body else []):
            expected[event["messageId"]] = event
    testing.settle()

    assert not DeadLetter.objects.exists()
    said = tallied()
    assert said["accepted"] == len(expected)
    names = {event["event"] for event in expected.values() if event.get("event")}
    assert names <= set(Event.objects.values_list("name", flat=True))


def test_success_is_exactly_200_and_errors_have_code_and_message(door: Door) -> None:
    assert door.post("/v1/track", clients.track(), key="KEY").status == 200
    refused = door.post("/v1/track", clients.track(), key="wrong")
    assert refused.status == 401
    assert refused.said["code"] == "unauthorized"
    assert refused.said["message"]


@pytest.mark.parametrize("place", ["header", "bearer", "body", "query", "beside nothing"])
def test_the_key_may_stand_where_clients_put_it(place: str, door: Door) -> None:
    given = {
        "header": {"key": "KEY"}, "bearer": {"headers": {"Authorization": "Bearer KEY"}}, "query": {"query": "writeKey=KEY"},
        "body": {}, "beside nothing": {},
    }[place]  # fmt: skip
    body = clients.track() | ({"writeKey": "KEY"} if place == "body" else {})

    assert door.post("/v1/track", body, **given).status == (401 if place == "beside nothing" else 200)


def test_a_browser_may_ask_first_and_read_the_answer(door: Door) -> None:
    headers = {
        "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "anonymousid,authorization,content-type,sentat",
    }  # fmt: skip
    asked = door.ask("OPTIONS", "/v1/track", headers=headers)

    assert asked.status == 200
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert asked.headers["access-control-allow-headers"] == "anonymousid,authorization,content-type,sentat"
    sent = door.post("/v1/track", clients.track(), key="KEY", headers={"Origin": "https://shop.example"})
    assert sent.headers["access-control-allow-origin"] == "https://shop.example"
    assert "retry-after" in sent.headers["access-control-expose-headers"]


def test_browser_clients_find_their_settings(door: Door) -> None:
    segment = door.ask("GET", "/v1/projects/KEY/settings", headers={"Host": "crm.example"})
    rudder = door.ask("GET", "/sourceConfig/", key="KEY", query="p=npm&v=3", headers={"Host": "crm.example"})

    assert segment.said["integrations"]["Segment.io"]["apiKey"] == "KEY"
    assert segment.said["integrations"]["Segment.io"]["apiHost"] == "crm.example/v1"
    assert rudder.said["source"]["enabled"] is True
    assert rudder.said["source"]["writeKey"] == "KEY"
    assert door.ask("GET", "/v1/projects/nobody/settings").status == 401


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "invalid_json"),
        (b"", {}, 400, "invalid_json"),
        (b"[1,2]", {}, 400, "invalid_json"),
        (b'{"event":"x"}', {}, 400, "invalid_request"),
        (b"\xff\xfe", {}, 400, "invalid_json"),
        (b'{"batch":{}}', {}, 400, "invalid_request"),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400, "invalid_gzip"),
        (gzip.compress(b'{"batch":[]}')[:-9], {"Content-Encoding": "gzip"}, 400, "invalid_gzip"),
        (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}, 413, "too_large"),
        (b'{"batch":[]}', {"Content-Encoding": "br"}, 415, "unsupported_encoding"),
        (b" " * (limits.MAX_BODY_BYTES + 1), {}, 413, "too_large"),
        (b"{}", {"Content-Length": str(10**12)}, 413, "too_large"),
    ],
)
def test_what_cannot_be_a_request_is_refused_and_counted(
    body: bytes, headers: dict[str, str], status: int, code: str, door: Door
) -> None:
    answer = door.post("/v1/batch", body, key="KEY", headers=headers)

    assert (answer.status, answer.said["code"]) == (status, code)
    assert sum(tallied().values()) == 1
    assert not Inbox.objects.exists()


def test_a_large_batch_is_taken(door: Door) -> None:
    batch = [clients.track(n, properties={"note": "x" * 3_000}) for n in range(1_200)]

    assert door.post("/v1/batch", {"batch": batch}, key="KEY").status == 200
    assert Inbox.objects.get().events == 1_200


def test_an_empty_batch_is_fine(door: Door) -> None:
    assert door.post("/v1/batch", {"batch": []}, key="KEY").status == 200
    assert not Inbox.objects.exists()


def test_other_addresses_and_methods_answer_in_json(door: Door) -> None:
    assert door.ask("GET", "/v1/track").status == 405
    assert door.ask("POST", "/v1/nothing").status == 404
    assert door.ask("GET", "/v1/").said["code"] == "not_found"


def test_more_than_the_quota_is_told_when_to_come_back(company: Any) -> None:
    testing.source("Slow", write_key="SLOW", quota_per_second=1)
    door = Door()
    answers = [door.post("/v1/track", clients.track(n), key="SLOW") for n in range(12)]

    assert [answer.status for answer in answers[:10]] == [200] * 10
    assert answers[11].status == 429
    assert int(answers[11].headers["retry-after"]) >= 1
    assert tallied()["over_quota"] >= 1


@COMMITS
def test_more_than_can_wait_is_told_to_come_back(writer: Writer, web: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING_BYTES", 10)
    door = Door(writer)

    answer = door.post("/v1/track", clients.track(), key="KEY")

    assert (answer.status, answer.said["code"], answer.headers["retry-after"]) == (503, "overloaded", "2")


@COMMITS
def test_what_could_not_be_written_is_not_acknowledged(
    writer: Writer, web: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_group: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(receiving, "write", broken)
    door = Door(writer)

    assert door.post("/v1/track", clients.track(), key="KEY").status == 503


@COMMITS
def test_the_group_commit_answers_after_it_wrote(writer: Writer, web: Source) -> None:
    door = Door(writer)

    assert door.post("/v1/track", clients.track(), key="KEY").status == 200
    assert Inbox.objects.count() == 1


def test_keys_rotate_and_sources_close_at_once(web: Source, door: Door) -> None:
    def status(key: str) -> int:
        return door.post("/v1/track", clients.track(), key=key).status

    def now() -> Any:
        from shuke.kernel.clock import utcnow

        return utcnow()

    fresh = sources.rotate_key(web.pk, by=BY, now=now())
    assert [status("KEY"), status(fresh.write_key)] == [200, 200]
    newest = sources.rotate_key(web.pk, by=BY, now=now(), at_once=True)
    assert [status(fresh.write_key), status(newest.write_key)] == [401, 200]
    sources.archive(web.pk, by=BY, now=now())
    assert status(newest.write_key) == 401
    sources.restore(web.pk, by=BY, now=now())
    assert status(newest.write_key) == 200


def test_bodies_are_sealed_in_the_inbox(door: Door) -> None:
    door.post("/v1/track", clients.track(properties={"email": "ada@example.com"}), key="KEY")

    sealed = bytes(Inbox.objects.get().sealed)
    assert b"ada@" not in sealed
    assert b"Product" not in sealed
