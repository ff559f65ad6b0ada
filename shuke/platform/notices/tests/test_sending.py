"""What leaves the house: through a mail server, through a service, once, with retries, and what is said when it does not."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from django.utils import translation

from shuke.platform.jobs.testing import run_queued
from shuke.platform.notices import actions, queries
from shuke.platform.notices.actions import Attachment
from shuke.platform.notices.errors import BadTarget
from shuke.platform.notices.models import Notice, Outgoing, Target
from shuke.platform.staff.actor import Actor
from shuke.platform.staff.models import Staff

KIND = "notices.failed"


class Post(socketserver.ThreadingTCPServer):
    """A mail server small enough to read: it takes letters, or answers RCPT with ``refusal``."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[Any] = []
        self.refusal = b""


class _Talk(socketserver.StreamRequestHandler):
    server: Post

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                body = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    body += part
                self.server.letters.append(message_from_bytes(body, policy=policy.default))
                self.wfile.write(b"250 taken\r\n")
            elif word == b"RCPT" and self.server.refusal:
                self.wfile.write(self.server.refusal + b"\r\n")
            elif word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class _Hook(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def post() -> Iterator[Post]:
    with Post() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def hook() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Hook)
    server.heard, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def connect(post: Post, actor: Actor, now: datetime, **other: Any) -> None:
    said = {"host": "localhost", "port": post.server_address[1], "security": "none", "username": "", "password": ""}
    actions.save_mail_server(**said | other, sender="crm@willow.example", by=actor, now=now)


def test_a_letter_with_attachments_goes_through_the_mail_server(
    post: Post, actor: Actor, settings: Any, now: datetime
) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    connect(post, actor, now)
    sheet = Attachment("周报.xlsx", b"\x00\xffbytes", "application/vnd.ms-excel")
    said = {"html": "<p>你好</p>", "attachments": [sheet], "kind": "report", "dedupe_key": "week 24"}

    assert actions.mail_staff(["a@willow.example", "b@willow.example"], "周报", "你好", now=now, **said)
    assert not actions.mail_staff(["a@willow.example"], "周报", "你好", now=now, **said)
    run_queued(now=now)

    (letter,) = post.letters
    assert (letter["From"], letter["To"]) == ("crm@willow.example", "a@willow.example, b@willow.example")
    assert letter["Subject"] == "周报"
    assert letter.get_body(("plain",)).get_content().strip() == "你好"
    assert letter.get_body(("html",)).get_content().strip() == "<p>你好</p>"
    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("周报.xlsx", b"\x00\xffbytes")
    assert queries.mail_server().last_sent_at is not None


def test_without_a_mail_server_it_lands_in_the_outbox(owner: Staff, now: datetime) -> None:
    actions.mail_staff([owner.email], "Hello", "There", attachments=[Attachment("a.txt", b"x", "text/plain")], now=now)
    run_queued(now=now)

    (letter,) = mail.outbox
    assert (letter.subject, letter.body.strip(), letter.to) == ("Hello", "There", [owner.email])
    assert letter.attachments[0].filename == "a.txt"


def test_a_subject_of_two_lines_is_no_header(owner: Staff, now: datetime) -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        actions.mail_staff([owner.email], "Hello\nBcc: x@example.com", "There", now=now)


def test_django_s_own_letters_go_the_same_way(post: Post, actor: Actor, settings: Any, now: datetime) -> None:
    settings.EMAIL_BACKEND = "shuke.platform.notices.backend.StaffMail"
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    connect(post, actor, now)

    EmailMessage("Your password", "A link", to=["ada@willow.example"]).send()

    assert post.letters == []
    run_queued()
    assert post.letters[0]["Subject"] == "Your password"


def test_what_is_refused_is_tried_again_later_then_counted_and_told(
    post: Post, actor: Actor, owner: Staff, settings: Any, now: datetime
) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    connect(post, actor, now)
    post.shutdown()
    post.server_close()
    actions.mail_staff([owner.email], "Hello", "There", now=now)
    sender = _sender()

    moments = [now + timedelta(hours=2 * n) for n in range(8)]
    tried = [sender(moment) for moment in moments]

    assert tried == [1, 1, 1, 1, 1, 1, 0, 0]
    assert sender(now) == 0
    (one,) = queries.troubles()
    assert (one.attempts, one.error["error"]) == (6, "unreachable")
    with translation.override("en"):
        assert queries.error_text(queries.mail_server().error).startswith("The mail server does not answer:")
    assert queries.mail_server().failures == 6
    assert Notice.objects.get(staff=owner).kind == KIND


