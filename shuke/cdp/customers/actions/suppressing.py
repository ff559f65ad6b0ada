"""Addresses that must not be written to, whoever they belong to; and the one way out of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors
from shuke.cdp.customers.engine.addresses import mailbox_indexes
from shuke.cdp.customers.models import ConsentRecord, Suppression
from shuke.cdp.customers.queries import consents as queries
from shuke.cdp.customers.rules import consent as rules
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.ids import uuid7
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.db import journal
from shuke.platform.db.bulk import update_rows
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

# Channel, index of the address, scope and reason.
Place: TypeAlias = tuple[str, bytes, str, str]


@dataclass(frozen=True, slots=True)
class Blocked:
    """One address to keep away from: by its index, which need not belong to any customer."""

    channel: str
    index: bytes
    scope: str
    reason: str
    expires_at: datetime | None = None
    # The index under the other keys of the ring, where they are known.
    others: tuple[bytes, ...] = ()


def suppress(
    channel: str, address: str, *, scope: str, reason: str, by: Provenance, region: str = "",
    expires_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Keep everybody from writing to an address; return whether that is new. It need not belong to any customer.

    Only technical reasons may expire. Raises ``BadAddress`` and ``BadSuppression``.
    """
    indexes = mailbox_indexes(rules.ADDRESS_OF.get(channel, ""), address, region=region)
    if not indexes:
        raise errors.BadAddress(_("This is no address that could be written to."))
    if reason not in rules.REASONS or not rules.is_scope(scope):
        raise errors.BadSuppression(_("There is no such scope or reason."), scope=scope, reason=reason)
    if expires_at is not None and reason not in rules.MAY_EXPIRE:
        raise errors.BadSuppression(_("What a person asked for does not expire."), reason=reason)
    with transaction.atomic():
        blocked = Blocked(channel, indexes[0], scope, reason, expires_at, tuple(indexes[1:]))
        return write([blocked], by=by) > 0


def write(blocked: Sequence[Blocked], *, by: Provenance) -> int:
    """Suppress addresses in the caller's transaction; return how many were not suppressed before. Publishes.

    Every reason stands by itself: one that expires or is taken back leaves the others in force. The same reason again
    counts from now on, and for as long as the longer of the two.
    """
    wanted: dict[Place, Blocked] = {}
    for one in blocked:
        place = (one.channel, one.index, one.scope, one.reason)
        if place not in wanted or _outlasts(one.expires_at, wanted[place].expires_at):
            wanted[place] = one
    if not wanted:
        return 0
    fresh, again = _compared(wanted.values(), by.now)
    update_rows(Suppression, ("created_at", "expires_at"), [row for _one, row, _is_longer in again])
    number = index_key()
    journal.append(map(_entry, [*fresh, *(one for one, _row, is_longer in again if is_longer)]), now=by.now)
    made = Suppression.objects.bulk_create(
        Suppression(
            uuid=uuid7(), channel=one.channel, address_index=one.index, index_key=number, scope=one.scope, reason=one.reason,
            source=by.source, created_at=by.now, created_by=by.actor, expires_at=one.expires_at,
        )
        for one in fresh
    )  # fmt: skip
    _tell(made, by, lambda row: vocabulary.ContactSuppressed(row.pk, row.channel, row.scope, row.reason))
    return len(made)


def _compared(
    wanted: Iterable[Blocked], now: datetime
) -> tuple[list[Blocked], list[tuple[Blocked, tuple[datetime, datetime | None, int], bool]]]:
    """Return what is new, and of what is not: the row to write, and whether it holds for longer than before."""
    some = list(wanted)
    held = queries.suppressions().filter(
        address_index__in={index for one in some for index in (one.index, *one.others)}
    )
    columns = ("channel", "address_index", "scope", "reason", "pk", "expires_at")
    known = {
        (channel, bytes(index), scope, reason): (pk, expires_at)
        for channel, index, scope, reason, pk, expires_at in held.values_list(*columns)
    }
    fresh, again = [], []
    for one in some:
        places = [(one.channel, index, one.scope, one.reason) for index in (one.index, *one.others)]
        found = next((known[place] for place in places if place in known), None)
        if found is None:
            fresh.append(one)
        else:
            is_longer = _outlasts(one.expires_at, found[1])
            until = one.expires_at if is_longer else found[1]
            again.append((one, (now, until, found[0]), is_longer))
    return fresh, again


