"""Keyed fingerprints for exact search over sealed values.

An unkeyed hash of a phone number is reversed in minutes by trying them all; HMAC with a key outside the database is
not. Equal values still give equal fingerprints: that is what makes them findable, and the one thing they leak.
"""

import hashlib
import hmac

from shuke.platform.crypto.keys import newest, ring, unchanging

RING = "blind-index"


def blind_index(purpose: str, normalised: str) -> bytes:
    """Return the 32-byte fingerprint of an already normalised value for one ``purpose`` (``customers.email``)."""
    return _under(newest(RING)[1], purpose, normalised)


def blind_indexes(purpose: str, normalised: str) -> list[bytes]:
    """Return the fingerprints under every key of the ring, newest first: what to look for while keys change."""
    return [_under(held, purpose, normalised) for _number, held in sorted(ring(RING).items(), reverse=True)]


def index_key() -> int:
    """Return the number of the key that ``blind_index`` uses."""
    return newest(RING)[0]


def is_changing() -> bool:
    """Whether there is an earlier key on the ring, under which something may still stand."""
    return len(ring(RING)) > 1


def fingerprint(purpose: str, content: str) -> bytes:
    """Return a keyed hash that only ever tells "the same as before": under a key of its own that never changes."""
    return _under(unchanging("fingerprint"), purpose, content)


def _under(key: bytes, purpose: str, value: str) -> bytes:
    return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).digest()
