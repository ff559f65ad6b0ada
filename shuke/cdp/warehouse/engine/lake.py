"""Tables as Parquet files in a shared folder, for engines that read files: a small, transactional lake.

``CURRENT`` names the newest catalogue file; a catalogue says which files make up each table, and how far the log has
been read. A transaction writes new files, then a new catalogue, then moves ``CURRENT`` in one rename, so it is visible
whole or not at all, and the position travels with the rows. Readers keep the catalogue they started with; files that
no catalogue of the last hour names are removed.

Events lie in one folder a month. Tables that are replaced by key are cut into ranges of keys, so that a change
rewrites the ranges it touches and nothing else.
"""

import json
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shuke.cdp.warehouse.engine.compiling import arrow_schema
from shuke.cdp.warehouse.engine.stores import EventColumn
from shuke.cdp.warehouse.rules import KEYS, TABLES, Load

KEYS_PER_RANGE = 500_000
_KEPT_SECONDS = 3_600
# A month of events made of more small files than this is written anew as one.
_FILES_PER_MONTH = 24


# How the names of files begin whose rows are in the order of customer and time.
_TIDY = "tidy-"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One state of the lake: the files of each table by part (a month, a range of keys), and the load."""

    number: int
    load: Load
    files: dict[str, dict[str, list[str]]]

    def untidy(self, until: str) -> list[str]:
        """Return the months before ``until`` that are not one file in order."""
        months = self.files.get("events", {})
        return sorted(
            month for month, names in months.items()
            if month < until and names and (len(names) > 1 or not names[0].rpartition("/")[2].startswith(_TIDY))
        )  # fmt: skip

    def paths_of(self, table: str) -> list[str]:
        """Return the files of a table."""
        return [name for names in self.files.get(table, {}).values() for name in names]


class Lake:
    """A folder of Parquet tables with one writer at a time."""

    def __init__(self, folder: Path, *, time_zone: str, schema_version: int) -> None:
        self.folder = folder
        self._writer = threading.RLock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / "CURRENT").exists():
            self._publish(Catalogue(1, Load(0, schema_version, time_zone), {}))

    def current(self) -> Catalogue:
        """Return the newest committed state."""
        name = (self.folder / "CURRENT").read_text()
        said = json.loads((self.folder / name).read_text())
        return Catalogue(said["number"], Load(**said["load"]), said["files"])

    @contextmanager
    def batch(self) -> Iterator["LakeBatch"]:
        """One transaction; abandoned files of a failed one are swept later."""
        with self._writer:
            before = self.current()
            batch = LakeBatch(self, before)
            yield batch
            self._publish(Catalogue(before.number + 1, batch.load, batch.files))

    def write(self, table: str, part: str, rows: pa.Table, *, is_tidy: bool = False) -> str:
        """Write one file and return its name within the lake, which says whether its rows are in order."""
        name = f"{table}/{part}/{_TIDY if is_tidy else ''}{uuid4().hex}.parquet"
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Microseconds, as an annotated INT64: the only kind of timestamp that Spark reads without a time zone.
        pq.write_table(rows, path, compression="zstd", coerce_timestamps="us", store_schema=False)
        return name

    def read(self, table: str, names: Sequence[str]) -> pa.Table:
        """Return the rows of some files of a table."""
        schema = arrow_schema(table)
        parts = [
            pq.read_table(self.folder / name, partitioning=None).select(schema.names).cast(schema) for name in names
        ]
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _publish(self, catalogue: Catalogue) -> None:
        name = f"catalogue-{catalogue.number:012d}.json"
        said = {"number": catalogue.number, "load": asdict(catalogue.load), "files": catalogue.files}
        _write_durably(self.folder / name, json.dumps(said))
        _write_durably(self.folder / "CURRENT", name)
        if catalogue.number % 50 == 0:
            self._sweep()

    def _sweep(self) -> None:
        """Remove catalogues and files that nobody can be reading any more."""
        limit = time.time() - _KEPT_SECONDS
        kept = {(self.folder / "CURRENT").read_text()}
        catalogues = sorted(self.folder.glob("catalogue-*.json"))
        kept |= {path.name for path in catalogues if path.stat().st_mtime > limit}
        named = {
            file
            for name in kept
            for parts in json.loads((self.folder / name).read_text())["files"].values()
            for files in parts.values()
            for file in files
        }
        for path in catalogues:
            if path.name not in kept:
                path.unlink(missing_ok=True)
        for path in self.folder.glob("*/*/*.parquet"):
            if str(path.relative_to(self.folder)) not in named and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def move_to(self, folder: Path) -> None:
        """Take another lake's place."""
        former = folder.with_name(f"{folder.name}.former")
        shutil.rmtree(former, ignore_errors=True)
        with suppress(FileNotFoundError):
            folder.rename(former)
        self.folder.rename(folder)
        self.folder = folder
        shutil.rmtree(former, ignore_errors=True)