def _sender() -> Callable[[datetime], int]:
    from shuke.platform.notices.actions.sending import send_some

    return lambda moment: send_some(now=moment, clock=lambda: moment)


def test_one_refused_recipient_is_final_and_others_get_theirs(
    post: Post, actor: Actor, settings: Any, now: datetime
) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    connect(post, actor, now)
    post.refusal = b"550 nobody here"
    actions.mail_staff(["gone@willow.example"], "Hello", "There", now=now)
    _sender()(now)

    assert queries.troubles()[0].error == {"error": "recipient", "detail": "gone@willow.example"}


def test_a_mail_server_in_a_private_network_needs_leave(post: Post, actor: Actor, owner: Staff, now: datetime) -> None:
    connect(post, actor, now)
    actions.try_mail(owner, now=now)
    run_queued(now=now)

    test = queries.last_tests([None])[None]
    assert (test.state, test.error) == ("failed", {"error": "private_network", "detail": "localhost"})
    assert post.letters == []


def test_a_password_does_not_follow_to_another_server(post: Post, actor: Actor, now: datetime) -> None:
    connect(post, actor, now, username="u", password="secret", security="tls")
    connect(post, actor, now, username="u", security="tls")
    assert bytes(queries.mail_server().sealed) != b""

    connect(post, actor, now, username="u", host="evil.example", security="tls")

    assert bytes(queries.mail_server().sealed) == b""


def test_targets_hear_once_and_what_fails_says_why(
    hook: Any, actor: Actor, owner: Staff, settings: Any, now: datetime
) -> None:
    """One child process sends to a service that works, one that refuses, one in our network, and one that is none."""
    settings.SHUKE_OUTGOING_ALLOWED = ("localhost",)
    port = hook.server_address[1]
    addresses = {
        "works": f"json://localhost:{port}/topsecret", "private": f"json://127.0.0.1:{port}/topsecret",
        "none": "quux://whatever",
    }  # fmt: skip
    for name, address in addresses.items():
        actions.save_target(name=name, address=address, kinds=[KIND], language="en", by=actor, now=now)
    for _ in range(2):
        actions.notify(
            KIND, "Hello %(count)s", facts={"count": 3}, lines=[("a line", {})], staff=[owner.pk], dedupe_key="k", now=now,
            severity="warn", link="/x/",
        )  # fmt: skip

    run_queued(now=now)

    (heard,) = hook.heard
    assert (heard["title"], heard["type"]) == ("Hello 3", "warning")
    assert heard["message"] == "a line\nhttp://127.0.0.1:8000/x/"
    states = {one.target.name: one for one in Outgoing.objects.select_related("target")}
    assert {name: one.state for name, one in states.items()} == {
        "works": "sent",
        "private": "waiting",
        "none": "failed",
    }
    assert states["private"].error == {"error": "private_network", "detail": "127.0.0.1"}
    assert states["none"].error["error"] == "not_understood"
    assert Target.objects.get(name="private").failures == 1


def test_addresses_are_sealed_shown_masked_and_judged(
    owner: Staff, actor: Actor, client_of: Callable[[Staff], Client], now: datetime
) -> None:
    for bad in ("hello", "dbus://", "syslog://localhost"):
        with pytest.raises(BadTarget):
            actions.save_target(name="x", address=bad, kinds=[], language="", by=actor, now=now)
    actions.save_target(
        name="运营群", address="dingtalk://topsecret0123/", kinds=[KIND], language="", by=actor, now=now
    )

    browser = client_of(owner)
    for address in ("/notices/delivery/", f"/notices/delivery/targets/{Target.objects.get().pk}/"):
        page = browser.get(address).content.decode()
        assert "dingtalk://***" in page
        assert "topsecret" not in page
    assert b"topsecret" not in bytes(Target.objects.get().sealed)


def test_nothing_is_sent_of_what_was_taken_back(owner: Staff, now: datetime) -> None:
    class Change(Exception):
        pass

    def change() -> None:
        with transaction.atomic():
            actions.mail_staff([owner.email], "Hello", "There", now=now)
            raise Change

    with pytest.raises(Change):
        change()
    run_queued(now=now)

    assert mail.outbox == []
