"""Running an import: stage, compare, apply chunk by chunk, from wherever it stopped; and taking it back."""

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.platform.audit import actions as audit
from shuke.platform.imports import queries
from shuke.platform.imports.actions import files, forgetting, reading
from shuke.platform.imports.actions.lifecycle import UNDO_JOB
from shuke.platform.imports.errors import ChangedSince, UnreadableFile, WrongState
from shuke.platform.imports.kinds import kind_of
from shuke.platform.imports.models import Import, ImportState
from shuke.platform.imports.progress import Cancelled, Progress
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

Clock = Callable[[], datetime]
# An undo that was stopped half-way leaves its import failed: it can only be finished.
_UNDOABLE = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)


def run_check(import_id: int, progress: Progress, *, now: datetime, clock: Clock | None = None) -> Import:
    """Do the dry run: stage the file and compare it with what is stored. Safe to repeat.

    ``clock`` tells the end of long work; without it everything happens ``now``.
    """
    read = clock or (lambda: now)
    made = queries.get_import(import_id)
    if made.state != ImportState.CHECKING:
        return made
    try:
        report = _staged(made, progress)
        report["expected"] = kind_of(made).compare(made, report, progress)
    except Cancelled:
        return _end(made, ImportState.UPLOADED, {}, read())
    except UnreadableFile as refusal:
        return _end(made, ImportState.FAILED, {"error": dict(refusal.facts)}, read())
    return _end(made, ImportState.CHECKED, report, read())


def run_import(import_id: int, progress: Progress, *, now: datetime, clock: Clock | None = None) -> Import:
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
    kept = {name: made.report[name] for name in ("expected",) if name in made.report}
    made.report = staged | {"applied": made.report.get("applied", {})} | kept
    if not kind_of(made).applying(made, started_at=made.started_at or now).run(progress):
        return _end(made, ImportState.CANCELLED, made.report, read())
    return _finish(made, read())


def _staged(made: Import, progress: Progress) -> dict[str, Any]:
    """Stage the file unless that is done, and return the report of the staging.

    What was staged when the company was another (its keys, what recognises nobody) is staged anew; the places of the rows
    stay the same.
    """
    kind, note = kind_of(made), _("Reading the file")
    about = kind.about(made)
    mark = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
    if files.mark_of_stage(made.uuid) != mark:
        reading.stage(made, made.mapping, progress, stager=kind.stager, about=about, note=note)
        files.mark_stage(made.uuid, mark)
    with closing(queries.open_stage(made)) as stage:
        found: dict[str, Any] = json.loads(stage.execute("SELECT value FROM meta WHERE name = 'report'").fetchone()[0])
        return found


def _end(made: Import, state: ImportState, report: dict[str, Any], now: datetime) -> Import:
    made.state, made.report, made.finished_at = state, report, now
    made.save(update_fields=["state", "report", "finished_at"])
    return made


def _finish(made: Import, now: datetime) -> Import:
    """Close the books: the file and the staged records, personal data in clear, go; the refusals stay."""
    with transaction.atomic():
        _end(made, ImportState.DONE, made.report, now)
        summary = {"kind": made.kind, **made.report["applied"]}
        audit.record(
            Actor.system("imports"), "imports.finished", target=f"imports.Import:{made.pk}", summary=summary, now=now
        )
    forgetting.forget_staged(made)
    return made


@transaction.atomic
def undo(made: Import, *, by: Actor, now: datetime, leave_changed: bool = False) -> None:
    """Queue the undo of an import that ended.

    Raises ``ChangedSince`` if somebody changed records after the import, unless ``leave_changed`` says to undo the
    rest and leave those as they are.
    """
    begin_undo(made, by=by, now=now, leave_changed=leave_changed)
    job = jobs.enqueue(UNDO_JOB, now=now, dedupe_key=f"imports:{made.pk}", by=by, import_id=made.pk)
    Import.objects.filter(pk=made.pk).update(job_id=job.pk)


@transaction.atomic
def begin_undo(made: Import, *, by: Actor, now: datetime, leave_changed: bool = False) -> None:
    """Open an import for its undo, without queueing a job: for callers that run it themselves."""
    state = Import.objects.select_for_update().values_list("state", flat=True).get(pk=made.pk)
    if state not in _UNDOABLE:
        raise WrongState(_("Only an import that has ended can be undone."), state=state)
    if made.report.get("images_forgotten"):
        raise WrongState(_("What this import replaced is no longer kept: it cannot be undone."), state=state)
    changed = kind_of(made).changed_since(made)
    if changed.count and not leave_changed:
        text = _("%(count)s records were changed after this import.") % {"count": changed.count}
        raise ChangedSince(text, count=changed.count, first=[list(each) for each in changed.first])
    report = made.report | {"undo": {"total": queries.images_of(made).count(), "left": changed.count}}
    Import.objects.filter(pk=made.pk).update(state=ImportState.UNDOING, report=report)
    made.state, made.report = ImportState.UNDOING, report
    audit.record(by, "imports.undone", target=f"imports.Import:{made.pk}", summary=report["undo"], now=now)


def run_undo(import_id: int, progress: Progress, *, now: datetime) -> Import:
    """Undo an import chunk by chunk, newest record first; safe to repeat after any interruption.

    Records the import created go, replaced ones become what they were. What it made besides goes if nothing else has
    come to rest on it. Its events leave the log, and ``import.rows_undone`` tells the warehouse.
    """
    made = queries.get_import(import_id)
    if made.state != ImportState.UNDOING:
        return made
    undoing = kind_of(made).undoing(made, now=now)
    total = made.report["undo"]["total"]
    while remaining := undoing.take_back_some():
        if progress.is_cancelled():
            return _end(made, ImportState.FAILED, made.report, now)
        progress.progress(total - remaining, total, undoing.note)
    undoing.finish(progress)
    forgetting.forget_staged(made)
    return _end(made, ImportState.UNDONE, made.report, now)
