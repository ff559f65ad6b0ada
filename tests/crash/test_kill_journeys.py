"""A process killed at every named point of moving people on a journey: each step happened once, or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

_STEPS = """
from shuke.cdp.customers import actions
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.journeys.journeys.actions import advancing, defining, entering
from shuke.journeys.journeys.models import Journey
from shuke.platform.company import actions as company
from shuke.platform.staff.actor import Actor
by = Actor.system("test")
if sys.argv[1] == "found":
    call_command("migrate", verbosity=0)
    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=now)
    with transaction.atomic():
        said = [PersonRecord(external_id=f"p{n}", name=f"P {n}") for n in range(5)]
        found = actions.resolve(said, namespace="web", by=Provenance(source="web", actor="system:test", now=now))
    steps = [("start", "api", {}), ("mark", "tag", {"tag": "x"}), ("then", "tag", {"tag": "y"}), ("end", "end", {})]
    graph = {
        "settings": {"holdout": 0}, "steps": [{"id": i, "kind": k, "settings": s} for i, k, s in steps],
        "edges": [{"from": a[0], "exit": "next", "to": b[0]} for a, b in zip(steps, steps[1:])],
    }
    defining.publish(defining.create("J", graph, by=by, now=now), by=by, now=now)
    entering.enter(Journey.objects.get(), [entering.Entrant(one.customer_id, f"c{one.customer_id}") for one in found], now=now)
else:
    while advancing.move_due(now=now):
        pass
"""
_READ = (
    "SELECT state, step, hop FROM journeys_run ORDER BY id",
    "SELECT run_id, hop, step FROM journeys_visit ORDER BY id",
    "SELECT step, count FROM journeys_tally ORDER BY step",
    "SELECT customer_id, tag_id FROM customers_customertag ORDER BY id",
    "SELECT name, customer_id FROM events_event WHERE name IN ('customer.tagged', 'journey.exited') ORDER BY id",
)


def state(home: Home) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(home.path / "shuke.sqlite3")) as database:
        return [database.execute(query).fetchall() for query in _READ]


def test_each_step_acts_once_wherever_the_process_dies(tmp_path: Path):
    home = Home(tmp_path / "home")
    assert step(home, _STEPS, "found")[0]
    before = state(home)

    for point in ("planned", "acted_before_commit"):
        assert not step(home, _STEPS, "move", crash_at=f"journeys.{point}")[0]
        assert state(home) == before, point
    assert not step(home, _STEPS, "move", crash_at="journeys.committed")[0]
    runs, visits, _tally, tags, _events = state(home)
    assert [row[1:] for row in runs] == [("then", 1)] * 5
    assert len(visits) == len(tags) == 5

    assert step(home, _STEPS, "move")[0]
    runs, visits, tally, tags, events = state(home)
    assert {row[0] for row in runs} == {"done"}
    assert tally == [("mark", 5), ("then", 5)]
    assert len(visits) == len(set(visits)) == len(tags) == 10
    assert len(events) == 15
