"""Whose keys stand in something that is kept sealed: digests by which an erasure finds it without opening it."""

from collections.abc import Iterable
from hashlib import blake2b


def digest(value: str, *, secret: bytes) -> str:
    """Return a short keyed digest of a key of a person, however it is capitalised.

    >>> digest(" Ada@Example.com ", secret=b"k") == digest("ada@example.com", secret=b"k")
    True
    """
    return blake2b(value.strip().casefold().encode(), digest_size=8, key=secret).hexdigest()


def written(values: Iterable[str], *, secret: bytes) -> str:
    """Return the digests of several keys as a table holds them: each between spaces, to be found whole."""
    found = sorted({digest(value, secret=secret) for value in values if value})
    return f" {' '.join(found)} " if found else ""
