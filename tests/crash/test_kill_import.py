"""A server killed again and again in the middle of an import: the result is that of an import left in peace.

``SHUKE_KILLS`` says how often (3 unless set).
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.engine.homes import Home, Server, command, start, wait_until

pytestmark = [pytest.mark.crash]

KILLS = int(os.environ.get("SHUKE_KILLS", "3"))
ORDERS, CUSTOMERS = 4_000, 700
MEMBERS = 6_000
FACTS = {
    "orders": "SELECT number, gross_minor, refunded_minor, line_count, currency FROM orders_order ORDER BY number",
    "refunds": "SELECT number, amount_minor, line_count FROM orders_refund ORDER BY number",
    "lines": "SELECT count(*), sum(amount_minor), sum(quantity * 100) FROM orders_orderline",
    "people": "SELECT count(*), count(DISTINCT name) FROM customers_customer",
    "identities": "SELECT type, namespace, count(*) FROM customers_identity GROUP BY 1, 2 ORDER BY 1, 2",
    "contacts": "SELECT channel, count(*), count(DISTINCT blind_index) FROM customers_contactpoint GROUP BY 1 ORDER BY 1",
    "tagged": "SELECT count(*), count(DISTINCT customer_id) FROM customers_customertag",
    "images": "SELECT count(*), count(before) FROM imports_beforeimage",
    # Scores are worked out in the background, at times of their own.
    "log": "SELECT name, count(*) FROM events_event WHERE name NOT IN ('customers.scored', 'anomaly.noticed') GROUP BY 1 ORDER BY 1",
    "positions": "SELECT count(DISTINCT position) = count(*), min(position) FROM events_event",
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of orders that takes a while; some refunds, some guests, some customers with several orders."""
    rng = random.Random(4)
    path = tmp_path_factory.mktemp("history") / "orders.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n")
        for n in range(ORDERS):
            number = f"C{500_000 + n}" if rng.random() < 0.1 else str(500_000 + n)
            who = "" if rng.random() < 0.1 else str(12_000 + rng.randrange(CUSTOMERS))
            day = f"{rng.randrange(1, 13)}/{rng.randrange(1, 29)}/2011 {rng.randrange(8, 20)}:{rng.randrange(60):02}"
            for line in range(rng.randrange(1, 12)):
                quantity = -rng.randrange(1, 9) if number.startswith("C") else rng.randrange(1, 20)
                price = f"{rng.randrange(10, 2_000) / 100:.2f}"
                file.write(f"{number},P{rng.randrange(400)},Thing {line},{quantity},{day},{price},{who},France\n")
    return path


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of customers that takes a while; some come twice, in another city, and some rows speak of two people."""
    path = tmp_path_factory.mktemp("members") / "members.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("customer id,name,email,phone,city,tags\n")
        for n in range(MEMBERS):
            who = n if n % 10 else n // 2
            email = f"m{who}@willow.example" if n % 25 else f"m{who + 1}@willow.example"
            file.write(f"M{who},Member {who},{email},{13_000_000_000 + who},City {n % 30},tag {who % 9}\n")
    return path


ORDERS_AND_THEIR_LAYOUT = ("orders", "--preset", "uci-online-retail")


def imported(file: Path, kind: tuple[str, ...], home: Home) -> Home:
    """Import into a home in peace."""
    done = home.run("import", kind[0], str(file), *kind[1:], "--shop", "Willow")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def undisturbed(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return imported(history, ORDERS_AND_THEIR_LAYOUT, Home(tmp_path_factory.mktemp("undisturbed") / "home"))


def test_an_import_survives_kills_at_any_moment(history: Path, undisturbed: Home, tmp_path: Path):
    stays_the_same_under_fire(history, ORDERS_AND_THEIR_LAYOUT, undisturbed, tmp_path)


def test_an_import_of_customers_survives_kills_at_any_moment(members: Path, tmp_path: Path):
    undisturbed = imported(members, ("customers",), Home(tmp_path / "undisturbed"))
    stays_the_same_under_fire(members, ("customers",), undisturbed, tmp_path)


def stats(home: Home) -> dict[str, object]:
    """Return the figures of a home but for the size of the log, whose facts are compared by name."""
    return {name: figure for name, figure in home.ask("stats").items() if name != "events"}


def stays_the_same_under_fire(file: Path, kind: tuple[str, ...], undisturbed: Home, tmp_path: Path) -> None:
    expected, expected_stats = facts(undisturbed), stats(undisturbed)
    rng = random.Random(KILLS)
    killed = rounds = 0

    while killed < KILLS:
        rounds += 1
        home = Home(tmp_path / f"home-{rounds}")
        # The same keys give the same blind indexes.
        shutil.copytree(undisturbed.path / "keys", home.path / "keys")
        killed += import_under_fire(home, file, kind, rng, most_kills=KILLS - killed)
        assert facts(home) == expected
        assert stats(home) == expected_stats
        assert read(home, "SELECT state FROM imports_import") == [("done",)]

    assert killed == KILLS


@pytest.mark.parametrize("point", ["import.mid_chunk:2", "import.before_commit:1", "import.between_chunks:2"])
def test_dying_at_a_point_of_an_import_changes_nothing(point: str, history: Path, undisturbed: Home, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(undisturbed.path / "keys", home.path / "keys")
    server = start(home, environment={"CRASH_AT": point})
    giving = given(home, history, ORDERS_AND_THEIR_LAYOUT)
    assert server.process.wait(240) == -signal.SIGKILL
    assert not is_done(home)
    server = start(home)
    giving.wait(120)
    wait_until(lambda: is_done(home), seconds=300)
    wait_until(lambda: home.ask("stats")["warehouse_lag"] == 0)
    stop(server)

    assert facts(home) == facts(undisturbed)


def given(home: Home, file: Path, kind: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Give the file to the server of a home."""
    return subprocess.Popen(
        command("import", kind[0], str(file), *kind[1:], "--shop", "Willow"),
        env=home.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def import_under_fire(home: Home, file: Path, kind: tuple[str, ...], rng: random.Random, *, most_kills: int) -> int:
    """Import into ``home`` while killing its server; return how often it was killed before the import was done."""
    server = start(home)
    giving = given(home, file, kind)
    wait_until(lambda: is_started(home))
    killed = 0
    while killed < most_kills:
        time.sleep(rng.uniform(0.0, 1.0))
        if is_done(home):
            break
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
        killed += 1
        server = start(home)
    giving.wait(120)
    wait_until(lambda: is_done(home), seconds=300)
    wait_until(lambda: home.ask("stats")["warehouse_lag"] == 0)
    stop(server)
    return killed


def stop(server: Server) -> None:
    server.process.terminate()
    assert server.process.wait(60) == 0


def is_started(home: Home) -> bool:
    return bool(read(home, "SELECT 1 FROM imports_import WHERE state = 'running'")) or is_done(home)


def is_done(home: Home) -> bool:
    return bool(read(home, "SELECT 1 FROM imports_import WHERE state = 'done'"))


def facts(home: Home) -> dict[str, list[Any]]:
    return {name: read(home, query) for name, query in FACTS.items()}


def read(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{home.path}/shuke.sqlite3?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()
