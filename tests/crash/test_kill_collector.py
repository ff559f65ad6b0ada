"""A server killed again and again while clients send events: what was acknowledged is in the log, once.

``SHUKE_KILLS`` says how often it is killed at random moments (5 unless set). Enumerated points at which it dies
(``CRASH_AT``) follow, and collectors broken on purpose, in which the same check must find what is wrong.
"""

import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from tests.engine import homes
from tests.engine.homes import Home, Server, wait_until

pytestmark = [pytest.mark.crash]

KILLS = int(os.environ.get("SHUKE_KILLS", "5"))
CLIENTS = 8
POINTS = [
    "ingest.after_parse:7", "ingest.after_enqueue:7", "ingest.before_commit:3", "ingest.after_commit_before_ack:3",
    "ingest.pipeline_mid_batch:2",
]  # fmt: skip


@dataclass
class Shoppers:
    """Clients that send events and send them again until they are told that they arrived, as the SDKs do."""

    key: str
    url: str = ""
    acknowledged: set[str] = field(default_factory=set)
    offered: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._shop, args=(n,), daemon=True) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no new events; those on their way are still tried until they arrive."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client never got its answer"

    def _shop(self, number: int) -> None:
        rng, sent = random.Random(number), 0
        with httpx.Client(timeout=10) as client:
            while not self._stop.is_set():
                count = rng.randrange(1, 21)
                marks = [f"{number}-{sent + n}" for n in range(count)]
                sent += count
                self._deliver(client, marks)

    def _deliver(self, client: httpx.Client, marks: list[str]) -> None:
        batch = [
            {"type": "track", "event": "Ping", "messageId": mark, "anonymousId": f"a{mark.partition('-')[0]}",
             "properties": {"mark": mark}}
            for mark in marks
        ]  # fmt: skip
        with self._guard:
            self.offered += len(marks)
        while True:
            try:
                answer = client.post(f"{self.url}/v1/batch", json={"batch": batch}, auth=(self.key, ""))
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                with self._guard:
                    self.acknowledged.update(marks)
                return
            time.sleep(0.1)


@dataclass(frozen=True)
class Found:
    """What the log and the warehouse hold in the end."""

    lost: set[str]
    doubled: list[str]
    unasked: set[str]
    log: list[str]
    warehouse: list[str]


def a_home(path: Path) -> tuple[Home, str]:
    home = Home(path)
    home.path.mkdir(parents=True, exist_ok=True)
    made = home.ask("sources", "create", "Web", "--shop", "Willow")
    return home, made["write_key"]


@dataclass
class World:
    """A server with clients at it, which may die and come back."""

    home: Home
    server: Server
    shoppers: Shoppers

    def come_back(self, variant: str = "") -> None:
        self.server = begin(self.home, variant=variant)
        self.shoppers.url = self.server.url


@contextmanager
def under_load(home: Home, key: str, *, variant: str = "", point: str = "") -> Iterator[World]:
    server = begin(home, variant=variant, point=point)
    world = World(home, server, Shoppers(key, server.url))
    world.shoppers.start()
    try:
        yield world
    finally:
        world.server.process.kill()


def begin(home: Home, *, variant: str = "", point: str = "") -> Server:
    module = ["-m", "tests.crash.broken_collector", variant] if variant else None
    return homes.start(home, module=module, environment={"CRASH_AT": point} if point else {})


def settle(world: World) -> Found:
    """Let clients, inbox and warehouse come to rest, stop the server in order and look."""
    home, server, shoppers = world.home, world.server, world.shoppers
    shoppers.stop()
    began = time.monotonic()
    wait_until(lambda: not behind(home), seconds=90)
    wait_until(lambda: home.ask("stats")["warehouse_lag"] == 0)
    assert time.monotonic() - began < 60
    server.process.terminate()
    assert server.process.wait(60) == 0
    log = [
        row[0] for row in read(home, "SELECT json_extract(properties, '$.mark') FROM events_event WHERE name = 'Ping'")
    ]
    with duckdb.connect(str(home.path / "warehouse" / "shuke.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(
            "SELECT json_extract_string(properties, '$.mark') FROM events WHERE name = 'Ping'"
        ).fetchall()
    doubled = [mark for mark, count in Counter(log).items() if count > 1]
    return Found(
        shoppers.acknowledged - set(log), doubled, set(log) - shoppers.acknowledged, log, [row[0] for row in rows]
    )


def behind(home: Home) -> bool:
    waiting = "SELECT (SELECT coalesce(max(id), 0) FROM ingest_inbox) > (SELECT coalesce(max(inbox_id), 0) FROM ingest_progress)"
    return bool(read(home, waiting)[0][0])


def read(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{home.path}/shuke.sqlite3?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()


def is_whole(found: Found) -> bool:
    return not found.lost and not found.doubled and sorted(found.log) == sorted(found.warehouse)


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    home, key = a_home(tmp_path / "home")
    rng = random.Random(KILLS)
    with under_load(home, key) as world:
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.1, 1.5))
            world.server.process.send_signal(signal.SIGKILL)
            world.server.process.wait()
            world.come_back()
        time.sleep(0.5)
        found = settle(world)

    assert world.shoppers.acknowledged
    assert found.lost == set()
    assert found.doubled == []
    assert sorted(found.log) == sorted(found.warehouse)
    assert found.unasked == set()


@pytest.mark.parametrize("point", POINTS)
def test_dying_at_a_point_loses_nothing_and_doubles_nothing(point: str, tmp_path: Path) -> None:
    assert is_whole(dying_at(point, tmp_path))


@pytest.mark.parametrize(
    ("variant", "point", "what"),
    [
        ("answers_first", "ingest.before_commit:3", "lost"),
        ("forgets_messages", "ingest.after_commit_before_ack:3", "doubled"),
    ],
)
def test_a_broken_collector_is_found_out(variant: str, point: str, what: str, tmp_path: Path) -> None:
    found = dying_at(point, tmp_path, variant=variant)

    assert getattr(found, what)


def dying_at(point: str, tmp_path: Path, *, variant: str = "") -> Found:
    home, key = a_home(tmp_path / "home")
    with under_load(home, key, variant=variant, point=point) as world:
        assert world.server.process.wait(60) == -signal.SIGKILL
        world.come_back(variant)
        time.sleep(1)
        return settle(world)
