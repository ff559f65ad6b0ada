"""How many events the collector takes, durably: single ones and batches of 50 and 100.

    python -m benchmarks.collector [--seconds 8] [--clients 64]

Three servers take the same bytes from the same load tool, one after the other, in one run:

* **Shuke**: ``shuke up`` in an empty home, with the pipeline and the warehouse at work behind the door;
* **bare**: the least that could be called a collector, on the same HTTP server: msgspec and one SQLite table, group commit;
* **floor**: the same without HTTP, in a loop: msgspec and SQLite only.

The load tool is a process of its own that sends prepared bytes over kept-alive connections, one request at a time on each.
"""

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY = "benchmark-key"
SIZES = (1, 50, 100)
MARK = b"00000000-0000-4000-8000-000000000000"


def event(number: int) -> dict[str, Any]:
    """An event as a shop's browser sends it."""
    return {
        "type": "track", "event": "Product Viewed", "messageId": MARK.decode(),
        "anonymousId": f"visitor-{number % 5_000:08}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "properties": {"product_id": f"p{number % 997}", "sku": f"S-{number % 997}", "category": "Games",
                       "name": "Monopoly: 3rd Edition", "brand": "Hasbro", "price": 18.99, "quantity": 1,
                       "currency": "USD", "position": 3, "url": "https://shop.example/product/path"},
        "context": {"library": {"name": "analytics.js", "version": "4.1.0"}, "locale": "en-US", "timezone": "Europe/London",
                    "page": {"path": "/product/path", "title": "Monopoly", "url": "https://shop.example/product/path"},
                    "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"},
    }  # fmt: skip


def request(size: int, start: int) -> bytearray:
    """One POST of ``size`` events, headers and all, with a placeholder for every message id."""
    if size == 1:
        path, body = "/v1/track", json.dumps(event(start)).encode()
    else:
        sent = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        path, body = (
            "/v1/batch",
            json.dumps({"batch": [event(start + n) for n in range(size)], "sentAt": sent}).encode(),
        )
    user = base64.b64encode(f"{KEY}:".encode()).decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {user}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return bytearray(head.encode() + body)


# -- the load tool, a process of its own


