"""Links in messages that nobody can make up: the message's id under a keyed hash, one use each."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from uuid import UUID

UNSUBSCRIBE, OPEN, CLICK, VIEW = b"unsubscribe", b"open", b"click", b"view"
_MAC = 16


def token(secret: bytes, use: bytes, message: UUID, number: int = 0) -> str:
    """Return what a link carries: 128 bits of it cannot be guessed, and nothing in it says who it is.

    >>> from uuid import UUID
    >>> made = token(b"s", CLICK, UUID(int=5), 7)
    >>> read(b"s", CLICK, made), read(b"s", OPEN, made), read(b"t", CLICK, made), read(b"s", CLICK, "é" + made[1:])
    ((UUID('00000000-0000-0000-0000-000000000005'), 7), None, None, None)
    """
    said = message.bytes + (number.to_bytes(5, "big") if use == CLICK else b"")
    return urlsafe_b64encode(said + _mac(secret, use, said)).decode().rstrip("=")


def read(secret: bytes, use: bytes, written: str) -> tuple[UUID, int] | None:
    """Return the message (and number) of a token that we made for this use, None for anything else."""
    if len(written) > 80 or not written.isascii():
        return None
    try:
        raw = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    except ValueError:
        return None
    said, mac = raw[:-_MAC], raw[-_MAC:]
    if len(said) != (21 if use == CLICK else 16) or not hmac.compare_digest(mac, _mac(secret, use, said)):
        return None
    # One spelling only: a token is compared and counted as it stands.
    if urlsafe_b64encode(raw).decode().rstrip("=") != written:
        return None
    return UUID(bytes=said[:16]), int.from_bytes(said[16:], "big")


def _mac(secret: bytes, use: bytes, said: bytes) -> bytes:
    return hmac.digest(secret, use + b"\0" + said, sha256)[:_MAC]
