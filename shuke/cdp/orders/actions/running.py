"""Running an import: stage, compare, apply chunk by chunk, from wherever it stopped."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions import completing, files, reading, writing
from shuke.cdp.orders.actions.reading import Cancelled, Progress
from shuke.cdp.orders.actions.recording import Candidate, Outcome, record_candidates
from shuke.cdp.orders.actions.resolving import Resolution, fingerprint_of
from shuke.cdp.orders.errors import UnreadableFile, WrongState
from shuke.cdp.orders.models import ImportState, OrderImport
from shuke.cdp.orders.queries import imports as queries
from shuke.cdp.orders.rules import facts
from shuke.cdp.orders.rules import mapping as mappings
from shuke.platform.audit import actions as audit
from shuke.platform.db.bulk import write_back
from shuke.platform.staff.actor import Actor

# Nobody else writes during a transaction, so each is kept well below 100 ms. Chunks depend on the file alone, not on the
# clock or on where a run was interrupted: the same file leaves the same log, however often its import was killed.
_MOST_LINES_AT_ONCE = 3_000
_MOST_RECORDS_AT_ONCE = 400
_WRITTEN_BACK_EVERY = 8
_COMPARED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Chunk:
    last: int
    candidates: list[Candidate]


Clock = Callable[[], datetime]


def run_check(import_id: int, progress: Progress, *, now: datetime, clock: Clock | None = None) -> OrderImport:
    """Do the dry run: stage the file and compare it with what is stored. Safe to repeat.

    ``clock`` tells the end of long work; without it everything happens ``now``.
    """
    read = clock or (lambda: now)
    made = queries.get_import(import_id)
    if made.state != ImportState.CHECKING:
        return made
    try:
        report = _staged(made, progress)
        report["expected"] = _compare(made, report, progress)
    except Cancelled:
        return _end(made, ImportState.UPLOADED, {}, read())
    except UnreadableFile as refusal:
        return _end(made, ImportState.FAILED, {"error": dict(refusal.facts)}, read())
    return _end(made, ImportState.CHECKED, report, read())


def run_import(import_id: int, progress: Progress, *, now: datetime, clock: Clock | None = None) -> OrderImport:
    """Apply an import from its checkpoint on, and return it; repeating a finished one does nothing.

    Each chunk commits together with the checkpoint behind it, so a killed process loses only the chunk it was in.
    Cancelling keeps what was applied. Everything is written as history: nothing live reacts.
    """
    read = clock or (lambda: now)
    made = queries.get_import(import_id)
    if made.state != ImportState.RUNNING:
        return made
    try:
        staged = _staged(made, progress)
    except Cancelled:
        return _end(made, ImportState.CANCELLED, made.report, read())
    except UnreadableFile as refusal:
        return _end(made, ImportState.FAILED, {"error": dict(refusal.facts)}, read())
    made.report = staged | {"applied": made.report.get("applied", {})} | _kept(made.report)
    applied = Applying(made, started_at=made.started_at or now)
    if not applied.run(progress):
        return _end(made, ImportState.CANCELLED, made.report, read())
    return _finish(made, read())


def _kept(report: dict[str, Any]) -> dict[str, Any]:
    return {"expected": report["expected"]} if "expected" in report else {}


class _Around(TypedDict):
    """What all writers of a chunk need."""

    by: Provenance
    images: OrderImport
    resolution: Resolution


class Applying:
    """Writes staged records chunk by chunk; remembers people and products between chunks."""

    def __init__(self, made: OrderImport, *, started_at: datetime) -> None:
        self.made = made
        self.by = Provenance(made.shop.code, made.created_by, started_at, historical=True, import_id=made.pk)
        self.resolution = Resolution(made.shop, self.by)

    def run(self, progress: Progress) -> bool:
        """Apply everything after the checkpoint; return False if asked to stop."""
        with closing(_open(self.made)) as stage:
            total = stage.execute("SELECT count(*) FROM records WHERE kind IS NOT NULL").fetchone()[0]
            passed = "SELECT count(*) FROM records WHERE kind IS NOT NULL AND seq <= ?"
            done = stage.execute(passed, (self.made.checkpoint,)).fetchone()[0]
            progress.progress(done, total, _("Writing orders"))
            for count, chunk in enumerate(self._chunks(stage, self.made.checkpoint), 1):
                if progress.is_cancelled():
                    return False
                self.apply(chunk)
                if not count % _WRITTEN_BACK_EVERY:
                    write_back()
                done += len(chunk.candidates)
                progress.progress(done, total, _("Writing orders"))
        return True

    def apply(self, chunk: _Chunk) -> None:
        """Write one chunk and the checkpoint behind it."""
        with transaction.atomic():
            outcomes = self._record(chunk.candidates)
            report = self.made.report | {"applied": _tally(self.made.report["applied"], outcomes)}
            mine = OrderImport.objects.filter(
                pk=self.made.pk, state=ImportState.RUNNING, checkpoint=self.made.checkpoint
            )
            if not mine.update(checkpoint=chunk.last, report=report):
                raise WrongState(_("Somebody else is running this import."))
        self.made.checkpoint, self.made.report = chunk.last, report

    def _record(self, candidates: list[Candidate]) -> list[Outcome]:
        """Write records, and lines of records that other files tell of."""
        shop, more = self.made.shop, _Around(by=self.by, images=self.made, resolution=self.resolution)
        part = self.made.mapping.get("part", "")
        if part == mappings.LINES:
            return completing.take_reports(shop, candidates, **more)
        if part == mappings.TOTALS:
            candidates = completing.completed(shop, candidates)
        return record_candidates(shop, candidates, **more)

    @staticmethod
    def _chunks(stage: sqlite3.Connection, checkpoint: int) -> Iterator[_Chunk]:
        """Yield staged records in order, in chunks of bounded work."""
        chunk: list[Candidate] = []
        lines, last = 0, checkpoint
        found = stage.execute(
            "SELECT seq, lines, kind, number, digest, text FROM records WHERE kind IS NOT NULL AND seq > ? ORDER BY seq",
            (checkpoint,),
        )
        for seq, count, *said in found:
            if chunk and (lines + count > _MOST_LINES_AT_ONCE or len(chunk) >= _MOST_RECORDS_AT_ONCE):
                yield _Chunk(last, chunk)
                chunk, lines = [], 0
            chunk.append(Candidate(*said))
            lines += count
            last = seq
        if chunk:
            yield _Chunk(last, chunk)


def _tally(before: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
    counts = Counter((outcome.kind, outcome.action) for outcome in outcomes)
    after = {kind: dict(before.get(kind, {})) for kind in facts.KINDS}
    for (kind, action), count in counts.items():
        so_far = after.setdefault(kind, dict(before.get(kind, {})))
        so_far[action] = so_far.get(action, 0) + count
    return after


def _staged(made: OrderImport, progress: Progress) -> dict[str, Any]:
    """Stage the file unless that is done, and return the report of the staging."""
    note = _("Reading the file")
    if not files.stage(made.uuid).exists():
        reading.stage(made, mappings.from_json(made.mapping), progress, note=note)
    with closing(_open(made)) as stage:
        found: dict[str, Any] = json.loads(stage.execute("SELECT value FROM meta WHERE name = 'report'").fetchone()[0])
        return found


def _open(made: OrderImport) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{files.stage(made.uuid)}?mode=ro", uri=True)


def _compare(made: OrderImport, report: dict[str, Any], progress: Progress) -> dict[str, dict[str, int]]:
    """Count what would be created, replaced and left alone, per kind."""
    expected = {kind: dict.fromkeys(("created", "replaced", "unchanged"), 0) for kind in facts.KINDS}
    total, done = sum(report["records"].values()), 0
    if report["records"].get(facts.LINES):
        expected[facts.LINES] = dict.fromkeys(("created", "replaced", "unchanged"), 0)
    with closing(_open(made)) as stage:
        for kind, counts in expected.items():
            found = stage.execute("SELECT number, digest FROM records WHERE kind = ? ORDER BY seq", (kind,))
            while batch := dict(found.fetchmany(_COMPARED_AT_ONCE)):
                stored, beside = _stored_prints(made, kind, list(batch))
                for number, digest in batch.items():
                    known = stored.get(number)
                    same = known is not None and known == completing.xor(
                        fingerprint_of(digest), beside.get(number, b"")
                    )
                    counts["created" if known is None else "unchanged" if same else "replaced"] += 1
                done += len(batch)
                if progress.is_cancelled():
                    raise Cancelled
                progress.progress(done, total, _("Comparing with what is stored"))
    return expected


def _stored_prints(made: OrderImport, kind: str, numbers: list[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the fingerprints of what is stored, and those of reports of lines that are mixed into them."""
    part = made.mapping.get("part", "")
    reported = completing.reports(made.shop, numbers) if part else {}
    prints = {number: bytes(report.content_hash) for number, report in reported.items()}
    if kind == facts.LINES:
        return prints, {}
    stored = {number: known[1] for number, known in writing.fingerprints(kind, made.shop, numbers).items()}
    return stored, prints if kind == facts.ORDER else {}


def _end(made: OrderImport, state: ImportState, report: dict[str, Any], now: datetime) -> OrderImport:
    made.state, made.report, made.finished_at = state, report, now
    made.save(update_fields=["state", "report", "finished_at"])
    return made


def _finish(made: OrderImport, now: datetime) -> OrderImport:
    """Close the books: the file and the staged records, personal data in clear, go; the refusals stay."""
    with transaction.atomic():
        _end(made, ImportState.DONE, made.report, now)
        audit.record(
            Actor.system("imports"), "orders.import_finished", target=f"orders.OrderImport:{made.pk}",
            summary=made.report["applied"], now=now,
        )  # fmt: skip
    forget_staged(made)
    return made


def forget_staged(made: OrderImport) -> None:
    """Remove the upload and the staged records from the disk."""
    files.remove_source(made.uuid)
    path = files.stage(made.uuid)
    if path.exists():
        with closing(sqlite3.connect(path, isolation_level=None)) as stage:
            stage.execute("DROP TABLE IF EXISTS records")
            stage.execute("DROP TABLE IF EXISTS notes")
            stage.execute("VACUUM")
