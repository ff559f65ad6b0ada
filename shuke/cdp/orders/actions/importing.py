"""Bringing in files of orders: how they are read, compared, written and taken back."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, TypedDict

from django.utils.translation import gettext as _
from typing_extensions import override

from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders.actions import completing, writing
from shuke.cdp.orders.actions.recording import Candidate, Outcome, record_candidates
from shuke.cdp.orders.actions.resolving import Resolution, fingerprint_of
from shuke.cdp.orders.actions.undoing import TakingBack
from shuke.cdp.orders.errors.wording import WORDING
from shuke.cdp.orders.queries import undo
from shuke.cdp.orders.rules import facts, guessing, presets
from shuke.cdp.orders.rules import mapping as mappings
from shuke.platform.company import queries as company
from shuke.platform.imports.kinds import Applying, Changed, ImportKind
from shuke.platform.imports.models import Import
from shuke.platform.imports.progress import Cancelled, Progress
from shuke.platform.imports.queries import open_stage
from shuke.platform.imports.rules.refusals import Refused

_MOST_LINES_AT_ONCE = 3_000
_MOST_RECORDS_AT_ONCE = 400
_COMPARED_AT_ONCE = 500
KIND = "orders"


class OrderFiles(ImportKind):
    """Files of orders, refunds and bookkeeping entries."""

    code = KIND
    stager = "shuke.cdp.orders.engine.stage"
    presets = tuple(presets.PRESETS)
    wording = WORDING

    @override
    def mapping(self, said: Any) -> mappings.Mapping:
        return mappings.from_json(said)

    @override
    def problems(self, mapping: mappings.Mapping, headers: Sequence[str]) -> list[Refused]:
        return mappings.problems(mapping, headers)

    @override
    def guess(self, made: Import, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> mappings.Mapping:
        home = company.find_company()
        currency = made.shop.currency or (home.currency if home else "")
        return guessing.guess(headers, rows, currency=currency, time_zone=made.shop.time_zone)

    @override
    def fitted(self, made: Import, preset: str, headers: Sequence[str], guessed: mappings.Mapping) -> mappings.Mapping:
        fitted = presets.fitting(preset, headers)
        if preset == presets.UCI_ONLINE_RETAIL.preset:
            return fitted
        open_to = {
            "currency": fitted.currency or guessed.currency, "date_order": guessed.date_order,
            "time_zone": fitted.time_zone if fitted.time_zone != "UTC" else made.shop.time_zone,
            "decimal_mark": guessed.decimal_mark,
        }  # fmt: skip
        return mappings.from_json(fitted.as_json() | open_to)

    @override
    def compare(self, made: Import, report: Mapping[str, Any], progress: Progress) -> dict[str, dict[str, int]]:
        return _compare(made, report, progress)

    @override
    def applying(self, made: Import, *, started_at: datetime) -> "ApplyingOrders":
        return ApplyingOrders(made, started_at=started_at)

    @override
    def changed_since(self, made: Import) -> Changed:
        return undo.changed_since(made)

    @override
    def undoing(self, made: Import, *, now: datetime) -> TakingBack:
        return TakingBack(made, Provenance(made.shop.code, made.created_by, now, historical=True))


class _Around(TypedDict):
    """What all writers of a chunk need."""

    by: Provenance
    images: Import
    resolution: Resolution


class ApplyingOrders(Applying):
    """Writes staged records; remembers people and products between chunks."""

    written = "kind IS NOT NULL"

    def __init__(self, made: Import, *, started_at: datetime) -> None:
        super().__init__(made)
        self.by = Provenance(made.shop.code, made.created_by, started_at, historical=True, import_id=made.pk)
        self.resolution = Resolution(made.shop, self.by)

    @property
    @override
    def note(self) -> str:
        return _("Writing orders")

    @override
    def write(self, chunk: list[Candidate]) -> dict[str, Any]:
        return _tally(self.made.report["applied"], self._record(chunk))

    def _record(self, candidates: list[Candidate]) -> list[Outcome]:
        """Write records, and lines of records that other files tell of."""
        shop, more = self.made.shop, _Around(by=self.by, images=self.made, resolution=self.resolution)
        part = self.made.mapping.get("part", "")
        if part == mappings.LINES:
            return completing.take_reports(shop, candidates, **more)
        if part == mappings.TOTALS:
            candidates = completing.completed(shop, candidates)
        return record_candidates(shop, candidates, **more)

    @override
    def chunks(self, stage: sqlite3.Connection, checkpoint: int) -> Iterator[tuple[int, list[Candidate]]]:
        chunk: list[Candidate] = []
        lines, last = 0, checkpoint
        found = stage.execute(
            "SELECT seq, lines, kind, number, digest, text FROM records WHERE kind IS NOT NULL AND seq > ? ORDER BY seq",
            (checkpoint,),
        )
        for seq, count, *said in found:
            if chunk and (lines + count > _MOST_LINES_AT_ONCE or len(chunk) >= _MOST_RECORDS_AT_ONCE):
                yield last, chunk
                chunk, lines = [], 0
            chunk.append(Candidate(*said))
            lines += count
            last = seq
        if chunk:
            yield last, chunk


def _tally(before: dict[str, Any], outcomes: list[Outcome]) -> dict[str, Any]:
    counts = Counter((outcome.kind, outcome.action) for outcome in outcomes)
    after = {kind: dict(before.get(kind, {})) for kind in facts.KINDS}
    for (kind, action), count in counts.items():
        so_far = after.setdefault(kind, dict(before.get(kind, {})))
        so_far[action] = so_far.get(action, 0) + count
    return after


def _compare(made: Import, report: Mapping[str, Any], progress: Progress) -> dict[str, dict[str, int]]:
    """Count what would be created, replaced and left alone, per kind."""
    expected = {kind: dict.fromkeys(("created", "replaced", "unchanged"), 0) for kind in facts.KINDS}
    total, done = sum(report["records"].values()), 0
    if report["records"].get(facts.LINES):
        expected[facts.LINES] = dict.fromkeys(("created", "replaced", "unchanged"), 0)
    with closing(open_stage(made)) as stage:
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


def _stored_prints(made: Import, kind: str, numbers: list[str]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the fingerprints of what is stored, and those of reports of lines that are mixed into them."""
    part = made.mapping.get("part", "")
    reported = completing.reports(made.shop, numbers) if part else {}
    prints = {number: bytes(report.content_hash) for number, report in reported.items()}
    if kind == facts.LINES:
        return prints, {}
    stored = {number: known[1] for number, known in writing.fingerprints(kind, made.shop, numbers).items()}
    return stored, prints if kind == facts.ORDER else {}
