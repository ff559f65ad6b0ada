"""Bringing in a file: upload, mapping, check, start, stop."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.cdp.orders.actions import files, reading
from shuke.cdp.orders.actions.files import Receiving
from shuke.cdp.orders.errors import InvalidMapping, WrongState
from shuke.cdp.orders.errors.wording import sentence
from shuke.cdp.orders.models import ImportedMapping, ImportState, OrderImport
from shuke.cdp.orders.queries import imports as queries
from shuke.cdp.orders.rules import columns, presets
from shuke.cdp.orders.rules import mapping as mappings
from shuke.cdp.orders.rules.mapping import Mapping
from shuke.cdp.orders.rules.refusals import Refused
from shuke.platform.audit import actions as audit
from shuke.platform.company import actions as company
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

CHECK_JOB, APPLY_JOB, UNDO_JOB = "orders.check_import", "orders.import", "orders.undo_import"
_MAPPABLE = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
_STARTABLE = (*_MAPPABLE, ImportState.CANCELLED)


def receive(chunks: Iterable[bytes], *, file_name: str, shop_name: str, by: Actor, now: datetime) -> OrderImport:
    """Store a file for a shop, opening the shop if it is new; raise ``UnreadableFile`` for one empty or too large."""
    return register(files.receive(chunks), file_name=file_name, shop_name=shop_name, by=by, now=now)


def register(arrived: Receiving, *, file_name: str, shop_name: str, by: Actor, now: datetime) -> OrderImport:
    """Make an import of a file that has arrived; raise ``UnreadableFile`` for an empty one."""
    digest = arrived.finish()
    with transaction.atomic():
        shop = company.shop_named(shop_name.strip() or _("Shop"), now=now)
        made = OrderImport.objects.create(
            uuid=arrived.uuid, shop=shop, file_name=Path(file_name).name[:255], file_bytes=arrived.size,
            file_sha256=digest, created_by=by.reference, created_by_label=by.label, created_at=now,
        )  # fmt: skip
        summary = {"shop": shop.code, "bytes": arrived.size}
        audit.record(by, "orders.import_uploaded", target=_target(made), summary=summary, now=now)
    return made


def map_columns(made: OrderImport, mapping: Mapping, *, headers: list[str], now: datetime) -> None:
    """Settle how the file is read, and remember it for the shop's next file with these columns.

    Raises ``InvalidMapping`` naming everything that is missing. What was staged under another mapping is forgotten.
    """
    if wrong := mappings.problems(mapping, headers):
        raise InvalidMapping(" ".join(sentence(problem.code, problem.facts) for problem in wrong))
    with transaction.atomic():
        _expect(made, _MAPPABLE)
        if mapping.as_json() != made.mapping:
            files.stage(made.uuid).unlink(missing_ok=True)
        made.mapping = mapping.as_json()
        OrderImport.objects.filter(pk=made.pk).update(mapping=made.mapping)
        ImportedMapping.objects.update_or_create(
            shop_id=made.shop_id,
            header_key=columns.key_of(headers),
            defaults={"mapping": made.mapping, "changed_at": now},
        )


@transaction.atomic
def check(made: OrderImport, *, by: Actor, now: datetime) -> None:
    """Queue the dry run: what would be created, changed, left alone and refused. Nothing is written."""
    _expect(made, _MAPPABLE)
    job = jobs.enqueue(CHECK_JOB, now=now, dedupe_key=f"orders.import:{made.pk}", by=by, import_id=made.pk)
    _move(made, ImportState.CHECKING, job_id=job.pk, report={}, started_at=now)


@transaction.atomic
def start(made: OrderImport, *, by: Actor, now: datetime) -> None:
    """Queue the import, or the rest of one that was stopped or failed."""
    begin(made, by=by, now=now)
    job = jobs.enqueue(APPLY_JOB, now=now, dedupe_key=f"orders.import:{made.pk}", by=by, import_id=made.pk)
    OrderImport.objects.filter(pk=made.pk).update(job_id=job.pk)
    made.job_id = job.pk


@transaction.atomic
def begin(made: OrderImport, *, by: Actor, now: datetime) -> None:
    """Open the import for running, without queueing a job: for callers that run it themselves."""
    _expect(made, (*_STARTABLE, ImportState.RUNNING))
    if not made.mapping:
        raise InvalidMapping(_("Settle first which column means what."))
    _move(made, ImportState.RUNNING, started_at=made.started_at if made.checkpoint else now, finished_at=None)
    audit.record(by, "orders.import_started", target=_target(made), summary={"file": made.file_name}, now=now)


@transaction.atomic
def cancel(made: OrderImport, *, by: Actor, now: datetime) -> None:
    """Ask a check, import or undo to stop. What an import has written stays, to be continued or undone."""
    if made.job_id is None or not jobs.request_cancel(made.job_id, by=by, now=now):
        raise WrongState(_("There is nothing to stop."))
    settle(made, now=now)
    audit.record(by, "orders.import_cancelled", target=_target(made), now=now)


_ENDED = {
    (ImportState.CHECKING, "cancelled"): ImportState.UPLOADED,
    (ImportState.CHECKING, "failed"): ImportState.FAILED,
    (ImportState.RUNNING, "cancelled"): ImportState.CANCELLED,
    (ImportState.RUNNING, "failed"): ImportState.FAILED,
    (ImportState.UNDOING, "cancelled"): ImportState.FAILED,
    (ImportState.UNDOING, "failed"): ImportState.FAILED,
}


@transaction.atomic
def settle(made: OrderImport, *, now: datetime) -> None:
    """Notice that the job behind an import ended without the import's knowledge: cancelled in the queue, or failed."""
    if made.state not in {state for state, _job in _ENDED}:
        return
    job = queries.job_of(made)
    after = _ENDED.get((ImportState(made.state), str(job.state))) if job else None
    if after and OrderImport.objects.filter(pk=made.pk, state=made.state).exists():
        _move(made, after, finished_at=now)


