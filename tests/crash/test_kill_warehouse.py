"""A loader killed at every named point: afterwards the warehouse is what the log and the tables say, each event once."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

_WORK = """
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events import actions as log
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord
from shuke.cdp.warehouse import actions, queries
from shuke.cdp.warehouse.rules import TABLES
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor
from decimal import Decimal
actions.EVENTS_AT_ONCE = 40
by = Provenance("web", "system:test", now)

def sell(shop, numbers, price):
    at = now - timedelta(days=50)
    records = [
        OrderRecord(str(n), at + timedelta(hours=n), "GBP", [LineRecord(Decimal(1), Decimal(price), title="Tea")],
                    PersonRecord(external_id=f"c{n % 7}", email=f"c{n % 7}@example.com"))
        for n in numbers
    ]
    with transaction.atomic():
        orders.record(shop, records, by=by)
        log.publish(
            NewEvent("Product Viewed", 1 + n % 7, at + timedelta(minutes=n), now, "web", "system:test", {"product_id": "p"})
            for n in numbers
        )

def show():
    found = {name: sorted(map(repr, queries.rows(queries.table(name)))) for name in TABLES}
    log_ids = sorted(str(one) for one in Event.objects.values_list("uuid", flat=True))
    here = sorted(row["event_id"] for row in queries.rows(queries.table("events")))
    print("shown", json.dumps({"content": found, "is_the_log": log_ids == here, "lag": queries.lag()}))

what = sys.argv[1]
if what == "found":
    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    shop = company.shop_named("Willow", now=now)
    sell(shop, range(60), "5")
    while log.number_committed():
        pass
    actions.catch_up(now=now)
    sell(shop, range(30, 90), "7")
    customers.merge(1, 2, by=Actor.system("test"), now=now)
elif what == "load":
    actions.catch_up(now=now)
elif what == "rebuild":
    actions.rebuild(now=now)
elif what == "squash":
    actions.catch_up(now=now)
    actions.squash()
elif what == "tidy":
    actions.catch_up(now=now)
    actions.tidy(now=now + timedelta(days=40))
if what != "found":
    actions.catch_up(now=now)
    show()
actions.close()
"""
POINTS = [
    ("load", "warehouse.after_rows_before_mark", 3), ("load", "warehouse.before_commit", 3),
    ("load", "warehouse.after_commit_before_note", 3), ("rebuild", "warehouse.mid_rebuild", 2),
    ("rebuild", "warehouse.before_swap", 1), ("rebuild", "warehouse.after_swap", 1), ("squash", "warehouse.mid_squash", 1),
    ("tidy", "warehouse.mid_tidy", 2),
]  # fmt: skip


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("founded") / "home")
    assert step(home, _WORK, "found")[0]
    return home


@pytest.fixture(scope="module")
def expected(founded: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What is there after each kind of work that nobody disturbed."""
    found = {}
    for what in ("load", "rebuild", "squash", "tidy"):
        home = copied(founded, tmp_path_factory.mktemp(what))
        found[what] = shown(home, what)
    # A rebuild writes whose events are today, which loading leaves to the overrides.
    assert found["load"] == found["tidy"]
    return found


def copied(home: Home, folder: Path) -> Home:
    shutil.copytree(home.path, folder / "home")
    return Home(folder / "home")


def shown(home: Home, what: str) -> dict[str, Any]:
    lived, said = step(home, _WORK, what)
    assert lived
    found: dict[str, Any] = json.loads(said.rpartition("shown ")[2])
    return found


@pytest.mark.parametrize(
    ("what", "point"), [(what, f"{name}:{n}") for what, name, times in POINTS for n in range(1, times + 1)]
)
def test_dying_at_a_point(
    what: str, point: str, founded: Home, expected: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    home = copied(founded, tmp_path)

    lived, _said = step(home, _WORK, what, crash_at=point)
    assert not lived
    found = shown(home, what)

    assert found == expected[what]
    assert (found["is_the_log"], found["lag"]) == (True, 0)
