"""What a rule refers to: other segments, by rule or by list.

Segments inside rules are taken apart where they stand, so that one day of evaluation holds for everything in a rule
and no answer rests on another segment's older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from shuke.insight.segments.rules.language import Group, clauses_of, segments_of


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment as a rule sees it: ``rule`` is None for a list, whose members are stored under ``number``."""

    number: int
    name: str
    rule: Group | None


@dataclass(frozen=True, slots=True)
class Book:
    """The definitions a rule may meet, by id (as text). Hashable, so that compiled rules can be remembered."""

    entries: tuple[tuple[str, Definition], ...] = ()
    # Whether the company sends marketing by e-mail only to those who confirmed that they want it.
    email_needs_confirmation: bool = True

    @classmethod
    def of(cls, definitions: Mapping[str, Definition], *, email_needs_confirmation: bool = True) -> Self:
        """Return a book of these definitions."""
        return cls(tuple(sorted(definitions.items(), key=lambda entry: entry[0])), email_needs_confirmation)

    def __getitem__(self, identifier: str) -> Definition:
        return next(definition for known, definition in self.entries if known == identifier)

    def __contains__(self, identifier: str) -> bool:
        return any(known == identifier for known, _ in self.entries)


def missing_from(book: Book, rule: Group) -> list[str]:
    """Return the ids that ``rule`` names and ``book`` does not know."""
    return sorted(identifier for identifier in segments_of(rule) if identifier not in book)


def cycle_from(book: Book, rule: Group, own: str, seen: frozenset[str] = frozenset()) -> list[str]:
    """Return the names on the way from ``rule`` back to segment ``own``, or nothing if there is no such way."""
    for identifier in sorted(segments_of(rule) - seen):
        if identifier not in book:
            continue
        definition = book[identifier]
        if identifier == own:
            return [definition.name]
        inner = definition.rule
        if inner is not None and (rest := cycle_from(book, inner, own, seen | {identifier})):
            return [definition.name, *rest]
    return []


def weight_of(book: Book, rule: Group) -> int:
    """Return how many clauses a rule comes to once the segments in it are taken apart; it must not rest on itself."""
    known = dict(book.entries)
    weights: dict[str, int] = {}

    def weigh(group: Group) -> int:
        return sum(1 + sum(weight(one) for one in segments_of(clause) if one in known) for clause in clauses_of(group))

    def weight(identifier: str) -> int:
        if identifier not in weights:
            inner = known[identifier].rule
            weights[identifier] = weigh(inner) if inner is not None else 0
        return weights[identifier]

    return weigh(rule)
