"""Events on their way from the inbox into the log, or aside."""

from dataclasses import dataclass
from datetime import datetime

from shuke.cdp.ingest.actions.book import Known
from shuke.cdp.ingest.engine.preparing import Prepared, Rejected


@dataclass(slots=True)
class Item:
    """An event that was read, where it came from and, once recognised, whose it is."""

    source: Known
    inbox_id: int
    received_at: datetime
    route: str
    found: Prepared
    identity_id: int | None = None
    customer_id: int | None = None

    def lost(self, reason: str) -> "Lost":
        """Return the event as one that cannot be written after all."""
        rejected = Rejected(self.found.marks.raw, reason, keys=self.found.keys, route=self.route)
        return Lost(self.source, self.inbox_id, self.received_at, self.route, rejected)


@dataclass(slots=True)
class Lost:
    """An event that cannot be written, and where it came from."""

    source: Known
    inbox_id: int
    received_at: datetime
    route: str
    found: Rejected
