"""Correcting many customers at once, each only if it still is as whoever asks believes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from shuke.cdp.customers import rules
from shuke.cdp.customers.actions.recording import index_names
from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.models import ContactPoint, Customer, Identity, IdentityReason
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.crypto.sealing import seal, unseal
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.vocabulary import customers as vocabulary

_FIELDS = ("name", "country", "region", "city")
_LIMITS = {"name": rules.MAX_NAME_CHARS, "country": 80, "region": 80, "city": 80}


@dataclass(frozen=True, slots=True)
class Correction:
    """One value of one customer: what it should be now, and what it is to become.

    ``field`` is a column of the customer, or a channel (``email``, ``phone``, ``address``); of an address, "" before
    means that it is added and "" after that it is removed.
    """

    customer_id: int
    field: str
    before: str
    after: str


def correct(corrections: Sequence[Correction], *, by: Provenance) -> list[Correction]:
    """Apply corrections and return those that were applied, in order.

    Left out are those whose value is another by now, and addresses that the customer has already or that cannot be
    one. Facts keep the identity they arrived with; a corrected e-mail address or phone becomes a key of the customer
    unless it is somebody's. Runs in the caller's transaction in a constant number of queries. Publishes
    ``customer.changed``; the caller audits.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("correct() belongs inside the transaction that notes what it did")
    ids = sorted({one.customer_id for one in corrections})
    live = Customer.objects.filter(pk__in=ids, merged_into__isnull=True).order_by("pk").select_for_update().in_bulk()
    asked = [one for one in corrections if one.customer_id in live]
    applied = _correct_fields([one for one in asked if one.field in _FIELDS], live, by)
    applied |= _correct_contacts([one for one in asked if one.field not in _FIELDS], by)
    _publish(applied, by)
    return [one for one in corrections if one in applied]


def _correct_fields(asked: list[Correction], live: dict[int, Customer], by: Provenance) -> set[Correction]:
    applied = set()
    for one in asked:
        customer, after = live[one.customer_id], rules.words(one.after, limit=_LIMITS[one.field])
        if getattr(customer, one.field) == one.before != after:
            setattr(customer, one.field, after)
            applied.add(one)
    changed = [live[pk] for pk in sorted({one.customer_id for one in applied})]
    update_rows(
        Customer,
        (*_FIELDS, "name_key", "changed_at"),
        ((*(getattr(c, f) for f in _FIELDS), rules.name_key(c.name), by.now, c.pk) for c in changed),
    )
    renamed = {one.customer_id for one in applied if one.field == "name"}
    if renamed:
        index_names({pk: live[pk].name for pk in renamed})
    return applied


def _correct_contacts(asked: list[Correction], by: Provenance) -> set[Correction]:
    if not asked:
        return set()
    held = _contacts_of({one.customer_id for one in asked})
    ring, applied = index_key(), set()
    gone: list[int] = []
    changed: list[tuple[Any, ...]] = []
    added: list[tuple[Any, ...]] = []
    keys: list[tuple[int, str, bytes]] = []
    for one in asked:
        point = held.get((one.customer_id, one.field, one.before)) if one.before else None
        new = addresses.read(one.field, one.after) if one.after else None
        has_it = new is not None and (one.customer_id, one.field, new.shown) in held
        if (one.before and point is None) or (one.after and (new is None or has_it)):
            continue
        applied.add(one)
        if new is None:
            assert point is not None
            gone.append(point)
            continue
        held[one.customer_id, one.field, new.shown] = point or 0
        sealed = seal(new.shown, context=rules.CONTACT_CONTEXT)
        row = (sealed, new.index, new.mailbox, new.tail, ring)
        if point is None:
            added.append((one.customer_id, one.field, *row, by.now))
        else:
            changed.append((*row, point))
        if one.field != addresses.POSTAL:
            keys.append((one.customer_id, one.field, new.index))
    stored = ("sealed", "blind_index", "mailbox_index", "tail_index", "index_key")
    ContactPoint.objects.filter(pk__in=gone).delete()
    update_rows(ContactPoint, stored, changed)
    insert_rows(ContactPoint, ("customer_id", "channel", *stored, "created_at"), added)
    _add_keys(keys, by)
    return applied


def _contacts_of(customer_ids: set[int]) -> dict[tuple[int, str, str], int]:
    rows = ContactPoint.objects.filter(customer_id__in=customer_ids).values_list(
        "pk", "customer_id", "channel", "sealed"
    )
    return {
        (customer_id, channel, unseal(bytes(sealed), context=rules.CONTACT_CONTEXT)): pk
        for pk, customer_id, channel, sealed in rows
    }


def _add_keys(keys: list[tuple[int, str, bytes]], by: Provenance) -> None:
    """Let corrected addresses recognise their customer, where they recognise nobody yet."""
    values = {index.hex() for _, _, index in keys}
    taken = set(Identity.objects.filter(value__in=values, namespace="").values_list("type", "value"))
    free = {(kind, index.hex()): customer for customer, kind, index in keys if (kind, index.hex()) not in taken}
    insert_rows(
        Identity,
        ("type", "namespace", "value", "customer_id", "created_at", "source", "reason", "is_shared"),
        (
            (kind, "", value, customer, by.now, by.source, IdentityReason.STAFF.value, False)
            for (kind, value), customer in free.items()
        ),
    )


def _publish(applied: set[Correction], by: Provenance) -> None:
    fields: dict[int, set[str]] = {}
    for one in applied:
        fields.setdefault(one.customer_id, set()).add(one.field)
    events.publish(
        [
            NewEvent.of(vocabulary.CustomerChanged(sorted(names)), customer_id=pk, occurred_at=by.now, by=by)
            for pk, names in sorted(fields.items())
        ]
    )
