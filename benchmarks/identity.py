"""How fast visitors are recognised and customers merged, beside a plain union-find with ``executemany``.

    python -m benchmarks.identity [--small] [--merges 200000] [--minutes 10]

1M identities are loaded in bulk (half of them anonymous), then measured through the doors: batches of signs of life
(known people, anonymous visitors, people logging in) and merges with their splits. The floor does the least that gives
the same answers in one run: a dict from key to person, a union-find, and ``executemany`` into one plain SQLite table.
"""

import argparse
import os
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
os.environ["SHUKE_HOME"] = tempfile.mkdtemp(prefix="shuke-benchmark-")

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)
BATCH = 1_000


def main() -> None:
    """Fill the tables, run both sides, print a line for each."""
    arguments = _arguments()
    people, merges, batches = (500_000, 200_000, 100) if not arguments.small else (20_000, 500, 20)
    if arguments.merges:
        merges = arguments.merges
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(people)
    dice = random.Random(3)
    said = [_batch(dice, people) for _ in range(batches)]
    floor = _floor(people, said)
    print(f"{people * 2:,} identities of {people:,} customers; {os.cpu_count()} cores")
    print(f"floor: {floor['resolved']:,.0f} resolutions/s, {floor['merged']:,.0f} merges/s")
    resolved = _resolve(said)
    print(f"resolutions/s {resolved:,.0f}, {floor['resolved'] / resolved:.1f} times the floor's cost")
    merged, split = _merge(people, merges, dice, minutes=arguments.minutes)
    print(f"merges/s {merged:,.0f}, splits/s {split:,.0f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="to try the benchmark itself")
    parser.add_argument("--merges", type=int, default=0, help="another number of merges")
    parser.add_argument("--minutes", type=float, default=10, help="stop merging after so long, and say how far it came")
    return parser.parse_args()


def _fill(people: int) -> None:
    """Load customers, each with a customer number and a browser, as the doors would have written them."""
    from django.db import transaction

    from shuke.cdp.customers.models import Customer, Identity
    from shuke.kernel.ids import uuid7
    from shuke.platform.db.bulk import insert_rows

    customer = (
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
    identity = ("type", "namespace", "value", "customer_id", "created_at", "source", "reason", "is_shared")
    for start in range(0, people, 20_000):
        numbers = range(start + 1, min(start + 20_000, people) + 1)
        with transaction.atomic():
            insert_rows(
                Customer,
                customer,
                ((uuid7(), f"P {n}", f"p {n}", "", "", "", "", NOW, NOW, NOW, "person") for n in numbers),
            )
            insert_rows(Identity, identity, _identities(numbers))


def _identities(numbers: range) -> Iterator[tuple[Any, ...]]:
    for n in numbers:
        yield ("external_id", "web", f"u{n}", n, NOW, "web", "seen", False)
        yield ("anonymous_id", "web", f"a{n}", n, NOW, "web", "claimed", False)


def _batch(dice: random.Random, people: int) -> list[tuple[str, str]]:
    """Signs of life: half anonymous and known, three tenths logged in, two tenths new browsers, some of which log in."""
    found = []
    for _ in range(BATCH):
        n, kind = dice.randrange(1, people + 1), dice.random()
        if kind < 0.5:
            found.append((f"a{n}", ""))
        elif kind < 0.8:
            found.append((f"a{n}", f"u{n}"))
        elif kind < 0.95:
            found.append((f"b{dice.randrange(people)}", ""))
        else:
            found.append((f"b{dice.randrange(people)}", f"u{n}"))
    return found


def _resolve(said: list[list[tuple[str, str]]]) -> float:
    from django.db import transaction

    from shuke.cdp.customers.actions import VisitorRecord, resolve_visitors
    from shuke.cdp.events.actions import Provenance

    by = Provenance(source="web", actor="source:1", now=NOW)
    began = time.perf_counter()
    for batch in said:
        visitors = [VisitorRecord(anonymous_id=device, user_id=user, seen_at=NOW) for device, user in batch]
        with transaction.atomic():
            resolve_visitors(visitors, namespace="web", by=by)
    return len(said) * BATCH / (time.perf_counter() - began)


def _merge(people: int, merges: int, dice: random.Random, *, minutes: float) -> tuple[float, float]:
    """Merge pairs in batches, some of them into chains, then split some again; also say how long a batch took at most."""
    from shuke.cdp.customers import actions
    from shuke.cdp.customers.models import CustomerMerge
    from shuke.platform.db.pacing import Pace
    from shuke.platform.staff.actor import Actor

    by, pace = Actor.system("benchmark"), Pace()
    wanted, gone = [], set()
    while len(wanted) < merges:
        a, b = dice.randrange(1, people + 1), dice.randrange(1, people + 1)
        if a != b and not {a, b} & gone:
            wanted.append(actions.Wanted(a, b))
            gone.add(b)
    made, times, began = [], [], time.perf_counter()
    for some in pace.batches(wanted):
        at = time.perf_counter()
        with pace.measured(len(some)):
            made += actions.merge_together(some, by=by, now=NOW)
        times.append(time.perf_counter() - at)
        if time.perf_counter() - began > minutes * 60:
            break
    merged = len(made) / (time.perf_counter() - began)
    assert all(isinstance(one, CustomerMerge) for one in made)
    times.sort()
    print(f"{len(made):,} of {merges:,} merges in {len(times):,} batches; ms of one: median {times[len(times) // 2] * 1e3:.0f}, "
          f"of twenty the longest {times[len(times) * 19 // 20] * 1e3:.0f}, longest {times[-1] * 1e3:.0f}")  # fmt: skip
    some = made[:: max(1, len(made) // 200)]
    began = time.perf_counter()
    for edge in some:
        actions.split(edge.uuid, by=by, now=NOW)
    return merged, len(some) / (time.perf_counter() - began)


def _floor(people: int, said: list[list[tuple[str, str]]]) -> dict[str, float]:
    """The same answers with nothing kept but who is who."""
    owner: dict[tuple[str, str], int | None] = {("u", f"u{n}"): n for n in range(1, people + 1)}
    owner |= {("a", f"a{n}"): n for n in range(1, people + 1)}
    table = sqlite3.connect(tempfile.mktemp(prefix="shuke-floor-"))
    table.execute("PRAGMA journal_mode=WAL")
    table.execute("PRAGMA synchronous=FULL")
    table.execute("CREATE TABLE identity (value TEXT PRIMARY KEY, owner INTEGER)")
    began = time.perf_counter()
    for batch in said:
        rows = []
        for device, user in batch:
            person = owner.get(("u", user)) if user else owner.get(("a", device))
            if ("a", device) not in owner or (person and owner[("a", device)] is None):
                owner[("a", device)] = person
                rows.append((device, person))
        table.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?)", rows)
        table.commit()
    resolved = len(said) * BATCH / (time.perf_counter() - began)
    parent = list(range(people + 1))
    dice, began, count = random.Random(5), time.perf_counter(), 2_000
    for _ in range(count):
        a, b = dice.randrange(1, people + 1), dice.randrange(1, people + 1)
        while parent[a] != a:
            a = parent[a]
        parent[b] = a
        table.executemany("INSERT OR REPLACE INTO identity VALUES (?, ?)", [(f"u{b}", a), (f"a{b}", a)])
        table.commit()
    return {"resolved": resolved, "merged": count / (time.perf_counter() - began)}


if __name__ == "__main__":
    main()
