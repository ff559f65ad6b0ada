"""Writing the people of a batch: their rows, names, addresses and identities, each kind in one go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from shuke.cdp.customers import rules
from shuke.cdp.customers.actions.statements import Statement
from shuke.cdp.customers.engine.addresses import Stored
from shuke.cdp.customers.engine.matching import Device, Held, Key, Match
from shuke.cdp.customers.models import (
    ContactPoint,
    Customer,
    CustomerKind,
    Identity,
    IdentityMove,
    IdentityReason,
    NameWord,
)
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.customers.rules.identities import EMAIL, PHONE, IdentitySettings
from shuke.cdp.events.actions import Provenance
from shuke.kernel.ids import uuid7
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.crypto.sealing import seal
from shuke.platform.db.bulk import insert_rows, update_rows

_TEXTS = ("name", "country", "region", "city", "language")
_PROFILE = (*_TEXTS, "birthday", "first_seen_at")
_IDENTITY = (
    "type", "namespace", "value", "customer_id", "created_at", "import_id", "source", "reason", "is_shared", "home",
)  # fmt: skip


@dataclass(slots=True)
class Person:
    """One person of the batch on the way into the tables."""

    match: Match
    # By kind and index, each with the key through which its record was recognised.
    contacts: dict[tuple[str, bytes], tuple[Stored, Key]]
    before: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    customer_id: int = 0
    is_new: bool = False

    def home_of(self, key: Key | None, held: dict[Key, Held]) -> int | None:
        """Return the home of what arrived beside ``key``: a merged person's own, if the key is of one."""
        seen: set[Key] = set()
        while key is not None and key not in seen:
            if key in held and held[key].home is not None:
                return held[key].home
            seen.add(key)
            key = self.match.beside.get(key)
        return None


@dataclass(slots=True)
class Moves:
    """Identities that changed hands in a batch: what the warehouse and the identities' history must learn of."""

    rows: list[tuple[int, int | None, int | None, str]] = field(default_factory=list)

    def add(self, identity_id: int, before: int | None, after: int | None, reason: str) -> None:
        """Note one."""
        self.rows.append((identity_id, before, after, reason))

    def write(self, by: Provenance) -> None:
        """Write the edges."""
        insert_rows(
            IdentityMove,
            ("identity_id", "from_customer", "to_customer", "reason", "source", "moved_at", "moved_by"),
            ((*row, by.source, by.now, by.actor) for row in self.rows),
        )


def work_out_profiles(persons: list[Person], said: Sequence[Statement], *, replacing: bool) -> None:
    """Fill in each person's profile: what is known, with what the records say added; ``replacing``: they correct it."""
    known = _profiles_locked([person.match.customer_id for person in persons if person.match.customer_id])
    for person in persons:
        person.customer_id = person.match.customer_id or 0
        person.is_new = not person.customer_id
        before = person.before = known.get(person.customer_id, {})
        person.profile = dict(before)
        for index in person.match.records:
            _add_statement(person.profile, said[index].record, replacing=replacing)
        person.changed = [name for name in _PROFILE if person.profile.get(name) != before.get(name)]


def _profiles_locked(customer_ids: list[int]) -> dict[int, dict[str, Any]]:
    if not customer_ids:
        return {}
    rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk").select_for_update().values_list("pk", *_PROFILE)
    return {row[0]: dict(zip(_PROFILE, row[1:], strict=True)) for row in rows}


def _add_statement(profile: dict[str, Any], record: PersonRecord, *, replacing: bool) -> None:
    for name in _TEXTS:
        if said := getattr(record, name):
            profile[name] = rules.prefer(profile.get(name, ""), said, replacing=replacing)
    birthday: date | None = profile.get("birthday")
    if record.birthday and (replacing or birthday is None):
        profile["birthday"] = record.birthday
    first: datetime | None = profile.get("first_seen_at")
    if record.first_seen_at and (first is None or record.first_seen_at < first):
        profile["first_seen_at"] = record.first_seen_at


def insert_customers(persons: list[Person], by: Provenance) -> None:
    """Write new customers and learn their keys."""
    if not persons:
        return
    for person in persons:
        person.profile.setdefault("first_seen_at", by.now)
    made = {uuid7(): person for person in persons}
    insert_rows(
        Customer,
        ("uuid", "name", "name_key", "country", "region", "city", "language", "birthday", "first_seen_at", "created_at",
         "changed_at", "import_id", "kind"),
        ((uuid, *_columns(person.profile), by.now, by.now, by.import_id, CustomerKind.PERSON.value)
         for uuid, person in made.items()),
    )  # fmt: skip
    for uuid, pk in Customer.objects.filter(uuid__in=list(made)).values_list("uuid", "pk"):
        made[uuid].customer_id = pk


