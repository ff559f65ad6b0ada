"""Audiences that leave the house: who goes, hashed how, what changes later, and what the other side may do."""

import csv
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shuke.cdp.customers.actions import PersonRecord, consents, suppressing
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.testing import people
from shuke.cdp.events.actions import Provenance
from shuke.crm.audiences import errors, queries, rules
from shuke.crm.audiences.actions import destinations, telling
from shuke.crm.audiences.extensions import AudiencesPersonalData
from shuke.crm.audiences.models import Destination, Run, RunState, Shared
from shuke.insight.segments.actions import define, lists
from shuke.insight.segments.errors import SegmentInUse
from shuke.insight.segments.models import Segment
from shuke.insight.segments.testing import a_list
from shuke.platform.jobs.testing import run_queued
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

BY = Actor.system("test")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def says(action: str, *addresses: str, now: datetime, channel: str = "email", purpose: str = "third_party") -> None:
    said = [
        consents.Statement(
            channel=channel, address=address, purpose=purpose, action=action, method="web_form",
            evidence={"form": "footer"}, occurred_at=now,
        )
        for address in addresses
    ]  # fmt: skip
    with transaction.atomic():
        done = consents.record(said, by=Provenance("web", "system:test", now))
    assert {one.status for one in done} == {"recorded"}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> None:
    settings.SHUKE_FILES_DIR = tmp_path


@pytest.fixture
def three(company: Any, now: datetime) -> Sequence[Customer]:
    """Ada agreed to sharing, Bob did not, Cy agreed and told advertising to stop."""
    found = people(
        PersonRecord(external_id="a", email="Ada@Shop.example", phone="+8613812345678"),
        PersonRecord(external_id="b", email="bob@shop.example"),
        PersonRecord(external_id="c", email="cy@shop.example"),
        now=now,
    )
    says("granted", "ada@shop.example", "cy@shop.example", now=now - timedelta(days=2))
    says("granted", "+8613812345678", channel="sms", now=now - timedelta(days=2))
    suppressing.suppress(
        "email", "cy@shop.example", scope="marketing", reason="unsubscribe", by=Provenance("web", "system:test", now)
    )
    return found


def listed(customer_ids: Sequence[int], name: str = "Hand-picked") -> Segment:
    made = a_list(name=name)
    lists.add(made, customer_ids, by=BY, now=made.created_at)
    return made


@pytest.fixture
def segment(three: Sequence[Customer]) -> Segment:
    return listed([one.pk for one in three])


def to_file(segment: Segment, now: datetime, layout: str = "meta", **said: Any) -> Destination:
    made, secret = destinations.create(
        name="Advertiser", segment=segment, way="file", layout=layout, every_hours=24, by=BY, now=now, **said
    )
    assert secret == ""
    return made


def told(made: Destination, now: datetime) -> tuple[Run, list[dict[str, str]]]:
    run = telling.tell(made.pk, by=BY, now=now)
    assert run is not None
    with telling.path_of(run).open(newline="") as file:
        return run, list(csv.DictReader(file))


def test_only_whom_permission_covers_goes_and_only_hashed(segment: Segment, now: datetime) -> None:
    run, rows = told(to_file(segment, now), now)

    assert rows == [
        {"action": "add", "email": sha("ada@shop.example"), "phone": ""},
        {"action": "add", "email": "", "phone": sha("8613812345678")},
    ]
    assert run.state == RunState.DONE
    assert run.report == {
        "members": 3, "lines": 2, "added": 2, "removed": 0, "withheld": {"never_asked": 1, "suppressed": 1},
    }  # fmt: skip
    assert not any(b"ada@" in bytes(one.sealed) for one in Shared.objects.all())


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ("google", [("Email", sha("ada@shop.example")), ("Phone", sha("+8613812345678"))]),
        ("mainland_sha256", [("mobile_sha256", sha("13812345678"))]),
        ("mainland_md5", [("mobile_md5", hashlib.md5(b"13812345678", usedforsecurity=False).hexdigest())]),
    ],
)
def test_layouts_are_those_of_the_platforms(
    segment: Segment, now: datetime, layout: str, expected: list[tuple[str, str]]
) -> None:
    _run, rows = told(to_file(segment, now, layout), now)
    assert [(name, row[name]) for name, _value in expected for row in rows if row[name]] == expected


