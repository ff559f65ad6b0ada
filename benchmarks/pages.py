"""How long the customer list and the page of one customer take at a million customers.

Loads customers, orders, lines, events, standings and tags straight into the tables of a home of its own (the domains'
doors would take hours; ``benchmarks/tests`` checks that both give the same rows), then asks for pages through Django's
test client and reports, for each, the median server time and the number of queries.

    python benchmarks/pages.py --customers 1000000 --orders 3000000
"""

import argparse
import gc
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2022, 1, 1, tzinfo=UTC)
DAYS = 900
BATCH = 20_000
COUNTRIES = [("United Kingdom", 60), ("China", 25), ("France", 6), ("Germany", 5), ("Spain", 3), ("Malta", 1)]
GROUPS = ["champions", "loyal", "potential_loyal", "promising", "new", "needs_attention", "about_to_sleep", "at_risk",
          "cant_lose", "hibernating", "lost"]  # fmt: skip
STAGES = ["new", "active", "loyal", "at_risk", "dormant", "lost"]
FIRST = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "伟", "芳", "娜", "敏", "静", "强"]
LAST = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "王", "李", "张", "刘", "陈", "杨"]
ROUNDS = 9


def main() -> None:
    """Build the tables, ask for pages, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=3_000_000)
    parser.add_argument("--home", type=Path, help="keep the tables here, and use them again")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    home = asked.home or Path(tempfile.mkdtemp(prefix="shuke-pages-"))
    os.environ.update(
        SHUKE_HOME=str(home), DJANGO_SETTINGS_MODULE="shuke.config.settings", SHUKE_URL="http://testserver"
    )
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import django

    django.setup()
    if not (home / "loaded").exists():
        load(asked.customers, asked.orders)
        (home / "loaded").touch()
    report = measure()
    report["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report, indent=2, ensure_ascii=False) if asked.json else table(report))


# --- tables


def load(customers: int, orders: int) -> None:
    """Fill the tables of an empty database."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from shuke.platform.company import actions as company
    from shuke.platform.staff.models import Staff
    from shuke.platform.staff.roles import Role

    call_command("migrate", verbosity=0)
    company.found(name="Bench", currency="GBP", time_zone="Europe/London", language="en", now=START)
    shops = [company.shop_named(name, now=START, currency="GBP") for name in ("Willow", "Oak")]
    Staff.objects.create_user(
        "owner@bench.example", "correct horse battery", name="O", role=Role.OWNER, created_at=START
    )
    with connection.cursor() as cursor:
        # Nobody's data: no need to wait for the disk, and indexes are faster built than kept.
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA cache_size=-262144")
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        indexes = cursor.fetchall()
        for name, _sql in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        fill(customers, orders, shops, random.Random(7), transaction.atomic)
        for _name, sql in indexes:
            cursor.execute(sql)
        cursor.execute("ANALYZE")


