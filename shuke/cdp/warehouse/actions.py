"""Bringing the warehouse up to date with the log, rebuilding it, and keeping derived tables in it."""

import gc
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import pyarrow as pa

from shuke.cdp.customers.queries import restriction
from shuke.cdp.customers.queries.identities import owners_of_moved
from shuke.cdp.customers.queries.restriction import Withheld
from shuke.cdp.events import actions as log
from shuke.cdp.events import queries as events
from shuke.cdp.events.queries import Envelope
from shuke.cdp.warehouse import queries
from shuke.cdp.warehouse.engine.compiling import arrow_schema, sql_of
from shuke.cdp.warehouse.engine.stores import Batch, Store
from shuke.cdp.warehouse.rules import KEYS, MONEY_PROPERTIES, SCHEMA_VERSION, Load
from shuke.platform.db.failpoint import failpoint
from shuke.platform.manifest import Dataset, datasets
from shuke.vocabulary.customers import CustomerRestricted
from shuke.vocabulary.events import EventsRemoved
from shuke.vocabulary.orders import ImportRowsUndone

SUBSCRIBER = "warehouse"
EVENTS_AT_ONCE = 20_000
ROWS_AT_ONCE = 50_000
# SQLite takes at most 32,766 values in one statement.
KEYS_AT_ONCE = 30_000
# For so long after its end a month's events are still expected.
_LATECOMERS = timedelta(days=3)

Progress = Callable[[int, int, str], None]
Rows = list[tuple[Any, ...]]

# One loader at a time in this process; the file's lock keeps other processes out.
_loading = threading.RLock()


def catch_up(*, now: datetime, limit: int | None = None) -> int:
    """Load what the log holds beyond our position, at most ``limit`` events, and return how many were loaded.

    Each batch is one warehouse transaction that also holds the new position, so an event is loaded exactly once
    whenever the process dies. A warehouse under an older schema or another time zone is rebuilt first.
    """
    with _loading, _without_collection():
        store = queries.store()
        while log.number_committed():
            pass
        state = store.load()
        if state.must_rebuild(queries.time_zone()):
            rebuild(now=now)
            state = queries.store().load()
        loaded = 0
        while limit is None or loaded < limit:
            size = EVENTS_AT_ONCE if limit is None else min(EVENTS_AT_ONCE, limit - loaded)
            batch = events.envelopes(after=state.position, limit=size)
            if not batch:
                break
            state = _load_batch(store, batch, state)
            # Only tells people how far we are; where we go on is written in the warehouse itself.
            log.advance(SUBSCRIBER, state.position, now=now)
            loaded += len(batch)
        return loaded


def _load_batch(store: Store, found: list[Envelope], before: Load) -> Load:
    state = Load(found[-1].position, before.schema_version, before.time_zone)
    undone = sorted({event.properties["import_id"] for event in found if event.name == ImportRowsUndone.NAME})
    gone = [at for event in found if event.name == EventsRemoved.NAME for at in event.properties["positions"]]
    reconsidered = frozenset(event.customer_id for event in found if event.name == CustomerRestricted.NAME)
    kept_out = restriction.withheld()
    refreshed = [(dataset, *_touched_rows(dataset, found, kept_out)) for dataset in datasets().values()]
    with store.batch() as batch:
        batch.append("events", _event_rows(found, state.time_zone, kept_out))
        if undone:
            _reread_imports(batch, undone, state, kept_out)
        if gone:
            batch.drop_events("position", gone)
        if reconsidered:
            _reread_people(batch, reconsidered, state, kept_out)
        for dataset, keys, rows in refreshed:
            if keys:
                batch.replace(dataset.name, dataset.key, keys, rows)
        failpoint("warehouse.after_rows_before_mark")
        batch.mark(state)
        failpoint("warehouse.before_commit")
    failpoint("warehouse.after_commit_before_note")
    return state


