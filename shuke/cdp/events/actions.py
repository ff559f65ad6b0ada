"""Writing the log."""

import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from shuke.cdp.events import queries
from shuke.cdp.events.models import Event, Subscription
from shuke.cdp.events.queries import Envelope
from shuke.kernel.ids import uuid7
from shuke.platform.db.bulk import JsonText, insert_rows
from shuke.platform.manifest import Manifest, installed
from shuke.vocabulary.events import EventsRemoved

_COLUMNS = (
    "position", "uuid", "name", "version", "identity_id", "customer_id", "occurred_at", "received_at", "source",
    "actor", "causation_id", "historical", "import_id", "properties",
)  # fmt: skip
_NUMBERED_AT_ONCE = 5_000
_DELIVERED_AT_ONCE = 5_000

log = logging.getLogger(__name__)
Handler = Callable[[list[Envelope]], None]


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
        cls,
        said: Any,
        *,
        customer_id: int | None,
        occurred_at: datetime,
        by: Provenance,
        identity_id: int | None = None,
    ) -> "NewEvent":
        """Put a vocabulary event into its envelope."""
        return cls(
            name=said.NAME, version=said.VERSION, customer_id=customer_id,
            properties={name: getattr(said, name) for name in said.__slots__},
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
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT max(
                coalesce((SELECT max(position) FROM events_event), 0),
                coalesce((SELECT position FROM events_subscription WHERE name = %s), 0)
            ) + 1
            """,
            [queries.LAST_GIVEN],
        )
        return int(cursor.fetchone()[0])


def _row(event: NewEvent, position: int | None, offset: int) -> Sequence[Any]:
    return (
        None if position is None else position + offset, event.uuid, event.name, event.version, event.identity_id,
        event.customer_id, event.occurred_at, event.received_at, event.source, event.actor, event.causation_id,
        event.historical, event.import_id, JsonText(json.dumps(event.properties, default=str)),
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
            ), last AS (
                SELECT greatest(
                    coalesce((SELECT max(position) FROM events_event), 0),
                    coalesce((SELECT position FROM events_subscription WHERE name = %s), 0)
                ) AS position
            )
            UPDATE events_event SET position = last.position + unnumbered.n
            FROM unnumbered, last WHERE events_event.id = unnumbered.id
            """,
            [_NUMBERED_AT_ONCE, queries.LAST_GIVEN],
        )
        return int(cursor.rowcount)


def advance(subscriber: str, position: int, *, now: datetime, error: str = "") -> None:
    """Remember that ``subscriber`` has dealt with everything up to ``position``."""
    Subscription.objects.update_or_create(
        name=subscriber, defaults={"position": position, "changed_at": now, "error": error}
    )


def forget_import(import_id: int, *, limit: int | None = None) -> int:
    """Remove the events that an import wrote; return how many. Part of the import's undo, in its transaction.

    With a ``limit`` only that many at once, so that nobody waits for a long transaction: call until it returns 0.
    """
    return _forget(Event.objects.filter(import_id=import_id), limit)


def forget_behaviour(
    customer_ids: Collection[int], identity_ids: Collection[int], *, now: datetime, limit: int = 1_000
) -> int:
    """Remove what people did, as other systems told it (page views, carts …), in the caller's transaction.

    What our own domains published stays: it says nothing but ids and amounts. Publishes ``events.removed``. Call until
    it returns 0.
    """
    theirs = Q(customer_id__in=customer_ids) | Q(identity_id__in=identity_ids)
    return _forget_and_tell(_behaviour(None).filter(theirs), limit, now)


def forget_old_behaviour(*, before: datetime, now: datetime, limit: int = 1_000) -> int:
    """Remove what anybody did before a moment, as other systems told it. Call until it returns 0."""
    return _forget_and_tell(_behaviour(before), limit, now)


def _behaviour(before: datetime | None) -> QuerySet[Event]:
    found = Event.objects.exclude(name__in=queries.own_names())
    return found if before is None else found.filter(occurred_at__lt=before)


