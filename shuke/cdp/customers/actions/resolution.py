"""Recognising people: from what sources say about them to customers, a batch at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from shuke.cdp.customers import rules
from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.engine.addresses import Stored
from shuke.cdp.customers.engine.matching import Held, Key, Match, match
from shuke.cdp.customers.models import (
    Channel,
    ContactPoint,
    Customer,
    CustomerKind,
    Identity,
    IdentityReason,
    NameWord,
)
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.ids import uuid7
from shuke.platform.company import queries as company
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.crypto.sealing import seal
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.vocabulary import customers as vocabulary

EXTERNAL_ID, EMAIL, PHONE = "external_id", "email", "phone"

_TEXTS = ("name", "country", "region", "city", "language")
_PROFILE = (*_TEXTS, "birthday", "first_seen_at")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The customer a record speaks of, and the identity under which the fact arrived."""

    customer_id: int
    identity_id: int
    is_new: bool


@dataclass(slots=True)
class _Person:
    """One person of the batch on the way into the tables."""

    match: Match
    contacts: dict[tuple[str, bytes], Stored]
    profile: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    customer_id: int = 0
    is_new: bool = False


def resolve(people: Sequence[PersonRecord], *, namespace: str, by: Provenance) -> list[Resolved | None]:
    """Return for each record the customer it speaks of, making those that are new; None where no key can be used.

    ``namespace`` is the shop whose external ids these are. The strongest key decides: external id, then e-mail, then
    phone. What the records say is added to what is known; history only fills gaps (see ``rules.prefer``). Two existing
    customers are never joined.

    Runs inside the caller's transaction, in a number of queries that does not depend on how many records there are.
    Repeating it changes nothing and publishes nothing. Publishes ``customer.created`` and ``customer.changed``.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("resolve() belongs inside the transaction that writes the facts")
    home = _home_region(namespace) if any(person.phone for person in people) else ""
    records = [rules.cleaned(person, home_region=home) for person in people]
    contacts = [_contacts_of(record) for record in records]
    keys_of = [_keys_of(record, found, namespace) for record, found in zip(records, contacts, strict=True)]
    held = _held({key for keys in keys_of for key in keys})
    matches, answers = match(keys_of, held)
    persons = [_Person(found, _contacts_together(found, contacts)) for found in matches]
    _work_out_profiles(persons, records, by)
    _insert_customers([person for person in persons if person.is_new], by)
    _update_customers([person for person in persons if not person.is_new and person.changed], by)
    _insert_name_words(persons)
    _insert_contacts(persons, by)
    held |= _insert_identities(persons, by)
    held |= _claim_identities(persons, held)
    _publish(persons, keys_of, held, namespace, by)
    by_match = {id(person.match): person for person in persons}
    return [
        None
        if answer is None
        else Resolved(by_match[id(answer)].customer_id, held[keys[0]].identity_id, by_match[id(answer)].is_new)
        for answer, keys in zip(answers, keys_of, strict=True)
    ]


def _home_region(namespace: str) -> str:
    """The country of the shop's clock: the best guess for phone numbers written without a country code."""
    zone = next((shop.time_zone for shop in company.shops() if shop.code == namespace), "")
    return rules.region_of_zone(zone)


def _contacts_of(record: PersonRecord) -> list[Stored]:
    found = []
    if record.email:
        found.append(addresses.stored(Channel.EMAIL, record.email))
    if record.phone:
        found.append(addresses.stored(Channel.PHONE, record.phone))
    if record.address and not rules.is_masked(record.address):
        found.append(addresses.stored(Channel.ADDRESS, rules.address_text(record.address, record.postcode)))
    return found


def _keys_of(record: PersonRecord, contacts: list[Stored], namespace: str) -> list[Key]:
    """The record's keys, strongest first."""
    keys = [Key(EXTERNAL_ID, namespace, record.external_id)] if record.external_id else []
    return keys + [Key(found.kind, "", found.index.hex()) for found in contacts if found.kind != Channel.ADDRESS]


def _contacts_together(found: Match, contacts: list[list[Stored]]) -> dict[tuple[str, bytes], Stored]:
    return {(contact.kind, contact.index): contact for index in found.records for contact in contacts[index]}


def _held(keys: set[Key]) -> dict[Key, Held]:
    """The identities that exist among ``keys``.

    On PostgreSQL two transactions could both find nobody and both create; whoever has somebody to create takes a lock
    until its commit and looks again. SQLite's writers are alone anyway.
    """
    found = _lookup(keys)
    missing = keys - found.keys()
    if missing and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.customers.resolve'))")
        found |= _lookup(missing)
    return found


