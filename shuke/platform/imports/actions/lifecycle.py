"""Bringing in a file: upload, mapping, check, start, stop."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.imports import queries
from shuke.platform.imports.actions import files, reading
from shuke.platform.imports.actions.files import Receiving
from shuke.platform.imports.errors import InvalidMapping, WrongState
from shuke.platform.imports.kinds import ImportKind, kind_named, kind_of
from shuke.platform.imports.models import Import, ImportedMapping, ImportState
from shuke.platform.imports.rules import headers as names
from shuke.platform.imports.rules.mapping import Mapping
from shuke.platform.imports.rules.refusals import Refused
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

CHECK_JOB, APPLY_JOB, UNDO_JOB = "imports.check", "imports.run", "imports.undo"
_MAPPABLE = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
_STARTABLE = (*_MAPPABLE, ImportState.CANCELLED)


def receive(chunks: Iterable[bytes], *, kind: str, file_name: str, shop_name: str, by: Actor, now: datetime) -> Import:
    """Store a file for a shop, opening the shop if it is new; raise ``UnreadableFile`` for one empty or too large."""
    return register(files.receive(chunks), kind=kind, file_name=file_name, shop_name=shop_name, by=by, now=now)


def register(arrived: Receiving, *, kind: str, file_name: str, shop_name: str, by: Actor, now: datetime) -> Import:
    """Make an import of a file that has arrived; raise ``UnreadableFile`` for an empty one."""
    digest = arrived.finish()
    with transaction.atomic():
        shop = company.shop_named(shop_name.strip() or _("Shop"), now=now)
        made = Import.objects.create(
            uuid=arrived.uuid, kind=kind, shop=shop, file_name=Path(file_name).name[:255], file_bytes=arrived.size,
            file_sha256=digest, created_by=by.reference, created_by_label=by.label, created_at=now,
        )  # fmt: skip
        summary = {"kind": kind, "shop": shop.code, "bytes": arrived.size}
        audit.record(by, "imports.uploaded", target=_target(made), summary=summary, now=now)
    return made


def map_columns(made: Import, mapping: Mapping, *, headers: list[str], now: datetime) -> None:
    """Settle how the file is read, and remember it for the shop's next file with these columns.

    Raises ``InvalidMapping`` naming everything that is missing. What was staged under another mapping is forgotten.
    """
    kind = kind_of(made)
    if wrong := kind.problems(mapping, headers):
        raise InvalidMapping(" ".join(kind.wording.sentence(problem.code, problem.facts) for problem in wrong))
    with transaction.atomic():
        _expect(made, _MAPPABLE)
        if mapping.as_json() != made.mapping:
            files.stage(made.uuid).unlink(missing_ok=True)
        made.mapping = mapping.as_json()
        Import.objects.filter(pk=made.pk).update(mapping=made.mapping)
        ImportedMapping.objects.update_or_create(
            kind=made.kind,
            shop_id=made.shop_id,
            header_key=names.key_of(headers),
            defaults={"mapping": made.mapping, "changed_at": now},
        )


@transaction.atomic
def check(made: Import, *, by: Actor, now: datetime) -> None:
    """Queue the dry run: what would be created, changed, left alone and refused. Nothing is written."""
    _expect(made, _MAPPABLE)
    job = jobs.enqueue(CHECK_JOB, now=now, dedupe_key=f"imports:{made.pk}", by=by, import_id=made.pk)
    _move(made, ImportState.CHECKING, job_id=job.pk, report={}, started_at=now)


@transaction.atomic
def start(made: Import, *, by: Actor, now: datetime) -> None:
    """Queue the import, or the rest of one that was stopped or failed."""
    begin(made, by=by, now=now)
    job = jobs.enqueue(APPLY_JOB, now=now, dedupe_key=f"imports:{made.pk}", by=by, import_id=made.pk)
    Import.objects.filter(pk=made.pk).update(job_id=job.pk)
    made.job_id = job.pk


@transaction.atomic
def begin(made: Import, *, by: Actor, now: datetime) -> None:
    """Open the import for running, without queueing a job: for callers that run it themselves."""
    _expect(made, (*_STARTABLE, ImportState.RUNNING))
    if not made.mapping:
        raise InvalidMapping(_("Settle first which column means what."))
    _move(made, ImportState.RUNNING, started_at=made.started_at if made.checkpoint else now, finished_at=None)
    audit.record(
        by, "imports.started", target=_target(made), summary={"kind": made.kind, "file": made.file_name}, now=now
    )


@transaction.atomic
def cancel(made: Import, *, by: Actor, now: datetime) -> None:
    """Ask a check, import or undo to stop. What an import has written stays, to be continued or undone."""
    if made.job_id is None or not jobs.request_cancel(made.job_id, by=by, now=now):
        raise WrongState(_("There is nothing to stop."))
    settle(made, now=now)
    audit.record(by, "imports.cancelled", target=_target(made), now=now)


_ENDED = {
    (ImportState.CHECKING, "cancelled"): ImportState.UPLOADED,
    (ImportState.CHECKING, "failed"): ImportState.FAILED,
    (ImportState.RUNNING, "cancelled"): ImportState.CANCELLED,
    (ImportState.RUNNING, "failed"): ImportState.FAILED,
    (ImportState.UNDOING, "cancelled"): ImportState.FAILED,
    (ImportState.UNDOING, "failed"): ImportState.FAILED,
}


@transaction.atomic
def settle(made: Import, *, now: datetime) -> None:
    """Notice that the job behind an import ended without the import's knowledge: cancelled in the queue, or failed."""
    if made.state not in {state for state, _job in _ENDED}:
        return
    job = queries.job_of(made)
    after = _ENDED.get((ImportState(made.state), str(job.state))) if job else None
    if after and Import.objects.filter(pk=made.pk, state=made.state).exists():
        _move(made, after, finished_at=now)


