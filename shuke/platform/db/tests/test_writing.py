import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from shuke.platform.audit.models import AuditEntry
from shuke.platform.db.bulk import insert_rows
from shuke.platform.jobs.models import Job

pytestmark = pytest.mark.engine

NOW = datetime(2024, 6, 15, 12, 30, 15, 123456, tzinfo=UTC)
COLUMNS = ("at", "actor", "actor_label", "verb", "target", "summary")


def row(who: int, **summary: Any) -> tuple[Any, ...]:
    return (NOW, f"staff:{who}", "Mei 梅 \t\\ “quoted”\n", "orders.imported", "", summary)


def test_rows_come_back_as_they_were_written(db):
    assert insert_rows(AuditEntry, COLUMNS, [row(1, n=1, text="é\\N", nested={"list": [None, True]}), row(2)]) == 2

    first, second = AuditEntry.objects.order_by("pk")
    assert (first.at, first.actor, first.actor_label) == (NOW, "staff:1", "Mei 梅 \t\\ “quoted”\n")
    assert first.summary == {"n": 1, "text": "é\\N", "nested": {"list": [None, True]}}
    assert second.summary == {}


def test_nothing_and_unknown_columns(db):
    assert insert_rows(AuditEntry, COLUMNS, []) == 0
    with pytest.raises(LookupError, match="no column colour"):
        insert_rows(AuditEntry, ("colour",), [("red",)])


def test_nulls_and_numbers(db):
    columns = (
        "name", "arguments", "lane", "state", "run_at", "attempts", "max_attempts", "crashes", "worker", "done", "total",
        "note", "is_cancel_requested", "error", "error_facts", "dedupe_key", "requested_by", "created_at", "resumed_done",
    )  # fmt: skip
    rows = [
        (
            "t",
            {"id": str(uuid.UUID(int=7))},
            "work",
            "queued",
            NOW,
            0,
            5,
            0,
            "",
            2**40,
            0,
            "",
            False,
            "",
            {},
            None,
            "",
            NOW,
            0,
        )
    ]

    insert_rows(Job, columns, rows)

    job = Job.objects.get()
    assert (job.done, job.dedupe_key, job.lease_until) == (2**40, None, None)
    assert job.arguments == {"id": "00000000-0000-0000-0000-000000000007"}


def test_belongs_to_the_transaction_around_it(db):
    with transaction.atomic():
        insert_rows(AuditEntry, COLUMNS, [row(1)])
        transaction.set_rollback(True)

    assert AuditEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_all_succeed():
    errors: list[Exception] = []

    def write(n: int) -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    before = AuditEntry.objects.count()
                    insert_rows(AuditEntry, COLUMNS, [row(n)])
                    AuditEntry.objects.filter(actor=f"staff:{n}").update(target=f"x:{before}")
                AuditEntry.objects.filter(pk=-1).update(target="")
        except Exception as error:  # noqa: BLE001 - shown by the test
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert errors == []
    assert AuditEntry.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_a_busy_writer_does_not_starve_a_small_write():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL writers do not wait for each other")

    def keep_writing() -> None:
        for _ in range(5):
            with transaction.atomic():
                insert_rows(AuditEntry, COLUMNS, [row(n) for n in range(200)])

    def write_once() -> None:
        AuditEntry.objects.create(at=NOW, actor="page", actor_label="", verb="v", summary={})

    def in_its_turn(job: Callable[[], None], connected: threading.Event, turn: threading.Event) -> None:
        try:
            connection.ensure_connection()
            connected.set()
            turn.wait(60)
            job()
        finally:
            connections.close_all()

    writers = []
    for job in (keep_writing, keep_writing, write_once):
        connected, turn = threading.Event(), threading.Event()
        thread = threading.Thread(target=in_its_turn, args=(job, connected, turn))
        thread.start()
        assert connected.wait(60)
        writers.append((thread, turn))
    with transaction.atomic():  # the turn is ours until all three wait for it, one behind the other
        for place, (thread, turn) in enumerate(writers, 1):
            turn.set()
            while connection.gate.waiting < place:
                assert thread.is_alive()
                time.sleep(0.005)
    for thread, _turn in writers:
        thread.join(60)

    # The small write waited for the transactions queued before it, of which there were two, and for no more.
    small = AuditEntry.objects.get(actor="page")
    assert AuditEntry.objects.filter(pk__lt=small.pk).count() == 2 * 200
    assert AuditEntry.objects.count() == 2 * 5 * 200 + 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_write_lets_the_next_one_in():
    def write() -> None:
        try:
            AuditEntry.objects.create(at=NOW, actor="other", actor_label="", verb="v", summary={})
        finally:
            connections.close_all()

    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(at=None, actor="a", actor_label="", verb="v", summary={})
    with pytest.raises(IntegrityError):
        AuditEntry.objects.create(at=None, actor="a", actor_label="", verb="v", summary={})
    other = threading.Thread(target=write)
    other.start()
    other.join(10)

    assert AuditEntry.objects.get().actor == "other"
