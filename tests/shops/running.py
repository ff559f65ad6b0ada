"""A Shuke with a shop beside it: both real processes, each with a home of its own."""

import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.engine import homes
from tests.engine.homes import Home, Server

ROOT = Path(__file__).parents[2]
SECRET = "a secret between Willow and Shuke"
# Ordinary people's browsers do not call themselves programs, and the collector keeps programs out.
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_CONNECT = f"""
from shuke.integrations import actions as connections
from shuke.kernel.clock import utcnow
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor
now = utcnow()
company.found(name="Willow", currency="GBP", time_zone="Europe/London", language="en", now=now)
made = connections.connect(
    "signed", "Willow", secrets={{"secret": {SECRET!r}}}, settings={{}}, shop_id=None, by=Actor.system("test"), now=now
)
print("token", made.token)
"""


@dataclass(frozen=True)
class Shuke:
    """A running Shuke that a shop is connected to."""

    home: Home
    server: Server
    token: str
    write_key: str
    source: str

    def rows(self, query: str, *said: Any) -> list[Any]:
        """Look into its database."""
        with closing(sqlite3.connect(f"file:{self.home.path}/shuke.sqlite3?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query, said).fetchall()


@contextmanager
def shuke(path: Path) -> Iterator[Shuke]:
    home = Home(path)
    home.run("stats", "--json")  # makes the database
    done = subprocess.run(
        [sys.executable, "-m", "shuke.cli.manage", "shell", "-c", _CONNECT], env=home.environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    token = done.stdout.rpartition("token ")[2].strip()
    made = home.ask("sources", "create", "Willow web", "--shop", "Willow")
    with homes.serving(home) as server:
        yield Shuke(home, server, token, made["write_key"], made["code"])


@dataclass
class Shop:
    """A running shop, and what its own database says."""

    home: Path
    url: str
    log: Path
    process: "subprocess.Popen[bytes]" = field(repr=False)

    def rows(self, query: str, *said: Any) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.home}/shop.sqlite3?mode=ro", uri=True, timeout=30)) as database:
            return database.execute(query, said).fetchall()

    def waiting(self) -> int:
        """Return how many messages are not out yet."""
        return int(self.rows("SELECT count(*) FROM telling_outgoing WHERE sent_at IS NULL")[0][0])

    def visitor(self, **cookies: str) -> "Visitor":
        return Visitor(httpx.Client(base_url=self.url, cookies=cookies, follow_redirects=True, timeout=60))


class Visitor:
    """Somebody with a browser in the shop."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        client.headers["User-Agent"] = AGENT

    def go(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def fill(self, path: str, *, on: str = "", **said: Any) -> str:
        """Send a form of the page ``on`` to an address; return the page that follows."""
        page = self.go(on or path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, page
        answer = self.client.post(
            path,
            data={**said, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": f"{self.client.base_url}{(on or path).lstrip('/')}"},
        )
        assert answer.status_code == 200, answer.text
        return answer.text


@contextmanager
def oscar(path: Path, to: Shuke, *, address: str = "", snippet: str = "") -> Iterator[Shop]:
    """Run the oscar shop, connected to ``to``; ``address`` is where it sends, if not to Shuke itself."""
    path.mkdir(parents=True, exist_ok=True)
    target = address or to.server.url
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SHUKE_", "DJANGO_", "PYTEST_"))},
        "DJANGO_SETTINGS_MODULE": "tests.shops.oscar.settings", "SHOP_HOME": str(path), "PYTHONWARNINGS": "ignore",
        "SHUKE_COLLECTOR": target, "SHUKE_WRITE_KEY": to.write_key, "SHUKE_SECRET": SECRET, "SHUKE_SNIPPET": snippet,
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-m", "tests.shops.oscar.stocking"], env=environment, cwd=ROOT, check=True, timeout=600
    )
    environment["SHUKE_HOOK"] = f"{target}/hooks/signed/{to.token}"
    port, log = homes.free_port(), path / "shop.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "django", "runserver", "--noreload", f"127.0.0.1:{port}"], env=environment, cwd=ROOT,
            stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        yield Shop(path, _opened(f"http://localhost:{port}", process, log), log, process)
    finally:
        process.terminate()
        process.wait(30)


def _opened(url: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    end = time.monotonic() + homes.PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"{url}/catalogue/", timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        return url
    raise AssertionError(f"the shop did not open:\n{log.read_text()}")