def _forget(doomed: QuerySet[Event], limit: int | None) -> int:
    """Remove events. Positions are never given twice, not even those of the newest: subscribers have read past them."""
    _remember_last_position()
    if limit is not None:
        doomed = Event.objects.filter(pk__in=list(doomed.order_by("pk").values_list("pk", flat=True)[:limit]))
    return doomed.delete()[0]


def _forget_and_tell(doomed: QuerySet[Event], limit: int, now: datetime) -> int:
    """Remove events and say which, so that the warehouse lets go of them too."""
    rows = list(doomed.order_by("pk").values_list("pk", "position")[:limit])
    if not rows:
        return 0
    _remember_last_position()
    Event.objects.filter(pk__in=[pk for pk, _position in rows]).delete()
    said = EventsRemoved([position for _pk, position in rows if position is not None])
    by = Provenance("shuke", "system:events", now, historical=True)
    publish([NewEvent.of(said, customer_id=None, occurred_at=now, by=by)])
    return len(rows)


def _remember_last_position() -> None:
    newest = Event.objects.filter(position__isnull=False).order_by("-position").first()
    remembered = Subscription.objects.filter(name=queries.LAST_GIVEN).first()
    if newest is not None and (remembered is None or remembered.position < (newest.position or 0)):
        advance(queries.LAST_GIVEN, newest.position or 0, now=newest.received_at)


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who is told what happened: which events, and whether imported history is among them.

    Events that stand together and have one handler are handed to it together, whatever their names.
    """

    name: str
    handlers: Mapping[str, Handler]
    skips_history: bool = False

    @classmethod
    def all_of(cls, manifests: Iterable[Manifest]) -> Iterator["Subscriber"]:
        """Yield the subscribers that manifests declare: at most three for each domain, with a cursor each."""
        for manifest in manifests:
            if manifest.listens:
                yield cls(manifest.domain, manifest.listens)
            if manifest.reacts_to:
                yield cls(f"{manifest.domain}.live", manifest.reacts_to, skips_history=True)
            if manifest.reacts_to_chosen is not None:
                yield cls(f"{manifest.domain}.chosen", manifest.reacts_to_chosen(), skips_history=True)


def deliver(*, now: datetime, subscribers: Iterable[Subscriber] | None = None) -> int:
    """Hand each subscriber the next events it waits for, and return how many were handed over.

    A subscriber's cursor moves after its handler succeeded: it sees every event at least once, in order. One that
    fails is left where it stands, with the error beside its cursor, and holds up nobody else.
    """
    told = Subscriber.all_of(installed()) if subscribers is None else subscribers
    return sum(_deliver_to(subscriber, now) for subscriber in told)


def _deliver_to(subscriber: Subscriber, now: datetime) -> int:
    end = queries.last_position()
    start = _cursor_or_start(subscriber, end, now)
    if start >= end:
        return 0
    batch = queries.called(
        list(subscriber.handlers), after=start, until=end, limit=_DELIVERED_AT_ONCE, live_only=subscriber.skips_history
    )
    reached, handed = start, 0
    for handler, group in groupby(batch, key=lambda event: subscriber.handlers[event.name]):
        events = list(group)
        try:
            handler(events)
        except Exception as error:
            log.exception("%s could not deal with %s %s", subscriber.name, len(events), events[0].name)
            advance(subscriber.name, reached, now=now, error=f"{type(error).__name__}: {error}")
            return handed
        reached, handed = events[-1].position, handed + len(events)
    advance(subscriber.name, reached if len(batch) == _DELIVERED_AT_ONCE else end, now=now)
    return handed


def _cursor_or_start(subscriber: Subscriber, end: int, now: datetime) -> int:
    """Where to go on. Whoever is new reads the whole log, except those who only react: for them life begins now."""
    known = Subscription.objects.filter(name=subscriber.name).values_list("position", flat=True).first()
    if known is not None:
        return known
    start = end if subscriber.skips_history else 0
    advance(subscriber.name, start, now=now)
    return start
