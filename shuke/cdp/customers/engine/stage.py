"""Staging files of customers: runs in the process that reads files.

Everything that costs is done here, beside the server: cleaning, blind indexes, sealing. The staged rows hold addresses
only as they are kept in the tables.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import msgspec
from typing_extensions import override

from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.rules import file_columns, people
from shuke.cdp.customers.rules.file_rows import VALUE_CODES, Around, Reader, Row
from shuke.cdp.customers.rules.people import Blocked
from shuke.platform.crypto import keys
from shuke.platform.crypto.sealing import seal
from shuke.platform.imports.engine.source import LIMIT_BYTES, Form, open_table
from shuke.platform.imports.engine.staging import Staging, formulas
from shuke.platform.imports.rules.refusals import Refused

Progress = Callable[[int, int, int], None]
_ROWS_AT_ONCE = 2_000
_SCHEMA = "CREATE TABLE records (seq INTEGER PRIMARY KEY, first_row INTEGER, said BLOB);"
_encode = msgspec.msgpack.Encoder().encode


def stage(
    path: Path,
    said: Mapping[str, Any],
    target: Path,
    progress: Progress,
    *,
    limit: int = LIMIT_BYTES,
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Stage a file, read with the mapping ``said``, into ``target``; return the report."""
    mapping = file_columns.from_json(said)
    keys.use_folder(Path(about["keys"]))
    table = open_table(path, Form(mapping.encoding, mapping.delimiter, mapping.sheet), limit=limit)
    try:
        if wrong := file_columns.problems(mapping, table.headers):
            raise wrong[0]
        reader = Reader(mapping, table.headers, around_of(about))
        with _Stage(target) as store:
            rows = 0
            for rows, (number, cells) in enumerate(table.rows, 1):
                store.add(rows, number, reader.read(number, cells))
                if not rows % _ROWS_AT_ONCE:
                    store.flush()
                    progress(table.position(), table.size, rows)
            if not rows:
                raise Refused("header_only")
            store.flush()
            report = store.report() | {"rows": rows, "formulas": formulas(path), "about": dict(about)}
            store.finish(report)
    finally:
        table.close()
    return report


def around_of(about: Mapping[str, Any]) -> Around:
    """Return what reading has to know of the company, from its JSON form."""
    blocked = Blocked(*(frozenset(about["blocked"][name]) for name in ("emails", "phones", "ids")))
    return Around(about["namespace"], about["home_region"], blocked)


class _Stage(Staging):
    """The staging file of customers while it is written."""

    def __init__(self, target: Path) -> None:
        super().__init__(target, _SCHEMA)
        self._records: list[tuple[int, int, bytes]] = []

    def add(self, seq: int, number: int, row: Row) -> None:
        """Take what a row amounts to."""
        if row.person is not None:
            self._records.append((seq, number, _encode(_prepared(row))))
        if row.notes or row.refusals:
            self.tell(seq, row.notes, row.refusals)

    @override
    def flush(self) -> None:
        self.database.executemany("INSERT INTO records VALUES (?,?,?)", self._records)
        self._records = []
        super().flush()

    def report(self) -> dict[str, Any]:
        """Sum up what was staged: values left out are no refused rows."""
        told = self.told()
        left_out = sum(said["count"] for code, said in told["refusals"].items() if code in VALUE_CODES)
        count = self.database.execute("SELECT count(*) FROM records").fetchone()[0]
        return told | {
            "records": {"customer": count}, "refused": told["refused"] - left_out, "left_out": left_out,
        }  # fmt: skip


def _prepared(row: Row) -> tuple[Any, ...]:
    """Return a row as it is staged: the person without addresses, what is kept of those, and the rest."""
    person = row.person
    assert person is not None
    contacts = []
    for kind, shown in _addresses(person):
        found = addresses.stored(kind, shown)
        sealed = seal(shown, context=people.CONTACT_CONTEXT)
        contacts.append((kind, found.index, found.mailbox, found.tail, sealed))
    profile = (
        person.external_id, person.name, person.country, person.region, person.city, person.language, person.birthday,
        person.first_seen_at,
    )  # fmt: skip
    return profile, contacts, row.others, row.tags, row.attributes, [astuple(one) for one in row.consents]


def _addresses(person: people.PersonRecord) -> list[tuple[str, str]]:
    found = [(addresses.EMAIL, person.email), (addresses.PHONE, person.phone)]
    if person.address and not people.is_masked(person.address):
        found.append((addresses.POSTAL, people.address_text(person.address, person.postcode)))
    return [(kind, shown) for kind, shown in found if shown]
