"""A process killed at every named point of a merge and of a split: afterwards all of it has happened, or nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.stepping import step
from tests.engine.homes import Home

pytestmark = [pytest.mark.crash]

# What one step does, in a process of its own.
_STEPS = """
from shuke.cdp.customers import actions
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.customers.models import CustomerMerge
from shuke.cdp.events.actions import Provenance
from shuke.platform.staff.actor import Actor
if sys.argv[1] == "found":
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        by = Provenance(source="web", actor="system:test", now=now)
        said = [PersonRecord(external_id=f"p{n}", email=f"p{n}@example.com", name=f"P {n}") for n in (1, 2)]
        actions.resolve(said, namespace="web", by=by)
    actions.tag([2], "VIP", by=Actor.system("test"), now=now)
elif sys.argv[1] == "merge":
    actions.merge(1, 2, by=Actor.system("test"), now=now)
else:
    actions.split(CustomerMerge.objects.get(split_at=None).uuid, by=Actor.system("test"), now=now)
"""
_READ = (
    "SELECT id, name, merged_into_id FROM customers_customer ORDER BY id",
    "SELECT id, customer_id, home FROM customers_identity ORDER BY id",
    "SELECT id, customer_id, home FROM customers_contactpoint ORDER BY id",
    "SELECT customer_id, tag_id FROM customers_customertag ORDER BY id",
    "SELECT survivor_id, merged_id, split_at IS NULL FROM customers_customermerge ORDER BY id",
    "SELECT name, customer_id FROM events_event ORDER BY id",
    "SELECT identity_id, to_customer FROM customers_identitymove ORDER BY id",
)


def lived(home: Home, name: str, crash_at: str = "") -> bool:
    return step(home, _STEPS, name, crash_at=crash_at)[0]


def state(home: Home) -> list[object]:
    with closing(sqlite3.connect(home.path / "shuke.sqlite3")) as database:
        return [database.execute(query).fetchall() for query in _READ]


def test_a_merge_and_a_split_happen_whole_or_not_at_all(tmp_path: Path):
    home = Home(tmp_path / "home")
    assert lived(home, "found")

    for name in ("merge", "split"):
        before = state(home)
        for point in ("after_repoint", "before_tombstone", "before_commit"):
            assert not lived(home, name, f"{name}.{point}")
            assert state(home) == before, point
        assert lived(home, name)
        assert state(home) != before
