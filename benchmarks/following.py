"""How soon an event moves a customer between segments, and what following costs as the company grows.

    python -m benchmarks.following [--customers 50000] [--rate 1000] [--seconds 60] [--only live|growth]

**Live**: ``shuke up`` with a company of buyers and a hundred segments in use. A load tool sends events of known customers at
a steady rate; beside it, twice a second, one customer who never did so puts something into the basket, and it is measured
when the segment "ever put something into the basket" has them: from the moment of sending to the row in the database.

**Growth**: the same hundred segments and the same batch, a thousand events of 500 customers, in companies of one, two and
four times the size; processor time of loading nothing but them and of judging them. The baseline is the smallest company.
"""

import argparse
import base64
import http.client
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import collector

WATCHED = "Ever put something into the basket"
SEGMENTS = 100

FOUND = """
import os, sys; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
sys.path.insert(0, "."); from benchmarks import following
following.found({customers})
"""
GROWN = """
import os, sys, json; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
sys.path.insert(0, "."); from benchmarks import following
print(json.dumps(following.cost_of_a_batch({customers})))
"""


def rules() -> list[tuple[str, dict[str, Any]]]:
    """A hundred rules of the kinds people write: behaviour, purchases, standing, and mixtures of them."""
    made: list[tuple[str, dict[str, Any]]] = [
        (WATCHED, {"all": [{"event": "Product Added", "op": "did"}]}),
    ]
    for n in range(1, 12):
        made += [
            (f"Viewed {4 * n} in 30 days", {"all": [{"event": "Product Viewed", "op": "at_least", "value": 4 * n, "period": {"last_days": 30}}]}),
            (f"Viewed nothing for {n} weeks", {"all": [{"event": "Product Viewed", "op": "did_not", "period": {"last_days": 7 * n}}]}),
            (f"Viewed product {n}", {"all": [{"event": "Product Viewed", "op": "did", "where": {"product": [f"p{n}"]}}]}),
            (f"Ordered {n} times", {"all": [{"orders": "count", "op": "at_least", "value": n}]}),
            (f"Spent {n}00", {"all": [{"orders": "gross", "op": "more_than", "value": n * 10_000}]}),
            (f"Bought {n} from a shelf", {"all": [{"orders": "count", "op": "at_least", "value": n, "where": {"category": [f"Category {n}"]}}]}),
            (f"Viewed, then basket within {n} days", {"all": [{"sequence": [{"event": "Product Viewed"}, {"event": "Product Added", "within": {"days": n}}], "op": "did"}]}),
            (f"Looks, {n} orders at most", {"all": [{"event": "Product Viewed", "op": "did", "period": {"last_days": 14}}, {"orders": "count", "op": "at_most", "value": n}]}),
            (f"Bucket {n}", {"all": [{"orders": "count", "op": "at_least", "value": 1}, {"event": "Product Viewed", "op": "at_least", "value": 4 * n}]}),
        ]  # fmt: skip
    return made[:SEGMENTS]


# -- inside a home, in a process of its own


def found(customers: int) -> None:
    """Make a company whose customers have bought, and a hundred segments in use."""
    import django

    django.setup()
    from django.db import transaction

    from shuke.cdp.events import actions as log
    from shuke.cdp.warehouse import actions as warehouse
    from shuke.insight.segments.actions import compute, define
    from shuke.insight.value import actions as value
    from shuke.kernel.clock import utcnow
    from shuke.platform.staff.actor import Actor

    now, by = utcnow(), Actor.cli()
    _buy(customers, now)
    with transaction.atomic():
        # People have been here before, some often: what is measured is not a shop's first day.
        log.publish(
            _view(number, now - timedelta(days=visit + 1))
            for number in range(1, customers + 1)
            for visit in range(number % 20)
        )
        log.publish([_view(1, now)])  # today has begun
    log.number_committed()
    while log.deliver(now=now):
        pass
    warehouse.catch_up(now=now)
    value.recompute(now=now)
    for name, rule in rules():
        compute.recompute(define.create(name=name, rule=rule, by=by, now=now), by=by, now=now)


def _buy(customers: int, now: datetime) -> None:
    """Import one or two orders of each."""
    from benchmarks.bare_import import Clock
    from shuke.platform.imports import actions
    from shuke.platform.staff.actor import Actor

    path = Path(os.environ["SHUKE_HOME"]) / "orders.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("number,placed_at,customer_id,product,title,category,quantity,unit_price,currency\n")
        for n in range(customers * 3 // 2):
            day = f"{now - timedelta(days=n % 300 + 1):%Y-%m-%d %H:%M:%S}"
            file.write(
                f"N{n},{day},C{n % customers},p{n % 997},Product {n % 997},Category {n % 40},1,{n % 90 + 10}.50,USD\n"
            )
    made = actions.start_import(path, kind="orders", shop_name="Bench", by=Actor.cli(), now=now)
    actions.run_import(made.pk, Clock(""), now=now)


def cost_of_a_batch(customers: int, rounds: int = 9) -> dict[str, float]:
    """Seconds of processor for a thousand events of 500 customers: loading and judging them, medians; and who moved."""
    found(customers)
    from django.db import transaction

    from shuke.cdp.events import actions as log
    from shuke.cdp.warehouse import actions as warehouse
    from shuke.insight.segments.actions import keeping
    from shuke.kernel.clock import utcnow

    keeping.keep_up(now=utcnow())
    loading, judging, moved = [], [], 0
    for number in range(rounds):
        with transaction.atomic():
            log.publish(_batch(number, utcnow()))
        log.number_committed()
        began = time.process_time()
        warehouse.catch_up(now=utcnow())
        loading.append(time.process_time() - began)
        began = time.process_time()
        moved += keeping.keep_up(now=utcnow())
        judging.append(time.process_time() - began)
    return {"loading": statistics.median(loading), "judging": statistics.median(judging), "moved": moved}


def _view(customer_id: int, at: datetime, name: str = "Product Viewed") -> Any:
    from shuke.cdp.events.actions import NewEvent

    return NewEvent(
        name=name, customer_id=customer_id, occurred_at=at, received_at=at, source="web", actor="benchmark",
        properties={"product_id": f"p{customer_id % 997}"},
    )  # fmt: skip


def _batch(number: int, now: datetime) -> list[Any]:
    return [
        _view(number * 500 + n % 500 + 1, now, "Product Added" if n % 10 == 0 else "Product Viewed")
        for n in range(1_000)
    ]


# -- from outside


def in_home(env: dict[str, str], code: str) -> str:
    """Set up a home, run some Python in it, and return the last line it printed."""
    subprocess.run([sys.executable, "-c", collector.SET_UP.format(key=collector.KEY)], env=env, check=True)
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, stdout=subprocess.PIPE, text=True)
    return (done.stdout.splitlines() or [""])[-1]


