"""Letters as bytes (RFC 5322, 2045–2047).

Python's ``email`` package builds some 850 letters a second: parsing and folding headers that are the same in all of them. Here
what a sender's letters share is written once; subjects and bodies that repeat are encoded once; the rest is put together
from bytes. The tests read every letter back with the standard library.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from html import escape

from shuke.crm.channels.errors import BadContent
from shuke.crm.channels.kinds.email.envelope import fits_header, mailbox, one_line, way_back
from shuke.crm.channels.kinds.email.signing import Signer
from shuke.crm.channels.rules.parcels import Parcel

# "=_" stands in neither base64 nor quoted-printable, so no body can contain it.
_BOUNDARY = b"=_shuke_part_of_letter"
_ALLOWED_HEADERS = {
    "list-unsubscribe": b"List-Unsubscribe", "list-unsubscribe-post": b"List-Unsubscribe-Post", "list-id": b"List-ID",
    "list-help": b"List-Help", "precedence": b"Precedence", "auto-submitted": b"Auto-Submitted",
    "feedback-id": b"Feedback-ID", "in-reply-to": b"In-Reply-To", "references": b"References",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the address people see, where answers and bounces go."""

    address: str
    name: str = ""
    reply_to: str = ""
    # Where what comes back goes; each message gets an address of its own below it. "": to the sender.
    bounces_to: str = ""
    secret: bytes = b""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter on its way: envelope and bytes, before dots are doubled."""

    sender: str
    recipient: str
    domain: str
    data: bytes
    needs_utf8: bool


class Writer:
    """Writes the letters of one sender."""

    def __init__(self, sender: Sender, signer: Signer | None = None) -> None:
        """Prepare what all letters share. Raises ``BadContent`` for a sender that is no address."""
        local, domain = mailbox(sender.address)
        address = f"{local}@{domain}"
        self._sender, self._signer, self._domain, self._address = sender, signer, domain, address
        name = one_line(sender.name, what="sender")
        shown = f"{_phrase(name)} <{address}>" if name else address
        self._shared: list[tuple[bytes, bytes]] = [(b"From", shown.encode()), (b"MIME-Version", b"1.0")]
        if sender.reply_to:
            answers = mailbox(sender.reply_to)
            self._shared.append((b"Reply-To", "@".join(answers).encode()))
        if sender.bounces_to:
            mailbox(sender.bounces_to)

    def write(self, parcel: Parcel, *, now: datetime) -> Letter:
        """Return the letter of a parcel. Raises ``BadContent``."""
        local, domain = mailbox(parcel.address)
        if not fits_header(parcel.key):
            raise BadContent("a key that cannot stand in a header", code="bad_key")
        recipient = f"{local}@{domain}"
        kind, body = _body(parcel)
        headers = [
            *self._shared,
            (b"To", recipient.encode()),
            (b"Subject", _subject(one_line(parcel.content.subject, what="subject"))),
            (b"Date", _date(now)),
            (b"Message-ID", f"<{parcel.key}@{self._domain}>".encode()),
            *_extra(parcel.headers),
            *kind,
        ]
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        if self._signer:
            head = self._signer.signature(headers, body, at=int(now.timestamp())) + head
        back = self._sender
        sender = way_back(parcel.key, back.bounces_to, secret=back.secret) if back.bounces_to else self._address
        return Letter(sender, recipient, domain, head + b"\r\n" + body, not local.isascii())


def _body(parcel: Parcel) -> tuple[list[tuple[bytes, bytes]], bytes]:
    content = parcel.content
    html = _with_preheader(content.html, content.preheader) if content.preheader and content.html else content.html
    text = content.text or ("" if html else content.body)
    if not html and not text.strip():
        raise BadContent("nothing to say", code="empty")
    if not html or not text:
        encoding, body = _encoded(html or text)
        kind = b"text/html; charset=utf-8" if html else b"text/plain; charset=utf-8"
        return [(b"Content-Type", kind), (b"Content-Transfer-Encoding", encoding)], body
    edge = b"--" + _BOUNDARY
    parts = [_part(b"text/plain", text), _part(b"text/html", html)]
    body = b"".join(edge + b"\r\n" + part + b"\r\n" for part in parts) + edge + b"--\r\n"
    return [(b"Content-Type", b'multipart/alternative; boundary="' + _BOUNDARY + b'"')], body


def _part(kind: bytes, text: str) -> bytes:
    encoding, body = _encoded(text)
    head = b"Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (kind, encoding)
    return head + body


@lru_cache(maxsize=32)
def _encoded(text: str) -> tuple[bytes, bytes]:
    """Return a text in the shorter of the two encodings that every server carries; the same text is encoded once."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    data = lines.encode("utf-8", "replace")
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    if len(data) - len(lines) > len(data) // 8:
        packed = binascii.b2a_base64(data, newline=False)
        return b"base64", b"\r\n".join(packed[at : at + 76] for at in range(0, len(packed), 76)) + b"\r\n"
    return b"quoted-printable", binascii.b2a_qp(data, istext=True)


@lru_cache(maxsize=512)
def _subject(text: str) -> bytes:
    text = text.strip()
    if text.isascii() and len(text) <= 68 and "=?" not in text:
        return text.encode()
    return Header(text, "utf-8", header_name="Subject", maxlinelen=75).encode(linesep="\r\n").encode()


def _phrase(name: str) -> str:
    """Return a name as it stands before an address."""
    if name.isascii() and all(one.isalnum() or one in " -_'!" for one in name):
        return name
    if name.isascii():
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return Header(name, "utf-8", header_name="From", maxlinelen=75).encode(linesep="\r\n")


@lru_cache(maxsize=4)
def _date(now: datetime) -> bytes:
    return format_datetime(now.replace(microsecond=0)).encode()


def _extra(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    found = []
    for name, value in headers.items():
        written = _ALLOWED_HEADERS.get(name.lower())
        if written is None or not value.isascii():
            raise BadContent("a header that letters do not carry", code="bad_header", what=name[:40])
        found.append((written, one_line(value, what=name).encode()))
    return found


def _with_preheader(html: str, preheader: str) -> str:
    """Put what mailboxes show beside the subject at the beginning of a letter that does not have it yet."""
    said = escape(preheader)
    if said in html or preheader in html:
        return html
    hidden = f'<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{said}</div>'
    start = html.lower().find("<body")
    end = html.find(">", start) + 1 if start >= 0 else 0
    return html[:end] + hidden + html[end:]
