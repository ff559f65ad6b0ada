"""What the order of customer and time within a month gains: the same questions of the same events before and after ``tidy``.

    python -m benchmarks.months [EVENTS] [DAYS]

Questions are put to both files in turn, so that what else the machine does falls on both alike.
"""

import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import segments_data
from shuke.cdp.warehouse.engine.duckdb import DuckStore

_TRIES = 15


def main(events: int, days: int) -> None:
    """Fill a warehouse, put the months of a copy into order, ask both."""
    customers = max(1000, events // 50)
    segments_data.DAYS = days
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.duckdb", Path(folder) / "after.duckdb"
        segments_data.make(before, customers=customers, orders=max(100, events // 20), events=events)
        shutil.copy(before, after)
        stores = {
            name: DuckStore(path, memory_limit="2GB") for name, path in (("arrival", before), ("customer", after))
        }
        months, began = stores["customer"].untidy("2100-01"), time.perf_counter()
        for month in months:
            with stores["customer"].batch() as batch:
                batch.tidy(month)
        took = time.perf_counter() - began
        stores["customer"]._connection.execute("CHECKPOINT")
        sizes = " and ".join(f"{path.stat().st_size / 1e6:.0f}" for path in (before, after))
        print(
            f"{events:,} events, {customers:,} customers, {len(months)} months: {took:.1f} s to tidy; files {sizes} MB"
        )
        for what, asked in _questions(customers).items():
            times: dict[str, list[float]] = {name: [] for name in stores}
            for sql in asked:
                for name, store in stores.items():
                    times[name].append(_time(store, sql))
            found = ", ".join(
                f"by {name} {statistics.median(all_of_them) * 1000:.1f} ms (best {min(all_of_them) * 1000:.1f})"
                for name, all_of_them in times.items()
            )
            print(f"{what}: {found}")
        for store in stores.values():
            store.close()


def _questions(customers: int) -> dict[str, list[str]]:
    rng = random.Random(7)

    def some(count: int) -> str:
        return ", ".join(str(rng.randrange(1, customers)) for _ in range(count))

    people = "SELECT * FROM events WHERE customer_id IN ({})"
    counted = "SELECT count(*), max(c) FROM (SELECT customer_id, count(*) + {} c FROM events GROUP BY 1)"
    last = "SELECT customer_id, max(occurred_at), {} FROM events WHERE name = 'Product Viewed' GROUP BY 1 ORDER BY 2 LIMIT 5"
    return {
        "one customer's events": [people.format(some(1)) for _ in range(_TRIES)],
        "20 customers' events": [people.format(some(20)) for _ in range(_TRIES)],
        "counts by customer": [counted.format(n) for n in range(_TRIES)],
        "last view by customer": [last.format(n) for n in range(_TRIES)],
    }


def _time(store: DuckStore, sql: str) -> float:
    began = time.perf_counter()
    store.query(sql, timeout=300)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*(int(said) for said in (sys.argv[1:] + ["5000000", "60"][len(sys.argv) - 1 :])[:2]))
