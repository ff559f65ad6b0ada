"""The distributed engine: Spark over Parquet files in a folder that driver and workers share."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa

from shuke.cdp.warehouse.engine.compiling import as_declared, sql_of, unbound
from shuke.cdp.warehouse.engine.lake import Catalogue, Lake, LakeBatch
from shuke.cdp.warehouse.engine.stores import Store, Ticket
from shuke.cdp.warehouse.errors import QueryCancelled, QueryFailed, QueryTimedOut, WarehouseError, WarehouseMissing
from shuke.cdp.warehouse.rules import SCHEMA_VERSION, TABLES, Load

log = logging.getLogger(__name__)

_TYPES = {
    "int64": "bigint",
    "int32": "int",
    "int16": "smallint",
    "float64": "double",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    # Every session runs in UTC, so Spark's zoned timestamp says the same as everybody's naive UTC one.
    "timestamp": "timestamp",
}


class SparkStore:
    """A warehouse in a lake of Parquet files, asked through a Spark cluster.

    A cancelled or late query ends by its job group; others in the same session go on.
    """

    dialect = "pyspark"

    def __init__(
        self, master: str, folder: Path, *, time_zone: str = "UTC", options: dict[str, str] | None = None
    ) -> None:
        self._lake = Lake(folder, time_zone=time_zone, schema_version=SCHEMA_VERSION)
        self._time_zone = time_zone
        self._session = _session(master, options or {})
        self._views = threading.Lock()
        self._shown = 0

    def close(self) -> None:
        """Leave the cluster."""
        self._session.stop()

    # -- reading

    def pick(self, table: str, among: Mapping[str, Sequence[int] | Sequence[str]], *, timeout: float) -> pa.Table:
        """Return rows by values that stand in the question."""
        rows = unbound(table)
        found = rows.filter(*(rows[column].isin(list(values)) for column, values in among.items()))
        return as_declared(self.query(sql_of(found, self.dialect), timeout=timeout), found)

    def query(self, sql: str, *, timeout: float, ticket: Ticket | None = None) -> pa.Table:
        """Run a query on the cluster and bring its rows here."""
        ticket = ticket or Ticket()
        context, group = self._session.sparkContext, uuid4().hex
        alarm = threading.Timer(timeout, ticket.expire)
        alarm.daemon = True
        # Also the jobs that the query has not started yet: a plan turns into several, one after the other.
        ticket.begin(lambda: context._jsc.sc().cancelJobGroupAndFutureJobs(group))
        alarm.start()
        try:
            if ticket.is_cancelled:
                raise QueryCancelled
            context.setJobGroup(group, "shuke", True)
            return self._frame(sql).toArrow()
        except WarehouseError:
            raise
        except Exception as failure:
            raise _refusal(failure, ticket, timeout) from failure
        finally:
            alarm.cancel()
            ticket.end()

    def _frame(self, sql: str) -> Any:
        """Plan a query over the newest committed state; the plan keeps the files it was made with."""
        with self._views:
            catalogue = self._lake.current()
            if catalogue.number != self._shown:
                self._show(catalogue)
            return self._session.sql(sql)

    def _show(self, catalogue: Catalogue) -> None:
        for name, columns in TABLES.items():
            paths = [str(self._lake.folder / path) for path in catalogue.paths_of(name)]
            if paths:
                ddl = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
                frame = self._session.read.schema(ddl).parquet(*paths)
            else:
                empty = ", ".join(f"CAST(NULL AS {_TYPES[kind]}) AS {column}" for column, kind in columns.items())
                frame = self._session.sql(f"SELECT {empty} WHERE false")
            frame.createOrReplaceTempView(name)
        self._shown = catalogue.number

    @property
    def version(self) -> str:
        """The newest catalogue of the lake."""
        return f"{self._lake.folder}:{self._lake.current().number}:{self._lake.current().load.position}"

    def untidy(self, until: str) -> list[str]:
        """Return the months before ``until`` that are not one file in order."""
        return self._lake.current().untidy(until)

    def load(self) -> Load:
        """Return how far the lake has read the log."""
        return self._lake.current().load

    # -- writing

    @contextmanager
    def batch(self) -> Iterator["SparkBatch"]:
        """One transaction of the lake."""
        with self._lake.batch() as batch:
            yield SparkBatch(batch, self)

    def write_query(self, table: str, sql: str) -> list[str]:
        """Let the workers write the result of a query into the lake; return the names of the files."""
        part = f"{table}/all/{uuid4().hex}"
        columns = [f"cast({name} as {_TYPES[kind]}) as {name}" for name, kind in TABLES[table].items()]
        frame = self._frame(sql).selectExpr(*columns)
        frame.write.mode("overwrite").parquet(str(self._lake.folder / part))
        names = []
        for found in sorted((self._lake.folder / part).glob("*.parquet")):
            name = f"{table}/all/{uuid4().hex}.parquet"
            found.rename(self._lake.folder / name)
            names.append(name)
        return names

    @contextmanager
    def shadow(self) -> Iterator[Store]:
        """Fill a second lake, then put it in the place of the first."""
        folder = self._lake.folder
        rebuilt = SparkStore.__new__(SparkStore)
        rebuilt._session, rebuilt._time_zone = self._session, self._time_zone
        rebuilt._views, rebuilt._shown = threading.Lock(), 0
        aside = folder.with_name(f"{folder.name}.rebuilding")
        _clear(aside)
        rebuilt._lake = Lake(aside, time_zone=self._time_zone, schema_version=SCHEMA_VERSION)
        yield rebuilt
        with self._views:
            rebuilt._lake.move_to(folder)
            self._lake = rebuilt._lake
            self._shown = 0


class SparkBatch:
    """A transaction of the lake whose queries run on the cluster."""

    def __init__(self, batch: LakeBatch, opened: SparkStore) -> None:
        self._batch = batch
        self._store = opened
        self.append = batch.append
        self.replace = batch.replace
        self.drop_events = batch.drop_events
        self.reassign = batch.reassign
        self.tidy = batch.tidy
        self.overwrite = batch.overwrite
        self.mark = batch.mark

    def overwrite_by_query(self, table: str, sql: str) -> int:
        """Let the cluster compute and write the content of a table."""
        names = self._store.write_query(table, sql)
        self._batch.adopt(table, names)
        import pyarrow.parquet as pq

        return sum(pq.read_metadata(self._store._lake.folder / name).num_rows for name in names)


def _session(master: str, options: dict[str, str]) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as absence:
        raise WarehouseMissing("the Spark client is not installed: install the extra named cluster") from absence
    builder = (
        SparkSession.builder.master(master)
        .appName("shuke")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.ui.enabled", "false")
        .config("spark.scheduler.mode", "FAIR")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.sql.sources.default", "parquet")
    )
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception as failure:
        raise WarehouseMissing(f"no Spark master answers at {master}: {_first_line(failure)}") from failure


def _refusal(failure: Exception, ticket: Ticket, timeout: float) -> WarehouseError:
    if ticket.is_late:
        return QueryTimedOut(timeout)
    if ticket.is_cancelled:
        return QueryCancelled()
    log.warning("Spark refused a query: %s", failure)
    return QueryFailed(_first_line(failure))


def _first_line(failure: Exception) -> str:
    return re.sub(r"\s+", " ", str(failure))[:300]


def _clear(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
