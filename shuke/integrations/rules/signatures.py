"""Signatures of platforms, checked over the bytes as they came and in constant time."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)


def hmac_base64(secret: str, body: bytes) -> str:
    """Return base64(HMAC-SHA256): how Shopify and WooCommerce sign.

    >>> hmac_base64("key", b"The quick brown fox jumps over the lazy dog")
    '97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg='
    """
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def youzan(client_id: str, message: str, secret: str) -> str:
    """Return how Youzan signs: over the message still encoded, as it stands in the request."""
    return hashlib.md5(f"{client_id}{message}{secret}".encode(), usedforsecurity=False).hexdigest()


def standard(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return a signature after Standard Webhooks 1.0: ``v1,`` and base64(HMAC-SHA256 of id.timestamp.body)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def is_one_of(given: str, expected: Iterable[str]) -> bool:
    """Whether ``given`` is one of the signatures; takes the same time whichever it is, and whether it is any.

    >>> is_one_of("b", ["a", "b"]), is_one_of("", [""])
    (True, False)
    """
    found = False
    for one in expected:
        found |= bool(given) and hmac.compare_digest(given.encode(), one.encode())
    return found


def is_timely(timestamp: str, now: datetime) -> bool:
    """Whether a time in seconds since 1970 lies close enough to now: a recorded call cannot be played again later."""
    if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE.total_seconds()