def _lookup(keys: Iterable[Key]) -> dict[Key, Held]:
    values: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        values.setdefault((key.type, key.namespace), []).append(key.value)
    found = {}
    for (kind, namespace), wanted in values.items():  # at most three kinds
        rows = Identity.objects.filter(type=kind, namespace=namespace, value__in=wanted)
        for value, identity_id, customer_id in rows.values_list("value", "pk", "customer_id"):
            found[Key(kind, namespace, value)] = Held(identity_id, customer_id)
    return found


def _work_out_profiles(persons: list[_Person], records: list[PersonRecord], by: Provenance) -> None:
    """Fill in each person's profile: what is known, with what the records say added."""
    known = _profiles_locked([person.match.customer_id for person in persons if person.match.customer_id])
    for person in persons:
        person.customer_id = person.match.customer_id or 0
        person.is_new = not person.customer_id
        before = known.get(person.customer_id, {})
        person.profile = dict(before)
        for index in person.match.records:
            _add_statement(person.profile, records[index], replacing=not by.historical)
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


def _insert_customers(persons: list[_Person], by: Provenance) -> None:
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


def _update_customers(persons: list[_Person], by: Provenance) -> None:
    update_rows(
        Customer,
        ("name", "name_key", "country", "region", "city", "language", "birthday", "first_seen_at", "changed_at"),
        ((*_columns(person.profile), by.now, person.customer_id) for person in persons),
    )


def _insert_name_words(persons: list[_Person]) -> None:
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


def _insert_contacts(persons: list[_Person], by: Provenance) -> None:
    """Seal and write the addresses that a person does not have yet."""
    known = [person.customer_id for person in persons if person.contacts and not person.is_new]
    have: set[tuple[int, str, bytes]] = set()
    if known:
        rows = ContactPoint.objects.filter(customer_id__in=known).values_list("customer_id", "channel", "blind_index")
        have = {(customer_id, channel, bytes(blind)) for customer_id, channel, blind in rows}
    fresh, key = [], index_key()
    for person in persons:
        for (channel, blind), contact in person.contacts.items():
            if (person.customer_id, channel, blind) in have:
                continue
            if channel not in person.changed:
                person.changed.append(str(channel))
            sealed = seal(contact.shown, context=rules.CONTACT_CONTEXT)
            row = (person.customer_id, str(channel), sealed, blind, contact.mailbox, contact.tail)
            fresh.append((*row, key, by.now, by.import_id))
    insert_rows(
        ContactPoint,
        (
            "customer_id",
            "channel",
            "sealed",
            "blind_index",
            "mailbox_index",
            "tail_index",
            "index_key",
            "created_at",
            "import_id",
        ),
        fresh,
    )


def _insert_identities(persons: list[_Person], by: Provenance) -> dict[Key, Held]:
    """Write new keys and return them as held."""
    rows = [
        (*key, person.customer_id, by.now, by.import_id, by.source, _reason_for(person, at), False)
        for person in persons
        for at, key in enumerate(person.match.new_keys)
    ]
    if not rows:
        return {}
    insert_rows(
        Identity,
        ("type", "namespace", "value", "customer_id", "created_at", "import_id", "source", "reason", "is_shared"),
        rows,
    )
    for person in persons:
        if person.match.new_keys and not person.is_new:
            person.changed.append("identities")
    return _lookup({key for person in persons for key in person.match.new_keys})


def _reason_for(person: _Person, at: int) -> str:
    """Why a new key is this person's: the very first one made them known, all others arrived beside one."""
    return str(IdentityReason.SEEN if person.is_new and at == 0 else IdentityReason.TOGETHER)


def _claim_identities(persons: list[_Person], held: dict[Key, Held]) -> dict[Key, Held]:
    """Give identities that were nobody's to the people they turned out to belong to."""
    owner = {identity_id: person.customer_id for person in persons for identity_id in person.match.claimed}
    if not owner:
        return {}
    update_rows(Identity, ("customer_id",), ((customer_id, identity_id) for identity_id, customer_id in owner.items()))
    for person in persons:
        if person.match.claimed and "identities" not in person.changed:
            person.changed.append("identities")
    return {key: Held(at.identity_id, owner[at.identity_id]) for key, at in held.items() if at.identity_id in owner}


def _publish(
    persons: list[_Person], keys_of: list[list[Key]], held: dict[Key, Held], namespace: str, by: Provenance
) -> None:
    said = []
    for person in persons:
        identity_id = held[keys_of[person.match.records[0]][0]].identity_id
        if person.is_new:
            created, at = vocabulary.CustomerCreated(shop=namespace), person.profile["first_seen_at"]
            said.append(
                NewEvent.of(created, customer_id=person.customer_id, identity_id=identity_id, occurred_at=at, by=by)
            )
        elif person.changed:
            changed = vocabulary.CustomerChanged(fields=sorted(person.changed))
            said.append(
                NewEvent.of(changed, customer_id=person.customer_id, identity_id=identity_id, occurred_at=by.now, by=by)
            )
    if said:
        events.publish(said)
