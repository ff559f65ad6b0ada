"""A query that fails, is called off, runs late or wants too much memory hurts nobody else."""

import subprocess
import sys
import threading
import time

import ibis
import pytest

from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.engine.duckdb import DuckStore
from shuke.cdp.warehouse.errors import (
    QueryCancelled,
    QueryFailed,
    QueryTimedOut,
    QueryTooLarge,
    WarehouseBusy,
    WarehouseError,
)
from shuke.cdp.warehouse.testing import seed

# Hours of work in one line.
ENDLESS = "SELECT count(*) AS n FROM range(100000000) a, range(100000000) b WHERE (a.range * b.range) % 7 = 3"
HUGE = "SELECT list(a.range::VARCHAR || b.range::VARCHAR) AS n FROM range(100000) a, range(1000) b"


@pytest.fixture
def small(warehouse):
    seed({"customers": [{"customer_id": number} for number in range(100)]})
    return queries.store()


def counted():
    return queries.scalar(queries.table("customers").count())


def test_a_late_query_is_stopped_alone(small):
    started = time.monotonic()

    with pytest.raises(QueryTimedOut):
        small.query(ENDLESS, timeout=0.3)

    assert time.monotonic() - started < 20
    assert counted() == 100


def test_a_query_is_called_off_from_another_thread(small):
    ticket = queries.Ticket()
    threading.Timer(0.2, ticket.cancel).start()

    with pytest.raises(QueryCancelled):
        small.query(ENDLESS, timeout=60, ticket=ticket)

    assert counted() == 100


def test_a_ticket_may_be_cancelled_before_the_query_starts(small):
    ticket = queries.Ticket()
    ticket.cancel()

    with pytest.raises(QueryCancelled):
        queries.scalar(queries.table("customers").count(), ticket=ticket)


def test_a_late_cancel_does_not_hit_the_next_query(small):
    ticket = queries.Ticket()
    queries.scalar(queries.table("customers").count(), ticket=ticket)

    ticket.cancel()

    assert counted() == 100


def test_a_greedy_query_is_refused_alone(small, tmp_path):
    tight = DuckStore(tmp_path / "tight.duckdb", memory_limit="64MB")
    seen = []
    neighbour = threading.Thread(target=lambda: seen.extend(_answers(tight, until=time.monotonic() + 2)))
    neighbour.start()

    with pytest.raises(QueryTooLarge):
        tight.query(HUGE, timeout=120)

    neighbour.join()
    assert seen
    assert set(seen) == {1}
    assert tight.query("SELECT 1 AS n", timeout=5).to_pylist() == [{"n": 1}]
    tight.close()


def _answers(store, until):
    while time.monotonic() < until:
        yield store.query("SELECT 1 AS n", timeout=10).to_pylist()[0]["n"]


def test_a_wrong_query_is_refused_alone(small):
    unknown = ibis.table({"x": "int64"}, name="nowhere")

    with pytest.raises(QueryFailed):
        queries.execute(unknown)

    assert counted() == 100


def test_neighbours_go_on_while_one_is_stopped(small):
    answers, failures = [], []

    def ask():
        try:
            answers.extend(counted() for _ in range(20))
        except WarehouseError as failure:
            failures.append(failure)

    neighbours = [threading.Thread(target=ask) for _ in range(3)]
    for neighbour in neighbours:
        neighbour.start()
    with pytest.raises(QueryTimedOut):
        small.query(ENDLESS, timeout=0.2)
    for neighbour in neighbours:
        neighbour.join()

    assert failures == []
    assert answers == [100] * 60


def test_readers_see_whole_batches_while_a_writer_writes(small):
    """Each batch replaces all 100 rows: whoever counts finds 100, never a half."""
    wrong, done = [], threading.Event()
    rows = queries.execute(queries.table("customers"))

    def read():
        while not done.is_set():
            if (found := counted()) != 100:
                wrong.append(found)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(30):
        actions.replace("customers", "customer_id", list(range(100)), rows)
    done.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert counted() == 100


def test_readers_survive_the_swap_of_a_rebuild(small, company, now):
    wrong, answers, done = [], [], threading.Event()

    def read():
        while not done.is_set():
            try:
                answers.append(small.query("SELECT count(*) AS n FROM customers", timeout=10).to_pylist()[0]["n"])
            except WarehouseError as failure:
                wrong.append(failure)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for _ in range(3):
        actions.rebuild(now=now)
    done.set()
    for reader in readers:
        reader.join()

    assert wrong == []
    assert set(answers) <= {0, 100}
    assert counted() == 0  # there are no customers behind the seeded rows


def test_sql_cannot_reach_files_or_change_that(small, tmp_path):
    for attempt in (
        "SELECT * FROM read_csv('/etc/hostname')",
        "SELECT * FROM '/etc/hostname'",
        f"COPY customers TO '{tmp_path}/out.csv'",
        "SET enable_external_access = true",
        f"ATTACH '{tmp_path}/other.duckdb' AS other",
    ):
        with pytest.raises(QueryFailed):
            small.query(attempt, timeout=5)
    assert not (tmp_path / "out.csv").exists()


def test_one_process_owns_the_file(small, tmp_path):
    """A second process is told who holds the warehouse, in words that say what to do."""
    path = tmp_path / "warehouse" / "test.duckdb"
    attempt = (
        "import sys; from pathlib import Path\n"
        "from django.conf import settings; settings.configure(USE_I18N=False)\n"
        "from shuke.cdp.warehouse.engine.duckdb import DuckStore\n"
        "from shuke.cdp.warehouse.errors import WarehouseBusy\n"
        "try:\n    DuckStore(Path(sys.argv[1]), memory_limit='64MB')\n"
        "except WarehouseBusy as busy:\n    print(busy.code, '|', busy)\n"
    )

    said = subprocess.run([sys.executable, "-c", attempt, str(path)], capture_output=True, text=True, check=True).stdout

    assert said.startswith(WarehouseBusy.code)
    assert "running Shuke server" in said