def _columns(profile: dict[str, Any]) -> tuple[Any, ...]:
    name = profile.get("name", "")
    return (
        name, rules.name_key(name), profile.get("country", ""), profile.get("region", ""), profile.get("city", ""),
        profile.get("language", ""), profile.get("birthday"), profile["first_seen_at"],
    )  # fmt: skip


def update_customers(persons: list[Person], by: Provenance) -> None:
    """Write what changed in the profiles of known customers."""
    update_rows(
        Customer,
        ("name", "name_key", "country", "region", "city", "language", "birthday", "first_seen_at", "changed_at"),
        ((*_columns(person.profile), by.now, person.customer_id) for person in persons),
    )


def insert_name_words(persons: list[Person]) -> None:
    """Make people findable by the names they have now."""
    renamed = [person for person in persons if "name" in person.changed]
    index_names(
        {person.customer_id: person.profile["name"] for person in renamed},
        new={p.customer_id for p in renamed if p.is_new},
    )


def index_names(names: dict[int, str], *, new: Iterable[int] = ()) -> None:
    """Make customers findable by these names and no longer by earlier ones; ``new`` customers have none earlier."""
    if stale := names.keys() - set(new):
        NameWord.objects.filter(customer_id__in=stale).delete()
    insert_rows(
        NameWord,
        ("customer_id", "word"),
        ((customer_id, word) for customer_id, name in names.items() for word in rules.name_words(name)),
    )


def insert_contacts(persons: list[Person], held: dict[Key, Held], by: Provenance) -> set[tuple[str, bytes]]:
    """Seal and write the addresses that a person does not have yet; return those that are somebody else's as well."""
    known = [person.customer_id for person in persons if person.contacts and not person.is_new]
    have: set[tuple[int, str, bytes]] = set()
    if known:
        rows = ContactPoint.objects.filter(customer_id__in=known).values_list("customer_id", "channel", "blind_index")
        have = {(customer_id, channel, bytes(blind)) for customer_id, channel, blind in rows}
    fresh, crowded, ring_key = [], set(), index_key()
    for person in persons:
        for (channel, blind), (contact, through) in person.contacts.items():
            if (person.customer_id, channel, blind) in have:
                continue
            if channel not in person.changed:
                person.changed.append(str(channel))
            sealed = contact.sealed or seal(contact.shown, context=rules.CONTACT_CONTEXT)
            row = (person.customer_id, str(channel), sealed, blind, contact.mailbox, contact.tail)
            fresh.append((*row, ring_key, by.now, by.import_id, person.home_of(through, held)))
            if _is_anothers(Key(str(channel), "", blind.hex()), person, held):
                crowded.add((str(channel), blind))
    insert_rows(
        ContactPoint,
        (
            "customer_id", "channel", "sealed", "blind_index", "mailbox_index", "tail_index", "index_key", "created_at",
            "import_id", "home",
        ),
        fresh,
    )  # fmt: skip
    return crowded


def _is_anothers(key: Key, person: Person, held: dict[Key, Held]) -> bool:
    """Whether an address that a person gives as theirs recognises somebody else."""
    if key in person.match.beside:
        return False
    known = held.get(key)
    return known is None or (known.customer_id != person.customer_id and not known.is_shared)


def share_what_many_have(addresses: Iterable[tuple[str, bytes]], most: int) -> None:
    """Let an address that too many customers have recognise nobody any more: a household's, a shop counter's."""
    wanted = {(channel, blind) for channel, blind in addresses if channel in (EMAIL, PHONE)}
    if not wanted:
        return
    counted = (
        ContactPoint.objects.filter(channel__in={c for c, _ in wanted}, blind_index__in=[blind for _, blind in wanted])
        .values("channel", "blind_index")
        .annotate(customers=Count("pk"))
    )
    for channel in {row["channel"] for row in counted if row["customers"] > most}:  # e-mail and phone
        values = [
            bytes(row["blind_index"]).hex() for row in counted if row["channel"] == channel and row["customers"] > most
        ]
        Identity.objects.filter(type=channel, namespace="", value__in=values).update(is_shared=True)


