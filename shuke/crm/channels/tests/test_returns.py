"""The mailbox for returned letters: read once, marked after what it says was kept, never in clear."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from shuke.crm.channels import queries, testing
from shuke.crm.channels.actions import fetching, receiving
from shuke.crm.channels.errors import ProviderUnavailable
from shuke.crm.channels.kinds.email import envelope, returns
from shuke.crm.channels.kinds.email.returns import Mailbox, unread
from shuke.crm.channels.tests.smtp import certificate, free_port
from shuke.platform.crypto.keys import unchanging

NOW = testing.NOW


class Box:
    """A mailbox: letters by number, and which of them were read."""

    def __init__(self, *letters: bytes) -> None:
        self.letters = dict(enumerate(letters, 1))
        self.seen: list[int] = []

    def answer(self, tag: str, line: str) -> bytes:
        verb = line.upper()
        said = b""
        if verb.startswith("CAPABILITY"):
            said = b"* CAPABILITY IMAP4rev1\r\n"
        elif verb.startswith("LOGIN") and "wrong" in line:
            return f"{tag} NO no such user\r\n".encode()
        elif verb.startswith("SELECT"):
            said = f"* {len(self.letters)} EXISTS\r\n".encode()
        elif verb.startswith("UID SEARCH"):
            said = ("* SEARCH " + " ".join(str(n) for n in self.letters if n not in self.seen) + "\r\n").encode()
        elif verb.startswith("UID FETCH"):
            number = int(line.split()[2])
            raw = self.letters[number]
            if "SIZE" in verb:
                said = f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})\r\n".encode()
            else:
                said = f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
        elif verb.startswith("UID STORE"):
            self.seen.append(int(line.split()[2]))
        elif verb.startswith("LOGOUT"):
            said = b"* BYE\r\n"
        return said + f"{tag} OK done\r\n".encode()


@contextmanager
def serving(box: Box, context: ssl.SSLContext) -> Iterator[int]:
    door = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                bare, _address = door.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(bare, server_side=True) as caller:
                    caller.sendall(b"* OK ready\r\n")
                    for raw in caller.makefile("rb"):
                        tag, _space, line = raw.decode().strip().partition(" ")
                        caller.sendall(box.answer(tag, line))
                        if line.upper().startswith("LOGOUT"):
                            break
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield door.getsockname()[1]
    finally:
        door.close()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def our_own_network(settings) -> None:
    settings.SHUKE_OUTGOING_ALLOWED = ("127.0.0.1",)


def _bounce(key: str) -> bytes:
    back = envelope.way_back(key, "back@news.willow.example", secret=unchanging("way-back"))
    text = f"From: MAILER-DAEMON@mx.example\nTo: {back}\nSubject: failure\n\nada: 550 5.1.1 no such user\n"
    return text.replace("\n", "\r\n").encode()


def test_letters_are_marked_when_the_next_is_asked_for(contexts, monkeypatch) -> None:
    serving_context, trusting = contexts
    box = Box(b"one\r\n", b"x" * 3000, b"three\r\n")
    monkeypatch.setattr(returns, "MOST_BYTES", 2000)
    with serving(box, serving_context) as port:
        letters = unread(Mailbox("127.0.0.1", port, "u", "p", trusting))
        first = next(letters)
        letters.close()
        assert (first, box.seen) == (b"one\r\n", [])
        rest = list(unread(Mailbox("127.0.0.1", port, "u", "p", trusting)))

    # What is too large to be a report is passed over, and not looked at again.
    assert rest == [b"one\r\n", b"three\r\n"]
    assert sorted(box.seen) == [1, 2, 3]


def test_a_mailbox_that_cannot_be_read_says_so(contexts, settings) -> None:
    serving_context, trusting = contexts
    with serving(Box(), serving_context) as port:
        for box in (Mailbox("127.0.0.1", port, "u", "wrong", trusting), Mailbox("127.0.0.1", port, "u", "p"),
                    Mailbox("127.0.0.1", free_port(), "u", "p", trusting)):  # fmt: skip
            with pytest.raises(ProviderUnavailable):
                list(unread(box))
        settings.SHUKE_OUTGOING_ALLOWED = ()
        with pytest.raises(ProviderUnavailable):
            list(unread(Mailbox("127.0.0.1", port, "u", "p", trusting)))


@pytest.mark.django_db
@pytest.mark.usefixtures("company")
def test_what_came_back_is_kept_once_and_read_again_if_it_could_not_be_kept(contexts, actor, monkeypatch) -> None:
    serving_context, trusting = contexts
    monkeypatch.setattr(returns.ssl, "create_default_context", lambda: trusting)
    box = Box(_bounce("0190aaaa"), b"Subject: hello\r\n\r\nA letter of somebody.\r\n", _bounce("0190bbbb"))
    with serving(box, serving_context) as port:
        account = testing.mail_account(25, by=actor, imap_host=f"127.0.0.1:{port}", imap_username="u")
        testing.mail_account(26, by=actor, imap_host=f"127.0.0.1:{free_port()}")
        testing.mail_account(27, by=actor)
        keep = receiving.keep
        monkeypatch.setattr(receiving, "keep", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fetching.fetch_returns(now=NOW)
        assert box.seen == []
        monkeypatch.setattr(receiving, "keep", keep)

        assert fetching.fetch_returns(now=NOW) == 2
        assert fetching.fetch_returns(now=NOW) == 0
        box.seen.clear()
        assert fetching.fetch_returns(now=NOW) == 0

    said = queries.receipts_after(0)
    assert [(one.what, one.key, one.is_permanent) for one in said] == [
        ("bounced", "0190aaaa", True),
        ("bounced", "0190bbbb", True),
    ]
    assert {one.account_id for one in said} == {account.pk}