def _touched_rows(dataset: Dataset, found: list[Envelope], kept_out: Withheld) -> tuple[list[int], pa.Table]:
    keys = sorted(dataset.touched_by(found))
    rows: list[tuple[Any, ...]] = []
    for start in range(0, len(keys), KEYS_AT_ONCE):
        rows.extend(dataset.rows(keys[start : start + KEYS_AT_ONCE]))
    return keys, _as_table(dataset.name, _without(kept_out, dataset, rows))


def _without(kept_out: Withheld, dataset: Dataset, rows: Rows) -> Rows:
    """Leave restricted people out: their own rows altogether, and their part in facts such as orders."""
    columns = list(dataset.columns)
    if not kept_out.customers or "customer_id" not in columns:
        return rows
    who = columns.index("customer_id")
    if dataset.key == "customer_id":
        return [row for row in rows if row[who] not in kept_out.customers]
    hidden = {at for at, name in enumerate(columns) if name in {"customer_id", "identity_id"}}
    return [
        tuple(None if at in hidden else value for at, value in enumerate(row))
        if row[who] in kept_out.customers
        else row
        for row in rows
    ]


def _reread_imports(batch: Batch, import_ids: list[int], state: Load, kept_out: Withheld) -> None:
    """Make the events of undone imports what the log still holds of them, usually nothing."""
    batch.drop_events("import_id", import_ids)
    kept = events.envelopes(import_ids=import_ids, until=state.position)
    batch.append("events", _event_rows(kept, state.time_zone, kept_out))


def _reread_people(batch: Batch, customer_ids: frozenset[int], state: Load, kept_out: Withheld) -> None:
    """Take the events of people out, and put back those of whom is not restricted (any more)."""
    identity_ids = restriction.identities_of(customer_ids)
    batch.drop_events("customer_id", sorted(customer_ids))
    batch.drop_events("identity_id", sorted(identity_ids))
    theirs = events.envelopes(customer_ids=customer_ids, identity_ids=identity_ids, until=state.position)
    batch.append("events", _event_rows(theirs, state.time_zone, kept_out))


def rebuild(*, now: datetime, progress: Progress | None = None) -> None:
    """Make the warehouse anew from the log and the datasets, beside the old one, and swap it in.

    Readers use the old one meanwhile. What is written during the rebuild is loaded by the ``catch_up`` at its end: rows
    are re-read there, so reading some of them twice does no harm.
    """
    tell = progress or _silent
    zone = queries.time_zone()
    with _loading, _without_collection():
        while log.number_committed():
            pass
        position = events.last_position()
        total = events.count()
        kept_out = restriction.withheld()
        done = 0
        with queries.store().shadow() as shadow:
            for name, dataset in datasets().items():
                tell(done, total, name)
                for rows in dataset.batches(ROWS_AT_ONCE):
                    with shadow.batch() as batch:
                        batch.append(name, _as_table(name, _without(kept_out, dataset, rows)))
                    done += len(rows)
                    tell(done, max(total, done), name)
            total += done
            for found in _log_until(position):
                with shadow.batch() as batch:
                    batch.append("events", _event_rows(found, zone, kept_out))
                done += len(found)
                tell(done, total, "events")
                failpoint("warehouse.mid_rebuild")
            with shadow.batch() as batch:
                batch.mark(Load(position, SCHEMA_VERSION, zone))
            failpoint("warehouse.before_swap")
        failpoint("warehouse.after_swap")
        tell(total, total, "")
        log.advance(SUBSCRIBER, position, now=now)
        catch_up(now=now)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the cycle collector from walking millions of fresh tuples again and again: a third of a load's time.

    Rows hold plain values and form no cycles; they are freed by reference counts as ever.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _silent(*_: object) -> None:
    """Tell nobody."""


def _log_until(position: int) -> Iterable[list[Envelope]]:
    read = 0
    while read < position:
        found = events.envelopes(after=read, until=position, limit=EVENTS_AT_ONCE)
        if not found:
            return
        yield found
        read = found[-1].position


