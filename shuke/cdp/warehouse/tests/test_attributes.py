"""Custom attributes in the warehouse."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shuke.cdp.attributes import actions
from shuke.cdp.attributes.testing import BY, NOW, attribute, says
from shuke.cdp.customers.testing import customer
from shuke.cdp.warehouse import actions as loader
from shuke.cdp.warehouse import queries as warehouse
from shuke.cdp.warehouse.testing import fresh_warehouse, load
from shuke.platform.jobs.testing import run_queued

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def in_warehouse() -> list[tuple[Any, ...]]:
    table = warehouse.table("customer_attributes")
    return sorted((tuple(row.values()) for row in warehouse.rows(table)), key=str)


def test_the_warehouse_follows_and_a_rebuild_agrees(company: Any, tmp_path: Path) -> None:
    one, two = customer(), customer()
    attribute("size", "number")
    attribute("colors", "list")
    nick = attribute("nickname", is_personal=True)
    with fresh_warehouse(tmp_path):
        says(one, size=42, colors=["red", "blue"], nickname="Tom", unheard_of="x")
        says(two, size=43)
        load()
        expected = [
            (one.pk, "colors", "blue", None, None), (one.pk, "colors", "red", None, None),
            (one.pk, "size", None, 42.0, None), (two.pk, "size", None, 43.0, None),
        ]  # fmt: skip
        assert in_warehouse() == sorted(expected, key=str)

        says(one, at=LATER, colors=[], size=41)
        actions.change(nick, actions.Definition(actions.Kind.TEXT, is_personal=False), by=BY, now=LATER)
        run_queued()
        load()
        expected = [
            (one.pk, "nickname", "Tom", None, None), (one.pk, "size", None, 41.0, None), (two.pk, "size", None, 43.0, None),
        ]  # fmt: skip
        assert in_warehouse() == sorted(expected, key=str)
        before = in_warehouse()
        loader.rebuild(now=LATER)
        assert in_warehouse() == before
