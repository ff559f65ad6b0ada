"""How long the customer list and the page of one customer take at a million customers.

Makes customers, orders, lines, events, standings and tags straight in the SQLite tables of a home of its own (the domains'
doors would take hours; ``tests/test_benchmarks.py`` holds that they write the same rows), then asks for pages through Django's test client and reports, for each, the work, the median
time and the number of queries.

    python benchmarks/pages.py --customers 1000000 --orders 3000000
"""

import argparse
import gc
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

START = datetime(2022, 1, 1, tzinfo=UTC)
DAYS = 900
COUNTRIES = ["United Kingdom"] * 60 + ["China"] * 25 + ["France"] * 6 + ["Germany"] * 5 + ["Spain"] * 3 + ["Malta"]
GROUPS = ["champions", "loyal", "potential_loyal", "promising", "new", "needs_attention", "about_to_sleep", "at_risk",
          "cant_lose", "hibernating", "lost"]  # fmt: skip
STAGES = ["new", "active", "loyal", "at_risk", "dormant", "lost"]
FIRST = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "伟", "芳", "娜", "敏", "静", "强"]
LAST = ["Lovelace", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "王", "李", "张", "刘", "陈", "杨"]
PHONE_EVERY = 1000
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
    from django.db import connection

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
        fill(customers, orders, shops, cursor.execute)
        phones(customers)
        for _name, sql in indexes:
            cursor.execute(sql)
        cursor.execute("ANALYZE")


