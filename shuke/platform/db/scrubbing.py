"""Deleting so that nothing is left in the file either."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import OperationalError, connection


@contextmanager
def leaving_no_trace() -> Iterator[None]:
    """Overwrite what this connection deletes or replaces inside the block, and empty the log of changes at its end.

    SQLite otherwise leaves old content in free places of its file, and in the write-ahead log until that is reused.
    PostgreSQL does the same on its own time (VACUUM). Belongs around transactions, not into one.
    """
    if connection.vendor != "sqlite":
        yield
        return
    _pragma("secure_delete = ON")
    try:
        yield
    finally:
        _pragma("secure_delete = OFF")
        if not connection.in_atomic_block:
            with suppress(OperationalError):  # somebody reads: the next checkpoint gets it
                _pragma("wal_checkpoint(TRUNCATE)")


def _pragma(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        cursor.fetchall()
