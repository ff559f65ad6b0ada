"""Recognising people: from what sources say about them to customers, a batch at a time."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from shuke.cdp.customers.actions import recording, reindexing, statements
from shuke.cdp.customers.actions.recording import Moves, Person
from shuke.cdp.customers.actions.statements import Statement, VisitorRecord
from shuke.cdp.customers.engine.addresses import Stored
from shuke.cdp.customers.engine.matching import Conflict, Device, Held, Key, Match, Strictly, match, watch
from shuke.cdp.customers.models import ContactPoint, Identity
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.customers.rules.identities import TYPES
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.vocabulary import customers as vocabulary

EXTERNAL_ID, EMAIL, PHONE = "external_id", "email", "phone"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The customer a record speaks of, and the identity under which the fact arrived."""

    customer_id: int
    identity_id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who gave a sign of life: the identity it arrived under (None: it has no usable id), the customer if known."""

    identity_id: int | None
    customer_id: int | None
    is_new: bool


@dataclass(slots=True)
class Recognised:
    """The outcome of a batch: per statement the person it speaks of, every identity, every device.

    ``conflicts`` says of statements that speak of two people why they were left out.
    """

    persons: list[Person | None]
    held: dict[Key, Held]
    devices: dict[Key, Device]
    conflicts: dict[int, Conflict]


def resolve(people: Sequence[PersonRecord], *, namespace: str, by: Provenance) -> list[Resolved | None]:
    """Return for each record the customer it speaks of, making those that are new; None where no key can be used.

    ``namespace`` is the shop whose external ids these are. The strongest key decides: external id, then e-mail, then
    phone. What the records say is added to what is known; history only fills gaps (see ``rules.prefer``). Two existing
    customers are never joined, nor two accounts of one shop; an address of too many people recognises nobody.

    Runs inside the caller's transaction, in a number of queries that does not depend on how many records there are.
    Repeating it changes nothing and publishes nothing. Publishes ``customer.created`` and ``customer.changed``.
    """
    settings = identities.settings()
    said = statements.of_people(people, namespace=namespace, blocked=settings.blocked())
    found = _recognise(said, settings, namespace, by)
    return [
        None
        if person is None
        else Resolved(person.customer_id, _identity_of(statement, person, found.held), person.is_new)
        for statement, person in zip(said, found.persons, strict=True)
    ]


def resolve_visitors(visitors: Sequence[VisitorRecord], *, namespace: str, by: Provenance) -> list[Visitor]:
    """Return for each sign of life who gave it.

    With a usable key of a person (user id, e-mail, phone …) it is that customer, made if new; the devices it came from
    become theirs, with their history. Without one it is whoever the device belongs to, if it is one person's. A device
    seen with two known people is marked as shared and belongs to nobody. ``previous_id`` (alias) brings an anonymous
    id to the known person, and never one known person to another.

    Runs inside the caller's transaction, in a number of queries that does not depend on how many records there are.
    Repeating it changes nothing. Publishes ``customer.created``, ``customer.changed`` and ``identity.moved``.
    """
    settings = identities.settings()
    said = statements.of_visitors(visitors, namespace=namespace, blocked=settings.blocked())
    found = _recognise(said, settings, namespace, by)
    return [_visitor(statement, person, found) for statement, person in zip(said, found.persons, strict=True)]


def take_in(said: list[Statement], *, namespace: str, replacing: bool, by: Provenance) -> Recognised:
    """Do what ``resolve`` does for the rows of a file; leave out those that speak of two people.

    ``replacing``: what the rows say corrects what is known, though it is history.
    """
    return _recognise(said, identities.settings(), namespace, by, replacing=replacing, is_strict=True)


def _visitor(said: Statement, person: Person | None, found: Recognised) -> Visitor:
    if person is not None:
        return Visitor(_identity_of(said, person, found.held), person.customer_id, person.is_new)
    if not said.devices:
        return Visitor(None, None, False)
    at = found.held[said.devices[0]]
    return Visitor(at.identity_id, at.customer_id, False)


def _identity_of(said: Statement, person: Person, held: dict[Key, Held]) -> int:
    """The strongest identity of the record that is this person's: where the fact goes, the person goes."""
    return next(
        held[key].identity_id for key in said.keys if key in held and held[key].customer_id == person.customer_id
    )


def _recognise(
    said: list[Statement],
    settings: identities.IdentitySettings,
    namespace: str,
    by: Provenance,
    *,
    replacing: bool | None = None,
    is_strict: bool = False,
) -> Recognised:
    if not connection.in_atomic_block:
        raise RuntimeError("resolving belongs inside the transaction that writes the facts")
    hold_still()
    reindexing.repair([contact for statement in said for contact in statement.contacts])
    held = _held({key for statement in said for key in statement.looked_up()})
    for statement in said:
        statement.settle(held)
    strictly = Strictly(_addresses(said, held)) if is_strict else None
    matches, answers = match([statement.keys for statement in said], held, _accounts(said, held), strictly)
    devices = watch([statement.devices for statement in said], answers, held)
    persons = [Person(found, _contacts_together(found, said)) for found in matches]
    recording.work_out_profiles(persons, said, replacing=not by.historical if replacing is None else replacing)
    _write(persons, devices, held, settings=settings, by=by)
    _publish(persons, said, held, namespace, by)
    by_match: dict[int, Person] = {id(person.match): person for person in persons}
    of_records = [None if answer is None else by_match[id(answer)] for answer in answers]
    return Recognised(of_records, held, devices, strictly.conflicts if strictly else {})


