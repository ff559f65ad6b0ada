"""E-mail: letters other programs can read, a conversation that never guesses, and what comes back."""

import email
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from shuke.crm.channels import testing
from shuke.crm.channels.errors import BadContent
from shuke.crm.channels.kinds.email import bounces, envelope, signing
from shuke.crm.channels.kinds.email.building import Sender, Writer
from shuke.crm.channels.kinds.email.conversation import Server, SmtpCarrier
from shuke.crm.channels.kinds.email.rates import Rates
from shuke.crm.channels.kinds.kind import Load
from shuke.crm.channels.rules.parcels import Handed, Parcel
from shuke.crm.channels.tests.smtp import Script, certificate, free_port, refuse_login, server, talking
from shuke.kernel.messages import Content

NOW = testing.NOW
SENDER = Sender(
    "hello@news.willow.example", "Willow 柳树", "care@willow.example", "back@news.willow.example", b"secret"
)
UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://willow.example/p/u/abcdef>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}  # fmt: skip
LETTER = Content(
    subject="春天来了：十种新茶，给每一位老朋友的一封信，还有一张优惠券",
    preheader="先到先得",
    text="你好，Ada\n.一行以点开头\n" + "long " * 40,
    html="<html><body><p>你好，Ada</p>" + "<p>tea  and \tspaces </p>\n" * 30 + "</body></html>",
)


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.fixture(autouse=True)
def our_own_network(settings) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)


def _carrier(port: int, *, rates: Rates | None = None, writer: Writer | None = None, **said: object) -> SmtpCarrier:
    options = {"security": "none", "timeout": 1.5, "content_timeout": 1.5} | said
    clock = lambda: NOW  # noqa: E731
    return SmtpCarrier(Server("127.0.0.1", port, **options), writer or Writer(SENDER), rates or Rates({}), clock)


def _carried(carrier: SmtpCarrier, *parcels: Parcel, let_go: list[str] | None = None) -> list[Handed]:
    def may_go(key: str) -> bool:
        if let_go is not None:
            let_go.append(key)
        return True

    try:
        return list(carrier.carry(Load(parcels, now=NOW), may_go))
    finally:
        carrier.close()


def _sent(port: int, *parcels: Parcel, **said: object) -> list[Handed]:
    return _carried(_carrier(port, **said), *parcels)


# -- letters


@pytest.mark.parametrize("content", [
    LETTER, Content(subject="Plain", text="Hello"), Content(subject="Only HTML", html="<p>é</p>"),
    Content(subject="A" * 300, text="=?not?= encoded .\n..\n."), Content(subject="", text="中文" * 500),
])  # fmt: skip
def test_letters_read_back_as_they_were_written(content: Content) -> None:
    parcel = testing.parcel("ada@shop.example", content=content, headers=UNSUBSCRIBE)

    letter = Writer(SENDER).write(parcel, now=NOW)

    read = email.message_from_bytes(letter.data, policy=policy.default)
    assert not read.defects
    assert not any(part.defects for part in read.walk())
    assert all(len(line) <= 998 for line in letter.data.split(b"\r\n"))
    assert b"\n" not in letter.data.replace(b"\r\n", b"")
    assert (read["Subject"], read["To"], read["Message-ID"]) == (
        content.subject, "ada@shop.example", f"<{parcel.key}@news.willow.example>",
    )  # fmt: skip
    assert str(read["From"]) == "Willow 柳树 <hello@news.willow.example>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind, wanted in (("plain", content.text), ("html", content.html)):
        if wanted:
            said = read.get_body((kind,)).get_content().replace("\r\n", "\n")
            hidden = '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">先到先得</div>'
            assert said.replace(hidden, "").rstrip("\n") == wanted.rstrip("\n")
    assert (hidden in read.as_string() or "先到先得" not in content.preheader) or read.get_body(("html",)) is not None


def test_every_letter_has_a_way_back_of_its_own() -> None:
    parcel = testing.parcel()
    letter = Writer(SENDER).write(parcel, now=NOW)

    assert letter.sender.startswith(f"back+{parcel.key}.")
    assert envelope.message_of(letter.sender, secret=b"secret") == parcel.key
    assert envelope.message_of(letter.sender, secret=b"another") == ""
    assert Writer(Sender("hello@news.willow.example")).write(parcel, now=NOW).sender == "hello@news.willow.example"


