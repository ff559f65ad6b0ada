"""Putting customers on lists and taking them off."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from shuke.cdp.customers import queries as customers
from shuke.cdp.events.actions import Provenance
from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import membership
from shuke.insight.segments.models import Computation, Membership, Segment
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

_LOOKED_UP_AT_ONCE = 10_000


def add(segment: Segment, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Put customers on a list and return how many were not on it. Raises ``NotAList``.

    Customers who do not exist are passed over. Putting someone on a list is a person's act, so it is announced.
    """
    _require_list(segment)
    wanted = sorted(set(customer_ids))
    fresh: list[int] = []
    for start in range(0, len(wanted), _LOOKED_UP_AT_ONCE):
        part = wanted[start : start + _LOOKED_UP_AT_ONCE]
        known = set(customers.uuids_of(part)) - _on(segment, part)
        fresh += [customer_id for customer_id in part if customer_id in known]
    membership.enter(
        segment, fresh, by=Provenance("segments", by.reference, now), is_announced=True, tell=_silent, because="hand"
    )
    _note(segment, entered=len(fresh), left=0, by=by, now=now)
    return len(fresh)


def add_by_uuid(uuid: UUID, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Put customers on the list with a public id and return how many were not on it."""
    return add(queries.by_uuid(uuid), customer_ids, by=by, now=now)


def add_by_rule(segment: Segment, rule: object, *, by: Actor, now: datetime) -> int:
    """Put whoever a rule finds today on a list, once and for all, and return how many were not on it."""
    return add(segment, queries.matching_ids(rule), by=by, now=now)


def remove(segment: Segment, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Take customers off a list and return how many were on it. Raises ``NotAList``."""
    _require_list(segment)
    wanted = sorted(set(customer_ids))
    held = sorted(_on(segment, wanted))
    membership.leave(segment, held, by=Provenance("segments", by.reference, now), tell=_silent, because="hand")
    _note(segment, entered=0, left=len(held), by=by, now=now)
    return len(held)


def _on(segment: Segment, customer_ids: Sequence[int]) -> set[int]:
    held = Membership.objects.filter(segment=segment, left_at__isnull=True, customer_id__in=customer_ids)
    return set(held.values_list("customer_id", flat=True))


def _require_list(segment: Segment) -> None:
    if not segment.is_list:
        raise errors.NotAList


def _note(segment: Segment, *, entered: int, left: int, by: Actor, now: datetime) -> None:
    if not entered and not left:
        return
    with transaction.atomic():
        own = Segment.objects.filter(pk=segment.pk)
        own.update(size=F("size") + entered - left, as_of=now.date(), computed_at=now, changed_at=now)
        segment.refresh_from_db()
        Computation.objects.create(
            segment=segment, as_of=now.date(), computed_at=now, size=segment.size or 0, entered=entered, left=left
        )
        summary = {"entered": entered, "left": left}
        record(by, "segments.list_changed", target=f"segments.Segment:{segment.pk}", summary=summary, now=now)
    membership.copy_to_warehouse(segment)


def _silent(_written: int) -> None:
    """Nobody waits for the progress of a hand's work."""