def _request(body: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
    user = base64.b64encode(f"{collector.KEY}:".encode()).decode()
    return json.dumps(body).encode(), {"Authorization": f"Basic {user}", "Content-Type": "application/json"}


def _event(name: str, customer: int) -> dict[str, Any]:
    sent = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    return {
        "type": "track", "event": name, "userId": f"C{customer}", "messageId": str(uuid.uuid4()), "timestamp": sent,
        "properties": {"product_id": f"p{customer % 997}", "price": 9.5, "currency": "USD"},
    }  # fmt: skip


def send_steadily(port: int, rate: int, seconds: float, first: int, people: int) -> int:
    """Send batches of fifty views at a steady rate, for some time; return how many events were taken."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began, sent = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        if sent > passed * rate:
            time.sleep(0.005)
            continue
        events = [_event("Product Viewed", first + (sent + n) * 7 % people) for n in range(50)]
        link.request("POST", "/v1/batch", *_request({"batch": events}))
        answer = link.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        sent += 50
    return sent


def probe(home: Path, port: int, customers: range, seconds: float) -> list[float]:
    """Put something into the basket of one customer after another; how long each took to be in the segment."""
    database = sqlite3.connect(f"file:{home}/shuke.sqlite3?mode=ro", uri=True, timeout=30)
    taken: list[float] = []
    end = time.monotonic() + seconds
    for customer in customers:
        if time.monotonic() > end:
            break
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        began = time.monotonic()
        link.request("POST", "/v1/track", *_request(_event("Product Added", customer)))
        link.getresponse().read()
        link.close()
        while not database.execute(MEMBER, (WATCHED, f"C{customer}")).fetchone():
            if time.monotonic() - began > 60:
                break
            time.sleep(0.02)
        taken.append(time.monotonic() - began)
        time.sleep(max(0.0, 0.5 - taken[-1]))
    return taken


MEMBER = """
SELECT 1 FROM segments_membership m JOIN segments_segment s ON s.id = m.segment_id AND s.name = ?
JOIN customers_identity i ON i.customer_id = m.customer_id AND i.value = ? WHERE m.left_at IS NULL
"""


def live(customers: int, rate: int, seconds: float) -> None:
    """Measure and print how soon membership follows."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        env = collector.environment(home)
        in_home(env, FOUND.format(customers=customers))
        port = collector.free_port()
        command = [sys.executable, "-m", "shuke.cli.main", "up", "--port", str(port)]
        with collector.served(command, env, port):
            load = [sys.executable, "-m", "benchmarks.following", "--load", json.dumps([port, rate, seconds + 5, 2_000, customers - 2_000])]  # fmt: skip
            sender = subprocess.Popen(load, stdout=subprocess.PIPE, text=True)
            time.sleep(4)
            taken = sorted(probe(home, port, range(2_000), seconds))
            sent = int(sender.communicate()[0])
    print(
        f"{customers:,} customers, {SEGMENTS} segments, {sent / (seconds + 5):,.0f} events/s: {len(taken)} probes, "
        f"event to membership p50 {taken[len(taken) // 2]:.2f} s, p95 {taken[int(len(taken) * 0.95)]:.2f} s, worst {taken[-1]:.2f} s",
        flush=True,
    )


def growth(customers: int) -> None:
    """Measure and print what a batch costs in companies of growing size."""
    least: dict[str, float] = {}
    for size in (customers, 2 * customers, 4 * customers):
        with tempfile.TemporaryDirectory() as folder:
            said = json.loads(in_home(collector.environment(Path(folder)), GROWN.format(customers=size)))
        least = least or said
        print(
            f"{size:9,} customers: loading {said['loading']:.3f} s ({said['loading'] / least['loading']:.2f}), "
            f"judging {said['judging']:.3f} s ({said['judging'] / least['judging']:.2f} of the smallest), {said['moved']} moves",
            flush=True,
        )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=("live", "growth"))
    parser.add_argument("--load", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.load:
        print(send_steadily(*json.loads(asked.load)))
        return
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the run")
    if asked.only != "growth":
        live(asked.customers, asked.rate, asked.seconds)
    if asked.only != "live":
        growth(asked.customers // 2)


if __name__ == "__main__":
    main()
