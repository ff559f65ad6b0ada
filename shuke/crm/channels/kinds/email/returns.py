"""Fetching what came back from a mailbox (IMAP), a few dozen letters at a time."""

import imaplib
import re
import socket
import ssl
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from shuke.crm.channels.errors import ProviderUnavailable
from shuke.crm.channels.kinds.email.bounces import MOST_BYTES
from shuke.platform.http.outgoing import ForbiddenAddress, judged

AT_ONCE = 100
_SECONDS = 30
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where returned letters lie. Always encrypted."""

    host: str
    port: int
    username: str
    password: str
    trusted: ssl.SSLContext | None = None


class _Encrypted(imaplib.IMAP4_SSL):
    """Connects only to addresses that were judged; the certificate is still checked against the name."""

    def _create_socket(self, timeout: Any) -> socket.socket:
        bare = socket.create_connection((judged(self.host, self.port), self.port), timeout)
        made: socket.socket = self.ssl_context.wrap_socket(bare, server_hostname=self.host)
        return made


def unread(box: Mailbox) -> Generator[bytes, None, None]:
    """Yield unread letters as they are, the oldest first; each is marked as read when the next one is asked for.

    So a letter is read again if what was done with it failed. Raises ``ProviderUnavailable``.
    """
    try:
        connection = _Encrypted(
            box.host, box.port, ssl_context=box.trusted or ssl.create_default_context(), timeout=_SECONDS
        )
    except (OSError, imaplib.IMAP4.error, ForbiddenAddress, UnicodeError) as away:
        raise ProviderUnavailable(f"{type(away).__name__}: {away}") from away
    try:
        connection.login(box.username, box.password)
        connection.select("INBOX")
        _state, found = connection.uid("SEARCH", "UNSEEN")
        for number in (found[0] or b"").split()[:AT_ONCE]:
            uid = number.decode("ascii")
            raw = _letter(connection, uid)
            if raw:
                yield raw
            connection.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")
    except (OSError, imaplib.IMAP4.error, UnicodeError) as broken:
        raise ProviderUnavailable(f"{type(broken).__name__}: {broken}") from broken
    finally:
        _leave(connection)


def _letter(connection: imaplib.IMAP4, uid: str) -> bytes:
    _state, said = connection.uid("FETCH", uid, "(RFC822.SIZE)")
    size = _SIZE.search(said[0] if said and isinstance(said[0], bytes) else b"")
    if size is None or int(size[1]) > MOST_BYTES:
        return b""  # nobody reports a bounce in megabytes
    _state, parts = connection.uid("FETCH", uid, "(BODY.PEEK[])")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")


def _leave(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (OSError, imaplib.IMAP4.error):
        connection.shutdown()