def test_ids_tell_who_is_in_it_and_no_address(segment: Segment, three: Sequence[Customer], now: datetime) -> None:
    _run, rows = told(to_file(segment, now, "ids"), now)
    assert [(row["customer"], row["external_id"]) for row in rows] == [
        (str(one.uuid), key) for one, key in zip(three, "abc", strict=True)
    ]


def test_the_next_run_tells_only_what_changed(segment: Segment, three: Sequence[Customer], now: datetime) -> None:
    made = to_file(segment, now)
    told(made, now)
    run, rows = told(made, now + timedelta(hours=1))
    assert (run.report["added"], run.report["removed"], rows) == (0, 0, [])

    later = now + timedelta(days=1)
    says("withdrawn", "ada@shop.example", now=later)
    says("granted", "bob@shop.example", now=later)
    _run, rows = told(made, later)
    assert [(row["action"], row["email"]) for row in rows] == [
        ("add", sha("bob@shop.example")), ("remove", sha("ada@shop.example")),
    ]  # fmt: skip

    lists.remove(segment, [one.pk for one in three], by=BY, now=later)
    _run, rows = told(made, later)
    assert {row["action"] for row in rows} == {"remove"}
    assert not Shared.objects.exists()


def test_somebody_who_is_forgotten_is_taken_out_on_the_other_side(
    segment: Segment, three: Sequence[Customer], now: datetime
) -> None:
    made = to_file(segment, now)
    told(made, now)
    holder = AudiencesPersonalData()
    assert [one["audience"] for one in holder.export([three[0].pk])["audiences"]] == ["Advertiser", "Advertiser"]

    assert holder.erase([three[0].pk], now=now) == {"taken_out_elsewhere": 2}
    assert holder.erase([three[0].pk], now=now) == {}
    lists.remove(segment, [three[0].pk], by=BY, now=now)
    assert [one.pk for one in queries.due(now)] == [made.pk]
    _run, rows = told(made, now)
    assert {(row["action"], row["email"] or row["phone"]) for row in rows} == {
        ("remove", sha("ada@shop.example")), ("remove", sha("8613812345678")),
    }  # fmt: skip


def test_an_erasure_makes_an_audience_due_once_that_is_otherwise_told_by_hand(
    hook: Any, segment: Segment, three: Sequence[Customer], now: datetime
) -> None:
    made, _secret = to_hook(segment, hook.url, now)
    telling.tell(made.pk, by=BY, now=now)
    assert queries.due(now) == []

    AudiencesPersonalData().erase([three[0].pk], now=now)
    lists.remove(segment, [three[0].pk], by=BY, now=now)
    hook.status = 503
    telling.tell(made.pk, by=BY, now=now)
    assert [one.pk for one in queries.due(now)] == [made.pk]
    hook.status = 200
    telling.tell(made.pk, by=BY, now=now)
    assert queries.due(now) == []


