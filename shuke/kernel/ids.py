"""Identifiers that are safe to show outside and sort by the time they were made."""

import os
import time
import uuid


def uuid7(*, at_ms: int | None = None) -> uuid.UUID:
    """Return a version-7 UUID (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then randomness.

    ``at_ms`` overrides the clock, for tests and for generated histories.

    >>> uuid7(at_ms=0).version
    7
    """
    milliseconds = time.time_ns() // 1_000_000 if at_ms is None else at_ms
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)