def squash() -> int:
    """Write whose events are today into the events themselves, and forget the overrides; return how many there were.

    One warehouse transaction, after which every answer is what it was before.
    """
    with _loading:
        overrides = queries.execute(queries.table("identity_overrides"), timeout=300)
        if overrides.num_rows:
            with queries.store().batch() as batch:
                batch.reassign(overrides)
                failpoint("warehouse.mid_squash")
                batch.overwrite("identity_overrides", overrides.schema.empty_table())
        return int(overrides.num_rows)


def tidy(*, now: datetime, limit: int | None = None) -> int:
    """Put the events of months that are over into the order of customer and time; return how many months.

    A warehouse transaction for each. Answers stay what they are; what is asked of some people reads less. A month is over
    some days after its end, and again when much has come late.
    """
    until = f"{now - _LATECOMERS:%Y-%m}"
    months = queries.store().untidy(until)[:limit]
    for month in months:
        with _loading, queries.store().batch() as batch:
            batch.tidy(month)
            failpoint("warehouse.mid_tidy")
    return len(months)


def store(name: str, content: pa.Table | ir.Expr) -> int:
    """Make ``content`` the whole of a derived table, in one transaction, and return how many rows it has.

    An expression is computed and written inside the engine; its rows never pass through Python.
    """
    opened = queries.store()
    with opened.batch() as batch:
        if isinstance(content, pa.Table):
            batch.overwrite(name, content)
            return int(content.num_rows)
        return batch.overwrite_by_query(name, sql_of(content, opened.dialect))


def replace(name: str, key: str, keys: Sequence[int], rows: pa.Table) -> None:
    """Replace the rows of a derived table whose ``key`` is among ``keys``."""
    with queries.store().batch() as batch:
        batch.replace(name, key, keys, rows)


def may_replace_by(name: str, column: str) -> bool:
    """Whether rows can be replaced by another column than the table's key; a lake of files is laid out by keys."""
    return KEYS[name] == column or queries.store().dialect == "duckdb"


def close() -> None:
    """Let go of the warehouse, at the end of the process or before a backup."""
    opened = queries.bind(None)
    if opened is not None:
        opened.close()


def _as_table(name: str, rows: Sequence[Sequence[Any]]) -> pa.Table:
    schema = arrow_schema(name)
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _event_rows(found: Sequence[Envelope], zone: str, kept_out: Withheld) -> pa.Table:
    local, customers, identities = ZoneInfo(zone), kept_out.customers, kept_out.identities
    shown = [
        event for event in found if event.customer_id not in customers and event.identity_id not in identities
    ] if customers else found  # fmt: skip
    # An event may arrive after its identity has moved on, and the override may be squashed by then.
    owners = owners_of_moved({event.identity_id for event in shown if event.identity_id is not None})
    return _as_table("events", [_event_row(event, local, owners) for event in shown])


def _event_row(event: Envelope, zone: ZoneInfo, owners: Mapping[int, int | None]) -> tuple[Any, ...]:
    there = event.occurred_at.astimezone(zone)
    said = event.properties
    product = said.get("product_id")
    return (
        event.position, str(event.uuid), event.name, event.identity_id,
        event.customer_id if event.identity_id is None else owners.get(event.identity_id, event.customer_id),
        event.occurred_at, there.date(), there.hour, event.received_at, event.source,
        event.historical, event.import_id, None if product is None else str(product), _money_of(said),
        said.get("currency") or None, json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    )  # fmt: skip


def _money_of(said: dict[str, Any]) -> int | None:
    """Return the amount an event speaks of; behaviour sent from outside may hold anything under these names."""
    for name in MONEY_PROPERTIES:
        if isinstance(value := said.get(name), int) and not isinstance(value, bool):
            return value
    return None
