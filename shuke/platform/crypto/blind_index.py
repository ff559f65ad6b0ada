"""Keyed fingerprints for exact search over sealed values.

An unkeyed hash of a phone number is reversed in minutes by trying them all; HMAC with a key outside the database is
not. Equal values still give equal fingerprints: that is what makes them findable, and the one thing they leak.
"""

import hashlib
import hmac

from shuke.platform.crypto.keys import key


def blind_index(purpose: str, normalised: str) -> bytes:
    """Return the 32-byte fingerprint of an already normalised value for one ``purpose`` (``customers.email``)."""
    return hmac.new(key("blind-index"), f"{purpose}\x00{normalised}".encode(), hashlib.sha256).digest()
