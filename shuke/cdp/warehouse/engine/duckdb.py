"""The embedded engine: one DuckDB file, owned by one process, one cursor per thread.

Names that enter SQL text here are those of ``rules.TABLES``, never values.
"""

# ruff: noqa: S608

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

from shuke.cdp.warehouse.engine.compiling import arrow_schema
from shuke.cdp.warehouse.engine.stores import EventColumn, Store, Ticket
from shuke.cdp.warehouse.errors import (
    QueryCancelled,
    QueryFailed,
    QueryTimedOut,
    QueryTooLarge,
    WarehouseBusy,
    WarehouseError,
    WarehouseMissing,
)
from shuke.cdp.warehouse.rules import ADDITIONS, SCHEMA_VERSION, TABLES, Load

log = logging.getLogger(__name__)

_TYPES = {
    "int64": "BIGINT",
    "int32": "INTEGER",
    "int16": "SMALLINT",
    "float64": "DOUBLE",
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_ARROW_KEYS = {"int64": pa.int64(), "string": pa.string()}
_SWAP_PATIENCE_SECONDS = 15.0
# A month is put into order again once one event in so many came after it was.
_LATE_SHARE = 20


def create_statements() -> list[str]:
    """Return the DDL of an empty warehouse under the present schema."""
    tables = [
        f"CREATE TABLE {name} ({', '.join(f'{column} {_TYPES[kind]}' for column, kind in columns.items())})"
        for name, columns in TABLES.items()
    ]
    return [
        *tables,
        "CREATE TABLE load (position BIGINT, schema_version INTEGER, time_zone VARCHAR)",
        # Months put into order, and up to which position of the log.
        "CREATE TABLE tidied (month VARCHAR, position BIGINT)",
    ]


class DuckStore:
    """A warehouse in a DuckDB file.

    DuckDB lets one process open a file for writing and many threads use it. A query that fails, is interrupted or
    runs out of memory ends alone: its neighbours have their own cursors and snapshots.
    """

    dialect = "duckdb"

    def __init__(self, path: Path, *, memory_limit: str, time_zone: str = "UTC") -> None:
        self._path = path
        self._memory_limit = memory_limit
        self._time_zone = time_zone
        self._local = threading.local()
        self._writer = threading.RLock()
        self._idle = threading.Condition()
        self._running: set[Any] = set()
        self._is_swapping = False
        self._generation = 0
        self._token = uuid4().hex
        self._commits = 0
        self._connection = self._open()
        self._create()

    # -- opening and closing

    def _open(self) -> Any:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            connection = duckdb.connect(str(self._path), config={"memory_limit": self._memory_limit})
        except duckdb.IOException as refusal:
            if "lock" in str(refusal):
                raise WarehouseBusy(str(self._path)) from refusal
            raise WarehouseMissing(str(refusal)) from refusal
        self._path.chmod(0o600)
        # Once these are set nothing inside SQL can reach files or the network, nor change that again.
        for setting in (
            "GLOBAL TimeZone='UTC'",
            "GLOBAL preserve_insertion_order=false",
            "GLOBAL python_enable_replacements=false",
            "GLOBAL enable_external_access=false",
            "GLOBAL lock_configuration=true",
        ):
            connection.execute(f"SET {setting}")
        return connection

    def _create(self) -> None:
        known = self._connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'load'").fetchone()[0]
        if known:
            self._upgrade()
            return
        with self.batch() as batch:
            for statement in create_statements():
                batch.cursor.execute(statement)
            batch.mark(Load(0, SCHEMA_VERSION, self._time_zone))

    def _upgrade(self) -> None:
        """Apply numbered additions; a step that is not an addition leaves the old number, which asks for a rebuild."""
        load = self.load()
        version = load.schema_version
        while version < SCHEMA_VERSION and version + 1 in ADDITIONS:
            version += 1
            with self.batch() as batch:
                for statement in ADDITIONS[version]:
                    batch.cursor.execute(statement)
                batch.mark(Load(load.position, version, load.time_zone))

    def close(self) -> None:
        """Let go of the file, writing what is in its log."""
        self._connection.close()

    # -- reading

    def query(self, sql: str, *, timeout: float, ticket: Ticket | None = None) -> pa.Table:
        """Run a query on this thread's own cursor."""
        ticket = ticket or Ticket()
        with self._reading() as cursor:
            ticket.begin(cursor.interrupt)
            alarm = threading.Timer(timeout, ticket.expire)
            alarm.daemon = True
            alarm.start()
            try:
                if ticket.is_cancelled:
                    raise QueryCancelled
                return cursor.sql(sql).to_arrow_table()
            except (duckdb.Error, MemoryError) as failure:
                raise _refusal(failure, ticket, timeout) from failure
            finally:
                alarm.cancel()
                ticket.end()

    def pick(self, table: str, among: Mapping[str, Sequence[int] | Sequence[str]], *, timeout: float) -> pa.Table:
        """Return rows by values that travel as a table, which the scan is narrowed by."""
        conditions = [f"{column} IN (SELECT key FROM picked_{column})" for column in among]
        sql = f"SELECT * FROM {table} WHERE {' AND '.join(conditions)}"
        with self._reading() as cursor:
            for column, keys in among.items():
                kind = _ARROW_KEYS[TABLES[table][column]]
                cursor.register(f"picked_{column}", pa.table({"key": pa.array(keys, kind)}))
            alarm = threading.Timer(timeout, cursor.interrupt)
            alarm.daemon = True
            alarm.start()
            try:
                return cursor.sql(sql).to_arrow_table()
            except (duckdb.Error, MemoryError) as failure:
                raise _refusal(failure, Ticket(), timeout) from failure
            finally:
                alarm.cancel()
                for column in among:
                    cursor.unregister(f"picked_{column}")

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        """Hold this thread's cursor; waits while a rebuilt file takes the old one's place."""
        with self._idle:
            self._idle.wait_for(lambda: not self._is_swapping)
            cursor = self._cursor()
            self._running.add(cursor)
        try:
            yield cursor
        finally:
            with self._idle:
                self._running.discard(cursor)
                self._idle.notify_all()

    def _cursor(self) -> Any:
        if getattr(self._local, "generation", None) != self._generation:
            self._local.cursor = self._connection.cursor()
            self._local.generation = self._generation
        return self._local.cursor

    @property
    def version(self) -> str:
        """This opening of the file and the writes since."""
        return f"{self._token}:{self._commits}"

    def load(self) -> Load:
        """Return how far this file has read the log."""
        row = self.query("SELECT position, schema_version, time_zone FROM load", timeout=30).to_pylist()[0]
        return Load(**row)

    def untidy(self, until: str) -> list[str]:
        """Return the months before ``until`` that were never put into order, or of which much has come since."""
        found = self.query(
            f"""SELECT month FROM (SELECT strftime(occurred_at, '%Y-%m') AS month, position FROM events) AS every
            LEFT JOIN tidied USING (month) WHERE month < '{_month(until)}' GROUP BY month
            HAVING count(*) FILTER (every.position > coalesce(tidied.position, -1)) * {_LATE_SHARE} > count(*) ORDER BY month""",
            timeout=300,
        )
        return [str(month) for month in found.column("month").to_pylist()]

    # -- writing

    @contextmanager
    def batch(self) -> Iterator["DuckBatch"]:
        """One write transaction at a time, on a cursor of its own."""
        with self._writer:
            cursor = self._connection.cursor()
            cursor.execute("BEGIN")
            try:
                yield DuckBatch(cursor)
            except BaseException as failure:
                with suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                if isinstance(failure, duckdb.Error):
                    raise _refusal(failure, Ticket(), 0) from failure
                raise
            else:
                cursor.execute("COMMIT")
                self._commits += 1
            finally:
                cursor.close()

    @contextmanager
    def shadow(self) -> Iterator[Store]:
        """Fill a second file, then put it in the place of the first.

        Readers use the old file until the swap, which waits for running queries and interrupts the patient ones.
        """
        aside = self._path.with_name(f"{self._path.stem}.rebuilding{self._path.suffix}")
        with self._writer:
            _remove(aside)
            rebuilt = DuckStore(aside, memory_limit=self._memory_limit, time_zone=self._time_zone)
            try:
                yield rebuilt
            except BaseException:
                rebuilt.close()
                _remove(aside)
                raise
            rebuilt._connection.execute("CHECKPOINT")
            rebuilt.close()
            self._swap(aside)

    def _swap(self, aside: Path) -> None:
        with self._idle:
            self._is_swapping = True
            if not self._idle.wait_for(lambda: not self._running, _SWAP_PATIENCE_SECONDS):
                for cursor in self._running:
                    cursor.interrupt()
                self._idle.wait_for(lambda: not self._running)
            try:
                self._connection.close()
                _remove(self._path)
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                aside.replace(self._path)
                self._connection = self._open()
                self._generation += 1
                self._commits += 1
            finally:
                self._is_swapping = False
                self._idle.notify_all()


class DuckBatch:
    """A write transaction on a DuckDB cursor."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows through Arrow, a hundred times faster than value lists."""
        if rows.num_rows:
            self._insert(table, rows)

    def replace(self, table: str, key: str, keys: Sequence[int], rows: pa.Table) -> None:
        """Remove by key, then add. Keys above the highest that is there, as those of an import are, need no removal."""
        [(highest,)] = self.cursor.execute(f"SELECT max({key}) FROM {table}").fetchall()
        if highest is not None:
            self._delete(table, key, [one for one in keys if one <= highest])
        self.append(table, rows)

    def drop_events(self, column: EventColumn, values: Sequence[int]) -> None:
        """Remove the events in which ``column`` has one of these values."""
        self._delete("events", column, values)

    def reassign(self, owners: pa.Table) -> None:
        """Change the customer of the events of these identities, where it is another."""
        self.cursor.register("owners", owners)
        try:
            self.cursor.execute(
                """UPDATE events SET customer_id = owners.customer_id FROM owners
                WHERE events.identity_id = owners.identity_id
                AND events.customer_id IS DISTINCT FROM owners.customer_id"""
            )
        finally:
            self.cursor.unregister("owners")

    def tidy(self, month: str) -> None:
        """Take the month out and put it back in order, so that what is asked of few people reads few blocks."""
        there = f"strftime(occurred_at, '%Y-%m') = '{_month(month)}'"
        columns = ", ".join(TABLES["events"])
        self.cursor.execute(f"CREATE TEMP TABLE tidying AS SELECT {columns} FROM events WHERE {there}")
        self.cursor.execute(f"DELETE FROM events WHERE {there}")
        self.cursor.execute(
            f"""INSERT INTO events ({columns}) SELECT {columns} FROM tidying
            ORDER BY customer_id NULLS LAST, identity_id NULLS LAST, occurred_at, position"""
        )
        self.cursor.execute("DELETE FROM tidied WHERE month = ?", [month])
        self.cursor.execute("INSERT INTO tidied SELECT ?, max(position) FROM tidying", [month])
        self.cursor.execute("DROP TABLE tidying")

    def overwrite(self, table: str, rows: pa.Table) -> None:
        """Replace the whole content of a table."""
        self.cursor.execute(f"DELETE FROM {table}")
        self.append(table, rows)

    def overwrite_by_query(self, table: str, sql: str) -> int:
        """Replace the whole content of a table by the result of a query."""
        self.cursor.execute(f"CREATE TEMP TABLE overwriting AS {sql}")
        columns = ", ".join(TABLES[table])
        self.cursor.execute(f"DELETE FROM {table}")
        self.cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM overwriting")
        written = int(self.cursor.fetchone()[0])
        self.cursor.execute("DROP TABLE overwriting")
        return written

    def mark(self, load: Load) -> None:
        """Remember how far the log has been read, with the rows that reading brought."""
        self.cursor.execute("DELETE FROM load")
        self.cursor.execute("INSERT INTO load VALUES (?, ?, ?)", [load.position, load.schema_version, load.time_zone])

    def _insert(self, table: str, rows: pa.Table) -> None:
        columns = ", ".join(TABLES[table])
        self.cursor.register("incoming", rows.select(list(TABLES[table])).cast(arrow_schema(table)))
        try:
            self.cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM incoming")
        finally:
            self.cursor.unregister("incoming")

    def _delete(self, table: str, key: str, keys: Sequence[int]) -> None:
        if not keys:
            return
        self.cursor.register("gone", pa.table({"key": pa.array(keys, pa.int64())}))
        try:
            self.cursor.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT key FROM gone)")
        finally:
            self.cursor.unregister("gone")


def _refusal(failure: Exception, ticket: Ticket, timeout: float) -> WarehouseError:
    """Translate what the engine said."""
    if isinstance(failure, duckdb.InterruptException):
        if ticket.is_late:
            return QueryTimedOut(timeout)
        return QueryCancelled()
    if isinstance(failure, duckdb.OutOfMemoryException | MemoryError):
        return QueryTooLarge()
    log.warning("The warehouse refused a query: %s", failure)
    return QueryFailed(str(failure))


def _month(written: str) -> str:
    """Return a month that may stand in SQL text."""
    return datetime.strptime(written, "%Y-%m").strftime("%Y-%m")  # noqa: DTZ007  a month has no zone


def _remove(path: Path) -> None:
    for name in (path, path.with_name(f"{path.name}.wal")):
        name.unlink(missing_ok=True)