@transaction.atomic
def discard(made: OrderImport, *, by: Actor, now: datetime) -> None:
    """Forget an upload that was never started, with its file."""
    _expect(made, _MAPPABLE)
    files.remove(made.uuid)
    audit.record(by, "orders.import_discarded", target=_target(made), summary={"file": made.file_name}, now=now)
    made.delete()


def start_import(
    source: Path | str | Iterable[bytes],
    *,
    file_name: str = "",
    shop_name: str,
    mapping: Mapping | dict[str, Any] | None = None,
    preset: str = "",
    currency: str = "",
    by: Actor,
    now: datetime,
    dry_run: bool = False,
    enqueue: bool = False,
) -> OrderImport:
    """Take in a file in one go: how it is read is given, or a preset, or remembered, or guessed.

    With ``enqueue`` a worker runs it; without, the caller does, with ``run_check`` (dry run) or ``run_import``.
    ``currency`` fills in for files that name none. Raises ``UnreadableFile`` and ``InvalidMapping``; then nothing of
    the upload is kept.
    """
    path = Path(source) if isinstance(source, str | Path) else None
    chunks = files.chunks_of(path) if path else source
    name = file_name or (path.name if path else "upload")
    made = receive(chunks, file_name=name, shop_name=shop_name, by=by, now=now)  # type: ignore[arg-type]
    try:
        seen = reading.look(made)
        chosen = _mapping(made, seen, mapping, preset, currency)
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
        OrderImport.objects.filter(pk=made.pk).delete()
        raise
    return made


def _mapping(
    made: OrderImport, seen: dict[str, Any], given: Mapping | dict[str, Any] | None, preset: str, currency: str
) -> Mapping:
    try:
        if isinstance(given, Mapping):
            chosen = given
        elif given is not None and not isinstance(given, dict):
            raise Refused("mapping_not_an_object")
        elif given is not None:
            chosen = mappings.from_json({"encoding": seen["encoding"], "delimiter": seen["delimiter"], **given})
        elif preset:
            if preset not in presets.PRESETS:
                raise Refused("preset_unknown", name=preset, known=", ".join(presets.PRESETS))
            chosen = queries.preset_mapping(made, seen, preset)
        else:
            chosen = queries.proposed_mapping(made, seen)
        if currency and not chosen.currency:
            chosen = mappings.from_json(chosen.as_json() | {"currency": currency})
    except Refused as refusal:
        raise InvalidMapping(sentence(refusal.code, refusal.facts), code=refusal.code) from refusal
    return chosen


def _expect(made: OrderImport, states: Iterable[str]) -> None:
    """Lock the import and refuse unless it is in one of ``states``."""
    present = OrderImport.objects.select_for_update().filter(pk=made.pk).values_list("state", flat=True).first()
    if present not in set(states):
        raise WrongState(_("The import is not at the point where this may be done."), state=present)
    made.state = present


def _move(made: OrderImport, state: ImportState, **changes: Any) -> None:
    OrderImport.objects.filter(pk=made.pk).update(state=state, **changes)
    made.state = state
    for name, value in changes.items():
        setattr(made, name, value)


def _target(made: OrderImport) -> str:
    return f"orders.OrderImport:{made.pk}"


def forget_uploads(*, before: datetime) -> int:
    """Remove uploads made before a moment and never started, with their files; return how many."""
    stale = OrderImport.objects.filter(state__in=_MAPPABLE, created_at__lt=before, checkpoint=0)
    for made in stale.filter(state__in=(ImportState.UPLOADED, ImportState.CHECKED)):
        files.remove(made.uuid)
    for made in stale.filter(state=ImportState.FAILED):
        files.remove_source(made.uuid)
    files.remove_strays(set(OrderImport.objects.values_list("uuid", flat=True)), before=before)
    return stale.filter(state__in=(ImportState.UPLOADED, ImportState.CHECKED)).delete()[0]