@transaction.atomic
def discard(made: Import, *, by: Actor, now: datetime) -> None:
    """Forget an upload that was never started, with its file."""
    _expect(made, _MAPPABLE)
    files.remove(made.uuid)
    audit.record(
        by, "imports.discarded", target=_target(made), summary={"kind": made.kind, "file": made.file_name}, now=now
    )
    made.delete()


def start_import(
    source: Path | str | Iterable[bytes],
    *,
    kind: str,
    file_name: str = "",
    shop_name: str,
    mapping: Mapping | dict[str, Any] | None = None,
    preset: str = "",
    settings: dict[str, str] | None = None,
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    enqueue: bool = False,
) -> Import:
    """Take in a file in one go: how it is read is given, or a preset, or remembered, or guessed.

    With ``enqueue`` a worker runs it; without, the caller does, with ``run_check`` (dry run) or ``run_import``.
    ``settings`` fill in what the mapping leaves open, such as the currency. Raises ``UnreadableFile`` and
    ``InvalidMapping``; then nothing of the upload is kept.
    """
    path = Path(source) if isinstance(source, str | Path) else None
    chunks = files.chunks_of(path) if path else source
    name = file_name or (path.name if path else "upload")
    made = receive(chunks, kind=kind, file_name=name, shop_name=shop_name, by=by, now=now)  # type: ignore[arg-type]
    try:
        seen = reading.look(made)
        chosen = _mapping(made, seen, mapping, preset, settings or {})
        if chosen.sheet != seen["sheet"]:
            seen = reading.look(made, form={"sheet": chosen.sheet})
        map_columns(made, chosen, headers=seen["headers"], now=now)
        if dry_run and enqueue:
            check(made, by=by, now=now)
        elif dry_run:
            _move(made, ImportState.CHECKING, started_at=now)
        elif enqueue:
            start(made, by=by, now=now)
        else:
            begin(made, by=by, now=now)
    except Exception:
        files.remove(made.uuid)
        Import.objects.filter(pk=made.pk).delete()
        raise
    return made


def _mapping(
    made: Import, seen: dict[str, Any], given: Mapping | dict[str, Any] | None, preset: str, settings: dict[str, str]
) -> Mapping:
    kind = kind_named(made.kind)
    try:
        chosen = _chosen(kind, made, seen, given, preset)
        if missing := {name: value for name, value in settings.items() if value and not getattr(chosen, name)}:
            chosen = kind.mapping(chosen.as_json() | missing)
    except Refused as refusal:
        raise InvalidMapping(kind.wording.sentence(refusal.code, refusal.facts), code=refusal.code) from refusal
    return chosen


def _chosen(kind: ImportKind, made: Import, seen: dict[str, Any], given: Any, preset: str) -> Mapping:
    if isinstance(given, Mapping):
        return given
    if given is not None and not isinstance(given, dict):
        raise Refused("mapping_not_an_object")
    if given is not None:
        return kind.mapping({"encoding": seen["encoding"], "delimiter": seen["delimiter"], **given})
    if not preset:
        return proposed_mapping(made, seen)
    if preset not in kind.presets:
        raise Refused("preset_unknown", name=preset, known=", ".join(kind.presets))
    return preset_mapping(made, seen, preset)


def proposed_mapping(made: Import, seen: dict[str, Any]) -> Mapping:
    """Return how the shop's last file with these columns was read, or else a guess."""
    kind, headers = kind_of(made), seen["headers"]
    kept = queries.remembered(made, headers)
    if kept is not None:
        try:
            known = kind.mapping(kept)
        except Refused:  # written by another version; guessing is better than failing
            known = None
        if known and not kind.problems(known, headers):
            return known.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])
    guessed = kind.guess(made, headers, [cells for _row, cells in seen["rows"]])
    return guessed.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])


def preset_mapping(made: Import, seen: dict[str, Any], preset: str) -> Mapping:
    """Return a preset as it fits a file; what the preset leaves open is guessed."""
    fitted = kind_of(made).fitted(made, preset, seen["headers"], proposed_mapping(made, seen))
    return fitted.read_with(seen["encoding"], seen["delimiter"], seen["sheet"])


def _expect(made: Import, states: Iterable[str]) -> None:
    """Lock the import and refuse unless it is in one of ``states``."""
    present = Import.objects.select_for_update().filter(pk=made.pk).values_list("state", flat=True).first()
    if present not in set(states):
        raise WrongState(_("The import is not at the point where this may be done."), state=present)
    made.state = present


def _move(made: Import, state: ImportState, **changes: Any) -> None:
    Import.objects.filter(pk=made.pk).update(state=state, **changes)
    made.state = state
    for name, value in changes.items():
        setattr(made, name, value)


def _target(made: Import) -> str:
    return f"imports.Import:{made.pk}"
