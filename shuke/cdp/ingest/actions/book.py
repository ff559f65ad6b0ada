"""The sources as the door knows them: in memory, looked at again when something changed."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from shuke.cdp.ingest.engine.preparing import Sender
from shuke.cdp.ingest.models import Source
from shuke.cdp.ingest.queries.sources import sender_of
from shuke.kernel.clock import utcnow

# Another process may have changed a source.
LOOK_AGAIN_SECONDS = 2.0
# Somebody tries keys: do not look into the database for each.
LOOK_FOR_UNKNOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Known:
    """A source, with what door and pipeline need to know of it."""

    id: int
    code: str
    name: str
    kind: str
    shop_id: int
    shop_code: str
    write_key: str
    quota_per_second: int
    sender: Sender


class Book:
    """Sources by key and by id. Reading is free of locks: a new edition replaces the old one whole."""

    def __init__(self) -> None:
        self._by_key: dict[str, Known] = {}
        self._by_id: dict[int, Known] = {}
        self._read_at = float("-inf")
        self._guard = threading.Lock()
        self.edition = 0

    def find(self, key: str) -> Known | None:
        """Return the source of a key, as far as we know by now."""
        return self._by_key.get(key)

    def of(self, source_id: int) -> Known | None:
        """Return a source by its id, archived ones too."""
        return self._by_id.get(source_id)

    def is_stale(self, *, unknown: bool = False) -> bool:
        """Whether it is time to look again; sooner for somebody who is not in the book."""
        return time.monotonic() - self._read_at > (LOOK_FOR_UNKNOWN_SECONDS if unknown else LOOK_AGAIN_SECONDS)

    def forget(self) -> None:
        """Look again at the next opportunity: a source has changed."""
        self._read_at = float("-inf")

    def refresh(self, *, now: datetime | None = None) -> None:
        """Read the sources anew, in one query."""
        moment = now or utcnow()
        with self._guard:
            self._read_at = time.monotonic()
            rows = list(Source.objects.select_related("shop"))
            by_id = {row.pk: _known(row) for row in rows}
            by_key = {}
            for row in rows:
                if row.archived_at is None:
                    by_key[row.write_key] = by_id[row.pk]
                    if row.previous_key and row.previous_key_until and row.previous_key_until > moment:
                        by_key[row.previous_key] = by_id[row.pk]
            if by_key != self._by_key or by_id != self._by_id:
                self._by_key, self._by_id = by_key, by_id
                self.edition += 1


def _known(row: Source) -> Known:
    return Known(
        row.pk, row.code, row.name, row.kind, row.shop_id, row.shop.code, row.write_key, row.quota_per_second,
        sender_of(row),
    )  # fmt: skip


BOOK = Book()
