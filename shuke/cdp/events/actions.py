"""Writing the log."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from shuke.cdp.events.models import Event, Subscription
from shuke.kernel.ids import uuid7
from shuke.platform.db.bulk import insert_rows

_COLUMNS = (
    "position", "uuid", "name", "version", "identity_id", "customer_id", "occurred_at", "received_at", "source",
    "actor", "causation_id", "historical", "import_id", "properties",
)  # fmt: skip
_NUMBERED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where facts come from: the source system, the actor (``kind:id``), the moment, and the import if there is one.

    ``historical`` facts are written as history: projections see them, nothing live reacts.
    """

    source: str
    actor: str
    now: datetime
    historical: bool = False
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be published. ``properties`` hold ids and derived facts, never personal data."""

    name: str
    customer_id: int | None
    occurred_at: datetime
    received_at: datetime
    source: str
    actor: str
    properties: dict[str, Any]
    version: int = 1
    identity_id: int | None = None
    causation_id: UUID | None = None
    historical: bool = False
    import_id: int | None = None
    uuid: UUID = field(default_factory=uuid7)

    @classmethod
    def of(
        cls, said: Any, *, customer_id: int | None, occurred_at: datetime, by: Provenance, identity_id: int | None = None
    ) -> "NewEvent":
        """Put a vocabulary event into its envelope."""
        return cls(
            name=said.NAME, version=said.VERSION, properties=asdict(said), customer_id=customer_id,
            identity_id=identity_id, occurred_at=occurred_at, received_at=by.now, source=by.source, actor=by.actor,
            historical=by.historical, import_id=by.import_id,
        )  # fmt: skip


def publish(events: Iterable[NewEvent]) -> int:
    """Append events to the log inside the caller's transaction and return how many.

    Raises ``RuntimeError`` outside a transaction: an event must not be visible without its cause, nor the reverse.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("publish() belongs inside the transaction that causes the events")
    rows = list(events)
    position = _next_position() if connection.vendor == "sqlite" else None
    return insert_rows(Event, _COLUMNS, (_row(event, position, offset) for offset, event in enumerate(rows)))


def _next_position() -> int:
    """The position after the last one; safe because SQLite admits one writer at a time and we are it."""
    return (Event.objects.aggregate(last=Max("position"))["last"] or 0) + 1


def _row(event: NewEvent, position: int | None, offset: int) -> Sequence[Any]:
    return (
        None if position is None else position + offset, event.uuid, event.name, event.version, event.identity_id,
        event.customer_id, event.occurred_at, event.received_at, event.source, event.actor, event.causation_id,
        event.historical, event.import_id, json.loads(json.dumps(event.properties, default=str)),
    )  # fmt: skip


def number_committed() -> int:
    """Give positions to committed events that have none yet, in insertion order; return how many.

    Called by the one leader that holds the advisory lock. Rows of transactions still open are invisible here and get a
    later position, which is what keeps subscribers from reading past them. A no-op on SQLite.
    """
    if connection.vendor == "sqlite":
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.events.leader'))")
        cursor.execute(
            """
            WITH unnumbered AS (
                SELECT id, row_number() OVER (ORDER BY id) AS n FROM events_event
                WHERE position IS NULL ORDER BY id LIMIT %s
            ), last AS (SELECT coalesce(max(position), 0) AS position FROM events_event)
            UPDATE events_event SET position = last.position + unnumbered.n
            FROM unnumbered, last WHERE events_event.id = unnumbered.id
            """,
            [_NUMBERED_AT_ONCE],
        )
        return int(cursor.rowcount)


def advance(subscriber: str, position: int, *, now: datetime, error: str = "") -> None:
    """Remember that ``subscriber`` has dealt with everything up to ``position``."""
    Subscription.objects.update_or_create(
        name=subscriber, defaults={"position": position, "changed_at": now, "error": error}
    )


def forget_import(import_id: int) -> int:
    """Remove the events that an import wrote; return how many. Part of the import's undo."""
    return Event.objects.filter(import_id=import_id).delete()[0]
