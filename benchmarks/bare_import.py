"""What the benchmarks of imports share: the floor, a home of its own, and measuring in a fresh process."""

import csv
import gzip
import io
import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def lines_of(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a CSV file, also gzipped, header left out."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as raw:
        reader = csv.reader(io.TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
        next(reader)
        yield from reader


def floor(path: Path, folder: Path) -> tuple[float, int]:
    """Return seconds and rows of the least that anyone must do: parse, and insert into one plain table."""
    target = folder / "floor.sqlite3"
    target.unlink(missing_ok=True)
    began = time.perf_counter()
    database = sqlite3.connect(target)
    columns = len(next(lines_of(path)))
    database.execute(f"CREATE TABLE plain ({', '.join(f'c{n}' for n in range(columns))})")
    database.executemany(f"INSERT INTO plain VALUES ({', '.join('?' * columns)})", lines_of(path))
    database.commit()
    seconds = time.perf_counter() - began
    rows = database.execute("SELECT count(*) FROM plain").fetchone()[0]
    database.close()
    target.unlink()
    return seconds, rows


class Clock:
    """Progress that remembers when writing began."""

    def __init__(self, writing: str) -> None:
        self._writing = writing
        self.writing_since = self.processor_since = 0.0

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Note the moment of the first word about writing."""
        del done, total
        if note == self._writing and not self.writing_since:
            self.writing_since, self.processor_since = time.perf_counter(), time.process_time()

    def is_cancelled(self) -> bool:
        """Return False."""
        return False


def found_company(home: Path) -> None:
    """Set up an empty home in this process, with a company in it."""
    os.environ |= {"SHUKE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "shuke.config.settings"}
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command

    from shuke.config import memory
    from shuke.kernel.clock import utcnow
    from shuke.platform.company import actions as company

    call_command("migrate", verbosity=0, skip_checks=True)
    memory.settle()  # as the server does
    company.found(name="Benchmark", currency="GBP", time_zone="Europe/London", language="en", now=utcnow())


def bring_in(path: Path, kind: str, writing: str) -> dict[str, Any]:
    """Import a file in this process; return seconds by phase, and what became of it."""
    from shuke.kernel.clock import utcnow
    from shuke.platform.imports import actions
    from shuke.platform.staff.actor import Actor

    clock, began = Clock(writing), time.perf_counter()
    made = actions.start_import(path, kind=kind, shop_name="Benchmark", by=Actor.cli(), now=utcnow())
    made = actions.run_import(made.pk, clock, now=utcnow())
    ended, used = time.perf_counter(), time.process_time() - clock.processor_since
    assert made.state == "done", made.report
    return {
        "seconds": ended - began, "reading": clock.writing_since - began, "writing": ended - clock.writing_since,
        "writing_cpu": used, "applied": made.report["applied"], "records": sum(made.report["records"].values()),
    }  # fmt: skip


def peak_memory() -> dict[str, float]:
    """Return the peak of this process and of its children in MB.

    A child counts what its parent held when it was started; the larger of the two is an upper bound for both.
    """
    return {
        name: resource.getrusage(who).ru_maxrss / 1024
        for name, who in (("own_mb", resource.RUSAGE_SELF), ("reader_mb", resource.RUSAGE_CHILDREN))
    }


def measured_apart(script: str, *arguments: str) -> Any:
    """Run a script with ``--measure`` in a fresh process, so that nothing that came before counts in its memory."""
    done = subprocess.run(
        [sys.executable, script, "--measure", *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])
