"""Staging: from a file to decided records on disk, in memory that does not grow with the file.

The first pass decides every run of neighbouring rows at once, since nearly all exports keep an order's lines together.
Order numbers met again later are gathered in a second pass over the file. What comes out is one private SQLite file
with the records in order of first appearance, the refusals and the notes.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from shuke.cdp.orders.engine import sheet
from shuke.cdp.orders.engine.source import LIMIT_BYTES, Form, Table, open_table
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules.deciding import MOST_LINES, Decider, Decision, Row
from shuke.cdp.orders.rules.facts import Fact
from shuke.cdp.orders.rules.mapping import Mapping, problems
from shuke.cdp.orders.rules.refusals import Refusal, Refused

Progress = Callable[[int, int, int], None]
_RUNS_AT_ONCE = 500
# Begins the key of a record that is not brought together with others.
_NOBODYS = "\x1f"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE records (seq INTEGER PRIMARY KEY, key TEXT, kind TEXT, number TEXT, first_row INTEGER, lines INTEGER,
    amount INTEGER, currency TEXT, digest BLOB, text TEXT);
CREATE TABLE notes (seq INTEGER, code TEXT, count INTEGER);
CREATE TABLE refusals (seq INTEGER, row INTEGER, col TEXT, value TEXT, code TEXT, number TEXT, facts TEXT);
CREATE TABLE fragments (key TEXT, first_row INTEGER, lines INTEGER, rows TEXT);
"""


def stage(
    path: Path, form: Form, mapping: Mapping, target: Path, progress: Progress, *, limit: int = LIMIT_BYTES
) -> dict[str, Any]:
    """Stage a file into ``target`` and return the report. The target appears only when it is complete."""
    unfinished = target.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    table = open_table(path, form, limit=limit)
    try:
        if wrong := problems(mapping, table.headers):
            raise wrong[0]
        with _Stage(unfinished) as store:
            rows, lines = _first_pass(store, table, Decider(mapping, table.headers), progress)
            if not rows:
                raise Refused("header_only")
            if store.find_scattered():
                again = open_table(path, form, limit=limit)
                _second_pass(store, again, Decider(mapping, again.headers), progress)
                again.close()
            store.refuse_repeated_numbers()
            report = store.report() | {"rows": rows, "lines": lines, "formulas": _formulas(path)}
            store.finish(report)
    finally:
        table.close()
    _make_durable(unfinished, target)
    return report


def _formulas(path: Path) -> int:
    return sheet.count_formulas(path) if sheet.is_workbook(path) else 0


def _make_durable(unfinished: Path, target: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)


def _first_pass(store: "_Stage", table: Table, decider: Decider, progress: Progress) -> tuple[int, int]:
    rows = 0
    for runs, (key, run) in enumerate(decider.runs(table.rows), 1):
        rows += len(run)
        # Every other place is kept free for the refund that a sale may bring along.
        store.add(2 * runs, key, run[0][0], decider.decide(run))
        if not runs % _RUNS_AT_ONCE:
            store.flush()
            progress(table.position(), table.size, rows)
    store.flush()
    progress(table.size, table.size, rows)
    return rows, store.lines()


def _second_pass(store: "_Stage", table: Table, decider: Decider, progress: Progress) -> None:
    """Bring the rows of scattered records together and decide them again."""
    rows, last = 0, store.last_scattered_row()
    for count, (key, run) in enumerate(decider.runs(table.rows), 1):
        if run[0][0] > last:
            break
        rows += len(run)
        store.add_fragment(key, run)
        if not count % _RUNS_AT_ONCE:
            store.flush_fragments()
            progress(table.position(), table.size, rows)
    store.flush_fragments()
    for seq, key in store.scattered():
        gathered = store.gather(key)
        if gathered is None:
            reason = Refusal(store.first_row(seq), "", "", "too_many_lines", key.split("\x1f")[0], {"most": MOST_LINES})
            decision = Decision(refusals=[reason])
        else:
            decision = decider.decide(gathered)
            decision.notes["scattered_records"] += 1
        store.replace(seq, key, decision)
    store.flush()


