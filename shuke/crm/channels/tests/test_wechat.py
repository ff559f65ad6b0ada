"""WeChat, WeCom, push and webhooks, beyond what all kinds promise: tokens, sealed calls, encryption."""

import base64
import json
import os
import threading
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256

from shuke.crm.channels import testing
from shuke.crm.channels.errors import NotGenuine
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Call, Load, Setup
from shuke.crm.channels.kinds.push import encryption
from shuke.crm.channels.kinds.webhook import signature
from shuke.crm.channels.kinds.wechat.callbacks import signature as signed
from shuke.crm.channels.kinds.wechat.tokens import Token, Tokens
from shuke.crm.channels.tests.providers import AUTH, PUSH_KEY, RECEIVER, Fake, running
from shuke.kernel.messages import Content

NOW = testing.NOW
AES = base64.b64encode(b"k" * 32).decode().rstrip("=")
STAMP = str(int(NOW.timestamp()))


@pytest.fixture(autouse=True)
def our_own_network(settings) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)


def _official(home: str, *, account: int = 1, **settings: str) -> Setup:
    said = {"app_id": "wx1", "template_api": "template", "endpoint": home} | settings
    return Setup(account, said, {"app_secret": "s", "token": "t", "aes_key": ""})


def _sent(setup: Setup, *contents: Content) -> list:
    carrier = KINDS["wechat_official"].carrier(setup)
    parcels = [testing.parcel("oABCdef-123", content=one) for one in contents]
    try:
        return list(carrier.carry(Load(parcels, now=NOW), lambda _key: True))
    finally:
        carrier.close()


# -- tokens