class Client(asyncio.Protocol):
    """One connection: sends a request, waits for the answer, sends the next."""

    def __init__(self, size: int, number: int, until: float, limit: "Pace") -> None:
        self.raw = request(size, number * 1_000)
        self.places = _places(self.raw)
        self.number, self.until, self.limit = number, until, limit
        self.sent = 0
        self.taken: list[float] = []
        self.failed = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Send at once."""
        self.transport = transport
        self.send()

    def send(self) -> None:
        """Send the next request, with message ids of its own, as soon as the pace lets it through."""
        wait = self.limit.wait(len(self.places))
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self.send)
            return
        for place in self.places:
            self.sent += 1
            self.raw[place : place + 36] = b"%08x-%04x-4000-8000-%012x" % (self.number, os.getpid() & 0xFFFF, self.sent)
        self.began = time.perf_counter()
        self.transport.write(bytes(self.raw))

    def data_received(self, data: bytes) -> None:
        """Note how long the answer took; send again until time is up."""
        if not data.startswith(b"HTTP/1.1"):
            return
        self.taken.append(time.perf_counter() - self.began)
        self.failed += not data.startswith(b"HTTP/1.1 200")
        if time.monotonic() < self.until:
            self.send()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        """Be done, whatever the reason."""
        del error
        if not self.done.done():
            self.done.set_result(None)


class Pace:
    """Lets at most ``rate`` events a second through; 0 means as fast as they are answered."""

    def __init__(self, rate: float) -> None:
        self.rate, self.next = rate, time.monotonic()

    def wait(self, events: int) -> float:
        """Return how many seconds to wait; 0 where the events may go now, which are counted then."""
        if not self.rate:
            return 0.0
        now = time.monotonic()
        if self.next > now:
            return self.next - now
        self.next = max(self.next, now - 0.1) + events / self.rate
        return 0.0


def _places(raw: bytearray) -> list[int]:
    found, at = [], raw.find(MARK)
    while at >= 0:
        found.append(at)
        at = raw.find(MARK, at + 1)
    return found


async def load(port: int, size: int, clients: int, seconds: float, rate: float) -> dict[str, float]:
    """Send from many clients until time is up, and return what was measured."""
    until, pace = time.monotonic() + seconds, Pace(rate)
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    made = [Client(size, n, until, pace) for n in range(clients)]
    for client in made:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait_for(asyncio.gather(*(client.done for client in made)), seconds + 30)
    taken = sorted(one for client in made for one in client.taken)
    lasted = time.monotonic() - began
    return {
        "requests": len(taken), "failed": sum(client.failed for client in made), "events": len(taken) * size,
        "per_second": len(taken) * size / lasted, "p50_ms": 1000 * taken[len(taken) // 2],
        "p99_ms": 1000 * taken[int(len(taken) * 0.99)], "cpu": time.process_time(),
    }  # fmt: skip


def run_load(port: int, size: int, clients: int, seconds: float, rate: float = 0) -> dict[str, float]:
    """Run the load tool in a process of its own."""
    arguments = [
        sys.executable,
        "-m",
        "benchmarks.collector",
        "--load",
        json.dumps([port, size, clients, seconds, rate]),
    ]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


# -- the servers


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which Shuke knows nothing but its home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHUKE_", "DJANGO_"))}
    return {**kept, "SHUKE_HOME": str(home), "SHUKE_LOG_LEVEL": "WARNING"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


SET_UP = """
import os; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
import django; django.setup()
from shuke.cdp.ingest.actions import sources
from shuke.config.server import migrate
from shuke.kernel.clock import utcnow
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor
migrate()
now = utcnow()
company.found(name="Bench", currency="USD", time_zone="UTC", language="en", now=now)
shop = company.shop_named("Bench", now=now)
sources.create(name="Bench", shop_id=shop.pk, by=Actor.cli(), now=now, write_key={key!r})
"""


@contextmanager
def shuke(home: Path) -> Iterator[tuple[int, int]]:
    """Run Shuke in a home of its own; yields port and process id."""
    env = environment(home)
    subprocess.run([sys.executable, "-c", SET_UP.format(key=KEY)], env=env, check=True)
    port = free_port()
    with served([sys.executable, "-m", "shuke.cli.main", "up", "--port", str(port)], env, port) as pid:
        yield port, pid


@contextmanager
def bare(folder: Path) -> Iterator[tuple[int, int]]:
    """Run the bare collector; yields port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare_collector", str(port), str(folder / "bare.sqlite3")]
    with served(command, environment(folder), port) as pid:
        yield port, pid


