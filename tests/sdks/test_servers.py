"""The SDKs that shops' servers use, unmodified, against a running Shuke: all that they send arrives once, also after failures."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine import homes
from tests.engine.homes import Home, Server, wait_until
from tests.sdks import clients, installed
from tests.sdks.flaky import flaky

# One server for all of them.
pytestmark = [pytest.mark.xdist_group("sdks"), pytest.mark.slow]
EXPECTED = Counter({"Product Viewed": 25, "user.identified": 1, "page.viewed": 1})


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Server]]:
    home = Home(tmp_path_factory.mktemp("sdks") / "home")
    home.path.mkdir()
    server = homes.start(home)
    yield home, server
    server.process.terminate()
    server.process.wait(30)


def a_source(home: Home, name: str) -> tuple[str, str]:
    made = home.ask("sources", "create", name, "--shop", name)
    return made["code"], made["write_key"]


def logged(home: Home, code: str) -> Counter[str]:
    with closing(sqlite3.connect(f"file:{home.path}/shuke.sqlite3?mode=ro", uri=True, timeout=30)) as database:
        found = database.execute(
            "SELECT name, count(*) FROM events_event WHERE source = ? AND actor LIKE 'source:%' AND name NOT LIKE 'customer.%' "
            "GROUP BY name", [code],
        )  # fmt: skip
        return Counter(dict(found.fetchall()))


def run_python(program: str, url: str, key: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed.python_folder())}
    subprocess.run([sys.executable, "-c", program, url, key], env=environment, check=True, timeout=120)


def run_node(program: str, url: str, key: str) -> None:
    folder: Path = installed.node_folder()
    subprocess.run(
        [installed.node_and_npm()[0], "--input-type=module", "-e", program, url, key],
        cwd=folder,
        check=True,
        timeout=120,
    )


@pytest.mark.parametrize("program", ["SEGMENT_PYTHON", "RUDDER_PYTHON"])
@pytest.mark.parametrize("failures", [[], [503, 0, 429]], ids=["quiet", "failing"])
def test_python(program: str, failures: list[int], running: tuple[Home, Server]) -> None:
    home, server = running
    code, key = a_source(home, f"{program}-{len(failures)}".lower().replace("_", "-"))

    with flaky(server.url, failures) as network:
        run_python(getattr(clients, program), network.url, key)

    assert network.failures == []
    wait_until(lambda: logged(home, code) == EXPECTED)


@pytest.mark.parametrize("program", ["SEGMENT_NODE", "RUDDER_NODE"])
@pytest.mark.parametrize("failures", [[], [503, 0, 429]], ids=["quiet", "failing"])
def test_node(program: str, failures: list[int], running: tuple[Home, Server]) -> None:
    home, server = running
    code, key = a_source(home, f"{program}-{len(failures)}".lower().replace("_", "-"))

    with flaky(server.url, failures) as network:
        run_node(getattr(clients, program), network.url, key)

    assert network.failures == []
    wait_until(lambda: logged(home, code) == EXPECTED)
