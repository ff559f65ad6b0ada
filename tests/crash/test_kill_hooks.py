"""A server that dies while a shop's calls come in: the shop sends again what was not answered, and nothing counts twice."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from shuke.integrations import testing
from tests.engine import homes
from tests.engine.homes import Home, wait_until

pytestmark = [pytest.mark.crash]
POINTS = ["webhook.after_verify:2", "webhook.after_store:2", "webhook.after_apply_before_mark:1"]
_CONNECT = """
from shuke.integrations import testing
from shuke.kernel.clock import utcnow
from shuke.platform.company import actions
actions.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=utcnow())
print("token", testing.connect("shopify").token)
"""


@pytest.mark.parametrize("point", POINTS)
def test_dying_at_a_point_loses_no_call_and_applies_none_twice(point: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    token = _connected(home)
    orders = [testing.ShopifyOrder(number, testing.NOW) for number in range(3)]
    calls = [
        (f"call{order.number}-{at}", topic, said) for order in orders for at, (topic, said) in enumerate(order.life())
    ]  # fmt: skip

    server = homes.start(home, environment={"CRASH_AT": point})
    unanswered = [call for call in calls if not _sent(server.url, token, call)]
    assert server.process.wait(60) != 0
    server = homes.start(home)
    try:
        for call in unanswered:
            assert _sent(server.url, token, call)
        wait_until(lambda: not _read(home, "SELECT 1 FROM integrations_delivery WHERE state = 'stored'"))
    finally:
        server.process.terminate()
        server.process.wait(60)

    assert _read(home, "SELECT count(*) FROM integrations_delivery WHERE state = 'applied'") == [(len(calls),)]
    assert (
        _read(home, "SELECT payment_state, fulfilment_state FROM orders_order")
        == [("partially_refunded", "fulfilled")] * 3
    )
    told = dict(_read(home, "SELECT name, count(*) FROM events_event WHERE name LIKE 'order.%' GROUP BY name"))
    assert [told[f"order.{what}"] for what in ("placed", "paid", "shipped", "refunded")] == [3, 3, 3, 3]


def _connected(home: Home) -> str:
    home.run("stats", "--json")  # makes the database
    done = subprocess.run(
        [sys.executable, "-m", "shuke.cli.manage", "shell", "-c", _CONNECT], env=home.environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.rpartition("token ")[2].strip()


def _sent(url: str, token: str, call: tuple[str, str, dict[str, Any]]) -> bool:
    number, topic, said = call
    body = json.dumps(said).encode()
    headers = testing.headers("shopify", body, topic=topic, number=number)
    try:
        return httpx.post(f"{url}/hooks/shopify/{token}", content=body, headers=headers, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def _read(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{home.path}/shuke.sqlite3?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()