def _write(
    persons: list[Person],
    devices: dict[Key, Device],
    held: dict[Key, Held],
    *,
    settings: identities.IdentitySettings,
    by: Provenance,
) -> None:
    """Bring the tables to what the batch says; ``held`` then knows every identity of it."""
    recording.within_limits(persons, devices, settings)
    recording.insert_customers([person for person in persons if person.is_new], by)
    recording.update_customers([person for person in persons if not person.is_new and person.changed], by)
    recording.insert_name_words(persons)
    crowded = recording.insert_contacts(persons, held, by)
    moves = Moves()
    fresh = recording.insert_identities(persons, held, by)
    recording.share_what_many_have(crowded, settings.most_customers_per_address)
    recording.claim_identities(persons, held, moves, by)
    fresh += recording.write_devices(devices, persons, held, moves, by)
    if fresh:
        held |= _lookup(fresh)
    if moves.rows:
        moves.write(by)
        _announce(moves, by)


def _contacts_together(found: Match, said: list[Statement]) -> dict[tuple[str, bytes], tuple[Stored, Key]]:
    return {
        (contact.kind, contact.index): (contact, found.recognised[index])
        for index in found.records
        for contact in said[index].contacts
    }


def hold_still() -> None:
    """Let no merge and no split happen until this transaction ends, so that facts are written under today's customers.

    SQLite's writers are alone anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext('shuke.customers.moves'))")


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


def _accounts(said: list[Statement], held: dict[Key, Held]) -> set[tuple[int | None, str]]:
    """Who has an account where, of the customers to whom an address in the record of an unknown account leads."""
    shops: set[str] = set()
    customers: set[int] = set()
    for statement in said:
        unknown = [k for k in statement.keys if TYPES[k.type].is_account and (k not in held or not held[k].customer_id)]
        if unknown:
            shops.update(key.namespace for key in unknown)
            customers.update(owner for k in statement.keys if k in held and (owner := held[k].customer_id))
    if not customers:
        return set()
    kinds = [kind.code for kind in TYPES.values() if kind.is_account]
    found = Identity.objects.filter(customer_id__in=customers, type__in=kinds, namespace__in=shops)
    return set(found.values_list("customer_id", "namespace"))


def _addresses(said: list[Statement], held: dict[Key, Held]) -> set[tuple[int, Key]]:
    """Which addresses the people have to whom records of two people lead."""
    owners: set[int] = set()
    for statement in said:
        found = {owner for key in statement.keys if key in held and (owner := held[key].customer_id)}
        if len(found) > 1:
            owners |= found
    if not owners:
        return set()
    rows = ContactPoint.objects.filter(customer_id__in=owners).values_list("customer_id", "channel", "blind_index")
    return {(customer_id, Key(channel, "", bytes(blind).hex())) for customer_id, channel, blind in rows}


def _lookup(keys: Iterable[Key]) -> dict[Key, Held]:
    values: dict[tuple[str, str], list[str]] = {}
    for key in keys:
        values.setdefault((key.type, key.namespace), []).append(key.value)
    found = {}
    with connection.cursor() as cursor:
        for (kind, namespace), wanted in values.items():  # a handful of kinds, whatever the size of the batch
            cursor.execute(_LOOKUP[connection.vendor], [kind, namespace, _as_list(wanted)])
            for value, pk, owner, is_shared, home in cursor.fetchall():
                found[Key(kind, namespace, value)] = Held(pk, owner, bool(is_shared), home)
    return found


# Thousands of values as one parameter: a parameter each would cost the ORM more than the engine's work.
_LOOKUP = {
    vendor: f"""
        SELECT value, id, customer_id, is_shared, home FROM customers_identity
        WHERE type = %s AND namespace = %s AND value {among}
    """  # noqa: S608  our own text
    for vendor, among in (("sqlite", "IN (SELECT value FROM json_each(%s))"), ("postgresql", "= ANY(%s)"))
}


def _as_list(values: list[str]) -> str | list[str]:
    return json.dumps(values) if connection.vendor == "sqlite" else values


def _publish(
    persons: list[Person], said: list[Statement], held: dict[Key, Held], namespace: str, by: Provenance
) -> None:
    told = []
    for person in persons:
        if not person.match.records:  # recognised by nothing but a key that another account of theirs holds
            continue
        identity_id = _identity_of(said[person.match.records[0]], person, held)
        if person.is_new:
            created, at = vocabulary.CustomerCreated(shop=namespace), person.profile["first_seen_at"]
            told.append(
                NewEvent.of(created, customer_id=person.customer_id, identity_id=identity_id, occurred_at=at, by=by)
            )
        elif person.changed:
            changed = vocabulary.CustomerChanged(fields=sorted(person.changed))
            told.append(
                NewEvent.of(changed, customer_id=person.customer_id, identity_id=identity_id, occurred_at=by.now, by=by)
            )
    if told:
        events.publish(told)


def _announce(moves: Moves, by: Provenance) -> None:
    """Tell projections which identities changed hands; one event for the batch, on nobody's timeline."""
    customers = {pk for row in moves.rows for pk in row[1:3] if pk is not None}
    said = vocabulary.IdentitiesMoved(
        identity_ids=sorted({row[0] for row in moves.rows}), customer_ids=sorted(customers)
    )
    events.publish([NewEvent.of(said, customer_id=None, occurred_at=by.now, by=by)])
