"""One running Shuke for all SDKs, and what it has logged."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.engine import homes
from tests.engine.homes import Home, Server


@pytest.fixture(scope="package")
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
            "SELECT name, count(*) FROM events_event WHERE source = ? AND actor LIKE 'source:%' "
            "AND name NOT LIKE 'customer.%' AND name NOT LIKE 'identity.%' "
            "GROUP BY name", [code],
        )  # fmt: skip
        return Counter(dict(found.fetchall()))
