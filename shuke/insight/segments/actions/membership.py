"""Writing intervals of membership: in short transactions, each with the events it causes."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import pyarrow as pa
from django.db import transaction

from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.cdp.warehouse import actions as warehouse
from shuke.insight.segments.models import Membership, Segment
from shuke.platform.db.bulk import insert_rows
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

# One chunk is one transaction; measured below the 100 ms that a writer may hold the others up.
AT_ONCE = 500
_READ_AT_ONCE = 50_000

Tell = Callable[[int], None]


def enter(segment: Segment, customer_ids: Sequence[int], *, by: Provenance, is_announced: bool, tell: Tell) -> None:
    """Open intervals for customers who have none. ``tell`` hears of each chunk's size."""
    for ids in _chunks(customer_ids):
        with transaction.atomic():
            insert_rows(
                Membership,
                ("segment_id", "customer_id", "entered_at", "left_at"),
                [(segment.pk, customer_id, by.now, None) for customer_id in ids],
            )
            if is_announced:
                said = SegmentEntered(segment_id=segment.pk, segment=str(segment.uuid))
                publish(NewEvent.of(said, customer_id=one, occurred_at=by.now, by=by) for one in ids)
        tell(len(ids))


def leave(segment: Segment, customer_ids: Sequence[int], *, by: Provenance, tell: Tell) -> None:
    """Close the open intervals of customers."""
    for ids in _chunks(customer_ids):
        with transaction.atomic():
            held = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__in=ids)
            held.update(left_at=by.now)
            said = SegmentLeft(segment_id=segment.pk, segment=str(segment.uuid))
            publish(NewEvent.of(said, customer_id=one, occurred_at=by.now, by=by) for one in ids)
        tell(len(ids))


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
    rows = list(rows_of([segment.pk]))
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    warehouse.replace(
        "segment_members", "segment_id", [segment.pk],
        pa.table({
            "segment_id": pa.array(columns[0], pa.int64()),
            "customer_id": pa.array(columns[1], pa.int64()),
            "entered_at": pa.array(columns[2], pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us")),
        }),
    )  # fmt: skip


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
