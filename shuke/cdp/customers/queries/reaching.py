"""At which of their addresses many customers may be reached for a purpose and topic, and why not: the facts of the gate.

What ``permissions_of`` says of one person, for a set and with the address that would be used. Every answer rests on
evidence as it stands at this moment, and is none for any later one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from shuke.cdp.customers.engine.addresses import key_index, mailbox_indexes
from shuke.cdp.customers.models import ConsentRecord, ConsentState, ContactPoint, ContactStatus, Customer, Identity
from shuke.cdp.customers.queries.consents import mailbox, settings, suppressions
from shuke.cdp.customers.rules import CONTACT_CONTEXT
from shuke.cdp.customers.rules import consent as rules
from shuke.platform.crypto.blind_index import is_changing
from shuke.platform.crypto.sealing import unseal

# Ways to reach a person that need an address.
CHANNELS = frozenset(rules.ADDRESS_OF)
_AT_ONCE = 5_000
_UNUSABLE = frozenset({ContactStatus.INVALID, ContactStatus.REASSIGNED})


@dataclass(frozen=True, slots=True)
class Someone:
    """What bears on writing to a person at all, whatever the address."""

    customer_id: int
    language: str
    country: str
    birthday: date | None
    is_erased: bool
    is_merged: bool
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class Place:
    """An address that could be used: a contact point, or a key of an app (``contact_id`` None). ``index`` keeps permission."""

    customer_id: int
    channel: str
    contact_id: int | None
    identity_id: int | None
    index: bytes
    status: str
    # Under every key of the ring, while it changes.
    indexes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaching:
    """An address with every reason against using it, () for none, and the record that permission rests on."""

    place: Place
    reasons: tuple[str, ...]
    record_id: int | None
    action: str | None


def people(customer_ids: Sequence[int]) -> dict[int, Someone]:
    """Return what is known of customers, in one query for every some thousand; whoever is missing does not exist."""
    found = {}
    columns = ("pk", "language", "country", "birthday", "erased_at", "merged_into_id", "restricted_at")
    for some in _chunks(customer_ids):
        for pk, language, country, birthday, erased, merged, restricted in Customer.objects.filter(
            pk__in=some
        ).values_list(*columns):
            found[pk] = Someone(
                pk, language, country, birthday, erased is not None, merged is not None, restricted is not None
            )
    return found


def reaching(
    customer_ids: Sequence[int], *, channel: str, purpose: str, topic: str, now: datetime
) -> dict[int, list[Reaching]]:
    """Return by customer their addresses of a channel, those that may be used first. Five queries per some thousand.

    A customer without such an address is not in the answer. Raises ``KeyError`` for a channel nobody has addresses of.
    """
    strict = settings().email_needs_confirmation
    found: dict[int, list[Reaching]] = {}
    for some in _chunks(customer_ids):
        places = _places(some, channel)
        restricted = set(Customer.objects.filter(pk__in=some, restricted_at__isnull=False).values_list("pk", flat=True))
        for one in _judged(places, restricted, purpose, topic, strict=strict, now=now):
            found.setdefault(one.place.customer_id, []).append(one)
    for places_of_one in found.values():
        places_of_one.sort(key=lambda one: (bool(one.reasons), one.place.status != ContactStatus.VERIFIED))
    return found


def open_addresses(places: Iterable[Place]) -> dict[Place, str]:
    """Return addresses in clear, in at most two queries; one that is gone meanwhile is missing. Only to hand over."""
    wanted = list(places)
    points = ContactPoint.objects.filter(pk__in=[one.contact_id for one in wanted if one.contact_id])
    sealed = dict(points.values_list("pk", "sealed"))
    ids = [one.identity_id for one in wanted if one.identity_id]
    keys = dict(Identity.objects.filter(pk__in=ids).values_list("pk", "value")) if ids else {}
    found = {}
    for one in wanted:
        if one.contact_id and one.contact_id in sealed:
            found[one] = unseal(bytes(sealed[one.contact_id]), context=CONTACT_CONTEXT)
        elif one.identity_id and one.identity_id in keys:
            found[one] = keys[one.identity_id]
    return found


def suppressed(about: Collection[tuple[str, bytes, str, str]], *, now: datetime) -> set[tuple[str, bytes, str, str]]:
    """Return those of (channel, index, purpose, topic) that a suppression in force keeps away, in one query."""
    indexes = {index for _channel, index, _purpose, _topic in about}
    if not indexes:
        return set()
    in_force = suppressions().filter(Q(expires_at=None) | Q(expires_at__gt=now), address_index__in=indexes)
    scopes: dict[tuple[str, bytes], set[str]] = {}
    for channel, index, scope in in_force.values_list("channel", "address_index", "scope"):
        scopes.setdefault((channel, bytes(index)), set()).add(scope)
    return {
        one for one in about if any(rules.covers(scope, one[2], one[3]) for scope in scopes.get((one[0], one[1]), ()))
    }


def contacts_under(number: int) -> QuerySet[ContactPoint, Any]:
    """Return the ids of contact points whose indexes are under a key of the ring."""
    return ContactPoint.objects.filter(index_key=number).values("pk")


def indexes_of(contact_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the index under which permission is kept, by contact point."""
    rows = ContactPoint.objects.filter(pk__in=contact_ids).values_list("pk", mailbox())
    return {pk: bytes(index) for pk, index in rows}


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def _places(customer_ids: Sequence[int], channel: str) -> list[Place]:
    """Return every address of a channel that these customers have, oldest first."""
    kind = rules.ADDRESS_OF[channel]
    if kind in rules.KEYS_OF_APPS:
        keys = Identity.objects.filter(customer_id__in=customer_ids, type=kind, is_shared=False).order_by("pk")
        return [
            Place(owner, channel, None, pk, key_index(kind, namespace, value), ContactStatus.VERIFIED)
            for pk, owner, namespace, value in keys.values_list("pk", "customer_id", "namespace", "value")
        ]
    points = ContactPoint.objects.filter(customer_id__in=customer_ids, channel=kind).order_by("pk")
    found = [
        Place(owner, channel, pk, None, bytes(index), status)
        for pk, owner, index, status in points.values_list("pk", "customer_id", mailbox(), "status")
    ]
    if not is_changing():
        return found
    clear = open_addresses(found)  # what was said may stand under an earlier key, which only the open address leads to
    return [replace(one, indexes=tuple(mailbox_indexes(kind, clear[one]))) for one in found if one in clear]


