"""Deciding which records speak of which person, for a whole batch at once and without a database.

The result is the same as taking the records one by one, in order: a record belongs to whoever its strongest known key
belongs to; keys of it that nobody holds become theirs; keys that somebody else holds stay where they are. Two known
people are never joined here; nor are two accounts of one shop, whatever address they share: a family has one e-mail.

Devices are weaker than keys. One follows the first known person who is seen with it, with all that happened on it
before; once a second known person is seen with it, it says nothing about who is using it and belongs to nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shuke.cdp.customers.rules.identities import TYPES, Key

__all__ = ["Device", "Held", "Key", "Match", "match", "watch"]


class Held(NamedTuple):
    """An identity that exists: its row, whose it is (None: nobody's yet), whether it is shared, its home if not there."""

    identity_id: int
    customer_id: int | None
    is_shared: bool = False
    home: int | None = None


@dataclass(slots=True, eq=False)
class Match:
    """One person of the batch: known already (``customer_id``) or new, with the records that speak of them.

    ``beside`` says for a key that becomes theirs through which key its record was recognised.
    """

    customer_id: int | None
    records: list[int] = field(default_factory=list)
    new_keys: list[Key] = field(default_factory=list)
    claimed: list[int] = field(default_factory=list)
    beside: dict[Key, Key] = field(default_factory=dict)
    recognised: dict[int, Key] = field(default_factory=dict)
    # Shops that gave them an account in this batch.
    accounts: set[str] = field(default_factory=set)


class Conflict(NamedTuple):
    """Two people in one record: the keys that lead to them, and the customers (None: new in this batch)."""

    first: Key
    second: Key
    first_customer: int | None
    second_customer: int | None


@dataclass(slots=True)
class Strictly:
    """Refuse records whose keys lead to two people, instead of leaving the weaker key where it is.

    An address that the stronger key's person is known to have is no contradiction: families share one. ``addresses``
    are (customer, key) pairs of such people; ``conflicts`` says by record why it speaks of nobody.
    """

    addresses: Collection[tuple[int, Key]] = ()
    conflicts: dict[int, Conflict] = field(default_factory=dict)
    _told: set[tuple[int, Key]] = field(default_factory=set)

    def refuses(self, index: int, person: "Match", through: Key, others: "Sequence[tuple[Key, Match]]") -> bool:
        """Whether a record contradicts itself; ``others`` are the people to whom its other keys lead."""
        for key, other in others:
            has_it = (id(person), key) in self._told or (person.customer_id, key) in self.addresses
            if other is not person and not (has_it and TYPES[key.type].is_contact):
                self.conflicts[index] = Conflict(through, key, person.customer_id, other.customer_id)
                return True
        return False

    def note(self, person: "Match", keys: Sequence[Key]) -> None:
        """Remember what a person of the batch is said to have."""
        self._told.update((id(person), key) for key in keys)


def match(
    keys_of: Sequence[Sequence[Key]],
    held: Mapping[Key, Held],
    accounts: Collection[tuple[int | None, str]] = (),
    strictly: Strictly | None = None,
) -> tuple[list[Match], list[Match | None]]:
    """Return the people of a batch, and for each record the one it speaks of (None: it has no key).

    ``keys_of`` lists each record's keys, strongest first. ``claimed`` are identities that were nobody's. ``accounts``
    are (customer, shop) pairs: who has an account where, for customers whom a stranger's address may lead to.
    Records that ``strictly`` refuses speak of nobody.
    """
    people: list[Match] = []
    by_customer: dict[int, Match] = {}
    holder: dict[Key, Match] = {}
    answers: list[Match | None] = []
    for index, keys in enumerate(keys_of):
        if not keys:
            answers.append(None)
            continue
        found = [(key, other) for key in keys if (other := _holder_of(key, holder, held, by_customer, people))]
        able = [(key, other) for key, other in found if not _has_another_account(other, key, keys, accounts)]
        person, through = (able[0][1], able[0][0]) if able else (None, keys[0])
        if strictly is not None and person is not None and strictly.refuses(index, person, through, found):
            answers.append(None)
            continue
        if person is None:
            person = Match(None)
            people.append(person)
        person.records.append(index)
        person.recognised[index] = through
        for key in keys:
            _give(key, person, through, holder, held)
        if strictly is not None:
            strictly.note(person, keys)
        answers.append(person)
    return people, answers


def _holder_of(
    key: Key, holder: dict[Key, Match], held: Mapping[Key, Held], by_customer: dict[int, Match], people: list[Match]
) -> Match | None:
    if key in holder:
        return holder[key]
    known = held.get(key)
    if known is None or known.customer_id is None:
        return None
    person = by_customer.get(known.customer_id)
    if person is None:
        person = by_customer[known.customer_id] = Match(known.customer_id)
        people.append(person)
    return person


def _has_another_account(
    person: Match, through: Key, keys: Sequence[Key], accounts: Collection[tuple[int | None, str]]
) -> bool:
    """Whether the record names an account of a shop where ``person`` has another one.

    Not if it is that account itself through which they were found.
    """
    if TYPES[through.type].is_account:
        return False
    return any(
        key.namespace in person.accounts or (person.customer_id, key.namespace) in accounts
        for key in keys
        if TYPES[key.type].is_account
    )


def _give(key: Key, person: Match, through: Key, holder: dict[Key, Match], held: Mapping[Key, Held]) -> None:
    """Let ``person`` hold ``key`` unless somebody does."""
    if key in holder:
        return
    known = held.get(key)
    if known is None:
        person.new_keys.append(key)
    elif known.customer_id is None:
        person.claimed.append(known.identity_id)
    else:
        return
    holder[key] = person
    person.beside[key] = through
    if TYPES[key.type].is_account:
        person.accounts.add(key.namespace)


@dataclass(slots=True, eq=False)
class Device:
    """A device of the batch: whose it was, and whose it is afterwards (``person`` of the batch, or ``customer_id``)."""

    key: Key
    held: Held | None
    person: Match | None = None
    customer_id: int | None = None
    is_shared: bool = False
    # Through which key its new owner was recognised.
    beside: Key | None = None

    @property
    def was(self) -> int | None:
        """Whose it was before the batch."""
        return self.held.customer_id if self.held else None

    @property
    def has_owner(self) -> bool:
        """Whether it is anybody's."""
        return self.person is not None or self.customer_id is not None

    def belongs_to(self, person: Match) -> bool:
        """Whether it is ``person``'s."""
        return self.person is person or (self.customer_id is not None and self.customer_id == person.customer_id)

    def see(self, person: Match, through: Key) -> None:
        """Take note that a known person was seen with it."""
        if self.is_shared or self.belongs_to(person):
            return
        if self.has_owner:
            self.person, self.customer_id, self.is_shared = None, None, True
        else:
            self.person, self.beside = person, through


def watch(
    devices_of: Sequence[Sequence[Key]], people: Sequence[Match | None], held: Mapping[Key, Held]
) -> dict[Key, Device]:
    """Return every device of a batch as it stands afterwards; ``people`` are those whom the records speak of."""
    devices: dict[Key, Device] = {}
    for index, keys in enumerate(devices_of):
        person = people[index]
        for key in keys:
            device = devices.get(key)
            if device is None:
                known = held.get(key)
                device = devices[key] = Device(key, known)
                if known is not None:
                    device.customer_id, device.is_shared = known.customer_id, known.is_shared
            if person is not None:
                device.see(person, person.recognised[index])
    return devices
