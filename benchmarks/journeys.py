"""How fast people move on a journey, and how late timers are.

    python -m benchmarks.journeys [--people 200000] [--small]

People are loaded in bulk and sent on a journey of ten steps (tags, splits, waits, a wait for an event) through the door; then the
job's own loop moves them, with a clock that jumps to whenever somebody is due. Steps per second are visits written, everything
included. Lateness is measured with the real clock: a second journey with waits that fall due over twenty seconds, moved by the loop as the
worker would call it.
"""

import argparse
import os
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
os.environ["SHUKE_HOME"] = tempfile.mkdtemp(prefix="shuke-benchmark-")

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
_LOADED = 10_000


def main() -> None:
    """Load, move, measure; print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    people = 5_000 if arguments.small else arguments.people
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    ids = _load(people)
    entered, journey = _enter(ids)
    print(f"{people:,} people; {os.cpu_count()} cores")
    print(f"entries/s {people / entered:,.0f}")
    spent, visits = _move()
    print(f"steps/s {visits / spent:,.0f} ({visits:,} steps in {spent:.1f} s)")
    late = sorted(_lateness(min(people, 5_000)))
    print(f"timers late: median {late[len(late) // 2]:.2f} s, p99 {late[int(len(late) * 0.99)]:.2f} s")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    del journey


def _load(people: int) -> list[int]:
    """Write the company and its customers, in bulk; a customer has nothing but a row."""
    from django.db import transaction

    from shuke.cdp.customers.models import Customer
    from shuke.kernel.ids import uuid7
    from shuke.platform.company import actions as company
    from shuke.platform.db.bulk import insert_rows

    company.found(name="Willow", currency="GBP", time_zone="UTC", language="en", now=NOW)
    fields = (
        "uuid",
        "name",
        "name_key",
        "country",
        "region",
        "city",
        "language",
        "first_seen_at",
        "created_at",
        "changed_at",
        "kind",
    )
    for start in range(0, people, _LOADED):
        with transaction.atomic():
            rows = (
                (uuid7(), "", "z", "", "", "", "", NOW, NOW, NOW, "person") for _ in range(min(_LOADED, people - start))
            )
            insert_rows(Customer, fields, rows)
    return list(Customer.objects.order_by("pk").values_list("pk", flat=True))


def _graph() -> dict[str, Any]:
    from shuke.journeys.journeys.rules.recipes import Pencil

    pencil = Pencil({})
    pencil.step("api", "start")
    halves = [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]
    pencil.step("split", arms=halves)
    pencil.wait(1, "hours")
    pencil.step("tag", tag="one")
    pencil.wait(1, "days")
    pencil.step("wait_for", event="order.paid", amount=2, unit="days")
    pencil.step("experiment", arms=halves)
    pencil.wait(1, "hours")
    pencil.step("tag", tag="two")
    pencil.step("split", arms=halves)
    pencil.wait(3, "hours")
    return pencil.done(holdout=0)


def _enter(ids: list[int]) -> tuple[float, Any]:
    from shuke.journeys.journeys.actions import defining, entering
    from shuke.platform.staff.actor import Actor

    by = Actor.system("benchmark")
    journey = defining.create("Ten steps", _graph(), by=by, now=NOW)
    defining.publish(journey, by=by, now=NOW)
    journey.refresh_from_db()
    begun = time.perf_counter()
    entering.enter(journey, (entering.Entrant(pk, f"c{pk}") for pk in ids), now=NOW)
    return time.perf_counter() - begun, journey


def _move() -> tuple[float, int]:
    from shuke.journeys.journeys.actions import advancing
    from shuke.journeys.journeys.models import Visit

    begun, now = time.perf_counter(), NOW
    while True:
        while advancing.move_due(now=now):
            pass
        due = advancing.next_due()
        if due is None:
            break
        now = max(due, now)
    return time.perf_counter() - begun, Visit.objects.count()


def _lateness(people: int) -> list[float]:
    """Let waits fall due over twenty seconds and move with the real clock, looking as often as a bell would ring."""
    from django.db import transaction

    from shuke.journeys.journeys.actions import advancing
    from shuke.journeys.journeys.models import Run, RunState, Visit
    from shuke.platform.db.bulk import update_rows

    ids = list(Run.objects.order_by("pk").values_list("pk", flat=True)[:people])
    Visit.objects.filter(run_id__in=ids).delete()
    start = datetime.now(UTC) + timedelta(seconds=2)
    due = {pk: start + timedelta(seconds=20 * place / people) for place, pk in enumerate(ids)}
    fields = ("state", "step", "hop", "arrived_at", "due_at", "ended_at")
    rows = [(RunState.ACTIVE, "wait4", 0, at - timedelta(hours=3), at, None, pk) for pk, at in due.items()]
    with transaction.atomic():
        update_rows(Run, fields, rows)
    while Run.objects.filter(state=RunState.ACTIVE).exists():
        if not advancing.move_due(now=datetime.now(UTC)):
            time.sleep(0.5)
    left = Visit.objects.filter(run_id__in=ids).values_list("run_id", "left_at")
    return [(at - due[pk]).total_seconds() for pk, at in left]


if __name__ == "__main__":
    main()