def _judged(
    places: list[Place], restricted: set[int], purpose: str, topic: str, *, strict: bool, now: datetime
) -> list[Reaching]:
    """Say of each address whether it may be used: four queries for all of them."""
    indexes = {index for one in places for index in (one.index, *one.indexes)}
    channel = places[0].channel if places else ""
    standing: dict[tuple[bytes, str], rules.Standing] = {}
    said = ConsentState.objects.filter(
        channel=channel, purpose=purpose, topic__in={"", topic}, address_index__in=indexes
    )
    for index, about, action, since, order, until in said.values_list(
        "address_index", "topic", "action", "since", "record_id", "valid_until"
    ):
        standing[bytes(index), about] = rules.Standing(action, since, order, until)
    scopes: dict[bytes, set[str]] = {}
    in_force = suppressions().filter(Q(expires_at=None) | Q(expires_at__gt=now), channel=channel)
    for index, scope in in_force.filter(address_index__in=indexes).values_list("address_index", "scope"):
        scopes.setdefault(bytes(index), set()).add(scope)
    to_ask_again = set(
        ConsentRecord.objects.filter(
            pk__in=[one.order for one in standing.values()],
            notice__retired_at__isnull=False, notice__must_ask_again=True,
        ).values_list("pk", flat=True)
    )  # fmt: skip
    found = []
    for one in places:
        held = _standing_of(one, standing, topic)
        known = rules.Known(
            channel=channel, purpose=purpose, topic=topic, action=held.action if held else None,
            since=held.since if held else None, valid_until=held.valid_until if held else None,
            must_ask_again=held is not None and held.order in to_ask_again,
            scopes=frozenset(scope for index in (one.index, *one.indexes) for scope in scopes.get(index, ())),
            is_unusable=one.status in _UNUSABLE, is_restricted=one.customer_id in restricted,
        )  # fmt: skip
        reasons = rules.why_not(known, now=now, email_needs_confirmation=strict)
        found.append(Reaching(one, reasons, held.order if held else None, held.action if held else None))
    return found


def _standing_of(one: Place, standing: Mapping[tuple[bytes, str], rules.Standing], topic: str) -> rules.Standing | None:
    """Return what counts for an address: of several keys of the ring the newest under which anything stands."""
    at = [index for index in (one.index, *one.indexes) if (index, "") in standing or (index, topic) in standing]
    if not at:
        return None
    general, own = standing.get((at[0], "")), standing.get((at[0], topic)) if topic else None
    return rules.deciding(general, own)
