"""What a rule refers to: other segments, by rule or by list.

Segments inside rules are taken apart where they stand, so that one day of evaluation holds for everything in a rule
and no answer rests on another segment's older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shuke.insight.segments.rules.language import Group, segments_of


@dataclass(frozen=True, slots=True)
class Definition:
    """A segment as a rule sees it: ``rule`` is None for a list, whose members are stored under ``number``."""

    number: int
    name: str
    rule: Group | None


@dataclass(frozen=True, slots=True)
class Book:
    """Every definition a rule may meet, by id (as text)."""

    definitions: Mapping[str, Definition] = field(default_factory=dict)

    def __getitem__(self, identifier: str) -> Definition:
        return self.definitions[identifier]

    def missing_from(self, rule: Group) -> list[str]:
        """Return the ids a rule names that are not in the book."""
        return sorted(segments_of(rule) - set(self.definitions))

    def cycle_from(self, rule: Group, own: str) -> list[str]:
        """Return the names on the way from ``rule`` back to segment ``own``, or nothing if there is no such way."""
        return self._way(rule, own, frozenset())

    def _way(self, rule: Group, own: str, seen: frozenset[str]) -> list[str]:
        for identifier in sorted(segments_of(rule)):
            if identifier not in self.definitions or identifier in seen:
                continue
            definition = self.definitions[identifier]
            if identifier == own:
                return [definition.name]
            if definition.rule is not None and (rest := self._way(definition.rule, own, seen | {identifier})):
                return [definition.name, *rest]
        return []