@pytest.mark.parametrize("address", [
    "ada@shop.example,bob@shop.example", "ada@shop.example bob@shop.example", "ada@shop.example\r\nBcc: bob@shop.example",
    "ada@shop.example>\r\nRCPT TO:<bob@shop.example", "Ada <ada@shop.example>", "ada@@shop.example", "ada", "", "@shop.example",
    '"ada@shop.example,"@shop.example', "ada@shop", "ada..b@shop.example", "ada@-shop.example", "ada@shop.example;bob@x.example",
])  # fmt: skip
def test_what_is_not_exactly_one_address_is_refused(address: str) -> None:
    with pytest.raises(BadContent):
        Writer(SENDER).write(testing.parcel(address), now=NOW)


@pytest.mark.parametrize("content", [
    Content(subject="Hello Ada\r\nBcc: eve@evil.example", text="x"), Content(subject="Hello\nX", text="x"),
    Content(subject="Hello\u2028X", text="x"), Content(subject="Nothing to say"),
])  # fmt: skip
def test_line_breaks_do_not_become_headers(content: Content) -> None:
    with pytest.raises(BadContent):
        Writer(SENDER).write(testing.parcel(content=content), now=NOW)


@pytest.mark.parametrize("headers", [
    {"Bcc": "eve@evil.example"}, {"List-Unsubscribe": "<x>\r\nBcc: eve@evil.example"}, {"Subject": "again"},
])  # fmt: skip
def test_only_known_headers_come_from_outside(headers: dict[str, str]) -> None:
    with pytest.raises(BadContent):
        Writer(SENDER).write(testing.parcel(headers=headers), now=NOW)