class LakeBatch:
    """A transaction on the lake, gathered in memory until it is published."""

    def __init__(self, lake: Lake, before: Catalogue) -> None:
        self._lake = lake
        self.load = before.load
        self.files = {
            table: {part: list(names) for part, names in parts.items()} for table, parts in before.files.items()
        }

    def append(self, table: str, rows: pa.Table) -> None:
        """Add rows, by month for events and by range of keys for the others."""
        rows = rows.select(list(TABLES[table])).cast(arrow_schema(table))
        for part, some in _parts(table, rows):
            names = self.files.setdefault(table, {}).setdefault(part, [])
            names.append(self._lake.write(table, part, some))
            if len(names) > _FILES_PER_MONTH:
                self._rewrite(table, part, self._lake.read(table, names))

    def replace(self, table: str, key: str, keys: Sequence[int], rows: pa.Table) -> None:
        """Rewrite the ranges that hold these keys without them, then add."""
        if keys:
            self._remove(table, key, pa.array(keys, pa.int64()), {_range_of(value) for value in keys})
        self.append(table, rows)

    def drop_events(self, column: EventColumn, values: Sequence[int]) -> None:
        """Remove the events in which ``column`` has one of these values from every month."""
        if values:
            self._remove("events", column, pa.array(values, pa.int64()), set(self.files.get("events", {})))

    def reassign(self, owners: pa.Table) -> None:
        """Change the customer of the events of these identities; months without any of them stay as they are."""
        owners = owners.combine_chunks()
        for part, names in sorted(self.files.get("events", {}).items()):
            rows = self._lake.read("events", names)
            at = pc.index_in(rows.column("identity_id"), value_set=owners.column("identity_id").combine_chunks())
            if at.null_count == len(at):
                continue
            today = pc.take(owners.column("customer_id").combine_chunks(), at.combine_chunks())
            column = pc.if_else(pc.is_valid(at), pa.chunked_array([today]), rows.column("customer_id"))
            place = rows.schema.get_field_index("customer_id")
            self._rewrite("events", part, rows.set_column(place, rows.schema.field(place), column))

    def tidy(self, month: str) -> None:
        """Write a month anew as one file, in order."""
        rows = self._lake.read("events", self.files["events"][month])
        order = [(name, "ascending") for name in ("customer_id", "identity_id", "occurred_at", "position")]
        self.files["events"][month] = [self._lake.write("events", month, rows.sort_by(order), is_tidy=True)]

    def overwrite(self, table: str, rows: pa.Table) -> None:
        """Replace the whole content of a table."""
        self.files.pop(table, None)
        self.append(table, rows)

    def overwrite_by_query(self, table: str, sql: str) -> int:
        """Refuse: files do not run queries; the store that holds the engine does."""
        raise NotImplementedError

    def adopt(self, table: str, names: Sequence[str]) -> None:
        """Make files that an engine wrote into the lake the whole content of a table."""
        self.files[table] = {"all": list(names)}

    def mark(self, load: Load) -> None:
        """Remember how far the log has been read."""
        self.load = load

    def _remove(self, table: str, key: str, keys: pa.Array, parts: set[str]) -> None:
        for part in sorted(parts & set(self.files.get(table, {}))):
            rows = self._lake.read(table, self.files[table][part])
            is_gone = pc.fill_null(pc.is_in(rows.column(key), value_set=keys), fill_value=False)
            kept = rows.filter(pc.invert(is_gone))
            if kept.num_rows != rows.num_rows:
                self._rewrite(table, part, kept)

    def _rewrite(self, table: str, part: str, rows: pa.Table) -> None:
        self.files[table][part] = [self._lake.write(table, part, rows)] if rows.num_rows else []


def _parts(table: str, rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    if not rows.num_rows:
        return
    if table == "events":
        labels = pc.strftime(rows.column("occurred_at"), format="%Y-%m")
    else:
        labels = pc.cast(pc.divide(rows.column(KEYS[table]), KEYS_PER_RANGE), pa.string())
    rows_of: dict[str, list[int]] = defaultdict(list)
    for index, label in enumerate(labels.to_pylist()):
        rows_of[label].append(index)
    for label, indexes in sorted(rows_of.items()):
        yield label, rows if len(indexes) == rows.num_rows else rows.take(pa.array(indexes))


def _range_of(key: int) -> str:
    return str(key // KEYS_PER_RANGE)


def _write_durably(path: Path, text: str) -> None:
    import os

    aside = path.with_name(f"{path.name}.{uuid4().hex}")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