@contextmanager
def served(command: list[str], env: dict[str, str], port: int) -> Iterator[int]:
    """Run a server while the block lasts, once it listens; its process id."""
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=sys.stderr)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def cpu_of(pid: int) -> float:
    """Processor seconds a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def floor(folder: Path, size: int, clients: int, seconds: float) -> float:
    """Events per second through msgspec and SQLite alone, as many requests to a commit as there are clients."""
    import msgspec

    database = sqlite3.connect(folder / f"floor-{size}.sqlite3", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE inbox (id INTEGER PRIMARY KEY, body BLOB)"
    )
    bodies = [bytes(request(size, n)).partition(b"\r\n\r\n")[2] for n in range(clients)]
    decode = msgspec.json.Decoder().decode
    end, events = time.perf_counter() + seconds, 0
    began = time.perf_counter()
    while time.perf_counter() < end:
        for body in bodies:
            decode(body)
        database.execute("BEGIN IMMEDIATE")
        database.executemany("INSERT INTO inbox (body) VALUES (?)", [(body,) for body in bodies])
        database.execute("COMMIT")
        events += size * len(bodies)
    return events / (time.perf_counter() - began)


# -- the run


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="events in a request")
    parser.add_argument("--load", help="for ourselves: be the load tool")
    asked = parser.parse_args()
    if asked.load:
        print(json.dumps(asyncio.run(load(*json.loads(asked.load)))))
        return
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run; {asked.clients} clients, {asked.seconds} s each"
    )
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        measure(Path(folder), asked.clients, asked.seconds, asked.sizes)


def measure(folder: Path, clients: int, seconds: float, sizes: Sequence[int]) -> None:
    """Measure the floor, the bare collector and Shuke, and print a row for each."""
    print(
        f"{'':8}{'events':>7}{'per s':>9}{'of bare':>9}{'of floor':>9}{'per core':>10}{'p50 ms':>8}{'p99 ms':>8}{'failed':>7}{'tool cpu':>9}"
    )
    floors = {size: floor(folder, size, clients, 2) for size in sizes}
    with bare(folder) as (port, pid):
        bares = {size: one_run(port, pid, size, clients, seconds) for size in sizes}
    for size in sizes:
        show("bare", size, bares[size], bares[size]["per_second"], floors[size])
    with shuke(folder / "home") as (port, pid):
        for size in sizes:
            show("shuke", size, one_run(port, pid, size, clients, seconds), bares[size]["per_second"], floors[size])
            drained = drain(folder / "home")
            print(
                f"          the inbox was worked off {drained['seconds']:.1f} s later; {drained['bytes']:.0f} bytes an event in it"
            )
        lag(folder / "home", port)


def one_run(port: int, pid: int, size: int, clients: int, seconds: float) -> dict[str, float]:
    """Measure a server that has been warmed up, with its processor time."""
    run_load(port, size, clients, 1)
    before = cpu_of(pid)
    said = run_load(port, size, clients, seconds)
    said["per_core"] = said["events"] / max(cpu_of(pid) - before, 0.01)
    return said


def show(who: str, size: int, said: dict[str, float], of_bare: float, of_floor: float) -> None:
    """Print one row of the table."""
    print(
        f"{who:8}{size:7}{said['per_second']:9.0f}{said['per_second'] / of_bare:9.2f}{said['per_second'] / of_floor:9.2f}"
        f"{said['per_core']:10.0f}{said['p50_ms']:8.1f}{said['p99_ms']:8.1f}{said['failed']:7.0f}{said['cpu']:9.1f}",
        flush=True,
    )


def ask(home: Path, query: str) -> Any:
    """Ask Shuke's database for one value, without writing to it."""
    database = sqlite3.connect(f"file:{home}/shuke.sqlite3?mode=ro", uri=True, timeout=30)
    try:
        return database.execute(query).fetchone()[0]
    finally:
        database.close()


BEHIND = (
    "SELECT (SELECT coalesce(max(id), 0) FROM ingest_inbox) - (SELECT coalesce(max(inbox_id), 0) FROM ingest_progress)"
)


def drain(home: Path) -> dict[str, float]:
    """Wait until the inbox is worked off; how long that took, and how many bytes an event has in it."""
    began = time.monotonic()
    while ask(home, BEHIND):
        time.sleep(0.1)
    size = ask(
        home,
        "SELECT sum(length(sealed)) * 1.0 / sum(events) FROM (SELECT * FROM ingest_inbox ORDER BY id DESC LIMIT 2000)",
    )
    return {"seconds": time.monotonic() - began, "bytes": size}


def lag(home: Path, port: int, rate: int = 5_000, seconds: float = 15) -> None:
    """How far inbox, log and warehouse are behind while events arrive at a steady rate."""
    arguments = [sys.executable, "-m", "benchmarks.collector", "--load", json.dumps([port, 50, 8, seconds, rate])]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    inbox, warehouse = [], []
    time.sleep(3)
    while process.poll() is None:
        inbox.append(ask(home, BEHIND) * 50 / rate)
        warehouse.append(ask(home, LOG_BEHIND) / rate)
        time.sleep(0.25)
    said = json.loads(process.communicate()[0])
    print(f"at {said['per_second']:.0f} events/s (p99 {said['p99_ms']:.0f} ms), seconds behind, median and worst: "
          f"inbox {statistics.median(inbox):.1f} {max(inbox):.1f}, warehouse behind the log {statistics.median(warehouse):.1f} {max(warehouse):.1f}")  # fmt: skip


LOG_BEHIND = (
    "SELECT (SELECT coalesce(max(position), 0) FROM events_event) - "
    "(SELECT coalesce(max(position), 0) FROM events_subscription WHERE name = 'warehouse')"
)

if __name__ == "__main__":
    main()
