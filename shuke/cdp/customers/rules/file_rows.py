"""Reading the rows of a file of customers: each speaks of one person, or says why it does not."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shuke.cdp.customers.rules import people
from shuke.cdp.customers.rules.file_columns import OTHER_IDS, CustomerMapping
from shuke.cdp.customers.rules.identities import Key, key_of
from shuke.cdp.customers.rules.people import Blocked, PersonRecord
from shuke.kernel import places
from shuke.platform.imports.rules import moments, values
from shuke.platform.imports.rules.refusals import Refusal, Refused
from shuke.platform.imports.rules.remembering import Remembered

# A value that cannot be read stays out with its reason; the rest of its row goes in.
VALUE_CODES = frozenset({
    "bad_email", "bad_phone", "not_a_date", "impossible_date", "implausible_date", "shortened_number", "formula", "too_long",
    "bad_attribute",
})  # fmt: skip
_YES = frozenset({"yes", "y", "true", "1", "subscribed", "opted in", "是", "同意", "接受", "已订阅"})
_GONE = frozenset({"unsubscribed", "opted out", "withdrawn", "objected", "退订", "已退订", "拒绝", "拒收"})
_GENDERS = {
    "m": "male", "male": "male", "man": "male", "男": "male", "先生": "male", "f": "female", "female": "female",
    "woman": "female", "女": "female", "女士": "female",
}  # fmt: skip


# Its number in the file, and its cells.
Line = tuple[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Around:
    """What reading has to know of the company: the country of the shop's clock, what recognises nobody, whose ids these are."""

    namespace: str = ""
    home_region: str = ""
    blocked: Blocked = field(default_factory=Blocked)


@dataclass(slots=True)
class Consent:
    """What a row says about marketing over one channel: ``is_grant``, or its end."""

    channel: str
    is_grant: bool
    at: str
    evidence: str


@dataclass(slots=True)
class Row:
    """What one row amounts to; without a person it is refused."""

    person: PersonRecord | None = None
    others: list[Key] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


