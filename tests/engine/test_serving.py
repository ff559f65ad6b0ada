"""The real server: start, pages, commands handed to it, stop."""

import json
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.engine.conftest import STATS
from tests.engine.homes import PATIENCE_SECONDS, Home, Server, free_port, serving

pytestmark = [pytest.mark.xdist_group("homes")]


@pytest.fixture(scope="module")
def home(stocked: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    copy = Home(tmp_path_factory.mktemp("serving") / "home")
    shutil.copytree(stocked.path, copy.path)
    return copy


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[Server]:
    with serving(home) as running:
        yield running


def fetch(url: str, *, follow_redirects: bool = False) -> httpx.Response:
    """Ask as patiently as the rest of these tests wait."""
    return httpx.get(url, follow_redirects=follow_redirects, timeout=PATIENCE_SECONDS)


def test_a_new_installation_gets_a_set_up_link_that_works(server: Server):
    assert fetch(server.setup_url, follow_redirects=True).status_code == 200
    assert fetch(server.setup_url[:-5] + "wrong/").status_code in {403, 404}


def test_serves_built_assets_without_django(server: Server):
    styles = fetch(f"{server.url}/static/dist/manifest.json")

    assert styles.status_code == 200
    assert "max-age" in styles.headers["cache-control"]
    assert fetch(f"{server.url}/static/../shuke.sqlite3").status_code != 200
    assert fetch(f"{server.url}/static/%2e%2e/__init__.py").status_code != 200


def test_commands_are_handed_to_the_running_server(server: Server, home: Home, orders_file: Path, tmp_path: Path):
    rule = tmp_path / "rule.json"
    rule.write_text(json.dumps({"all": []}))

    assert home.ask("stats") == STATS
    assert home.ask("segments", "preview", str(rule))["count"] == 2
    again = home.ask("import", "orders", str(orders_file), "--preset", "generic", "--shop", "Willow")
    assert again["report"]["applied"]["order"] == {"unchanged": 4}
    assert home.ask("warehouse", "rebuild")["tables"]["orders"] == 4
    assert home.ask("stats") == STATS


def test_backs_up_while_it_runs_but_refuses_to_be_restored_over(server: Server, home: Home, tmp_path: Path):
    backup = tmp_path / "online.tgz"

    assert home.run("backup", str(backup), "--with-keys").returncode == 0
    refused = home.run("restore", str(backup), "--yes")

    assert refused.returncode == 1
    assert "already running" in refused.stderr


def test_a_second_server_is_refused_in_the_same_home_and_on_the_same_port(server: Server, home: Home, tmp_path: Path):
    same_home = home.run("up", "--port", str(free_port()))
    same_port = Home(tmp_path / "other").run("up", "--port", server.url.rsplit(":", 1)[1])

    assert same_home.returncode == 1
    assert "already running" in same_home.stderr
    assert same_port.returncode == 1
    assert "Cannot listen" in same_port.stderr


def test_stops_cleanly_when_asked(stocked: Home, tmp_path: Path):
    home = Home(tmp_path / "home")
    shutil.copytree(stocked.path, home.path)

    with serving(home) as running:
        running.process.terminate()
        assert running.process.wait(30) == 0

    assert "Traceback" not in running.log.read_text()
    assert not (home.path / "control.sock").exists()
    with sqlite3.connect(home.path / "shuke.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM jobs_job WHERE state = 'running'").fetchone() == (0,)
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", int(running.url.rsplit(":", 1)[1])))