def _outlasts(a: datetime | None, b: datetime | None) -> bool:
    return b is not None and (a is None or a > b)


def _entry(one: Blocked) -> dict[str, Any]:
    return {
        "fact": "suppression", "channel": one.channel, "index": one.index.hex(), "scope": one.scope,
        "reason": one.reason, "expires_at": one.expires_at and one.expires_at.isoformat(),
    }  # fmt: skip


def restore(entry: Mapping[str, Any], *, by: Provenance) -> int:
    """Suppress again what the journal says was suppressed, by its index; return how many that were."""
    expires_at = datetime.fromisoformat(entry["expires_at"]) if entry.get("expires_at") else None
    index = bytes.fromhex(entry["index"])
    return write([Blocked(entry["channel"], index, entry["scope"], entry["reason"], expires_at)], by=by)


def _tell(rows: Sequence[Suppression], by: Provenance, said: Any) -> None:
    owners = queries.owners_of({(rules.ADDRESS_OF[row.channel], bytes(row.address_index)) for row in rows})
    found = [
        NewEvent.of(said(row), customer_id=pk, occurred_at=by.now, by=by)
        for row in rows
        for pk in owners.get((rules.ADDRESS_OF[row.channel], bytes(row.address_index)), None) or (None,)
    ]
    if found:
        events.publish(found)


def lift_through(granted: Sequence[tuple[list[bytes], int]], *, by: Provenance) -> int:
    """Lift what these records (each with the indexes of its address) take back; return how many suppressions that were."""
    if not granted:
        return 0
    records = ConsentRecord.objects.defer("evidence").in_bulk([record_id for _indexes, record_id in granted])
    through = {index: records[record_id] for indexes, record_id in granted for index in indexes}
    held = queries.suppressions().filter(address_index__in=list(through))
    lifted = []
    for one in held:
        record = through[bytes(one.address_index)]
        if record.channel == one.channel and _is_lifted_by(one, record):
            lifted.append(_lift(one, record, by))
    Suppression.objects.bulk_update(lifted, ["lifted_at", "lifted_by", "lifted_through"])
    _tell(lifted, by, lambda row: vocabulary.ContactUnsuppressed(row.pk, row.channel, row.scope))
    return len(lifted)


def _is_lifted_by(one: Suppression, record: ConsentRecord) -> bool:
    return rules.lifts(
        scope=one.scope, reason=one.reason, suppressed_at=one.created_at, by=queries.as_evidence(record),
        purpose=record.purpose, topic=record.topic,
    )  # fmt: skip


def _lift(one: Suppression, record: ConsentRecord, by: Provenance) -> Suppression:
    one.lifted_at, one.lifted_by, one.lifted_through = by.now, by.actor, record
    return one


@transaction.atomic
def lift(suppression_id: int, *, by: Actor, now: datetime) -> None:
    """Lift a suppression, if the person has explicitly agreed since; staff alone cannot.

    Raises ``UnknownSuppression`` and ``CannotLift``, which says why.
    """
    one = queries.suppressions().select_for_update().filter(pk=suppression_id).first()
    if one is None:
        raise errors.UnknownSuppression(_("This suppression is not in force any more."))
    if one.reason not in rules.LIFTABLE:
        raise errors.CannotLift(_("A suppression for this reason is never lifted by hand."), reason=one.reason)
    later = ConsentRecord.objects.filter(
        channel=one.channel, address_index=one.address_index, action__in=rules.GRANTING,
        method__in=rules.BY_PERSON | rules.BY_WITNESS,
    ).order_by("-pk")  # fmt: skip
    record = next((found for found in later if _is_lifted_by(one, found)), None)
    if record is None:
        raise errors.CannotLift(
            _("Only the person can end this: record their new, explicit consent first, with its evidence."),
            reason=one.reason,
        )
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    _lift(one, record, origin).save(update_fields=["lifted_at", "lifted_by", "lifted_through"])
    _tell([one], origin, lambda row: vocabulary.ContactUnsuppressed(row.pk, row.channel, row.scope))
    summary = {"channel": one.channel, "scope": one.scope, "record": record.pk}
    audit.record(by, "customers.suppression_lifted", target=f"customers.Suppression:{one.pk}", summary=summary, now=now)
