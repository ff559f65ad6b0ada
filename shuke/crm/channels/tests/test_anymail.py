"""E-mail through a provider's API: the states of answers, and receipts, as the library reads them."""

import json
from typing import Any

import pytest

from shuke.crm.channels import testing
from shuke.crm.channels.errors import NotGenuine
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Call, Load, Setup
from shuke.crm.channels.rules.parcels import Handed, Parcel
from shuke.crm.channels.tests.providers import Fake, running
from shuke.crm.channels.tests.smtp import free_port
from shuke.kernel.messages import Content

pytest.importorskip("anymail", reason="NOT RUN: django-anymail is not installed")
from shuke.crm.channels.kinds import anymail as kind

NOW = testing.NOW


def _good(_path: str, body: bytes) -> dict[str, Any]:
    return {
        "ErrorCode": 0,
        "Message": "OK",
        "MessageID": "B1",
        "To": json.loads(body)["To"],
        "SubmittedAt": "2024-06-15",
    }


def _setup(home: str) -> Setup:
    said = {"esp": "postmark", "sender": "hello@news.willow.example", "sender_name": "柳树", "endpoint": f"{home}/"}
    return Setup(1, said, {"key": "secret-token"})


def _sent(home: str, *parcels: Parcel, let_go: bool = True) -> list[Handed]:
    carrier = KINDS["anymail"].carrier(_setup(home))
    try:
        return list(carrier.carry(Load(parcels, now=NOW), lambda _key: let_go))
    finally:
        carrier.close()


def test_a_letter_leaves_as_the_provider_wants_it() -> None:
    fake = Fake([_good])
    unsubscribe = {"List-Unsubscribe": "<https://x.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with running(fake) as home:
        parcel = testing.parcel("ada@shop.example", headers=unsubscribe)
        (said,) = _sent(home, parcel)
        kept = _sent(home, testing.parcel(), let_go=False)

    assert (said.state, said.provider_id) == ("accepted", "B1")
    _method, _path, headers, body = fake.requests[0]
    letter = json.loads(body)
    assert (letter["To"], letter["Metadata"]) == ("ada@shop.example", {"key": parcel.key})
    assert {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"} in letter["Headers"]
    assert headers["x-postmark-server-token"] == "secret-token"
    assert ([one.state for one in kept], len(fake.requests)) == (["not_started"], 1)


def test_answers_end_in_the_states_that_all_kinds_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "_SECONDS", 0.4)
    inactive = (
        422,
        {
            "ErrorCode": 406,
            "Message": "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses: ada@shop.example. Inactive recipients are ones that have generated a hard bounce.",
        },
    )
    fake = Fake([inactive, (500, b"oops"), "drop", 1.0, (200, b"<html>"), (429, {}), _good])
    with running(fake) as home:
        said = _sent(home, *(testing.parcel("ada@shop.example") for _ in range(7)))

    assert [one.state for one in said] == [
        "failed", "unknown", "unknown", "unknown", "unknown", "deferred", "accepted",
    ]  # fmt: skip
    assert all("ada@" not in one.detail for one in said)


def test_nobody_there_or_a_wrong_key_stops_the_load() -> None:
    away = _sent(f"http://127.0.0.1:{free_port()}", testing.parcel(), testing.parcel())
    fake = Fake([(401, {"ErrorCode": 10, "Message": "no"})])
    with running(fake) as home:
        refused = _sent(home, testing.parcel(), testing.parcel())

    assert [(one.state, one.code) for one in away] == [("not_started", "no_answer")] * 2
    assert [(one.state, one.code) for one in refused] == [("not_started", "login")] * 2
    assert len(fake.requests) == 1


def test_bad_content_costs_only_its_own_letter() -> None:
    fake = Fake([_good])
    with running(fake) as home:
        said = _sent(
            home, testing.parcel("a@b.example,c@d.example"), testing.parcel(content=Content(subject="x\ny", text="z")),
            testing.parcel(content=Content(subject="x")), testing.parcel(),
        )  # fmt: skip

    assert [(one.state, one.code) for one in said[:3]] == [
        ("failed", "bad_address"), ("failed", "line_break"), ("failed", "empty"),
    ]  # fmt: skip
    assert said[3].state == "accepted"


def _heard(event: dict[str, Any], esp: str = "postmark", **secrets: str) -> list[Any]:
    call = Call(
        "POST", "https://crm.example/hooks/x", {}, {"content-type": "application/json"}, json.dumps(event).encode()
    )
    return list(KINDS["anymail"].hear(call, Setup(1, {"esp": esp}, secrets), now=NOW).heard)


def test_what_a_provider_reports_is_read() -> None:
    common = {
        "MessageID": "B1",
        "Metadata": {"key": "0190abc"},
        "Recipient": "ada@shop.example",
        "Email": "ada@shop.example",
    }
    delivered = common | {"RecordType": "Delivery", "DeliveredAt": "2024-06-15T12:00:00Z", "Details": "ok"}
    hard = common | {"RecordType": "Bounce", "Type": "HardBounce", "ID": 1, "BouncedAt": "2024-06-15T12:00:00Z"}
    spam = common | {
        "RecordType": "SpamComplaint",
        "Type": "SpamComplaint",
        "ID": 2,
        "BouncedAt": "2024-06-15T12:00:00Z",
    }
    soft = common | {"RecordType": "Bounce", "Type": "Transient", "ID": 3, "BouncedAt": "2024-06-15T12:00:00Z"}

    said = [_heard(one) for one in (delivered, hard, spam, soft)]

    assert [[(one.what, one.key, one.is_permanent) for one in some] for some in said] == [
        [("delivered", "0190abc", False)], [("bounced", "0190abc", True)], [("complained", "0190abc", True)], [],
    ]  # fmt: skip
    assert _heard(hard)[0].external_id == said[1][0].external_id


def test_what_is_not_signed_or_cannot_be_read_is_turned_away() -> None:
    for event, esp, secrets in (
        ({}, "mailgun", {}), ({"signature": {}}, "mailgun", {"signing": "k"}), ({"a": 1}, "resend", {"signing": "whsec_eA=="}),
        ({}, "nobody", {}),
    ):  # fmt: skip
        with pytest.raises(NotGenuine):
            _heard(event, esp, **secrets)
