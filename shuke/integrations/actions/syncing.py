"""Fetching a shop's records: everything once, and every night what changed, in case a call was lost."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shuke.cdp.orders.queries import exchange as orders
from shuke.integrations.actions.writing import write
from shuke.integrations.errors import Busy, ShopUnavailable
from shuke.integrations.models import Connection, ConnectionState, Sync, SyncKind
from shuke.integrations.rules.records import Records
from shuke.kernel.errors import ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor

SYNC_JOB = "integrations.sync"
# Clocks differ, and what was being written while we last asked may have been missed.
_OVERLAP = timedelta(hours=1)
_AT_ONCE = 100
_EVERY = timedelta(hours=20)
_LISTS = ("products", "customers", "orders", "refunds", "checkouts", "consents")

# Yields records, the cursor behind them, and how many there are in all if that is known.
Pages = Iterable[tuple[Records, dict[str, Any], int | None]]
PagesOf = Callable[[Connection, datetime | None, Mapping[str, Any]], Pages]


@transaction.atomic
def begin(to: Connection, kind: str, *, by: Actor, now: datetime) -> Sync:
    """Start to fetch a shop's records as background work. Audited. Raises ``Busy``."""
    if Sync.objects.filter(connection=to, finished_at=None).exists():
        raise Busy(_("The shop's records are being fetched already."))
    since = None
    if kind == SyncKind.RECONCILE:
        since = (to.reconciled_until or to.created_at) - _OVERLAP
    made = Sync.objects.create(connection=to, kind=kind, since=since, started_at=now)
    job = jobs.enqueue(SYNC_JOB, now=now, by=by, dedupe_key=f"{SYNC_JOB}:{to.pk}", sync_id=made.pk)
    Sync.objects.filter(pk=made.pk).update(job_id=job.pk)
    target = f"integrations.Connection:{to.pk}"
    audit.record(by, "integrations.sync_started", target=target, summary={"kind": kind}, now=now)
    return made


def begin_due(can_fetch: Callable[[Connection], bool], *, now: datetime) -> int:
    """Start to compare every shop whose turn it is; return how many."""
    started = 0
    for to in Connection.objects.exclude(state=ConnectionState.CLOSED).select_related("shop"):
        is_due = to.reconciled_until is None or to.reconciled_until <= now - _EVERY
        if is_due and can_fetch(to):
            try:
                begin(to, SyncKind.RECONCILE, by=Actor.system("integrations"), now=now)
            except Busy:
                continue
            started += 1
    return started


def run(
    sync_id: int,
    pages_of: PagesOf,
    *,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
    is_cancelled: Callable[[], bool],
) -> None:
    """Walk through a shop's records from wherever an earlier attempt stopped.

    The place is kept in the transaction of the records before it. A page that is refused is tried record by record, and
    what is refused then is counted. Raises ``ShopUnavailable`` for the queue to try again.
    """
    sync = Sync.objects.select_related("connection__shop").get(pk=sync_id)
    if sync.finished_at:
        return
    try:
        for records, cursor, total in pages_of(sync.connection, sync.since, sync.cursor):
            for part in _in_parts(_without_known(sync.connection, records)):
                _take(sync, part, now())
            _keep_place(sync, cursor, total)
            progress(sum(sync.counts.get("done", {}).values()), int(sync.counts.get("total") or 0))
            if is_cancelled():
                _finish(sync, now=now(), error=_("Cancelled."))
                return
    except ShopUnavailable as away:
        _note_trouble(sync, str(away))
        raise
    _finish(sync, now=now(), error="")


def give_up(sync_id: int, *, error: str, now: datetime) -> None:
    """Close a walk whose job has failed for good."""
    _finish(Sync.objects.select_related("connection").get(pk=sync_id), now=now, error=error)


def _without_known(to: Connection, records: Records) -> Records:
    """Leave out orders that we have in the same version, with their refunds: what came by itself says more."""
    dated = [order for order in records.orders if order.version]
    stored = orders.versions_of(to.shop, [order.number for order in dated])
    known = {
        order.number: order.external_id for order in dated
        if (version := stored.get(order.number)) and order.version and version >= order.version
    }  # fmt: skip
    ids = {one for one in known.values() if one}
    return replace(
        records, orders=[order for order in records.orders if order.number not in known],
        refunds=[one for one in records.refunds if one.order_external_id not in ids],
    )  # fmt: skip


def _in_parts(records: Records) -> Iterator[Records]:
    """Cut a page so that no transaction holds others up for long."""
    longest = max((len(getattr(records, name)) for name in _LISTS), default=0)
    for start in range(0, longest, _AT_ONCE):
        parts: dict[str, Any] = {name: getattr(records, name)[start : start + _AT_ONCE] for name in _LISTS}
        yield Records(**parts)


def _take(sync: Sync, records: Records, now: datetime) -> None:
    try:
        with transaction.atomic():
            done = write(sync.connection, records, now=now, historical=_is_history(sync))
    except ShukeError:
        if sum(records.counts().values()) == 1:
            sync.counts["refused"] = sync.counts.get("refused", 0) + 1
            return
        for one in _singly(records):
            _take(sync, one, now)
        return
    kinds = sync.counts.setdefault("done", {})
    for name, count in done.counts.items():
        kinds[name] = kinds.get(name, 0) + count
    sync.counts["news"] = sync.counts.get("news", 0) + done.news


def _is_history(sync: Sync) -> bool:
    """Whether what is fetched is told as history: the past, to which nobody sends a message any more."""
    return sync.kind == SyncKind.BACKFILL


def _singly(records: Records) -> Iterator[Records]:
    for name in _LISTS:
        for one in getattr(records, name):
            single: dict[str, Any] = {name: [one]}
            yield Records(**single)


@transaction.atomic
def _keep_place(sync: Sync, cursor: dict[str, Any], total: int | None) -> None:
    sync.cursor = cursor
    if total is not None:
        totals = sync.counts.setdefault("totals", {})
        totals[str(cursor.get("resource", ""))] = total
        sync.counts["total"] = sum(totals.values())
    sync.save(update_fields=["cursor", "counts"])


@transaction.atomic
def _note_trouble(sync: Sync, said: str) -> None:
    Sync.objects.filter(pk=sync.pk).update(error=said[:300])
    Connection.objects.filter(pk=sync.connection_id).exclude(state=ConnectionState.CLOSED).update(
        state=ConnectionState.TROUBLED, error=said[:300]
    )


@transaction.atomic
def _finish(sync: Sync, *, now: datetime, error: str) -> None:
    sync.finished_at, sync.error = now, error[:300]
    sync.save(update_fields=["finished_at", "error", "counts"])
    if not error:
        found = Connection.objects.filter(pk=sync.connection_id)
        found.update(reconciled_until=sync.started_at)
        found.filter(state__in=(ConnectionState.TROUBLED, ConnectionState.WAITING)).update(
            state=ConnectionState.ACTIVE, error=""
        )


def fetch(to: Connection, records: Records, *, now: datetime) -> None:
    """Write orders that a call only named and that were fetched since."""
    with transaction.atomic():
        write(to, records, now=now)
