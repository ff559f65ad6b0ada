"""What records say, in the form in which it is compared: a cleaned person, addresses, keys and devices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shuke.cdp.customers import rules
from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.engine.addresses import Stored
from shuke.cdp.customers.engine.matching import Held
from shuke.cdp.customers.models import Channel
from shuke.cdp.customers.rules import Blocked, PersonRecord
from shuke.cdp.customers.rules.identities import ANONYMOUS_ID, EMAIL, EXTERNAL_ID, TYPES, Key, by_priority, key_of
from shuke.platform.company import queries as company

_NOBODY = PersonRecord()


@dataclass(frozen=True, slots=True)
class VisitorRecord:
    """One sign of life of a visitor, as a tracker or an app sends it; "" means it does not say.

    ``previous_id`` is the id under which they went until now (Segment's ``alias``); ``person`` what they told about
    themselves; ``other_ids`` are (type, namespace, value) with the types of ``rules.identities``.
    """

    anonymous_id: str = ""
    user_id: str = ""
    previous_id: str = ""
    person: PersonRecord | None = None
    other_ids: tuple[tuple[str, str, str], ...] = ()
    seen_at: datetime | None = None


@dataclass(slots=True)
class Statement:
    """What one record says. ``keys`` stand for the person, strongest first; ``devices`` for what they use."""

    record: PersonRecord
    contacts: list[Stored] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    devices: list[Key] = field(default_factory=list)
    # An id they went under, read as a person's and as a device's: which of them it is shows when it is looked up.
    previous: tuple[Key, Key] | None = None

    def looked_up(self) -> Iterable[Key]:
        """Return every key that has to be looked up."""
        return (*self.keys, *self.devices, *(self.previous or ()))

    def settle(self, held: Mapping[Key, Held]) -> None:
        """Drop what recognises nobody: shared addresses, and a former id that belongs to a known person."""
        if any(key in held and held[key].is_shared for key in self.keys):
            self.keys = [key for key in self.keys if not (key in held and held[key].is_shared)]
        if self.previous is not None:
            person, device = self.previous
            if person not in held and device not in self.devices:
                self.devices.append(device)


def of_people(people: Sequence[PersonRecord], *, namespace: str, blocked: Blocked) -> list[Statement]:
    """Return what records of known people say."""
    home = _home_region(namespace) if any(person.phone for person in people) else ""
    found = []
    for person in people:
        record = rules.cleaned(person, home_region=home, blocked=blocked)
        contacts = _contacts_of(record)
        found.append(Statement(record, contacts, _keys_of(record, contacts, namespace)))
    return found


def of_visitors(visitors: Sequence[VisitorRecord], *, namespace: str, blocked: Blocked) -> list[Statement]:
    """Return what signs of life say."""
    tells_phone = any(visitor.person is not None and visitor.person.phone for visitor in visitors)
    home = _home_region(namespace) if tells_phone else ""
    return [_of_visitor(visitor, namespace, home, blocked) for visitor in visitors]


def _of_visitor(visitor: VisitorRecord, namespace: str, home: str, blocked: Blocked) -> Statement:
    said = Statement(_NOBODY)
    if visitor.person is None and "@" not in visitor.user_id:
        # Most signs of life: nothing is told but who it is.
        if visitor.user_id and (key := key_of(EXTERNAL_ID, namespace, visitor.user_id, blocked)):
            said.record = PersonRecord(external_id=key.value, first_seen_at=visitor.seen_at)
            said.keys = [key]
    elif visitor.user_id or visitor.person is not None:
        person = visitor.person or _NOBODY
        person = _with_user_id(person, visitor.user_id, blocked)
        if person.first_seen_at is None:
            person = replace(person, first_seen_at=visitor.seen_at)
        said.record = rules.cleaned(person, home_region=home, blocked=blocked)
        said.contacts = _contacts_of(said.record)
        said.keys = _keys_of(said.record, said.contacts, namespace)
    if visitor.other_ids:
        _add_others(said, visitor.other_ids, blocked)
    if visitor.anonymous_id and (device := key_of(ANONYMOUS_ID, namespace, visitor.anonymous_id, blocked)):
        said.devices.insert(0, device)
    if visitor.previous_id:
        person_key = key_of(EXTERNAL_ID, namespace, visitor.previous_id, blocked)
        device_key = key_of(ANONYMOUS_ID, namespace, visitor.previous_id, blocked)
        if person_key and device_key:
            said.previous = person_key, device_key
    return said


def _with_user_id(person: PersonRecord, user_id: str, blocked: Blocked) -> PersonRecord:
    """Add the user id; one that is an e-mail address recognises as such, and is kept nowhere in clear."""
    if "@" in user_id and (address := rules.email(user_id, blocked=blocked)):
        return replace(person, email=person.email or address)
    return replace(person, external_id=user_id) if user_id else person


def _add_others(said: Statement, others: Iterable[tuple[str, str, str]], blocked: Blocked) -> None:
    for kind, namespace, value in others:
        if kind in TYPES and TYPES[kind].is_contact:
            _add_contact(said, kind, value, blocked)
        elif key := key_of(kind, namespace, value, blocked):
            (said.keys if TYPES[kind].may_join else said.devices).append(key)
    said.keys = by_priority(said.keys)
    said.devices = by_priority(said.devices)


def _add_contact(said: Statement, kind: str, value: str, blocked: Blocked) -> None:
    read = rules.email if kind == EMAIL else rules.phone
    if normal := read(value, blocked=blocked):
        contact = addresses.stored(kind, normal)
        if contact not in said.contacts:
            said.contacts.append(contact)
            said.keys.append(Key(kind, "", contact.index.hex()))


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
