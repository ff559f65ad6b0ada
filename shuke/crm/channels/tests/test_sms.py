"""Text messages: the official clients' signatures byte for byte, segments, receipts and answers."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuke.crm.channels import testing
from shuke.crm.channels.errors import NotGenuine
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Call, Setup
from shuke.crm.channels.kinds.sms import signatures
from shuke.crm.channels.kinds.sms.aliyun import _Aliyun
from shuke.crm.channels.kinds.sms.tencent import _Tencent
from shuke.crm.channels.rules.segments import cut
from shuke.kernel.messages import Content
from tests.data import real_data

NOW = testing.NOW


def _captured(name: str) -> dict[str, Any]:
    path = real_data(f"sdk-requests/{name}")
    return json.loads(path.read_text(encoding="utf-8").splitlines()[0])


@pytest.mark.real_data
def test_aliyun_requests_are_those_of_the_official_client() -> None:
    captured = _captured("aliyun-sms-sendsms.jsonl")
    headers = {name.lower(): value for name, value in captured["headers"].items()}
    signed = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    query = dict(parse_qsl(captured["path"].partition("?")[2]))

    assert "/?" + signatures.query_string(query) == captured["path"]
    assert headers["authorization"] == signatures.acs3(
        method="POST", path="/", query=query, headers={name: headers[name] for name in signed}, body=b"", key_id="AKID",
        secret="AKSECRET",
    )  # fmt: skip

    # And our own request for the same message asks for the same.
    setup = Setup(
        1, {"key_id": "AKID", "sign_name": "数客", "endpoint": "http://127.0.0.1:9301"}, {"key_secret": "AKSECRET"}
    )
    at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    content = Content(provider_code="SMS_123", params={"code": "1234"})
    ours = _Aliyun(setup, lambda: at, lambda: headers["x-acs-signature-nonce"]).ask(
        testing.parcel("+8613800138000", key="msg-1", content=content), httpx.Client()
    )
    assert ours.url == "http://127.0.0.1:9301" + captured["path"]
    assert {name: value for name, value in ours.headers.items() if name != "Authorization"} == {
        name: value
        for name, value in headers.items()
        if name in {"host", "accept"} or (name.startswith("x-acs-") and name != "x-acs-credentials-provider")
    }


@pytest.mark.real_data
def test_tencent_requests_are_those_of_the_official_client() -> None:
    captured = _captured("tencent-sms-sendsms.jsonl")
    headers = captured["headers"]
    setup = Setup(
        1, {"key_id": "SID", "app_id": "1400", "sign_name": "数客", "endpoint": "http://127.0.0.1:9302"},
        {"key_secret": "SKEY"},
    )  # fmt: skip
    at = datetime.fromtimestamp(int(headers["X-TC-Timestamp"]), UTC)
    content = Content(provider_code="449", params={"1": "1234"})

    ours = _Tencent(setup, lambda: at).ask(
        testing.parcel("+8613800138000", key="msg-1", content=content), httpx.Client()
    )

    assert json.loads(ours.body) == captured["body"]
    assert len(ours.body) == captured["raw_len"]
    assert {name: headers[name] for name in ours.headers} == dict(ours.headers)


@pytest.mark.parametrize(("text", "encoding", "segments", "left"), [
    ("", "GSM-7", 0, 160), ("a" * 160, "GSM-7", 1, 0), ("a" * 161, "GSM-7", 2, 145), ("€" * 80, "GSM-7", 1, 0),
    # A character that takes two places is not torn: each of the first segments holds 152.
    ("€" * 153, "GSM-7", 3, 151), ("你" * 70, "UCS-2", 1, 0), ("你" * 71, "UCS-2", 2, 63), ("é" * 160, "GSM-7", 1, 0),
    ("ê", "UCS-2", 1, 69), ("😀" * 35, "UCS-2", 1, 0), ("😀" * 67, "UCS-2", 3, 65),
])  # fmt: skip
def test_texts_are_cut_as_providers_charge(text: str, encoding: str, segments: int, left: int) -> None:
    found = cut(text)

    assert (found.encoding, found.segments, found.left) == (encoding, segments, left)


@given(st.text(max_size=400))
def test_a_longer_text_never_has_fewer_segments(text: str) -> None:
    counts = [cut(text[:at]).segments for at in range(0, len(text), 7)]

    chinese = [cut(text[:at], is_chinese=True).segments for at in range(0, len(text), 7)]
    assert counts == sorted(counts)
    assert chinese == sorted(chinese)


def _call(body: Any, *, query: str = "", headers: dict[str, str] | None = None, method: str = "POST") -> Call:
    raw = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    return Call(
        method, f"https://crm.example/hooks/x{'?' + query if query else ''}", dict(parse_qsl(query)), headers or {}, raw
    )


def test_aliyun_reports_and_answers_are_read() -> None:
    report = {
        "phone_number": "13800138000", "success": False, "biz_id": "932702304080415357^0", "out_id": "0190abc",
        "send_time": "2024-06-15 19:00:00", "report_time": "2024-06-15 19:00:10", "err_code": "MOBILE_NOT_ON_SERVICE",
        "err_msg": "停机", "sms_size": "1",
    }  # fmt: skip
    answer = {"phone_number": "13800138000", "send_time": "2024-06-15 19:05:00", "content": "R", "sequence_id": 7}

    said = KINDS["aliyun"].hear(_call([report, answer, {}]), Setup(1, {}, {}), now=NOW)

    bounce, reply = said.heard
    assert (bounce.what, bounce.key, bounce.address, bounce.is_permanent) == (
        "bounced",
        "0190abc",
        "+8613800138000",
        True,
    )
    assert bounce.occurred_at == datetime(2024, 6, 15, 11, 0, 10, tzinfo=UTC)
    assert (reply.what, reply.text, reply.address) == ("replied", "R", "+8613800138000")
    assert json.loads(said.body)["code"] == 0


def test_tencent_reports_need_the_key_where_there_is_one() -> None:
    report = [{"user_receive_time": "2024-06-15 19:00:10", "nationcode": "86", "mobile": "13800138000",
               "report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": "2019:1", "ext": "0190abc"}]  # fmt: skip
    answer = {"nationcode": "86", "mobile": "13800138000", "text": "退订", "sign": "数客", "time": 1718449500}
    setup = Setup(1, {}, {"callback_key": "k"})
    kind = KINDS["tencent"]

    (good,) = kind.hear(_call(report, query="key=k"), setup, now=NOW).heard
    (reply,) = kind.hear(_call(answer, query="key=k"), setup, now=NOW).heard
    assert (good.what, good.key, good.provider_id) == ("delivered", "0190abc", "2019:1")
    assert (reply.what, reply.text, reply.occurred_at) == ("replied", "退订", datetime(2024, 6, 15, 11, 5, tzinfo=UTC))
    for query in ("", "key=", "key=x"):
        with pytest.raises(NotGenuine):
            kind.hear(_call(report, query=query), setup, now=NOW)
    with pytest.raises(NotGenuine):
        kind.hear(_call("not json", query="key=k"), setup, now=NOW)


def test_twilio_calls_are_believed_by_their_signature() -> None:
    setup, kind = Setup(1, {}, {"auth_token": "t"}), KINDS["twilio"]

    def call(form: dict[str, str], token: str = "t") -> Call:
        found = _call(urlencode(form), query="key=0190abc")
        signature = signatures.twilio(found.url, form, token)
        return _call(urlencode(form), query="key=0190abc", headers={"x-twilio-signature": signature})

    (bounce,) = kind.hear(call({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+4915112345678"}), setup, now=NOW).heard  # fmt: skip
    (reply,) = kind.hear(call({"MessageSid": "SM2", "From": "+4915112345678", "Body": "STOP"}), setup, now=NOW).heard
    assert (bounce.what, bounce.key, bounce.code, bounce.is_permanent) == ("bounced", "0190abc", "30005", True)
    assert (reply.what, reply.text) == ("replied", "STOP")
    assert kind.hear(call({"MessageSid": "SM1", "MessageStatus": "sent"}), setup, now=NOW).heard == ()
    with pytest.raises(NotGenuine):
        kind.hear(call({"MessageSid": "SM1", "MessageStatus": "delivered"}, token="x"), setup, now=NOW)