def within_limits(persons: list[Person], devices: dict[Key, Device], settings: IdentitySettings) -> None:
    """Let go of new keys beyond what one customer may have: more of them would be a sign of confusion, not of a person."""
    growing = {p.customer_id for p in persons if not p.is_new and (p.match.new_keys or p.match.claimed)}
    growing |= {d.person.customer_id for d in devices.values() if d.person is not None and d.person.customer_id}
    if not growing:
        return
    counted = Identity.objects.filter(customer_id__in=growing).values("customer_id", "type").annotate(n=Count("pk"))
    room = {(row["customer_id"], row["type"]): row["n"] for row in counted.order_by()}
    for person in persons:
        if person.customer_id in growing:
            person.match.new_keys = [key for key in person.match.new_keys if _fits(person, key, room, settings)]
    by_match = {id(person.match): person for person in persons}
    for device in devices.values():
        if device.person is not None and device.person.customer_id in growing:
            owner = by_match[id(device.person)]
            if not _fits(owner, device.key, room, settings):
                device.person = None


def _fits(person: Person, key: Key, room: dict[tuple[int, str], int], settings: IdentitySettings) -> bool:
    """Whether the customer may have one more of this kind; counts it if so."""
    limit, place = settings.limit_of(key.type), (person.customer_id, key.type)
    if limit is not None and room.get(place, 0) >= limit:
        return False
    room[place] = room.get(place, 0) + 1
    return True


def insert_identities(persons: list[Person], held: dict[Key, Held], by: Provenance) -> list[Key]:
    """Write the new keys of people and return them."""
    rows = [
        (
            *key, person.customer_id, by.now, by.import_id, by.source, _reason_for(person, at), False,
            person.home_of(person.match.beside.get(key), held),
        )
        for person in persons
        for at, key in enumerate(person.match.new_keys)
    ]  # fmt: skip
    insert_rows(Identity, _IDENTITY, rows)
    for person in persons:
        if person.match.new_keys and not person.is_new:
            person.changed.append("identities")
    return [key for person in persons for key in person.match.new_keys]


def _reason_for(person: Person, at: int) -> str:
    """Why a new key is this person's: the very first one made them known, all others arrived beside one."""
    return str(IdentityReason.SEEN if person.is_new and at == 0 else IdentityReason.TOGETHER)


def claim_identities(persons: list[Person], held: dict[Key, Held], moves: Moves, by: Provenance) -> None:
    """Give identities that were nobody's to the people they turned out to belong to."""
    owners = {identity_id: person for person in persons for identity_id in person.match.claimed}
    if not owners:
        return
    keys = {at.identity_id: key for key, at in held.items() if at.identity_id in owners}
    rows = []
    for identity_id, person in owners.items():
        home = person.home_of(person.match.beside.get(keys[identity_id]), held)
        rows.append((person.customer_id, by.now, home, identity_id))
        held[keys[identity_id]] = Held(identity_id, person.customer_id, home=home)
        moves.add(identity_id, None, person.customer_id, str(IdentityReason.CLAIMED))
    update_rows(Identity, ("customer_id", "moved_at", "home"), rows)
    for person in persons:
        if person.match.claimed and "identities" not in person.changed:
            person.changed.append("identities")


def write_devices(
    devices: dict[Key, Device], persons: list[Person], held: dict[Key, Held], moves: Moves, by: Provenance
) -> list[Key]:
    """Write devices seen for the first time, and the change of hands of the others; return the new ones."""
    by_match = {id(person.match): person for person in persons}
    fresh, moved, claimed = [], [], str(IdentityReason.CLAIMED)
    for key, device in devices.items():
        person = by_match[id(device.person)] if device.person is not None else None
        owner = person.customer_id if person else device.customer_id
        home = person.home_of(device.beside, held) if person else None
        if device.held is None:
            reason = str(IdentityReason.TOGETHER if person else IdentityReason.SEEN)
            fresh.append((*key, owner, by.now, by.import_id, by.source, reason, device.is_shared, home))
        elif owner != device.was or device.is_shared != device.held.is_shared:
            why = str(IdentityReason.SHARED) if device.is_shared else claimed
            moved.append((owner, why, by.now, device.is_shared, home, device.held.identity_id))
            moves.add(device.held.identity_id, device.was, owner, why)
            held[key] = Held(device.held.identity_id, owner, device.is_shared, home)
    insert_rows(Identity, _IDENTITY, fresh)
    update_rows(Identity, ("customer_id", "reason", "moved_at", "is_shared", "home"), moved)
    return [Key(*row[:3]) for row in fresh]
