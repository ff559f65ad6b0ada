"""Writing intervals of membership: in short transactions, each with the events it causes."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import pyarrow as pa
from django.db import transaction

from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.segments.models import Membership, Segment
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

# One chunk is one transaction; measured below the 100 ms that a writer may hold the others up.
AT_ONCE = 500
_READ_AT_ONCE = 50_000

Tell = Callable[[int], None]


def enter(
    segment: Segment,
    customer_ids: Sequence[int],
    *,
    by: Provenance,
    is_announced: bool,
    tell: Tell,
    because: str = "rule",
) -> None:
    """Open intervals for customers who have none. ``tell`` hears of each chunk's size."""
    for ids in _chunks(customer_ids):
        with transaction.atomic():
            insert_rows(
                Membership,
                ("segment_id", "customer_id", "entered_at", "left_at", "entered_because", "left_because"),
                [(segment.pk, customer_id, by.now, None, because, "") for customer_id in ids],
            )
            if is_announced:
                said = SegmentEntered(segment_id=segment.pk, segment=str(segment.uuid))
                publish(NewEvent.of(said, customer_id=one, occurred_at=by.now, by=by) for one in ids)
        tell(len(ids))


def leave(segment: Segment, customer_ids: Sequence[int], *, by: Provenance, tell: Tell, because: str = "rule") -> None:
    """Close the open intervals of customers."""
    for ids in _chunks(customer_ids):
        with transaction.atomic():
            held = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__in=ids)
            held.update(left_at=by.now, left_because=because)
            said = SegmentLeft(segment_id=segment.pk, segment=str(segment.uuid))
            publish(NewEvent.of(said, customer_id=one, occurred_at=by.now, by=by) for one in ids)
        tell(len(ids))


@dataclass(frozen=True, slots=True)
class Move:
    """One customer who enters a segment or leaves it, and the fact behind that."""

    segment_id: int
    segment: UUID
    customer_id: int
    enters: bool
    because: str
    causation_id: UUID | None = None


def move(moves: Sequence[Move], *, by: Provenance) -> None:
    """Write what single facts did, over many segments at once: each chunk is one transaction with its events."""
    for chunk in (moves[start : start + AT_ONCE] for start in range(0, len(moves), AT_ONCE)):
        with transaction.atomic():
            insert_rows(
                Membership,
                ("segment_id", "customer_id", "entered_at", "left_at", "entered_because", "left_because"),
                [(one.segment_id, one.customer_id, by.now, None, one.because, "") for one in chunk if one.enters],
            )
            _close([one for one in chunk if not one.enters], by.now)
            publish(_announced(one, by) for one in chunk)


def _close(moves: Sequence[Move], now: datetime) -> None:
    if not moves:
        return
    wanted = {(one.segment_id, one.customer_id): one.because for one in moves}
    held = Membership.objects.filter(
        segment_id__in={one.segment_id for one in moves}, customer_id__in={one.customer_id for one in moves},
        left_at__isnull=True,
    )  # fmt: skip
    update_rows(
        Membership, ("left_at", "left_because"),
        [
            (now, because, pk)
            for pk, segment_id, customer_id in held.values_list("pk", "segment_id", "customer_id")
            if (because := wanted.get((segment_id, customer_id))) is not None
        ],
    )  # fmt: skip


def _announced(one: Move, by: Provenance) -> NewEvent:
    kind = SegmentEntered if one.enters else SegmentLeft
    said = kind(segment_id=one.segment_id, segment=str(one.segment))
    return replace(
        NewEvent.of(said, customer_id=one.customer_id, occurred_at=by.now, by=by), causation_id=one.causation_id
    )


def held_by(segment_ids: Collection[int], customer_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return which of some customers are in which of some segments, as (segment, customer)."""
    found: set[tuple[int, int]] = set()
    for ids in _chunks(customer_ids):
        held = Membership.objects.filter(segment_id__in=segment_ids, customer_id__in=ids, left_at__isnull=True)
        found.update(held.values_list("segment_id", "customer_id"))
    return found


def copy_customers(moves: Sequence[Move]) -> None:
    """Make the warehouse's copy say what our table says of those who moved."""
    if not moves:
        return
    if warehouse.may_replace_by("segment_members", "customer_id"):
        people = sorted({one.customer_id for one in moves})
        warehouse.replace("segment_members", "customer_id", people, rows_of_customers(people))
        return
    for segment in Segment.objects.filter(pk__in={one.segment_id for one in moves}):
        copy_to_warehouse(segment)


def rows_of_customers(customer_ids: Sequence[int]) -> pa.Table:
    """Return the present memberships of customers as the warehouse keeps them."""
    rows: list[tuple[int, int, datetime]] = []
    for ids in _chunks(customer_ids):
        held = Membership.objects.filter(customer_id__in=ids, left_at__isnull=True)
        rows += held.values_list("segment_id", "customer_id", "entered_at")
    return _as_table(rows)


def present_in_order(segment: Segment) -> Iterator[int]:
    """Yield the present members' ids, rising, read in pieces so that no read lasts long."""
    after = 0
    while True:
        found = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__gt=after)
        ids = list(found.order_by("customer_id").values_list("customer_id", flat=True)[:_READ_AT_ONCE])
        yield from ids
        if len(ids) < _READ_AT_ONCE:
            return
        after = ids[-1]


def copy_to_warehouse(segment: Segment) -> None:
    """Make the warehouse's copy of the members what our table says."""
    warehouse.replace("segment_members", "segment_id", [segment.pk], _as_table(list(rows_of([segment.pk]))))


def _as_table(rows: Sequence[tuple[int, int, datetime]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table({
        "segment_id": pa.array(columns[0], pa.int64()),
        "customer_id": pa.array(columns[1], pa.int64()),
        "entered_at": pa.array(columns[2], pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us")),
    })  # fmt: skip


def rows_of(segment_ids: Sequence[int]) -> Iterator[tuple[int, int, datetime]]:
    """Yield the present members of segments as the warehouse keeps them."""
    for segment_id in segment_ids:
        after = 0
        while True:
            found = Membership.objects.filter(segment_id=segment_id, left_at__isnull=True, customer_id__gt=after)
            rows = list(
                found.order_by("customer_id").values_list("segment_id", "customer_id", "entered_at")[:_READ_AT_ONCE]
            )
            yield from rows
            if len(rows) < _READ_AT_ONCE:
                break
            after = rows[-1][1]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