class Reader:
    """Reads the rows of one file."""

    def __init__(self, mapping: CustomerMapping, headers: Sequence[str], around: Around) -> None:
        self.mapping, self.around, self.width = mapping, around, len(headers)
        self._at = {name: headers.index(header) for name, header in mapping.columns.items() if header in headers}
        zone, order = ZoneInfo(mapping.time_zone), mapping.date_order
        self._moment = Remembered(lambda raw: moments.moment(raw, zone=zone, order=order))
        self._day = Remembered(lambda raw: moments.day(raw, order=order))
        self._place = Remembered(lambda raw: people.words(values.clean(raw), limit=80))
        self._tags = Remembered(values.items)
        self._attributes = [(name.partition(":")[2], at) for name, at in self._at.items() if ":" in name]
        self._other_ids = [(name, self._at[name]) for name in OTHER_IDS if name in self._at]

    def read(self, number: int, cells: Sequence[str]) -> Row:
        """Read one row."""
        row = Row()
        if len(cells) > self.width:
            row.refusals.append(
                Refusal(number, "", "", "too_many_cells", "", {"cells": len(cells), "columns": self.width})
            )
            return row
        try:
            self._read((number, cells), row)
        except Refused as refusal:
            said = dict(refusal.facts)
            name = said.pop("field", "")
            row.person = None
            row.refusals = [self._refusal((number, cells), name, Refused(refusal.code, **said))]
        return row

    def _read(self, line: Line, row: Row) -> None:
        said = {name: self._clean(line, name) for name in _TEXTS if name in self._at}
        country = self._country(line)
        email, phone = said.get("email", ""), values.open_text(said.get("phone", ""))
        blocked = self.around.blocked
        person = PersonRecord(
            external_id=self._external_id(line, row),
            email=people.email(email, blocked=blocked) if email else "",
            phone=people.phone(phone, region=places.dialled_as(country) or self.around.home_region, blocked=blocked)
            if phone
            else "",
            name=self._name(said), country=country, region=self._cell(self._place, line, "region"),
            city=self._cell(self._place, line, "city"), address=self._address(said),
            postcode=people.words(said.get("postcode", ""), limit=20), language=people.words(said.get("language", ""), limit=10),
            birthday=self._dated(self._day, line, "birthday", row),
            first_seen_at=self._dated(self._moment, line, "registered_at", row),
        )  # fmt: skip
        self._tell_unread(line, row, "email", email, person.email)
        self._tell_unread(line, row, "phone", phone, person.phone)
        row.others = self._others(line)
        if not (person.external_id or person.email or person.phone or row.others):
            raise Refused("nobody", field=min(self._at, key=lambda name: self._at[name]))
        row.person = person
        row.tags = self._cell(self._tags, line, "tags") or ()
        row.attributes = {code: text for code, at in self._attributes if (text := values.clean(line[1][at]))}
        if gender := said.get("gender"):
            row.attributes["gender"] = _GENDERS.get(gender.casefold(), gender[:40])
        if "accepts_email" in self._at or "accepts_sms" in self._at:
            self._consents(line, said, row)

    def _clean(self, line: Line, name: str) -> str:
        try:
            return values.clean(line[1][self._at[name]])
        except Refused as refusal:
            raise Refused(refusal.code, field=name) from None

    def _cell(self, reader: Mapping[str, Any], line: Line, name: str) -> Any:
        if name not in self._at:
            return ""
        found = reader[line[1][self._at[name]]]
        if isinstance(found, Refused):
            raise Refused(found.code, field=name)
        return found

    def _country(self, line: Line) -> str:
        return str(self._cell(self._place, line, "country"))

    def _external_id(self, line: Line, row: Row) -> str:
        return self._id(line, "external_id", row, lambda raw: people.external_id(raw, blocked=self.around.blocked))

    def _id(self, line: Line, name: str, row: Row, read: Callable[[str], str]) -> str:
        """An id that a spreadsheet has shortened to powers of ten is nobody's: it would join strangers."""
        if name not in self._at:
            return ""
        raw = line[1][self._at[name]]
        try:
            return read(values.reference(raw))
        except Refused as refusal:
            if refusal.code not in VALUE_CODES:
                raise Refused(refusal.code, field=name) from None
            row.refusals.append(self._refusal(line, name, refusal))
            return ""

    def _name(self, said: Mapping[str, str]) -> str:
        whole = said.get("name", "")
        if not whole:
            first, last = said.get("first_name", ""), said.get("last_name", "")
            whole = f"{last}{first}" if first and last and not (first + last).isascii() and len(first + last) <= 4 else (
                f"{first} {last}"
            )  # fmt: skip
        return people.name(values.open_text(whole)) if whole else ""

    def _address(self, said: Mapping[str, str]) -> str:
        parts = [part for name in ("district", "address", "address2") if (part := values.open_text(said.get(name, "")))]
        joint = ", " if all(part.isascii() for part in parts) else ""
        return people.words(joint.join(parts), limit=500)

    def _dated(self, reader: Remembered, line: Line, name: str, row: Row) -> Any:
        if name not in self._at:
            return None
        found = reader[line[1][self._at[name]]]
        if isinstance(found, Refused):
            if found.code not in VALUE_CODES:
                raise Refused(found.code, field=name)
            row.refusals.append(self._refusal(line, name, found))
            return None
        return found

    def _tell_unread(self, line: Line, row: Row, name: str, raw: str, read: str) -> None:
        """Say what became of an address that recognises nobody: hidden, somebody's filler, or no address at all."""
        if not raw or read:
            return
        if people.is_masked(raw):
            row.notes["masked_values"] += 1
        elif self._is_nobodys(name, raw):
            row.notes["nobodys_values"] += 1
        else:
            row.refusals.append(self._refusal(line, name, Refused(f"bad_{name}")))

    def _is_nobodys(self, name: str, raw: str) -> bool:
        nothing = Blocked(frozenset(), frozenset(), frozenset())
        if name == "email":
            return bool(people.email(raw, blocked=nothing)) or self.around.blocked.has_id(raw)
        digits = "".join(character for character in raw if character.isdigit())
        return bool(digits) and self.around.blocked.has_phone(f"+86{digits[-11:]}")

    def _others(self, line: Line) -> list[Key]:
        if not self._other_ids:
            return []
        space = self.around.namespace
        app = self.mapping.app_id or space
        found = []
        for name, at in self._other_ids:
            try:
                raw = values.reference(line[1][at])
            except Refused as refusal:
                raise Refused(refusal.code, field=name) from None
            if raw and (key := key_of(name, app if name in _OF_APPS else space, raw, self.around.blocked)):
                found.append(key)
        return found

    def _consents(self, line: Line, said: Mapping[str, str], row: Row) -> None:
        """Take permissions with their evidence, and every end of one; count those without."""
        at = self._moment[line[1][self._at["consent_at"]]] if "consent_at" in self._at else None
        written = moments.written(at) if isinstance(at, datetime) else ""
        evidence = said.get("consent_evidence", "")[:500]
        for channel in ("email", "sms"):
            word = said.get(f"accepts_{channel}", "").casefold()
            if word in _GONE:
                row.consents.append(Consent(channel, False, written, evidence))
            elif word in _YES and evidence and written:
                row.consents.append(Consent(channel, True, written, evidence))
            elif word in _YES:
                row.notes["consents_without_evidence"] += 1

    def _refusal(self, line: Line, name: str, reason: Refused) -> Refusal:
        at = self._at.get(name)
        value = line[1][at][:200] if at is not None and at < len(line[1]) else ""
        return Refusal(line[0], self.mapping.columns.get(name, ""), value, reason.code, "", reason.facts)


_TEXTS = (
    "email", "phone", "name", "first_name", "last_name", "gender", "language", "district", "address", "address2", "postcode",
    "accepts_email", "accepts_sms", "consent_evidence",
)  # fmt: skip
_OF_APPS = frozenset({"openid", "unionid", "taobao_omid", "douyin_open_id"})