class _Stage:
    """The staging file while it is written."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.executescript(_SCHEMA)
        self._records: list[tuple[Any, ...]] = []
        self._notes: list[tuple[int, str, int]] = []
        self._refusals: list[tuple[Any, ...]] = []
        self._fragments: list[tuple[str, int, int, str]] = []

    def __enter__(self) -> Self:
        self._database.execute("BEGIN")
        return self

    def __exit__(self, *failure: object) -> None:
        self._database.close()

    def add(self, seq: int, key: str, first_row: int, decision: Decision) -> None:
        """Take what a run amounts to."""
        if decision.fact is None:
            self._records.append((seq, key, None, None, first_row, 0, 0, "", None, None))
        else:
            self._take(seq, key, first_row, decision.fact)
        if decision.given_back is not None:
            self._take(seq + 1, _NOBODYS + key, first_row, decision.given_back)
        self._notes += [(seq, code, count) for code, count in decision.notes.items()]
        self._refusals += [
            (seq, refusal.row, refusal.column, refusal.value, refusal.code, refusal.number, json.dumps(refusal.facts))
            for refusal in decision.refusals
        ]

    def _take(self, seq: int, key: str, first_row: int, fact: Fact) -> None:
        text = fact.text()
        self._records.append(
            (seq, key, fact.kind, fact.number, first_row, max(1, len(fact.lines)), fact.amount_minor, fact.currency,
             facts.digest(text), text)
        )  # fmt: skip

    def flush(self) -> None:
        """Write what was taken."""
        execute = self._database.executemany
        execute("INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?)", self._records)
        execute("INSERT INTO notes VALUES (?,?,?)", self._notes)
        execute("INSERT INTO refusals VALUES (?,?,?,?,?,?,?)", map(_encodable, self._refusals))
        self._records, self._notes, self._refusals = [], [], []

    def lines(self) -> int:
        """Return how many lines were read into records."""
        return int(self._database.execute("SELECT coalesce(sum(lines), 0) FROM records").fetchone()[0])

    def find_scattered(self) -> bool:
        """Find records whose rows do not stand together; rows without an order number are nobody's."""
        self._database.execute("CREATE INDEX records_key ON records (key)")
        self._database.execute(
            "CREATE TABLE scattered AS SELECT key, min(seq) AS seq FROM records WHERE substr(key, 1, 1) <> char(31) "
            "GROUP BY key HAVING count(*) > 1"
        )
        self._database.execute("CREATE UNIQUE INDEX scattered_key ON scattered (key)")
        found = self._database.execute("SELECT 1 FROM scattered LIMIT 1").fetchone() is not None
        if found:
            self._database.execute("CREATE INDEX notes_seq ON notes (seq)")
            self._database.execute("CREATE INDEX refusals_seq ON refusals (seq)")
        return found

    def last_scattered_row(self) -> int:
        """Return where the last piece of a scattered record begins: reading further would find nothing."""
        return int(
            self._database.execute("SELECT max(first_row) FROM records JOIN scattered USING (key)").fetchone()[0]
        )

    def add_fragment(self, key: str, run: list[Row]) -> None:
        """Take a run if it belongs to a scattered record."""
        if self._database.execute("SELECT 1 FROM scattered WHERE key = ?", (key,)).fetchone():
            self._fragments.append((key, run[0][0], len(run), json.dumps(run)))

    def flush_fragments(self) -> None:
        """Write the fragments taken."""
        self._database.executemany("INSERT INTO fragments VALUES (?,?,?,?)", self._fragments)
        self._fragments = []

    def scattered(self) -> Iterable[tuple[int, str]]:
        """Yield the scattered records in order of first appearance."""
        self._database.execute("CREATE INDEX fragments_key ON fragments (key, first_row)")
        yield from self._database.execute("SELECT seq, key FROM scattered ORDER BY seq").fetchall()

    def gather(self, key: str) -> list[Row] | None:
        """Return all rows of a record, None if there are too many."""
        where = "FROM fragments WHERE key = ?"
        if self._database.execute(f"SELECT sum(lines) {where}", (key,)).fetchone()[0] > MOST_LINES:
            return None
        found = self._database.execute(f"SELECT rows {where} ORDER BY first_row", (key,))
        return [(row, cells) for (text,) in found for row, cells in json.loads(text)]

    def first_row(self, seq: int) -> int:
        """Return where a record begins."""
        return int(self._database.execute("SELECT first_row FROM records WHERE seq = ?", (seq,)).fetchone()[0])

    def replace(self, seq: int, key: str, decision: Decision) -> None:
        """Put one decision in the place of those about a record's pieces."""
        first_row = self.first_row(seq)
        for table in ("notes", "refusals"):
            self._database.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM records WHERE key = ?)", (key,))  # noqa: S608
        self._database.execute("DELETE FROM records WHERE key IN (?, ?)", (key, _NOBODYS + key))
        self.add(seq, key, first_row, decision)
        if len(self._records) >= _RUNS_AT_ONCE:
            self.flush()

    def refuse_repeated_numbers(self) -> None:
        """Refuse all but the first of different records that came out under one kind and number."""
        self._database.execute("CREATE INDEX records_number ON records (kind, number)")
        repeated = self._database.execute(
            "SELECT later.seq, later.first_row, later.number, first.first_row FROM records AS later JOIN ("
            "SELECT kind, number, min(seq) AS seq, min(first_row) AS first_row FROM records WHERE kind IS NOT NULL "
            "GROUP BY kind, number HAVING count(*) > 1) AS first "
            "ON later.kind = first.kind AND later.number = first.number AND later.seq > first.seq"
        ).fetchall()
        for seq, row, number, first in repeated:
            reason = Refusal(row, "", number, "number_twice", number, {"other_row": first})
            self._database.execute("DELETE FROM records WHERE seq = ?", (seq,))
            self._database.execute("DELETE FROM notes WHERE seq = ?", (seq,))
            self.add(seq, "", row, Decision(refusals=[reason]))
        self.flush()

    def report(self) -> dict[str, Any]:
        """Sum up what was staged."""
        select = self._database.execute
        amounts: dict[str, dict[str, int]] = {}
        counts = dict.fromkeys(facts.KINDS, 0)
        found = select("SELECT currency, kind, count(*), sum(amount) FROM records WHERE kind IS NOT NULL GROUP BY 1, 2")
        for currency, kind, count, amount in found:
            counts[kind] = counts.get(kind, 0) + count
            if kind in facts.KINDS:
                amounts.setdefault(currency, dict.fromkeys(facts.KINDS, 0))[kind] += amount
        notes = select(
            "SELECT code, sum(count), min(first_row) FROM notes JOIN records USING (seq) GROUP BY code ORDER BY code"
        )
        reasons = select("SELECT code, count(*), min(row) FROM refusals GROUP BY code ORDER BY 2 DESC, 1")
        return {
            "records": counts,
            "amounts": amounts,
            "notes": {code: {"count": count, "row": row} for code, count, row in notes},
            "refusals": {code: {"count": count, "row": row} for code, count, row in reasons},
            "refused": select("SELECT count(*) FROM refusals").fetchone()[0],
        }

    def finish(self, report: dict[str, Any]) -> None:
        """Drop what only staging needed, and close the books."""
        for index in ("records_key", "records_number", "fragments_key", "scattered_key", "notes_seq", "refusals_seq"):
            self._database.execute(f"DROP INDEX IF EXISTS {index}")
        self._database.execute("DROP TABLE IF EXISTS scattered")
        self._database.execute("DROP TABLE fragments")
        self._database.execute("INSERT INTO meta VALUES ('report', ?)", (json.dumps(report),))
        self._database.execute("COMMIT")


def _encodable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Replace what SQLite cannot store: the lone surrogates that stand for undecodable bytes."""
    return tuple(
        value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value
        for value in row
    )
