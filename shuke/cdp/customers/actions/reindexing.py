"""Putting addresses under a new index key: in batches, and on the way for whoever arrives meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.db import transaction

from shuke.cdp.customers import rules
from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.engine.addresses import Stored
from shuke.cdp.customers.models import ConsentRecord, ConsentState, ContactPoint, Identity, Suppression
from shuke.platform.crypto.blind_index import index_key, is_changing
from shuke.platform.crypto.sealing import unseal
from shuke.platform.db.bulk import update_rows

_ABOUT_PERMISSION = (ConsentRecord, ConsentState, Suppression)
_KEYS = (addresses.EMAIL, addresses.PHONE)


class AddressIndexes:
    """Indexes of contact points, and of keys, permissions and suppressions that stand for the same addresses."""

    name = "customers"

    def remaining(self, number: int) -> int:
        """Return how many contact points are under an earlier key."""
        return ContactPoint.objects.exclude(index_key=number).count()

    def stranded(self, number: int) -> int:
        """Return how many permissions, suppressions and keys stand for addresses that nobody holds any more."""
        return (
            sum(model._default_manager.exclude(index_key=number).count() for model in _ABOUT_PERMISSION) + _lost_keys()
        )

    def move_some(self, number: int, *, limit: int) -> int:
        """Put a batch of contact points, and all that stands for their addresses, under the key in use."""
        with transaction.atomic():
            some = list(ContactPoint.objects.exclude(index_key=number).order_by("pk").select_for_update()[:limit])
            move(
                addresses.stored(point.channel, unseal(bytes(point.sealed), context=rules.CONTACT_CONTEXT))
                for point in some
            )
            # A point whose index was not of its address, whatever the cause, must not be met again and again.
            ContactPoint.objects.filter(pk__in=[point.pk for point in some]).exclude(index_key=number).update(
                index_key=number
            )
        return len(some)


def repair(contacts: Sequence[Stored]) -> None:
    """While keys change, bring what is known of these addresses under the key in use, before it is looked up."""
    if contacts and is_changing():
        move(one if one.shown else replace(one, shown=_opened(one)) for one in contacts)


def _opened(contact: Stored) -> str:
    assert contact.sealed is not None
    return unseal(contact.sealed, context=rules.CONTACT_CONTEXT)


def move(contacts: Iterable[Stored]) -> None:
    """Put everything that stands for these addresses under the key in use, in the caller's transaction."""
    exact: dict[tuple[str, bytes], Stored] = {}
    mailboxes: dict[bytes, bytes] = {}
    for new in contacts:
        for old in addresses.earlier(new):
            exact[new.kind, old] = new
        for old in addresses.mailbox_indexes(new.kind, new.shown)[1:]:
            mailboxes[old] = new.mailbox or new.index
    if not exact:
        return
    number = index_key()
    points = ContactPoint.objects.filter(blind_index__in={old for _kind, old in exact}).exclude(index_key=number)
    rows = [
        (found.index, found.mailbox, found.tail, number, pk)
        for pk, kind, old in points.values_list("pk", "channel", "blind_index")
        if (found := exact.get((kind, bytes(old)))) is not None
    ]
    update_rows(ContactPoint, ("blind_index", "mailbox_index", "tail_index", "index_key"), rows)
    _move_keys(exact)
    for model in _ABOUT_PERMISSION:
        _move_permission(model, mailboxes, number)


def _move_keys(exact: dict[tuple[str, bytes], Stored]) -> None:
    hexes = {(kind, old.hex()): new.index.hex() for (kind, old), new in exact.items()}
    held = Identity.objects.filter(type__in=_KEYS, namespace="", value__in={value for _kind, value in hexes})
    taken = set(Identity.objects.filter(type__in=_KEYS, value__in=hexes.values()).values_list("type", "value"))
    rows = [
        (hexes[kind, value], pk)
        for pk, kind, value in held.values_list("pk", "type", "value")
        if (kind, value) in hexes and (kind, hexes[kind, value]) not in taken
    ]
    update_rows(Identity, ("value",), rows)


def _move_permission(
    model: type[ConsentRecord] | type[ConsentState] | type[Suppression], mailboxes: dict[bytes, bytes], number: int
) -> None:
    found = model._default_manager.filter(address_index__in=mailboxes).exclude(index_key=number)
    doubled = _suppressed_anew(mailboxes) if model is Suppression else set()
    rows = [
        (mailboxes[bytes(old)], number, pk) for pk, old in found.values_list("pk", "address_index") if pk not in doubled
    ]
    update_rows(model, ("address_index", "index_key"), rows)


def _suppressed_anew(mailboxes: dict[bytes, bytes]) -> set[int]:
    """Suppressions that stand under the new key already, word for word: the earlier ones stay where they are."""
    columns = ("channel", "scope", "reason", "address_index")
    fresh = Suppression.objects.filter(address_index__in=mailboxes.values(), lifted_at=None).values_list(*columns)
    known = {(*said, bytes(index)) for *said, index in fresh}
    old = Suppression.objects.filter(address_index__in=mailboxes, lifted_at=None).values_list("pk", *columns)
    return {pk for pk, *said, index in old if (*said, mailboxes[bytes(index)]) in known}


def _lost_keys() -> int:
    """E-mails and phones by which people are recognised and that no contact point holds."""
    last, lost = 0, 0
    keys = Identity.objects.filter(type__in=_KEYS).exclude(value__startswith="erased:").order_by("pk")
    while rows := list(keys.filter(pk__gt=last).values_list("pk", "value")[:5_000]):
        values = {value for _pk, value in rows}
        held = ContactPoint.objects.filter(blind_index__in=[bytes.fromhex(value) for value in values])
        lost += len(values - {bytes(index).hex() for index in held.values_list("blind_index", flat=True)})
        last = rows[-1][0]
    return lost
