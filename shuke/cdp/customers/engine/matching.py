"""Deciding which records speak of which person, for a whole batch at once and without a database.

The result is the same as taking the records one by one, in order: a record belongs to whoever its strongest known key
belongs to; keys of it that nobody holds become theirs; keys that somebody else holds stay where they are. Two known
people are never joined here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Key(NamedTuple):
    """A typed, namespaced value that stands for a person."""

    type: str
    namespace: str
    value: str


class Held(NamedTuple):
    """An identity that exists: its row, and whose it is (None: nobody's yet)."""

    identity_id: int
    customer_id: int | None


@dataclass(slots=True, eq=False)
class Match:
    """One person of the batch: known already (``customer_id``) or new, with the records that speak of them."""

    customer_id: int | None
    records: list[int] = field(default_factory=list)
    new_keys: list[Key] = field(default_factory=list)
    claimed: list[int] = field(default_factory=list)


def match(keys_of: Sequence[Sequence[Key]], held: Mapping[Key, Held]) -> tuple[list[Match], list[Match | None]]:
    """Return the people of a batch, and for each record the one it speaks of (None: it has no key).

    ``keys_of`` lists each record's keys, strongest first. ``claimed`` are identities that were nobody's.
    """
    people: list[Match] = []
    by_customer: dict[int, Match] = {}
    holder: dict[Key, Match] = {}
    answers: list[Match | None] = []
    for index, keys in enumerate(keys_of):
        if not keys:
            answers.append(None)
            continue
        person = next((found for key in keys if (found := _holder_of(key, holder, held, by_customer, people))), None)
        if person is None:
            person = Match(None)
            people.append(person)
        person.records.append(index)
        for key in keys:
            _give(key, person, holder, held)
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


def _give(key: Key, person: Match, holder: dict[Key, Match], held: Mapping[Key, Held]) -> None:
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
