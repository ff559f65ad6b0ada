"""After everything has run, no personal data lies in clear anywhere it must not: raw bytes of every file are searched.

People come in by file, by API and by the collector, are merged, exported and erased; each has a name, an address, a
number and an ip of their own. Then the database, the warehouse, the journal and the log lines are read as bytes, in every
encoding a value could have.
"""

import base64
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import testing
from shuke.cdp.customers.actions import PersonRecord, consents
from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import Customer, MergeReason
from shuke.cdp.events.actions import Provenance
from shuke.cdp.events.models import Event
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders import testing as order_testing
from shuke.cdp.privacy import actions as privacy
from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.platform.audit.models import AuditEntry
from shuke.platform.db import journal
from shuke.platform.jobs.models import Job
from shuke.platform.jobs.testing import run_queued
from shuke.platform.staff.actor import Actor

PEOPLE = 12
IP = "203.0.113."


def canaries(number: int) -> dict[str, str]:
    """Return what one person is called and where they are reached: nothing else contains it."""
    return {
        "name": f"Zyxomir{number:03} Quabbleworth", "email": f"zyx.canary{number:03}@qq-mail.example",
        "phone": f"138991{number:05}", "address": f"{number} Canary Lane Zyxville", "ip": f"{IP}{number}",
    }  # fmt: skip


def spellings(value: str) -> Iterator[bytes]:
    """Yield a value as it could lie in a file."""
    for text in {value, value.lower(), json.dumps(value)[1:-1]}:
        yield text.encode()
        yield text.encode("utf-16-le")
        yield base64.b64encode(text.encode())[:-4]


def found_in(content: bytes, values: list[str]) -> list[str]:
    """Return the values of which some spelling is in the content."""
    return [value for value in values if any(spelling in content for spelling in spellings(value))]


def test_the_sweep_finds_what_is_there() -> None:
    assert found_in(b'{"mail": "zyx.canary001@qq-mail.example"}', [canaries(1)["email"]])
    assert not found_in(b"nothing", [canaries(1)["email"]])


@pytest.fixture
def lived(warehouse: Any, company: Any, actor: Actor, now: datetime, caplog: Any) -> dict[str, Any]:
    """People who came in through every door, two of whom are one, one of whom got a copy and one of whom is erased."""
    caplog.set_level(logging.DEBUG)
    shop = order_testing.shop(now=now)
    by = Provenance("web", "system:test", now)
    told = [canaries(number) for number in range(1, PEOPLE + 1)]
    people = testing.people(
        *(
            PersonRecord(
                external_id=f"k{number}",
                email=one["email"],
                phone=one["phone"],
                name=one["name"],
                address=one["address"],
            )
            for number, one in enumerate(told, start=1)
        ),
        shop=shop.code,
    )
    with transaction.atomic():
        orders.record(shop, [order_testing.order(customer=f"k{n}", at=now) for n in range(1, PEOPLE + 1)], by=by)
        consents.record(
            [
                Statement(
                    "email", one["email"], "marketing", "confirmed", "web_form", now,
                    evidence={"form": "newsletter", "ip": one["ip"], "wording": f"I am {one['name']}"},
                )
                for one in told
            ],
            by=by,
        )  # fmt: skip
    customers.merge(people[0].pk, people[1].pk, reason=MergeReason.STAFF, by=actor, now=now)
    for kind, person in (("export", people[2]), ("erase", people[3])):
        request = privacy.receive(kind, person.pk, received_at=now, by=actor, now=now)
        privacy.check_identity(request, method="reply", by=actor, now=now)
        privacy.carry_out(request, by=actor, now=now)
    run_queued(now=now)
    warehouse.catch_up(now=now)
    return {"told": told, "people": people, "log": caplog.text}


@pytest.mark.django_db(transaction=True)
def test_no_personal_data_lies_in_clear(lived: dict[str, Any], tmp_path: Path) -> None:
    told: list[dict[str, str]] = lived["told"]
    reach = [value for one in told for kind, value in one.items() if kind != "name"]
    everything = [value for one in told for value in one.values()]
    dump = tmp_path / "dump.sqlite3"
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM INTO '{dump}'")
    content = dump.read_bytes() if dump.exists() else b""

    assert found_in(content, reach) == []
    assert warehouse_hits(everything) == []
    assert found_in(lived["log"].encode(), everything) == []
    assert found_in(journal.path().read_bytes(), everything) == []
    rows = [Event.objects.values(), AuditEntry.objects.values(), Job.objects.values()]
    assert found_in(repr([list(some) for some in rows]).encode(), everything) == []
    files = [path for path in Path(settings.SHUKE_FILES_DIR).rglob("*") if path.is_file()]
    assert files, "the copy of a person lies in a file"
    assert [path.name for path in files if found_in(path.read_bytes(), everything)] == []


@pytest.mark.django_db(transaction=True)
def test_nothing_of_an_erased_person_is_left(lived: dict[str, Any], tmp_path: Path) -> None:
    gone = list(lived["told"][3].values())
    assert Customer.objects.get(pk=lived["people"][3].pk).erased_at is not None
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM INTO '{tmp_path / 'dump.sqlite3'}'")
        assert found_in((tmp_path / "dump.sqlite3").read_bytes(), gone) == []
    assert warehouse_hits(gone) == []


def warehouse_hits(values: list[str]) -> list[str]:
    """Return the values that are in any table of the warehouse, or in the bytes of its file."""
    from shuke.cdp.warehouse.rules import TABLES

    shown = "".join(
        repr(warehouse_queries.execute(warehouse_queries.table(name)).to_pylist()) for name in TABLES
    ).encode()
    return found_in(shown, values)
