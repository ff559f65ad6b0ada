"""Writing a chunk of a file's rows: people, tags, attributes, permissions, and what they were before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import msgspec

from shuke.cdp.customers import queries, rules
from shuke.cdp.customers.actions import consents, tags
from shuke.cdp.customers.actions.consent_files import said_in_file
from shuke.cdp.customers.actions.recording import Person
from shuke.cdp.customers.actions.resolution import Recognised, take_in
from shuke.cdp.customers.actions.statements import Statement
from shuke.cdp.customers.engine.addresses import EMAIL, PHONE, POSTAL, Stored
from shuke.cdp.customers.engine.matching import Conflict, Key
from shuke.cdp.customers.queries.imports import FIELDS, profile_hash
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.customers.rules.file_columns import REPLACE, CustomerMapping
from shuke.cdp.customers.rules.file_rows import Consent
from shuke.cdp.customers.rules.identities import EXTERNAL_ID, by_priority
from shuke.cdp.events.actions import Provenance
from shuke.platform.crypto.sealing import unseal
from shuke.platform.imports.actions import images
from shuke.platform.imports.models import Import
from shuke.platform.imports.rules.refusals import Refusal
from shuke.platform.manifest import CustomerColumns, customer_columns

KIND, RECORD = "customers", "customer"
# What can turn out only when rows are written.
CODES = ("two_people", "bad_attribute")
_Profile = tuple[str, str, str, str, str, str, date | None, datetime | None]
_Contact = tuple[str, bytes, bytes | None, bytes | None, bytes]
_Said = tuple[
    _Profile, list[_Contact], list[tuple[str, str, str]], list[str], dict[str, str], list[tuple[str, bool, str, str]]
]
_decode = msgspec.msgpack.Decoder(_Said).decode


def mark_of(import_id: int | None) -> str:
    """Return by whom the tags of an import are said to be put."""
    return f"import:{import_id}"


def source_of(made: Import) -> str:
    """Return as whose word attributes from files of a shop count."""
    return f"file:{made.shop.code}"


@dataclass(slots=True)
class Outcome:
    """What became of rows (``COUNTS``), and refusals by their place in the file."""

    counts: Counter[str] = field(default_factory=Counter)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)


COUNTS = ("created", "replaced", "unchanged", "refused", "left_out", "tags_left_out", "consents")


def tally(before: Mapping[str, int], outcome: Outcome) -> dict[str, int]:
    """Return counts of a report with those of some more rows added."""
    return {name: before.get(name, 0) + outcome.counts[name] for name in COUNTS}


@dataclass(slots=True)
class _Row:
    """One staged row on its way in."""

    seq: int
    number: int
    statement: Statement
    tags: Sequence[str]
    attributes: Mapping[str, str]
    consents: list[Consent]


class Taking:
    """Takes in the rows of one file, chunk by chunk.

    A trial is taken back by its caller: it makes no images and records no permission, and remembers between chunks who
    would be new.
    """

    def __init__(self, made: Import, mapping: CustomerMapping, by: Provenance, *, is_trial: bool) -> None:
        self._made, self._mapping, self._by, self._is_trial = made, mapping, by, is_trial
        self._met: set[int] = set()
        self._takers: dict[str, CustomerColumns] = {each.prefix: each for each in customer_columns()}

    def take(self, chunk: Iterable[tuple[int, int, bytes]]) -> Outcome:
        """Write rows in the open transaction, in a number of queries that does not depend on how many there are."""
        rows = [self._row(*staged) for staged in chunk]
        found = take_in(
            [row.statement for row in rows], namespace=self._made.shop.code,
            replacing=self._mapping.existing == REPLACE, by=self._by,
        )  # fmt: skip
        outcome = Outcome(Counter(refused=len(found.conflicts)), self._conflicts(rows, found.conflicts))
        changed = {person.customer_id for person in found.persons if person is not None and person.changed}
        changed |= self._tag(rows, found, outcome)
        kept = self._give_others(rows, found, outcome)
        changed |= kept.keys()
        if not self._is_trial:
            self._permit(rows, found, outcome)
            self._keep_images(found, changed, kept)
        self._count(rows, found, changed, outcome)
        return outcome

    def _row(self, seq: int, number: int, said: bytes) -> _Row:
        profile, contacts, others, labels, attributes, decided = _decode(said)
        external_id, name, country, region, city, language, birthday, first_seen_at = profile
        record = PersonRecord(
            external_id, name=name, country=country, region=region, city=city, language=language, birthday=birthday,
            first_seen_at=first_seen_at,
        )  # fmt: skip
        stored = [Stored(kind, "", index, mailbox, tail, sealed) for kind, index, mailbox, tail, sealed in contacts]
        keys = [Key(EXTERNAL_ID, self._made.shop.code, external_id)] if external_id else []
        keys += [Key(one.kind, "", one.index.hex()) for one in stored if one.kind != POSTAL]
        if others:
            keys = by_priority([*keys, *(Key(*other) for other in others)])
        permissions = [Consent(*one) for one in decided]
        return _Row(seq, number, Statement(record, stored, keys), labels, attributes, permissions)

    def _conflicts(self, rows: list[_Row], conflicts: Mapping[int, Conflict]) -> list[tuple[int, Refusal]]:
        if not conflicts:
            return []
        ids = {pk for one in conflicts.values() for pk in (one.first_customer, one.second_customer) if pk}
        names = {pk: str(uuid) for pk, uuid in queries.uuids_of(ids).items()}
        refused = []
        for index, one in conflicts.items():
            row = rows[index]
            facts = {
                "field": one.first.type, "other_field": one.second.type, "first": names.get(one.first_customer or 0, ""),
                "second": names.get(one.second_customer or 0, ""),
            }  # fmt: skip
            column = self._mapping.columns.get(one.second.type, "")
            refused.append((row.seq, Refusal(row.number, column, "", "two_people", "", facts)))
        return refused

    def _tag(self, rows: list[_Row], found: Recognised, outcome: Outcome) -> set[int]:
        wanted: dict[str, set[int]] = {}
        for row, person in zip(rows, found.persons, strict=True):
            for name in row.tags if person is not None else ():
                assert person is not None
                wanted.setdefault(name, set()).add(person.customer_id)
        if not wanted:
            return set()
        changed, left_out = tags.put_many(wanted, by=self._by, tagged_by=mark_of(self._by.import_id))
        outcome.counts["tags_left_out"] = left_out
        return changed

    def _give_others(self, rows: list[_Row], found: Recognised, outcome: Outcome) -> dict[int, dict[str, Any]]:
        """Let other domains take their columns; return by customer what was said before of what changed."""
        kept: dict[int, dict[str, Any]] = {}
        told = [(row, p) for row, p in zip(rows, found.persons, strict=True) if p is not None and row.attributes]
        if not told:
            return kept
        for prefix, taker in self._takers.items():
            said: dict[int, dict[str, str]] = {}
            for row, person in told:
                said.setdefault(person.customer_id, {}).update(row.attributes)
            before, refused = taker.take(
                said, source=source_of(self._made), date_order=self._mapping.date_order, by=self._by
            )
            for customer_id, values in before.items():
                kept.setdefault(customer_id, {})[prefix] = values
            at = {person.customer_id: row for row, person in told}
            outcome.counts["left_out"] += len(refused)
            for customer_id, key, why in refused:
                row, column = at[customer_id], self._mapping.columns.get(f"{prefix}:{key}", key)
                reason = Refusal(
                    row.number, column, row.attributes.get(key, "")[:200], "bad_attribute", "", {"reason": why}
                )
                outcome.refusals.append((row.seq, reason))
        return kept

    def _permit(self, rows: list[_Row], found: Recognised, outcome: Outcome) -> None:
        """Record permissions, each with its evidence, and every end of one."""
        said = []
        for row, person in zip(rows, found.persons, strict=True):
            for one in row.consents if person is not None else ():
                kind = EMAIL if one.channel == "email" else PHONE
                contact = next((each for each in row.statement.contacts if each.kind == kind), None)
                if contact is not None and contact.sealed is not None:
                    said.append(
                        said_in_file(
                            channel=one.channel, address=unseal(contact.sealed, context=rules.CONTACT_CONTEXT),
                            purpose="marketing", action="granted" if one.is_grant else "withdrawn",
                            at=datetime.fromisoformat(one.at) if one.at else self._made.created_at,
                            reference=one.evidence, digest=self._made.file_sha256, row=row.number,
                        )
                    )  # fmt: skip
        if said:
            by = replace(self._by, source="import")
            outcome.counts["consents"] = sum(one.status == "recorded" for one in consents.record(said, by=by))

    def _keep_images(self, found: Recognised, changed: set[int], kept: Mapping[int, dict[str, Any]]) -> None:
        touched: dict[int, Person] = {}
        for person in found.persons:
            if person is not None and person.customer_id in changed:
                touched[person.customer_id] = person
        images.keep(
            self._made, RECORD,
            [
                (pk, "", None if person.is_new else _before(person, kept.get(pk, {})), profile_hash(person.profile))
                for pk, person in touched.items()
            ],
        )  # fmt: skip

    def _count(self, rows: list[_Row], found: Recognised, changed: set[int], outcome: Outcome) -> None:
        """Count each person once, in the row that speaks of them first; the other rows add nothing new."""
        seen: set[int] = set()
        for row, person in zip(rows, found.persons, strict=True):
            if person is None:
                continue
            is_first, is_known = person.customer_id not in seen, self._was_met(row.statement.keys)
            seen.add(person.customer_id)
            if is_first and person.is_new and not is_known:
                outcome.counts["created"] += 1
            elif is_first and person.customer_id in changed and not person.is_new:
                outcome.counts["replaced"] += 1
            else:
                outcome.counts["unchanged"] += 1

    def _was_met(self, keys: list[Key]) -> bool:
        """Whether a trial has met this new person in an earlier chunk, which was taken back."""
        if not self._is_trial:
            return False
        marks = {hash(key) for key in keys}
        is_known = not marks.isdisjoint(self._met)
        self._met |= marks
        return is_known


def _before(person: Person, others: Mapping[str, Any]) -> dict[str, Any]:
    profile = {name: person.before.get(name) for name in FIELDS}
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in profile.items()}
    return {"profile": plain, "others": dict(others)}