def fill(customers: int, orders: int, shops: list[Any], rng: random.Random, atomic: Callable[[], Any]) -> None:
    """Write every table, batch by batch."""
    from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity, NameWord, Tag
    from shuke.cdp.events.models import Event
    from shuke.cdp.orders.models import Order, OrderLine
    from shuke.insight.value.models import Computation, Standing
    from shuke.platform.db.bulk import insert_rows

    Computation.objects.create(
        pk=1, as_of=date(2024, 6, 15), computed_at=START, gap_days=60, customers=customers, changed=0
    )
    tags = [Tag.objects.create(name=name, created_at=START) for name in ("VIP", "Rare")]
    per_customer = max(1, orders // customers)
    written = Written(insert_rows, atomic)
    for first in range(1, customers + 1, BATCH):
        ids = range(first, min(first + BATCH, customers + 1))
        people = {pk: person(pk, rng) for pk in ids}
        written.rows(Customer, CUSTOMER, (people[pk]["row"] for pk in ids))
        written.rows(NameWord, ("customer_id", "word"), ((pk, word) for pk in ids for word in people[pk]["words"]))
        written.rows(Identity, IDENTITY, ((pk, "external_id", shops[pk % 2].code, f"C{pk}", pk, START) for pk in ids))
        written.rows(ContactPoint, CONTACT, (contact(pk, rng) for pk in ids))
        written.rows(Standing, STANDING, (standing(pk, rng, per_customer) for pk in ids))
        written.rows(CustomerTag, TAGGED, ((pk, tags[0].pk, START, "cli:cli") for pk in ids if pk % 4 == 0))
        written.rows(CustomerTag, TAGGED, ((pk, tags[1].pk, START, "cli:cli") for pk in ids if pk % 5000 == 0))
        numbers = [(pk, n, (pk - 1) * per_customer + n + 1) for pk in ids for n in range(per_customer)]
        sales = [order(order_id, pk, shops, rng) for pk, _, order_id in numbers]
        written.rows(Order, ORDER, sales)
        written.rows(OrderLine, LINE, ((row[0], 0, None, "SKU", "Mug", 1, row[8] / 100, row[8]) for row in sales))
        written.rows(Event, EVENT, (placed(row) for row in sales))
        print(f"\r{ids[-1]:>9,} customers", end="", file=sys.stderr)
    print(file=sys.stderr)


class Written:
    """Writes batches, each in a transaction of its own."""

    def __init__(self, insert: Callable[..., int], atomic: Callable[[], Any]) -> None:
        self._insert, self._atomic = insert, atomic

    def rows(self, model: Any, fields: tuple[str, ...], rows: Iterator[Any] | list[Any]) -> None:
        """Insert rows of one table."""
        with self._atomic():
            self._insert(model, fields, rows)


CUSTOMER = (
    "id",
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
)
IDENTITY = ("id", "type", "namespace", "value", "customer_id", "created_at")
CONTACT = ("customer_id", "channel", "sealed", "blind_index", "tail_index", "created_at")
STANDING = ("customer_id", "orders", "gross_minor", "refunds_minor", "net_minor", "average_order_minor", "first_order_on",
            "last_order_on", "cadence_days", "r", "f", "m", "fm", "rfm_group", "stage")  # fmt: skip
TAGGED = ("customer_id", "tag_id", "tagged_at", "tagged_by")
ORDER = ("id", "uuid", "shop_id", "number", "customer_id", "identity_id", "currency", "base_minor", "gross_minor",
         "content_hash", "created_at", "changed_at", "placed_at", "status", "discount_minor", "refunded_minor", "country",
         "region", "city", "channel", "line_count")  # fmt: skip
LINE = ("order_id", "position", "product_id", "sku", "title", "quantity", "unit_price", "amount_minor")
EVENT = ("position", "uuid", "name", "version", "identity_id", "customer_id", "occurred_at", "received_at", "source",
         "actor", "historical", "properties")  # fmt: skip


def person(pk: int, rng: random.Random) -> dict[str, Any]:
    """A customer with a name and a country."""
    from shuke.cdp.customers import rules
    from shuke.kernel.ids import uuid7

    name = f"{rng.choice(FIRST)} {rng.choice(LAST)}{pk % 997}"
    seen = START + timedelta(seconds=rng.randrange(DAYS * 86_400))
    country = rng.choices([c for c, _ in COUNTRIES], [w for _, w in COUNTRIES])[0]
    row = (pk, uuid7(), name, rules.name_key(name), country, "", "", "", seen, seen, seen)
    return {"row": row, "words": rules.name_words(name)}


def contact(pk: int, rng: random.Random) -> tuple[Any, ...]:
    """A phone number; sealed and indexed by noise of the right length, but for every thousandth."""
    if pk % 1000:
        return (pk, "phone", rng.randbytes(43), rng.randbytes(32), rng.randbytes(32), START)
    from shuke.cdp.customers import rules
    from shuke.platform.crypto.blind_index import blind_index
    from shuke.platform.crypto.sealing import seal

    number = f"+86138{pk:08d}"
    blind, tail = blind_index("customers.phone", number), blind_index("customers.phone_tail", number[-4:])
    return (pk, "phone", seal(number, context=rules.CONTACT_CONTEXT), blind, tail, START)


def standing(pk: int, rng: random.Random, orders: int) -> tuple[Any, ...]:
    """What a customer is worth."""
    net, last = rng.randrange(100, 500_000), date(2022, 1, 1) + timedelta(days=rng.randrange(DAYS))
    r, f, m = rng.randint(1, 5), rng.randint(1, 5), rng.randint(1, 5)
    group, stage = rng.choice(GROUPS), rng.choice(STAGES)
    count = orders + pk % 7
    return (
        pk,
        count,
        net,
        0,
        net,
        net // count,
        last - timedelta(days=90),
        last,
        30.0,
        r,
        f,
        m,
        (f + m + 1) // 2,
        group,
        stage,
    )


def order(pk: int, customer_id: int, shops: list[Any], rng: random.Random) -> tuple[Any, ...]:
    """A sale."""
    from shuke.kernel.ids import uuid7

    at, amount = START + timedelta(seconds=rng.randrange(DAYS * 86_400)), rng.randrange(100, 50_000)
    shop = shops[pk % 2].pk
    return (pk, uuid7(), shop, f"N{pk}", customer_id, customer_id, "GBP", amount, amount, b"\0" * 32, at, at, at, "completed", 0, 0,
            "", "", "", "", 1)  # fmt: skip


def placed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The event of a sale."""
    from shuke.kernel.ids import uuid7

    said = {
        "order_id": row[0],
        "shop": "willow",
        "number": row[3],
        "gross_minor": row[8],
        "currency": "GBP",
        "line_count": 1,
    }
    return (row[0], uuid7(), "order.placed", 1, row[4], row[4], row[12], row[12], "bench", "cli:cli", True, said)


# --- pages


def addresses() -> dict[str, str]:
    """The pages that are measured."""
    from shuke.cdp.customers.models import Customer, Tag

    vip, rare = (Tag.objects.get(name=name).pk for name in ("VIP", "Rare"))
    middle = Customer.objects.values_list("uuid", flat=True).get(pk=Customer.objects.count() // 2)
    queries = {
        "list": "",
        "list, by net revenue": "sort=-net",
        "list, by last order": "sort=-last_order",
        "list, by orders": "sort=orders",
        "large country": "country=United+Kingdom",
        "small country": "country=Malta",
        "small country, by net": "country=Malta&sort=-net",
        "group": "group=champions",
        "group, by last order": "group=champions&sort=-last_order",
        "group and stage": "group=champions&stage=lost&sort=-net",
        "RFM cell": "r=5&fm=4",
        "frequent tag": f"tag={vip}",
        "frequent tag, by net": f"tag={vip}&sort=-net",
        "rare tag": f"tag={rare}",
        "rare tag, by orders": f"tag={rare}&sort=-orders",
        "group, country, tag": f"group=loyal&country=France&tag={vip}",
        "net above": "net_min=4000",
        "ordered in a month": "ordered_from=2023-03-01&ordered_to=2023-03-31",
        "ordered on a day, in a shop": "ordered_from=2023-03-01&ordered_to=2023-03-01&shop=1",
        "first order in a month": "first_from=2023-03-01&first_to=2023-03-31",
        "search: name": "q=lovelace123",
        "search: beginning of many names": "q=ada",
        "search: two words": "q=grace+hopper77",
        "search: Chinese": "q=王",
        "search: phone": "q=13800500000",
        "search: last four digits": "q=5000",
        "search: id": "q=C4321",
        "search: nobody": "q=zzzz",
    }
    pages = {name: f"/customers/?{query}" for name, query in queries.items()}
    return pages | {"one customer": f"/customers/{middle}/", "one customer, orders": f"/customers/{middle}/?tab=orders"}


def measure() -> dict[str, Any]:
    """Ask for every page, warm, and return median milliseconds and queries."""
    from django.db import connection, reset_queries
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from shuke.platform.staff.models import Staff

    client = Client()
    client.force_login(Staff.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    found: dict[str, Any] = {}
    for name, address in addresses().items():
        client.get(address)
        gate = connection.close_if_unusable_or_obsolete
        connection.close_if_unusable_or_obsolete = lambda: None
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        connection.close_if_unusable_or_obsolete = gate
        assert response.status_code == 200, (name, response.status_code)
        count = len(captured)
        slowest = max(captured.captured_queries, key=lambda query: float(query["time"]))
        reset_queries()
        times, work = zip(*(timed(client, address) for _ in range(ROUNDS)), strict=True)
        found[name] = {"ms": round(statistics.median(times) * 1000, 1), "max_ms": round(max(times) * 1000, 1),
                       "cpu_ms": round(statistics.median(work) * 1000, 1), "queries": count,
                       "slowest_sql": slowest["sql"][:2000], "slowest_s": float(slowest["time"])}  # fmt: skip
    return {"pages": found, "second_page_ms": second_page(client)}


def timed(client: Any, address: str) -> tuple[float, float]:
    """Seconds for one page: by the clock, and of work (the same on an idle machine, for SQLite works in our process)."""
    gc.collect()
    began, worked = time.perf_counter(), time.process_time()
    client.get(address)
    return time.perf_counter() - began, time.process_time() - worked


def second_page(client: Any) -> float:
    """Milliseconds for the page after the hundredth, reached by its links."""
    import re

    address = "/customers/?sort=-net"
    for _ in range(100):
        following = re.search(r'rel="next" href="([^"]+)"', client.get(address).content.decode())
        assert following is not None
        address = "/customers/" + following[1].replace("&amp;", "&")
    return round(statistics.median(timed(client, address)[1] for _ in range(ROUNDS)) * 1000, 1)


def table(report: dict[str, Any]) -> str:
    """Write the figures for people."""
    lines = [f"{'page':<34}{'work ms':>10}{'median ms':>10}{'max ms':>10}{'queries':>9}"]
    for name, page in report["pages"].items():
        lines.append(f"{name:<34}{page['cpu_ms']:>10}{page['ms']:>10}{page['max_ms']:>10}{page['queries']:>9}")
    lines.append(f"{'list by net, page 101':<34}{report['second_page_ms']:>10}")
    lines.append(f"memory {report['memory_mb']} MB")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
