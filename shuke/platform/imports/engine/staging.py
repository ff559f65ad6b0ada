"""The staging file: what was read of a file, on disk, so that memory does not grow with it.

One private SQLite file with records in order of first appearance, the refusals and the notes. What a record is, the
domain says; it appears under its name only when it is complete and synced.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from shuke.platform.imports.engine import sheet
from shuke.platform.imports.rules.refusals import Refusal

# Every domain's ``records`` has at least ``seq`` (the order of the file) and ``first_row``.
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE notes (seq INTEGER, code TEXT, count INTEGER);
CREATE TABLE refusals (seq INTEGER, row INTEGER, col TEXT, value TEXT, code TEXT, number TEXT, facts TEXT);
"""


class Staging:
    """The staging file while it is written."""

    def __init__(self, target: Path, schema: str) -> None:
        self.target, self._path = target, target.with_suffix(".part")
        self._path.unlink(missing_ok=True)
        self.database = sqlite3.connect(self._path, isolation_level=None)
        self._path.chmod(0o600)
        self.database.execute("PRAGMA journal_mode=OFF")
        self.database.execute("PRAGMA synchronous=OFF")
        self.database.executescript(_SCHEMA + schema)
        self._notes: list[tuple[int, str, int]] = []
        self._refusals: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        self.database.execute("BEGIN")
        return self

    def __exit__(self, *failure: object) -> None:
        self.database.close()

    def tell(self, seq: int, notes: Mapping[str, int], refusals: Iterable[Refusal] = ()) -> None:
        """Take what is to be told about a record: notes with their counts, and what was refused."""
        self._notes += [(seq, code, count) for code, count in notes.items()]
        self._refusals += [
            (seq, one.row, one.column, one.value, one.code, one.number, json.dumps(one.facts)) for one in refusals
        ]

    def flush(self) -> None:
        """Write what was taken."""
        execute = self.database.executemany
        execute("INSERT INTO notes VALUES (?,?,?)", self._notes)
        execute("INSERT INTO refusals VALUES (?,?,?,?,?,?,?)", map(_encodable, self._refusals))
        self._notes, self._refusals = [], []

    def told(self) -> dict[str, Any]:
        """Sum up notes and refusals: how many, and where the first is."""
        select = self.database.execute
        notes = select(
            "SELECT code, sum(count), min(first_row) FROM notes JOIN records USING (seq) GROUP BY code ORDER BY code"
        )
        reasons = select("SELECT code, count(*), min(row) FROM refusals GROUP BY code ORDER BY 2 DESC, 1")
        return {
            "notes": {code: {"count": count, "row": row} for code, count, row in notes},
            "refusals": {code: {"count": count, "row": row} for code, count, row in reasons},
            "refused": select("SELECT count(*) FROM refusals").fetchone()[0],
        }

    def finish(self, report: dict[str, Any]) -> None:
        """Close the books, and let the file appear under its name."""
        self.database.execute("INSERT INTO meta VALUES ('report', ?)", (json.dumps(report),))
        self.database.execute("COMMIT")
        self.database.close()
        with self._path.open("rb") as file:
            os.fsync(file.fileno())
        self._path.replace(self.target)


def formulas(path: Path) -> int:
    """Return how many cells of a file hold formulas."""
    return sheet.count_formulas(path) if sheet.is_workbook(path) else 0


def _encodable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Replace what SQLite cannot store: the lone surrogates that stand for undecodable bytes."""
    return tuple(
        value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value
        for value in row
    )
