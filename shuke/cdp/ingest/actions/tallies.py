"""Counting what came of events, by source, day and outcome."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from shuke.cdp.ingest.models import Tally

# Outcomes of whole requests, counted at the door and written down now and then.
UNAUTHORIZED, BAD_REQUEST, TOO_LARGE, OVER_QUOTA, OVERLOADED = (
    "unauthorized", "bad_request", "too_large", "over_quota", "overloaded",
)  # fmt: skip
ACCEPTED, DUPLICATE, CONFLICT, BOT, NO_CONSENT, REFUSED, MENDED = (
    "accepted", "duplicate", "conflict", "bot", "no_consent", "refused", "mended",
)  # fmt: skip
NOBODY = 0

Key = tuple[int, date, str]


class DoorTally:
    """What the door turned away since it was last written down."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._guard = threading.Lock()

    def add(self, source_id: int, outcome: str, *, now: datetime, count: int = 1) -> None:
        """Count an outcome."""
        with self._guard:
            self._counts[source_id, now.date(), outcome] += count

    def write_down(self) -> int:
        """Move what was counted into the table; return how many counts there were."""
        with self._guard:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return 0
        try:
            with transaction.atomic():
                add(counts)
        except BaseException:
            with self._guard:
                self._counts.update(counts)
            raise
        return len(counts)


DOOR = DoorTally()


def add(counts: Mapping[Key, int]) -> None:
    """Add counts to the table, in the caller's transaction."""
    upsert(
        Tally._meta.db_table, ("source_id", "day", "outcome"), "count",
        [(*key, count) for key, count in sorted(counts.items()) if count],
    )  # fmt: skip


def upsert(table: str, keys: tuple[str, ...], total: str, rows: Iterable[tuple[Any, ...]], *, last: str = "") -> None:
    """Insert rows (keys, count and, with ``last``, a moment) or add their counts to those that are there."""
    columns = [*keys, total, *([last] if last else [])]
    quoted = connection.ops.quote_name
    later = f", {quoted(last)} = EXCLUDED.{quoted(last)}" if last else ""
    statement = (
        f"INSERT INTO {quoted(table)} ({', '.join(map(quoted, columns))}) VALUES ({', '.join(['%s'] * len(columns))}) "  # noqa: S608  names of ours
        f"ON CONFLICT ({', '.join(map(quoted, keys))}) DO UPDATE "
        f"SET {quoted(total)} = {quoted(table)}.{quoted(total)} + EXCLUDED.{quoted(total)}{later}"
    )
    prepared = list(rows)
    if prepared:
        with connection.cursor() as cursor:
            cursor.executemany(statement, prepared)
