"""Statements as the actions work on them: read at once, judged in memory, written as the difference.

A board holds what all sources say of some attributes of some customers. Whoever changed it asks it to ``settle``: that
finds the values in force anew and writes statements, history and the event, in a constant number of queries.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from shuke.cdp.attributes.errors import Misfit
from shuke.cdp.attributes.models import Attribute, Change, Statement
from shuke.cdp.attributes.queries.sealing import CHANGE, STATEMENT, closed, opened
from shuke.cdp.attributes.rules.kinds import NOWHERE, columns_of, of_columns, plain, read
from shuke.cdp.attributes.rules.priority import Word, in_force
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.vocabulary.customers import CustomerAttributesChanged

_KEY = ("customer_id", "attribute_id", "source", "identity_id")
_STORED = ("text", "number", "day", "items", "sealed", "said_at", "is_current")
# A value that does not fit (any more) is kept under this key, sealed, and never counts.
_MISFIT = "misfit"

# A customer and an attribute.
Place: TypeAlias = tuple[int, int]


@dataclass(slots=True)
class Line:
    """One statement. ``said`` is plain JSON, None for a word taken back; ``is_fit``: the definition allows it."""

    customer_id: int
    attribute_id: int
    source: str
    identity_id: int
    said: Any
    said_at: datetime
    is_fit: bool = True
    is_current: bool = False
    pk: int | None = None
    # Whether anything has to be written, and whether that is more than when it was said and whether it counts.
    is_touched: bool = False
    is_new: bool = False

    @property
    def word(self) -> Word:
        """The statement as far as ranking goes."""
        return Word(self.source, self.said_at, is_empty=self.said is None or not self.is_fit, origin=self.identity_id)


@dataclass(slots=True)
class Board:
    """Statements by customer and attribute, and what was in force when they were read."""

    attributes: Mapping[int, Attribute]
    lines: dict[Place, list[Line]] = field(default_factory=dict)
    _former: dict[Place, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, attributes: Iterable[Attribute], customer_ids: Collection[int]) -> "Board":
        """Read what is said of some attributes of some customers, in one query."""
        board = cls({attribute.pk: attribute for attribute in attributes})
        found = Statement.objects.filter(attribute_id__in=list(board.attributes), customer_id__in=customer_ids)
        for row in found.values_list("pk", *_KEY, *_STORED):
            board.add(_line(row, board.attributes[row[2]]))
        return board

    def add(self, line: Line) -> None:
        """Put a stored statement on the board."""
        place = (line.customer_id, line.attribute_id)
        self.lines.setdefault(place, []).append(line)
        if line.is_current:
            self._former[place] = line.said

    def remember(self, before: "Board") -> None:
        """Take what was in force on an earlier board as what was in force."""
        self._former = dict(before._former)
        for place in self._former:
            self.lines.setdefault(place, [])

    def say(
        self, customer_id: int, attribute: Attribute, *, source: str, identity_id: int, said: Any, at: datetime
    ) -> None:
        """Note what a source says. An older word of the same source never replaces a newer one."""
        lines = self.lines.setdefault((customer_id, attribute.pk), [])
        own = next((one for one in lines if (one.source, one.identity_id) == (source, identity_id)), None)
        if own is None:
            # Also a word taken back that was never heard: what it takes back may still arrive.
            lines.append(Line(customer_id, attribute.pk, source, identity_id, said, at, is_touched=True))
        elif at >= own.said_at and (at, said) != (own.said_at, own.said):
            own.is_new = own.is_new or own.said != said
            own.said, own.said_at, own.is_fit, own.is_touched = said, at, True, True

    def reread(self) -> int:
        """Read every value anew, as the definitions are now; return how many do not fit."""
        misfits = 0
        for line in (line for lines in self.lines.values() for line in lines):
            attribute = self.attributes[line.attribute_id]
            line.is_touched = line.is_new = True
            if line.said is None:
                continue
            try:
                line.said, line.is_fit = plain(read(attribute.value_kind, attribute.allowed, line.said)), True
            except Misfit:
                line.is_fit = False
                misfits += 1
        return misfits

    def settle(
        self, *, by: Provenance, publishes_all: bool = False, noted: Collection[int] | None = None
    ) -> dict[int, list[str]]:
        """Find the values in force anew, write what changed and publish it; return the changed codes by customer.

        With ``publishes_all``, every customer on the board is told of, for what only looks different from outside.
        ``noted`` are those whose changes go into the history, everybody's if it is not said.
        """
        changed: list[tuple[Place, Line | None]] = []
        for place, lines in self.lines.items():
            attribute = self.attributes[place[1]]
            now = in_force(lines, attribute.order, lambda line: line.word)
            for line in lines:
                line.is_touched |= line.is_current is not (line is now)
                line.is_current = line is now
            if (now.said if now else None) != self._former.get(place):
                changed.append((place, now))
        self._write()
        self._note([one for one in changed if noted is None or one[0][0] in noted], by)
        return self._tell(list(self.lines) if publishes_all else [place for place, _ in changed], by)

    def _write(self) -> None:
        touched = [line for lines in self.lines.values() for line in lines if line.is_touched]
        # One statement per place is in force at any moment: whoever steps down goes first.
        for is_rising in (False, True):
            stored = [line for line in touched if line.pk is not None and line.is_current is is_rising]
            moved = ((line.said_at, line.is_current, line.pk) for line in stored if not line.is_new)
            update_rows(Statement, _STORED[-2:], moved)
            said = ((*self._kept(line), line.said_at, line.is_current, line.pk) for line in stored if line.is_new)
            update_rows(Statement, _STORED, said)
        fresh = (
            (
                line.customer_id,
                line.attribute_id,
                line.source,
                line.identity_id,
                *self._kept(line),
                line.said_at,
                line.is_current,
            )
            for line in touched
            if line.pk is None
        )
        insert_rows(Statement, (*_KEY, *_STORED), fresh)

    def _kept(self, line: Line) -> tuple[Any, ...]:
        """Return the columns that keep a line's value: four open ones and the sealed one."""
        attribute = self.attributes[line.attribute_id]
        if line.said is None:
            return *NOWHERE, None
        if not line.is_fit:
            return *NOWHERE, closed({_MISFIT: line.said}, context=STATEMENT)
        if attribute.is_sealed:
            return *NOWHERE, closed(line.said, context=STATEMENT)
        return *columns_of(read(attribute.value_kind, attribute.allowed, line.said)), None

    def _note(self, changed: list[tuple[Place, Line | None]], by: Provenance) -> None:
        rows = []
        for (customer_id, attribute_id), now in changed:
            attribute = self.attributes[attribute_id]
            if attribute.is_computed:
                continue
            before, after = self._former.get((customer_id, attribute_id)), now.said if now else None
            sealed = None
            if attribute.is_sealed:
                sealed, before, after = closed([before, after], context=CHANGE), None, None
            source = now.source if now else by.source
            rows.append((customer_id, attribute_id, source[:64], by.actor, by.now, before, after, sealed))
        columns = ("customer_id", "attribute_id", "source", "actor", "at", "before", "after", "sealed")
        insert_rows(Change, columns, rows)

    def _tell(self, places: list[Place], by: Provenance) -> dict[int, list[str]]:
        codes: dict[int, list[str]] = {}
        for customer_id, attribute_id in places:
            codes.setdefault(customer_id, []).append(self.attributes[attribute_id].code)
        if codes:
            events.publish(
                NewEvent.of(
                    CustomerAttributesChanged(codes=sorted(names)), customer_id=customer_id, occurred_at=by.now, by=by
                )
                for customer_id, names in codes.items()
            )
        return codes


def _line(row: tuple[Any, ...], attribute: Attribute) -> Line:
    pk, customer_id, attribute_id, source, identity_id, *columns, sealed, said_at, is_current = row
    is_fit = True
    if sealed is not None:
        said = opened(sealed, context=STATEMENT)
        if isinstance(said, dict) and _MISFIT in said:
            said, is_fit = said[_MISFIT], False
    else:
        text, number, day, items = columns
        said = plain(of_columns(attribute.value_kind, (text, number, day, items)))
    return Line(customer_id, attribute_id, source, identity_id, said, said_at, is_fit, is_current, pk)