def test_what_an_interrupted_run_told_is_in_its_file(
    segment: Segment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = to_file(segment, now)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(telling, "_remove", dies)
        with pytest.raises(KeyboardInterrupt):
            telling.tell(made.pk, by=BY, now=now)
    run, rows = told(made, now)
    assert (run.report["added"], rows) == (0, [])
    first = Run.objects.earliest("pk")
    assert (first.state, first.has_file) == (RunState.FAILED, True)
    assert sha("ada@shop.example") in telling.path_of(first).read_text()


def test_queries_do_not_grow_with_members(company: Any, now: datetime) -> None:
    def asked(many: int) -> int:
        found = people(
            *(PersonRecord(external_id=f"{many}-{n}", email=f"p{many}-{n}@shop.example") for n in range(many))
        )
        says("granted", *(f"p{many}-{n}@shop.example" for n in range(many)), now=now)
        made = to_file(listed([one.pk for one in found], f"{many} people"), now)
        with CaptureQueriesContext(connection) as captured:
            run = telling.tell(made.pk, by=BY, now=now)
        assert run is not None
        assert run.report["added"] == many
        return len(captured)

    assert asked(3) == asked(30)


# -- calls


class _Hook(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook(settings: Any) -> Iterator[Any]:
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.heard, server.status = [], 200
    server.url = f"http://localhost:{server.server_address[1]}/audience"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def to_hook(segment: Segment, url: str, now: datetime) -> tuple[Destination, str]:
    return destinations.create(
        name="Own system", segment=segment, way="webhook", layout="ids", every_hours=0, url=url, by=BY, now=now
    )


def test_a_webhook_is_called_with_signed_batches(
    hook: Any, segment: Segment, three: Sequence[Customer], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    made, secret = to_hook(segment, hook.url, now)
    run = telling.tell(made.pk, by=BY, now=now)
    assert run is not None
    assert (run.state, run.report["added"], len(hook.heard)) == (RunState.DONE, 3, 2)
    for headers, body in hook.heard:
        assert headers["Shuke-Signature"] == telling.signature(secret, body)
    said = [json.loads(body) for _headers, body in hook.heard]
    assert [one["action"] for one in said] == ["add", "add"]
    assert [member["external_id"] for one in said for member in one["members"]] == ["a", "b", "c"]
    assert len({headers["Shuke-Delivery"] for headers, _body in hook.heard}) == 2


def test_what_the_other_side_refuses_is_told_again_and_the_rest_is_not(
    hook: Any, segment: Segment, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 1)
    made, _secret = to_hook(segment, hook.url, now)
    hook.status = 503
    run = telling.tell(made.pk, by=BY, now=now)
    assert run is not None
    assert (run.state, run.error, Shared.objects.count()) == (
        RunState.FAILED,
        "The webhook answered with status 503.",
        0,
    )

    hook.status, hook.heard = 200, []
    run = telling.tell(made.pk, by=BY, now=now)
    assert run is not None
    assert (run.state, len(hook.heard), Shared.objects.count()) == (RunState.DONE, 3, 3)


@pytest.mark.parametrize("url", ["", "ftp://elsewhere.example/x", "https://"])
def test_a_webhook_without_an_address_is_refused(segment: Segment, now: datetime, url: str) -> None:
    with pytest.raises(errors.BadDestination):
        to_hook(segment, url, now)


def test_a_webhook_in_our_own_network_is_not_called(segment: Segment, now: datetime) -> None:
    made, _secret = to_hook(segment, "http://127.0.0.1:9/", now)
    run = telling.tell(made.pk, by=BY, now=now)
    assert run is not None
    assert run.state == RunState.FAILED
    assert "private network" in run.error


# -- around it


def test_a_segment_that_leaves_cannot_be_put_away(segment: Segment, now: datetime) -> None:
    made = to_file(segment, now)
    with pytest.raises(SegmentInUse):
        define.archive(segment, by=BY, now=now)
    destinations.archive(made, by=BY, now=now)
    define.archive(segment, by=BY, now=now)
    assert telling.tell(made.pk, by=BY, now=now) is None


def test_files_go_after_a_while(segment: Segment, now: datetime) -> None:
    run, _rows = told(to_file(segment, now), now)
    assert telling.tidy(now=now + timedelta(days=1)) == 0
    assert telling.tidy(now=now + timedelta(days=15)) == 1
    assert not telling.path_of(run).exists()


def test_a_marketer_sets_one_up_and_fetches_its_file(
    segment: Segment, marketer: Staff, client_of: Callable[[Staff], Client], now: datetime
) -> None:
    client = client_of(marketer)
    said = {
        "name": "Ads",
        "segment": str(segment.uuid),
        "layout": "meta",
        "way": "webhook",
        "url": "",
        "every_hours": "24",
    }
    assert client.post("/audiences/new/", said).status_code == 422
    answer = client.post("/audiences/new/", said | {"way": "file"})
    made = Destination.objects.get()
    assert answer.headers["Location"] == f"/audiences/{made.uuid}/"

    client.post(f"/audiences/{made.uuid}/sync/")
    run_queued()
    page = client.get(f"/audiences/{made.uuid}/").content.decode()
    assert "never agreed: 1" in page
    run = Run.objects.get()
    file = client.get(f"/audiences/runs/{run.uuid}/file/")
    assert sha("ada@shop.example") in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as few:
        client.get("/audiences/")
    for n in range(5):
        to_file(a_list(name=f"List {n}"), now)
    with CaptureQueriesContext(connection) as many:
        client.get("/audiences/")
    assert len(few) == len(many)


def test_gmail_and_mainland_numbers_are_folded() -> None:
    assert rules.line_of("google", "email", "A.da+x@Gmail.com") == {"Email": sha("ada@gmail.com")}
    assert rules.line_of("mainland_sha256", "sms", "+447700900123") is None