def test_a_token_is_fetched_once_however_many_ask_at_once() -> None:
    fetched, got = [], []
    tokens = Tokens()
    gate = threading.Barrier(12)

    def fetch() -> Token:
        fetched.append(1)
        return Token(f"T{len(fetched)}", 7200)

    def ask(refused: str = "") -> None:
        gate.wait()
        got.append(tokens.get("a", fetch, not_this=refused))

    for refused in ("", "T1"):
        threads = [threading.Thread(target=ask, args=(refused,)) for _ in range(12)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    assert got == ["T1"] * 12 + ["T2"] * 12
    assert len(fetched) == 2


def test_a_token_is_not_used_in_its_last_minutes() -> None:
    moment, fetched = [0.0], []
    tokens = Tokens(clock=lambda: moment[0])

    def fetch() -> Token:
        fetched.append(1)
        return Token(f"T{len(fetched)}", 7200)

    said = []
    for at in (0.0, 6899.0, 6901.0):
        moment[0] = at
        said.append(tokens.get("a", fetch))

    assert said == ["T1", "T1", "T2"]


def test_a_refused_token_is_replaced_and_the_message_still_goes_once() -> None:
    fake = Fake(
        [{"errcode": 42001, "errmsg": "expired"}, {"errcode": 0, "msgid": 7}], token_path="/cgi-bin/stable_token"
    )
    with running(fake) as home:
        said = _sent(_official(home, account=2), Content(provider_code="T1"), Content(provider_code="T1"))

    assert [one.state for one in said] == ["accepted", "accepted"]
    assert fake.tokens == 2
    assert [path.partition("=")[2] for _method, path, _headers, _body in fake.requests] == ["T1", "T2", "T2"]


def test_a_token_that_is_refused_again_stops_the_load() -> None:
    fake = Fake([{"errcode": 40001, "errmsg": "invalid credential"}], token_path="/cgi-bin/stable_token")
    with running(fake) as home:
        said = _sent(_official(home, account=3), *[Content(provider_code="T1")] * 3)

    assert {(one.state, one.code) for one in said} == {("not_started", "login")}
    assert len(fake.requests) == 2


# -- what is said


def test_messages_take_the_form_that_their_kind_wants() -> None:
    fake = Fake([{"errcode": 0}], token_path="/cgi-bin/stable_token")
    template = Content(provider_code="T1", params={"first": "您好"}, url="https://shop.example/o")
    with running(fake) as home:
        _sent(
            _official(home, account=4),
            template,
            Content(text="您好"),
            Content(title="新品", body="春茶", url="https://s.example"),
        )
        _sent(_official(home, account=4, template_api="subscribe"), template)

    said = [
        (path.partition("?")[0].rpartition("message/")[2], json.loads(body)) for _m, path, _h, body in fake.requests
    ]
    assert [path for path, _body in said] == ["template/send", "custom/send", "custom/send", "subscribe/bizsend"]
    assert said[0][1]["data"] == {"first": {"value": "您好"}}
    assert said[1][1]["text"] == {"content": "您好"}
    assert said[2][1]["news"]["articles"][0]["title"] == "新品"
    assert said[3][1]["page"] == "https://shop.example/o"


def test_outside_the_window_and_over_the_quota_are_told_apart() -> None:
    answers = [{"errcode": 45015, "errmsg": "out of window"}, {"errcode": 45009, "errmsg": "quota"}, {"errcode": -1}]
    fake = Fake(answers, token_path="/cgi-bin/stable_token")
    with running(fake) as home:
        said = _sent(_official(home, account=5), *[Content(text="x")] * 3)

    assert [(one.state, one.code, one.retry_after) for one in said] == [
        ("failed", "window", None), ("deferred", "45009", 3600), ("deferred", "-1", 30),
    ]  # fmt: skip


# -- what is called at us


def _call(body: bytes, method: str = "POST", **query: str) -> Call:
    return Call(method, "https://crm.example/hooks/x", query, {}, body)


def _plain(body: str, *, stamp: str = STAMP, token: str = "t") -> Call:
    return _call(body.encode(), timestamp=stamp, nonce="n", signature=signed(token, stamp, "n"))


def _sealed(content: bytes, receiver: str) -> str:
    body = os.urandom(16) + len(content).to_bytes(4, "big") + content + receiver.encode()
    body += bytes([32 - len(body) % 32]) * (32 - len(body) % 32)
    closer = Cipher(algorithms.AES(b"k" * 32), modes.CBC(b"k" * 16)).encryptor()
    return base64.b64encode(closer.update(body) + closer.finalize()).decode()


ANSWER = (
    "<xml><FromUserName><![CDATA[oABCdef-123]]></FromUserName><CreateTime>1718449500</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[有货吗]]></Content><MsgId>77</MsgId></xml>"
)
RESULT = (
    "<xml><FromUserName>oABCdef-123</FromUserName><CreateTime>1718449500</CreateTime><MsgType>event</MsgType>"
    "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>88</MsgID><Status>failed:user block</Status></xml>"
)


def test_answers_and_results_are_read_after_their_signature() -> None:
    kind, setup = KINDS["wechat_official"], _official("")

    (reply,) = kind.hear(_plain(ANSWER), setup, now=NOW).heard
    (result,) = kind.hear(_plain(RESULT), setup, now=NOW).heard
    first = kind.hear(_call(b"", "GET", timestamp=STAMP, nonce="n", signature=signed("t", STAMP, "n"), echostr="42"), setup, now=NOW)  # fmt: skip

    assert (reply.what, reply.text, reply.address, reply.external_id) == ("replied", "有货吗", "oABCdef-123", "up:77")
    assert (result.what, result.provider_id, result.code) == ("bounced", "88", "failed:user block")
    assert (first.body, list(first.heard)) == ("42", [])
    old = str(int(NOW.timestamp()) - 301)
    for wrong in (_plain(ANSWER, token="x"), _plain(ANSWER, stamp=old), _plain('<!DOCTYPE a [<!ENTITY b "c">]><xml>&b;</xml>'), _plain("<xml>")):  # fmt: skip
        with pytest.raises(NotGenuine):
            kind.hear(wrong, setup, now=NOW)


def test_sealed_calls_are_opened_and_plain_ones_then_refused() -> None:
    kind = KINDS["wechat_official"]
    setup = Setup(1, {"app_id": "wx1"}, {"token": "t", "aes_key": AES})

    def sealed(receiver: str) -> Call:
        text = _sealed(ANSWER.encode(), receiver)
        body = f"<xml><Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode()
        return _call(body, timestamp=STAMP, nonce="n", msg_signature=signed("t", STAMP, "n", text))

    assert kind.hear(sealed("wx1"), setup, now=NOW).heard[0].text == "有货吗"
    for wrong in (sealed("wx2"), _plain(ANSWER)):
        with pytest.raises(NotGenuine):
            kind.hear(wrong, setup, now=NOW)


def test_wecom_is_answered_what_it_sealed() -> None:
    setup = Setup(1, {"corp_id": "ww1"}, {"token": "t", "aes_key": AES})
    echo = _sealed(b"4711", "ww1")
    call = _call(b"", "GET", timestamp=STAMP, nonce="n", echostr=echo, msg_signature=signed("t", STAMP, "n", echo))

    assert KINDS["wecom_service"].hear(call, setup, now=NOW).body == "4711"


# -- push


def test_encryption_is_that_of_the_standard_s_example() -> None:
    sealed = encryption.encrypted(
        b"When I grow up, I want to be a watermelon", receiver=encryption.unpacked(RECEIVER), auth=encryption.unpacked(AUTH),
        sender=encryption.private_key(PUSH_KEY), salt=encryption.unpacked("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip

    assert base64.urlsafe_b64encode(sealed).rstrip(b"=").decode() == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_push_service_is_told_who_sends() -> None:
    key = encryption.private_key(encryption.new_key())
    said = encryption.identification(
        key, audience="https://push.example", subject="mailto:a@b.example", expires_at=1718449500
    )

    token, public = said.removeprefix("vapid t=").split(", k=")
    head, body, mark = token.split(".")
    raw = encryption.unpacked(mark)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.public_key().verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    assert json.loads(encryption.unpacked(body)) == {
        "aud": "https://push.example",
        "exp": 1718449500,
        "sub": "mailto:a@b.example",
    }
    assert len(encryption.unpacked(public)) == 65


# -- webhooks


def test_receipts_of_a_program_are_signed_and_fresh() -> None:
    setup, kind = Setup(1, {}, {"secret": "a secret of sixteen"}), KINDS["webhook"]
    body = json.dumps([{"id": "1", "what": "delivered", "key": "k"}, {"id": "2", "what": "something"}]).encode()

    def call(at: str, secret: str = "a secret of sixteen") -> Call:
        headers = {"webhook-id": "m1", "webhook-timestamp": at, "webhook-signature": signature(secret, "m1", at, body)}
        return Call("POST", "", {}, headers, body)

    assert [(one.what, one.key) for one in kind.hear(call(STAMP), setup, now=NOW).heard] == [("delivered", "k")]
    for wrong in (call(STAMP, "another secret !!"), call(str(int(STAMP) - 301)), call("x")):
        with pytest.raises(NotGenuine):
            kind.hear(wrong, setup, now=NOW + timedelta(seconds=0))