def test_an_independent_library_verifies_the_signature_over_both_unsubscribe_headers(key: str) -> None:
    signer = signing.Signer(domain="news.willow.example", selector="s1", private_key=key)
    record = signing.public_record(key).encode()
    letter = Writer(SENDER, signer).write(testing.parcel(content=LETTER, headers=UNSUBSCRIBE), now=NOW)
    asked: list[bytes] = []

    def lookup(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record

    assert dkim.verify(letter.data, dnsfunc=lookup)
    assert asked == [b"s1._domainkey.news.willow.example."]
    signed = email.message_from_bytes(letter.data)["DKIM-Signature"].replace("\r\n", "")
    names = signed.partition("h=")[2].partition(";")[0].split(":")
    assert {"list-unsubscribe", "list-unsubscribe-post", "from", "subject", "to"} <= set(names)
    for before, after in ((b"abcdef", b"abcdeg"), (b"One-Click", b"Two-Click"), (b"To: ada", b"To: eve")):
        assert before in letter.data
        assert not dkim.verify(letter.data.replace(before, after), dnsfunc=lookup)
    assert not dkim.verify(b"From: eve@evil.example\r\n" + letter.data, dnsfunc=lookup)


# -- the conversation: a table of final states


def test_letters_arrive_over_one_connection_one_recipient_each() -> None:
    script = Script()
    parcels = [testing.parcel(f"a{n}@shop.example", content=LETTER) for n in range(20)]
    with server(script) as port:
        said = _sent(port, *parcels)

    assert {one.state for one in said} == {"accepted"}
    assert script.connections == 1
    assert [to for _from, to, _data in script.letters] == [one.address for one in parcels]
    assert envelope.message_of(script.letters[0][0], secret=b"secret") == parcels[0].key
    read = email.message_from_bytes(script.letters[0][2], policy=policy.default)
    assert ".一行以点开头" in read.get_body(("plain",)).get_content()
    assert "queued as Q1" in said[0].provider_id


TABLE = [
    # where, the server's answer, state, code, whether the address is at fault, seconds until again
    ("recipient", "550 5.1.1 <ada@shop.example> no such user", "failed", "5.1.1", True, None),
    ("recipient", "550 no such user", "failed", "550", True, None),
    ("recipient", "550 5.7.1 blocked by policy", "failed", "5.7.1", False, None),
    ("recipient", "552 5.2.2 mailbox full", "failed", "5.2.2", False, None),
    ("recipient", "451 4.7.1 greylisted", "deferred", "4.7.1", False, 900),
    ("recipient", "450 4.2.0 try later", "deferred", "4.2.0", False, 900),
    ("recipient", "452 4.5.3 too many recipients", "deferred", "4.5.3", False, 300),
    ("recipient", "421 4.3.2 shutting down", "deferred", "4.3.2", False, 300),
    ("sender", "550 5.1.0 sender refused", "failed", "5.1.0", False, None),
    ("content", "552 5.3.4 too big", "failed", "5.3.4", False, None),
    ("content", "554 5.7.1 spam", "failed", "5.7.1", False, None),
    ("content", "451 4.3.0 try later", "deferred", "4.3.0", False, 300),
]  # fmt: skip


@pytest.mark.parametrize(("where", "answer", "state", "code", "is_address", "retry_after"), TABLE)
def test_an_answer_ends_in_its_state_and_the_next_letter_still_arrives(
    where: str, answer: str, state: str, code: str, is_address: bool, retry_after: int | None
) -> None:
    script = Script()
    if where == "sender":
        script.to_sender = answer
    else:
        (script.to_recipient if where == "recipient" else script.to_content)["ada@shop.example"] = answer
    bob = [] if where == "sender" else [testing.parcel("bob@shop.example")]
    let_go: list[str] = []
    ada = testing.parcel("ada@shop.example")
    with server(script) as port:
        said = _carried(_carrier(port), ada, *bob, let_go=let_go)

    first = said[0]
    assert (first.state, first.code, first.is_address, first.retry_after) == (state, code, is_address, retry_after)
    assert "ada@" not in first.detail
    assert [one.state for one in said[1:]] == ["accepted"] * len(bob)
    assert (ada.key in let_go) == (where == "content")


def test_one_of_many_is_refused_alone() -> None:
    script = Script(to_recipient={"a3@shop.example": "550 5.1.1 no such user"})
    with server(script) as port:
        said = _sent(port, *(testing.parcel(f"a{n}@shop.example") for n in range(6)))

    assert [one.state for one in said] == ["accepted"] * 3 + ["failed"] + ["accepted"] * 2


def test_a_connection_lost_after_the_letter_leaves_it_unknown_and_goes_on_with_the_next() -> None:
    script = Script(drop_content={"ada@shop.example"})
    with server(script) as port:
        said = _sent(port, testing.parcel("ada@shop.example"), testing.parcel("bob@shop.example"))

    assert [(one.state, one.code) for one in said] == [("unknown", "lost"), ("accepted", "2.0.0")]
    # It had arrived, as it happens: to send it again would have been twice.
    assert [to for _from, to, _data in script.letters] == ["ada@shop.example", "bob@shop.example"]


def test_a_server_that_hangs_up_over_one_recipient_holds_up_nobody_else() -> None:
    script, let_go = Script(drop_recipient={"ada@shop.example"}), []
    ada, bob = testing.parcel("ada@shop.example"), testing.parcel("bob@shop.example")
    with server(script) as port:
        said = _carried(_carrier(port), ada, bob, let_go=let_go)

    assert [(one.state, one.code, one.retry_after) for one in said] == [
        ("not_started", "lost", 300),
        ("accepted", "2.0.0", None),
    ]
    assert let_go == [bob.key]


def test_a_server_that_hangs_up_over_everybody_is_not_asked_for_ever() -> None:
    addresses = [f"a{n}@shop.example" for n in range(6)]
    script = Script(drop_recipient=set(addresses))
    with server(script) as port:
        said = _sent(port, *map(testing.parcel, addresses))

    assert [(one.state, one.code) for one in said] == [("not_started", "lost")] + [("not_started", "no_answer")] * 5
    assert script.connections == 2


def test_a_server_that_falls_asleep_over_a_letter_is_not_waited_for_for_ever() -> None:
    script = Script(delay={"ada@shop.example": 1.0, "bob@shop.example": 0.2})
    with server(script) as port:
        said = _sent(port, testing.parcel("ada@shop.example"), testing.parcel("bob@shop.example"), content_timeout=0.5)

    assert [one.state for one in said] == ["unknown", "accepted"]


def test_a_kept_connection_that_died_meanwhile_is_made_anew() -> None:
    script = Script()
    with server(script, timeout=0.2) as port:
        carrier = _carrier(port)
        first = list(carrier.carry(Load([testing.parcel()], now=NOW), lambda _key: True))
        time.sleep(0.4)
        second = _carried(carrier, testing.parcel())

    assert [one.state for one in first + second] == ["accepted", "accepted"]
    assert script.connections == 2


def _refused() -> Iterator[int]:
    yield free_port()


@pytest.mark.parametrize(("lines", "code"), [
    ([b"421 4.3.2 too busy\r\n"], "no_answer"),
    ([b""], "no_answer"),
    ([b"220 hi\r\n", b"250-" + b"x" * 9000 + b"\r\n250 ok\r\n"], "no_answer"),
])  # fmt: skip
def test_a_server_that_does_not_let_us_in_has_got_nothing(lines: list[bytes], code: str) -> None:
    with talking(lines) as port:
        said = _sent(port, testing.parcel(), testing.parcel(), timeout=0.5)

    assert [(one.state, one.code) for one in said] == [("not_started", code)] * 2


def test_nobody_there_and_a_private_network(settings) -> None:
    refused = _sent(free_port(), testing.parcel())
    settings.SHUKE_OUTGOING_ALLOWED = ()
    private = _sent(free_port(), testing.parcel())

    assert [(one.state, one.code) for one in refused + private] == [
        ("not_started", "no_answer"),
        ("not_started", "private_network"),
    ]


def test_multiline_answers_are_read_to_their_end() -> None:
    lines = [b"220-hello\r\n220 there\r\n", b"250-mx\r\n250-SIZE 1000000\r\n250 PIPELINING\r\n",
             b"250 ok\r\n250-yes\r\n250 really\r\n", b"354-go\r\n354 on\r\n", b"250-2.0.0 one\r\n250 2.0.0 two\r\n"]  # fmt: skip
    with talking(lines) as port:
        said = _sent(port, testing.parcel())

    assert [(one.state, one.code) for one in said] == [("accepted", "2.0.0")]


def test_encryption_is_never_given_up(tmp_path) -> None:
    serving, trusting = certificate(tmp_path)
    stripped, strange, trusted = Script(), Script(), Script()
    with server(stripped) as port:
        without = _sent(port, testing.parcel(), security="starttls")
    with server(strange, tls_context=serving) as port:
        unknown = _sent(port, testing.parcel(), security="starttls")
    with server(trusted, tls_context=serving) as port:
        known = _sent(port, testing.parcel(), security="starttls", trusted=trusting)

    assert [(one.state, one.code) for one in without + unknown] == [("not_started", "encryption")] * 2
    assert (stripped.letters, strange.letters) == ([], [])
    assert known[0].state == "accepted"


def test_a_refused_login_is_told_as_such() -> None:
    with server(Script(), authenticator=refuse_login, auth_require_tls=False) as port:
        said = _sent(port, testing.parcel(), username="ada", password="wrong")

    assert [(one.state, one.code) for one in said] == [("not_started", "login")]


def test_addresses_outside_ascii_go_only_where_they_are_understood() -> None:
    understanding, not_understanding = Script(), Script()
    with server(understanding, enable_SMTPUTF8=True) as port:
        good = _sent(port, testing.parcel("李雷@shop.example"))
    with server(not_understanding, enable_SMTPUTF8=False) as port:
        bad = _sent(port, testing.parcel("李雷@shop.example"), testing.parcel("ada@例子.中国"))

    assert good[0].state == "accepted"
    assert [(one.state, one.code) for one in bad] == [("failed", "no_smtputf8"), ("accepted", "2.0.0")]
    assert not_understanding.letters[0][1] == "ada@xn--fsqu00a.xn--fiqs8s"


def test_bad_content_costs_only_its_own_letter() -> None:
    script = Script()
    with server(script) as port:
        said = _sent(port, testing.parcel("ada@shop.example, bob@shop.example"), testing.parcel(content=Content(subject="x\ny", text="x")),
                     testing.parcel())  # fmt: skip

    assert [(one.state, one.code, one.is_address) for one in said] == [
        ("failed", "bad_address", True),
        ("failed", "line_break", False),
        ("accepted", "2.0.0", False),
    ]
    assert len(script.letters) == 1


def test_a_domain_gets_no_more_than_its_rate() -> None:
    script, moment = Script(), [0.0]
    rates = Rates({"qq.example": 2}, clock=lambda: moment[0])
    to_qq = [testing.parcel(f"a{n}@qq.example") for n in range(4)]
    with server(script) as port:
        said = _sent(port, *to_qq, testing.parcel("ada@shop.example"), rates=rates)
        moment[0] = 30.0
        later = _sent(port, testing.parcel("a9@qq.example"), rates=rates)

    assert [(one.state, one.code) for one in said] == [
        ("accepted", "2.0.0"), ("accepted", "2.0.0"), ("not_started", "rate"), ("not_started", "rate"), ("accepted", "2.0.0"),
    ]  # fmt: skip
    assert said[2].retry_after == 31
    assert later[0].state == "accepted"


def test_a_domain_that_keeps_asking_for_patience_gets_it_and_the_others_go_on() -> None:
    busy = [f"a{n}@busy.example" for n in range(8)]
    script = Script(to_recipient=dict.fromkeys(busy, "451 4.7.1 slow down"))
    with server(script) as port:
        said = _sent(port, *map(testing.parcel, busy), testing.parcel("ada@shop.example"))

    assert [one.state for one in said] == ["deferred"] * 5 + ["not_started"] * 3 + ["accepted"]


# -- what comes back


def _known(address: str) -> str:
    return envelope.message_of(address, secret=b"secret")


def _report(*, to: str, status: str, action: str = "failed", diagnostic: str = "smtp; 550 no such user") -> bytes:
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered
Date: Sat, 15 Jun 2024 11:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ada@shop.example
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b
Content-Type: message/rfc822

From: hello@news.willow.example
Message-ID: <0190aaaa@news.willow.example>
Subject: Spring

Hello
--b--
""".encode()


WAY_BACK = envelope.way_back("0190bbbb", "back@news.willow.example", secret=b"secret")


@pytest.mark.parametrize(("status", "action", "what", "is_permanent"), [
    ("5.1.1", "failed", "bounced", True), ("5.2.1", "failed", "bounced", True), ("5.2.2", "failed", "bounced", False),
    ("5.7.1", "failed", "bounced", False), ("4.4.7", "failed", "bounced", False), ("2.0.0", "delivered", "delivered", False),
    ("4.4.7", "delayed", None, False),
])  # fmt: skip
def test_delivery_reports_are_classified(status: str, action: str, what: str | None, is_permanent: bool) -> None:
    said = bounces.read(_report(to=WAY_BACK, status=status, action=action), _known)

    assert [(one.what, one.key, one.is_permanent, one.address) for one in said] == (
        [(what, "0190bbbb", is_permanent, "ada@shop.example")] if what else []
    )
    if said:
        assert said[0].occurred_at == datetime(2024, 6, 15, 11, tzinfo=UTC)
        assert (
            bounces.read(_report(to=WAY_BACK, status=status, action=action), _known)[0].external_id
            == said[0].external_id
        )


def test_a_report_names_its_message_by_the_letter_it_quotes_where_the_way_back_is_not_ours() -> None:
    forged = WAY_BACK.replace("0190bbbb", "0190cccc")

    assert bounces.read(_report(to=forged, status="5.1.1"), _known)[0].key == "0190aaaa"
    assert bounces.read(_report(to="someone@news.willow.example", status="5.1.1"), _known)[0].key == "0190aaaa"


def test_a_complaint_is_read() -> None:
    raw = f"""From: feedback@isp.example
To: fbl@news.willow.example
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A complaint.
--b
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: x/1
Version: 1
Original-Rcpt-To: ada@shop.example

--b
Content-Type: text/rfc822-headers

From: hello@news.willow.example
To: {WAY_BACK}
Message-ID:
 <0190dddd@news.willow.example>

--b--
""".encode()
    (one,) = bounces.read(raw, _known)

    assert (one.what, one.key, one.address, one.code) == ("complained", "0190dddd", "ada@shop.example", "abuse")
    assert bounces.read(raw.replace(b"Type: abuse", b"Type: not-spam"), _known) == []


def test_prose_is_believed_only_at_our_own_address() -> None:
    prose = "From: MAILER-DAEMON@old.example\nTo: {}\nSubject: failure notice\n\nHi.\n<ada@shop.example>:\n550 5.1.1 unknown user\n"

    (one,) = bounces.read(prose.format(WAY_BACK).encode(), _known)
    assert (one.what, one.key, one.code, one.is_permanent) == ("bounced", "0190bbbb", "5.1.1", True)
    assert "ada@" not in one.detail
    assert bounces.read(prose.format("hello@news.willow.example").encode(), _known) == []
    away = prose.format(WAY_BACK).replace("Subject", "Auto-Submitted: auto-replied\nSubject")
    assert bounces.read(away.encode(), _known) == []


@pytest.mark.parametrize("raw", [b"", b"\x00\xff" * 50, b"Content-Type: multipart/report; report-type=delivery-status\n\nx",
                                 b"Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: message/feedback-report\n"])  # fmt: skip
def test_what_is_no_report_says_nothing(raw: bytes) -> None:
    assert bounces.read(raw, _known) in ([], bounces.read(raw, _known))
    assert all(one.key == "" for one in bounces.read(raw, _known))
