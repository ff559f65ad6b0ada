"""Staging: from a file to decided records on disk.

The first pass decides every run of neighbouring rows at once, since nearly all exports keep an order's lines together.
Order numbers met again later are gathered in a second pass over the file.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from typing_extensions import override

from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.deciding import MOST_LINES, Decider, Decision, Row
from shuke.cdp.orders.rules.facts import Fact
from shuke.cdp.orders.rules.mapping import problems
from shuke.platform.imports.engine.source import LIMIT_BYTES, Form, Table, open_table
from shuke.platform.imports.engine.staging import Staging, formulas
from shuke.platform.imports.rules.refusals import Refusal, Refused

Progress = Callable[[int, int, int], None]
_RUNS_AT_ONCE = 500
# Begins the key of a record that is not brought together with others.
_NOBODYS = "\x1f"
_SCHEMA = """
CREATE TABLE records (seq INTEGER PRIMARY KEY, key TEXT, kind TEXT, number TEXT, first_row INTEGER, lines INTEGER,
    amount INTEGER, currency TEXT, digest BLOB, text TEXT);
CREATE TABLE fragments (key TEXT, first_row INTEGER, lines INTEGER, rows TEXT);
"""


def stage(
    path: Path,
    said: Mapping[str, Any],
    target: Path,
    progress: Progress,
    *,
    limit: int = LIMIT_BYTES,
    about: Mapping[str, Any],  # noqa: ARG001  other kinds of files need to know more
) -> dict[str, Any]:
    """Stage a file, read with the mapping ``said``, into ``target``; return the report."""
    mapping = mappings.from_json(said)
    form = Form(mapping.encoding, mapping.delimiter, mapping.sheet)
    table = open_table(path, form, limit=limit)
    try:
        if wrong := problems(mapping, table.headers):
            raise wrong[0]
        with _Stage(target) as store:
            rows, lines = _first_pass(store, table, Decider(mapping, table.headers), progress)
            if not rows:
                raise Refused("header_only")
            if store.find_scattered():
                again = open_table(path, form, limit=limit)
                _second_pass(store, again, Decider(mapping, again.headers), progress)
                again.close()
            store.refuse_repeated_numbers()
            report = store.report() | {"rows": rows, "lines": lines, "formulas": formulas(path)}
            store.finish(report)
    finally:
        table.close()
    return report


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


class _Stage(Staging):
    """The staging file of orders while it is written."""

    def __init__(self, target: Path) -> None:
        super().__init__(target, _SCHEMA)
        self._records: list[tuple[Any, ...]] = []
        self._fragments: list[tuple[str, int, int, str]] = []

    def add(self, seq: int, key: str, first_row: int, decision: Decision) -> None:
        """Take what a run amounts to."""
        if decision.fact is None:
            self._records.append((seq, key, None, None, first_row, 0, 0, "", None, None))
        else:
            self._take(seq, key, first_row, decision.fact)
        if decision.given_back is not None:
            self._take(seq + 1, _NOBODYS + key, first_row, decision.given_back)
        self.tell(seq, decision.notes, decision.refusals)

    def _take(self, seq: int, key: str, first_row: int, fact: Fact) -> None:
        text = fact.text()
        self._records.append(
            (seq, key, fact.kind, fact.number, first_row, max(1, len(fact.lines)), fact.amount_minor, fact.currency,
             facts.digest(text), text)
        )  # fmt: skip

    @override
    def flush(self) -> None:
        self.database.executemany("INSERT INTO records VALUES (?,?,?,?,?,?,?,?,?,?)", self._records)
        self._records = []
        super().flush()

    def lines(self) -> int:
        """Return how many lines were read into records."""
        return int(self.database.execute("SELECT coalesce(sum(lines), 0) FROM records").fetchone()[0])

    def find_scattered(self) -> bool:
        """Find records whose rows do not stand together; rows without an order number are nobody's."""
        self.database.execute("CREATE INDEX records_key ON records (key)")
        self.database.execute(
            "CREATE TABLE scattered AS SELECT key, min(seq) AS seq FROM records WHERE substr(key, 1, 1) <> char(31) "
            "GROUP BY key HAVING count(*) > 1"
        )
        self.database.execute("CREATE UNIQUE INDEX scattered_key ON scattered (key)")
        found = self.database.execute("SELECT 1 FROM scattered LIMIT 1").fetchone() is not None
        if found:
            self.database.execute("CREATE INDEX notes_seq ON notes (seq)")
            self.database.execute("CREATE INDEX refusals_seq ON refusals (seq)")
        return found

    def last_scattered_row(self) -> int:
        """Return where the last piece of a scattered record begins: reading further would find nothing."""
        return int(self.database.execute("SELECT max(first_row) FROM records JOIN scattered USING (key)").fetchone()[0])

    def add_fragment(self, key: str, run: list[Row]) -> None:
        """Take a run if it belongs to a scattered record."""
        if self.database.execute("SELECT 1 FROM scattered WHERE key = ?", (key,)).fetchone():
            self._fragments.append((key, run[0][0], len(run), json.dumps(run)))

    def flush_fragments(self) -> None:
        """Write the fragments taken."""
        self.database.executemany("INSERT INTO fragments VALUES (?,?,?,?)", self._fragments)
        self._fragments = []

    def scattered(self) -> Iterable[tuple[int, str]]:
        """Yield the scattered records in order of first appearance."""
        self.database.execute("CREATE INDEX fragments_key ON fragments (key, first_row)")
        yield from self.database.execute("SELECT seq, key FROM scattered ORDER BY seq").fetchall()

    def gather(self, key: str) -> list[Row] | None:
        """Return all rows of a record, None if there are too many."""
        where = "FROM fragments WHERE key = ?"
        if self.database.execute(f"SELECT sum(lines) {where}", (key,)).fetchone()[0] > MOST_LINES:
            return None
        found = self.database.execute(f"SELECT rows {where} ORDER BY first_row", (key,))
        return [(row, cells) for (text,) in found for row, cells in json.loads(text)]

    def first_row(self, seq: int) -> int:
        """Return where a record begins."""
        return int(self.database.execute("SELECT first_row FROM records WHERE seq = ?", (seq,)).fetchone()[0])

    def replace(self, seq: int, key: str, decision: Decision) -> None:
        """Put one decision in the place of those about a record's pieces."""
        first_row = self.first_row(seq)
        for table in ("notes", "refusals"):
            self.database.execute(f"DELETE FROM {table} WHERE seq IN (SELECT seq FROM records WHERE key = ?)", (key,))  # noqa: S608
        self.database.execute("DELETE FROM records WHERE key IN (?, ?)", (key, _NOBODYS + key))
        self.add(seq, key, first_row, decision)
        if len(self._records) >= _RUNS_AT_ONCE:
            self.flush()

    def refuse_repeated_numbers(self) -> None:
        """Refuse all but the first of different records that came out under one kind and number."""
        self.database.execute("CREATE INDEX records_number ON records (kind, number)")
        repeated = self.database.execute(
            "SELECT later.seq, later.first_row, later.number, first.first_row FROM records AS later JOIN ("
            "SELECT kind, number, min(seq) AS seq, min(first_row) AS first_row FROM records WHERE kind IS NOT NULL "
            "GROUP BY kind, number HAVING count(*) > 1) AS first "
            "ON later.kind = first.kind AND later.number = first.number AND later.seq > first.seq"
        ).fetchall()
        for seq, row, number, first in repeated:
            reason = Refusal(row, "", number, "number_twice", number, {"other_row": first})
            self.database.execute("DELETE FROM records WHERE seq = ?", (seq,))
            self.database.execute("DELETE FROM notes WHERE seq = ?", (seq,))
            self.add(seq, "", row, Decision(refusals=[reason]))
        self.flush()

    def report(self) -> dict[str, Any]:
        """Sum up what was staged."""
        select = self.database.execute
        amounts: dict[str, dict[str, int]] = {}
        counts = dict.fromkeys(facts.KINDS, 0)
        found = select("SELECT currency, kind, count(*), sum(amount) FROM records WHERE kind IS NOT NULL GROUP BY 1, 2")
        for currency, kind, count, amount in found:
            counts[kind] = counts.get(kind, 0) + count
            if kind in facts.KINDS:
                amounts.setdefault(currency, dict.fromkeys(facts.KINDS, 0))[kind] += amount
        return {"records": counts, "amounts": amounts, **self.told()}

    @override
    def finish(self, report: dict[str, Any]) -> None:
        for index in ("records_key", "records_number", "fragments_key", "scattered_key", "notes_seq", "refusals_seq"):
            self.database.execute(f"DROP INDEX IF EXISTS {index}")
        self.database.execute("DROP TABLE IF EXISTS scattered")
        self.database.execute("DROP TABLE fragments")
        super().finish(report)