def fill(customers: int, orders: int, shops: list[Any], execute: Callable[[str], Any]) -> None:
    """Write every table, each with one statement: SQLite makes the rows itself, far faster than we could hand them over."""
    from django.db import connection

    from shuke.cdp.customers import rules
    from shuke.cdp.customers.models import Tag
    from shuke.insight.value.models import Computation

    Computation.objects.create(
        pk=1, as_of=date(2024, 6, 15), computed_at=START, gap_days=60, customers=customers, changed=0
    )
    vip, rare = (Tag.objects.create(name=name, created_at=START).pk for name in ("VIP", "Rare"))
    connection.connection.create_function("name_key", 1, rules.name_key, deterministic=True)
    connection.connection.create_function(
        "name_words", 1, lambda name: json.dumps(rules.name_words(name)), deterministic=True
    )
    each = max(1, orders // customers)
    execute(
        f"""CREATE TEMP TABLE m AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {customers * each})
            SELECT i, (i - 1) / {each} + 1 AS pk, {moment("i * 104729")} AS at FROM c"""
    )
    execute("CREATE TEMP TABLE n AS SELECT pk AS i, min(at) AS at FROM m GROUP BY pk")
    names = {"countries": COUNTRIES, "firsts": FIRST, "lasts": LAST, "groups": GROUPS, "stages": STAGES}
    for name, values in names.items():
        execute(f"CREATE TEMP TABLE {name} (i INTEGER PRIMARY KEY, v TEXT)")
        for index, value in enumerate(values):
            execute(f"INSERT INTO {name} VALUES ({index}, '{value}')")
    steps = statements(each, [shop.code for shop in shops], [shop.pk for shop in shops], vip, rare)
    for number, statement in enumerate(steps, start=1):
        execute(statement)
        print(f"\r{number} of {len(steps)} tables", end="", file=sys.stderr)
    print(file=sys.stderr)


def pick(table: str, salt: int) -> str:
    """SQL for one of a table's values, by the customer's number: scattered, and the same at every run."""
    return f"(SELECT v FROM {table} WHERE {table}.i = (n.i * 2654435761 / {salt}) % (SELECT count(*) FROM {table}))"


def moment(number: str) -> str:
    """SQL for a moment of the history, from a number."""
    return f"strftime('%Y-%m-%d %H:%M:%S', '2022-01-01', (({number}) % {DAYS}) || ' days', (({number}) % 86399) || ' seconds')"


def insert(model: Any, source: str, /, **given: str) -> str:
    """SQL that writes rows of a table, made from those of ``source``; columns not given hold what Django would write."""
    from django.db import connection
    from django.db.models import NOT_PROVIDED

    for field in model._meta.concrete_fields:
        if field.column in given or field.primary_key or field.db_default is not NOT_PROVIDED:
            continue
        usual = field.get_db_prep_save(field.get_default(), connection)
        given[field.column] = "NULL" if usual is None else f"'{usual}'" if isinstance(usual, str) else str(int(usual))
    return f"INSERT INTO {model._meta.db_table} ({', '.join(given)}) SELECT {', '.join(given.values())} FROM {source}"


def statements(each: int, codes: list[str], shops: list[int], vip: int, rare: int) -> list[str]:
    """One statement per kind of row; ``n`` are the customers, ``m`` their orders."""
    from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity, NameWord
    from shuke.cdp.events.models import Event
    from shuke.cdp.orders.models import Order, OrderLine
    from shuke.insight.value.models import Standing

    def of_shop(number: str, values: list[Any]) -> str:
        return f"CASE {number} % 2 WHEN 0 THEN {values[0]!r} ELSE {values[1]!r} END"

    uuid, amount = "lower(hex(randomblob(16)))", "100 + i * 48611 % 49900"
    net, last = "100 + i * 48611 % 499900", f"date('2022-01-01', (i * 15485863 % {DAYS}) || ' days')"
    position = "(SELECT coalesce(max(position), 0) FROM events_event) + i"
    named = f"""(SELECT i, at, {pick("firsts", 7)} || ' ' || {pick("lasts", 11)} || (i % 997) AS name, {pick("countries", 13)} AS country FROM n)"""
    start, vips, rares = f"'{START:%Y-%m-%d %H:%M:%S}'", "n WHERE i % 4 = 0", "n WHERE i % 5000 = 0"
    event = {"uuid": uuid, "position": position, "version": "1", "actor": "'cli:cli'"}
    told = event | {"occurred_at": "at", "received_at": "at", "source": "'bench'", "historical": "1"}
    tagged = event | {"name": "'customer.tagged'", "customer_id": "i", "source": "'cli'", "historical": "0",
                      "occurred_at": start, "received_at": start}  # fmt: skip
    tag = {"customer_id": "i", "tagged_at": start, "tagged_by": "'cli:cli'"}
    order = f"""json_object('order_id', i, 'shop', {of_shop("pk", codes)}, 'number', 'N' || i, 'gross_minor', {amount},
                            'currency', 'GBP', 'line_count', 1)"""
    return [
        insert(Customer, named, id="i", uuid=uuid, name="name", name_key="name_key(name)", country="country",
               first_seen_at="at", created_at="at", changed_at="at"),
        insert(NameWord, "customers_customer customer, json_each(name_words(name)) one", customer_id="customer.id", word="one.value"),
        insert(Identity, "n", id="i", type="'external_id'", namespace=of_shop("i", codes), value="'C' || i", customer_id="i",
               source="'bench'", created_at="at"),
        # Noise of the right length: these are counted and looked past, the few in ``phones`` are looked up.
        insert(ContactPoint, f"n WHERE i % {PHONE_EVERY}", customer_id="i", channel="'phone'", sealed="randomblob(43)",
               blind_index="randomblob(32)", tail_index="randomblob(32)", created_at="at"),
        # Drawn, not computed: lists sort and filter by them, nobody checks the sums.
        insert(Standing, "n", customer_id="i", orders=f"{each} + i % 7", gross_minor=net, refunds_minor="0", net_minor=net,
               average_order_minor="1000", first_order_on=f"date({last}, '-90 days')", last_order_on=last, cadence_days="30.0",
               r="1 + i * 31 / 7 % 5", f="1 + i * 37 / 11 % 5", m="1 + i * 41 / 13 % 5", fm="1 + i * 43 / 17 % 5",
               rfm_group=pick("groups", 17), stage=pick("stages", 19)),
        insert(CustomerTag, vips, tag_id=str(vip), **tag),
        insert(CustomerTag, rares, tag_id=str(rare), **tag),
        insert(Order, "m", id="i", uuid=uuid, shop_id=of_shop("pk", shops), number="'N' || i", customer_id="pk", identity_id="pk",
               currency="'GBP'", base_minor=amount, gross_minor=amount, payment_state="'paid'", told="9", content_hash="randomblob(32)", created_at="at",
               changed_at="at", placed_at="at", line_count="1"),
        insert(OrderLine, "m", order_id="i", position="0", sku="'SKU'", title="'Mug'", quantity="1",
               unit_price=f"({amount}) / 100.0", amount_minor=amount),
        insert(Event, "n", name="'customer.created'", identity_id="i", customer_id="i",
               properties=f"json_object('shop', {of_shop('i', codes)})", **told),
        insert(Event, "m", name="'order.placed'", identity_id="pk", customer_id="pk", properties=order, **told),
        insert(Event, vips, properties=f"json_object('tag_id', {vip}, 'tag', 'VIP')", **tagged),
        insert(Event, rares, properties=f"json_object('tag_id', {rare}, 'tag', 'Rare')", **tagged),
    ]  # fmt: skip


def phones(customers: int) -> None:
    """Give every thousandth customer a phone number as the doors would."""
    from shuke.cdp.customers import rules
    from shuke.cdp.customers.models import ContactPoint, Customer, Identity
    from shuke.platform.crypto.blind_index import blind_index
    from shuke.platform.crypto.sealing import seal

    addresses, identities = [], []
    asked = range(PHONE_EVERY, customers + 1, PHONE_EVERY)
    for pk, at in Customer.objects.filter(pk__in=asked).values_list("pk", "created_at"):
        number = phone_of(pk)
        blind, tail = blind_index("customers.phone", number), blind_index("customers.phone_tail", number[-4:])
        sealed = seal(number, context=rules.CONTACT_CONTEXT)
        owned = {"customer_id": pk, "created_at": at}
        addresses.append(ContactPoint(channel="phone", sealed=sealed, blind_index=blind, tail_index=tail, **owned))
        identities.append(Identity(type="phone", value=blind.hex(), source="bench", reason="together", **owned))
    ContactPoint.objects.bulk_create(addresses)
    Identity.objects.bulk_create(identities)


def phone_of(customer: int) -> str:
    """Return the phone number of a customer who has one."""
    return f"+86138{customer:08d}"


# --- pages


def addresses() -> dict[str, str]:
    """The pages that are measured."""
    from shuke.cdp.customers.models import Customer, Tag

    vip, rare = (Tag.objects.get(name=name).pk for name in ("VIP", "Rare"))
    middle = Customer.objects.values_list("uuid", flat=True).get(pk=Customer.objects.count() // 2000 * 1000)
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
        if following is None:
            break
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
