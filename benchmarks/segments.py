"""How long segments take at 1M customers, 5M orders and 20M events, beside SQL written by hand.

    python -m benchmarks.segments [--small] [--rounds 9]

Each rule is compiled as the product compiles it and counted through the product's executor; then the same question,
written by hand for DuckDB, runs on a plain connection. Both alternate within one process, warm. Compared are medians.
"""

import argparse
import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")
os.environ.setdefault("SHUKE_HOME", tempfile.mkdtemp(prefix="shuke-benchmark-"))

AIM_RATIO, AIM_SECONDS = 1.3, 0.5

# (what is asked, the rule, the same by hand)
QUESTIONS: list[tuple[str, dict[str, Any], str]] = [
    (
        "champions in two countries",
        {
            "all": [
                {"field": "value.group", "op": "is", "value": ["champions"]},
                {"field": "customer.country", "op": "is", "value": ["France", "Japan"]},
            ]
        },
        """SELECT count(*) FROM customers WHERE country IN ('France', 'Japan')
           AND customer_id IN (SELECT customer_id FROM value_standing WHERE rfm_group = 'champions')""",
    ),
    (
        "ordered at least 3 times in 90 days",
        {"all": [{"orders": "count", "op": "at_least", "value": 3, "period": {"last_days": 90}}]},
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status <> 'cancelled'
           AND placed_on BETWEEN DATE '2024-06-30' - 89 AND DATE '2024-06-30' GROUP BY 1 HAVING count(*) >= 3)""",
    ),
    (
        "spent over 500 ever",
        {
            "all": [{"orders": "gross", "op": "more_than", "value": 50000}],
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status <> 'cancelled'
           AND placed_on <= DATE '2024-06-30' GROUP BY 1 HAVING sum(base_minor) > 50000)""",
    ),
    (
        "bought from a shelf twice in 90 days, opened nothing for 30, at risk or loyal",
        {
            "all": [
                {
                    "orders": "count",
                    "op": "at_least",
                    "value": 2,
                    "period": {"last_days": 90},
                    "where": {"category": ["shelf 3"]},
                },
                {"event": "email.opened", "op": "did_not", "period": {"last_days": 30}},
                {
                    "any": [
                        {"field": "value.group", "op": "is", "value": ["at_risk"]},
                        {"field": "value.stage", "op": "is", "value": ["active"]},
                    ]
                },
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (
             SELECT customer_id FROM order_lines WHERE placed_on BETWEEN DATE '2024-06-30' - 89 AND DATE '2024-06-30'
             AND product_id IN (SELECT product_id FROM products WHERE category = 'shelf 3' OR starts_with(category, 'shelf 3/'))
             AND order_id NOT IN (SELECT order_id FROM orders WHERE status = 'cancelled')
             GROUP BY 1 HAVING count(DISTINCT order_id) >= 2)
           AND NOT EXISTS (SELECT 1 FROM events e WHERE e.customer_id = customers.customer_id AND name = 'email.opened'
             AND occurred_on BETWEEN DATE '2024-06-30' - 29 AND DATE '2024-06-30')
           AND customer_id IN (SELECT customer_id FROM value_standing WHERE rfm_group = 'at_risk' OR stage = 'active')""",
    ),
    (
        "viewed 5 products or more in 180 days",
        {
            "all": [{"event": "Product Viewed", "op": "at_least", "value": 5, "period": {"last_days": 180}}],
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM events WHERE name = 'Product Viewed'
           AND occurred_on BETWEEN DATE '2024-06-30' - 179 AND DATE '2024-06-30' GROUP BY 1 HAVING count(*) >= 5)""",
    ),
    (
        "viewed or added one product",
        {
            "any": [
                {"event": "Product Viewed", "op": "did", "where": {"product": ["77"]}},
                {"event": "Product Added", "op": "did", "where": {"product": ["77"]}},
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM events
           WHERE name IN ('Product Viewed', 'Product Added') AND product = '77' AND occurred_on <= DATE '2024-06-30')""",
    ),
    (
        "tagged, first order in the spring, at most 2 orders, not in Germany",
        {
            "all": [
                {"field": "customer.tag", "op": "has_any", "value": [1, 2, 3]},
                {"orders": "first", "op": "within", "value": {"from": "2024-03-01", "to": "2024-05-31"}},
                {"orders": "count", "op": "at_most", "value": 2},
                {"none": [{"field": "customer.country", "op": "is", "value": ["Germany"]}]},
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM customer_tags WHERE tag_id IN (1, 2, 3))
           AND customer_id IN (SELECT customer_id FROM orders WHERE status <> 'cancelled' AND placed_on <= DATE '2024-06-30' GROUP BY 1
             HAVING min(placed_on) BETWEEN DATE '2024-03-01' AND DATE '2024-05-31' AND count(*) <= 2)
           AND country IS DISTINCT FROM 'Germany'""",
    ),
    (
        "net revenue over 300 in a year",
        {"all": [{"orders": "net", "op": "more_than", "value": 30000, "period": {"last_days": 365}}]},
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM (
             SELECT customer_id, base_minor FROM orders WHERE status <> 'cancelled' AND placed_on BETWEEN DATE '2024-06-30' - 364 AND DATE '2024-06-30'
             UNION ALL SELECT customer_id, -base_minor FROM refunds WHERE refunded_on BETWEEN DATE '2024-06-30' - 364 AND DATE '2024-06-30')
             GROUP BY 1 HAVING sum(base_minor) > 30000)""",
    ),
    (
        "put in the cart, then ordered within 7 days, this year",
        {
            "all": [
                {
                    "sequence": [{"event": "Product Added"}, {"order": "placed", "within": {"days": 7}}],
                    "op": "did",
                    "period": {"this": "year"},
                }
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT o.customer_id FROM
           (SELECT customer_id, placed_at FROM orders WHERE status <> 'cancelled' AND placed_on BETWEEN DATE '2024-01-01' AND DATE '2024-06-30') o
           ASOF JOIN (SELECT customer_id, occurred_at FROM events WHERE name = 'Product Added'
           AND occurred_on BETWEEN DATE '2024-01-01' AND DATE '2024-06-30') e
           ON e.customer_id = o.customer_id AND e.occurred_at < o.placed_at WHERE o.placed_at - e.occurred_at <= INTERVAL 7 DAY)""",
    ),
    (
        "viewed on 3 days since the last order",
        {
            "all": [
                {
                    "event": "Product Viewed",
                    "measure": "days",
                    "op": "at_least",
                    "value": 3,
                    "period": {"since": {"order": "last"}},
                }
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT e.customer_id FROM events e JOIN (SELECT customer_id, max(placed_at) since
           FROM orders WHERE status <> 'cancelled' AND placed_on <= DATE '2024-06-30' GROUP BY 1) o ON e.customer_id = o.customer_id
           WHERE e.name = 'Product Viewed' AND e.occurred_on <= DATE '2024-06-30' AND e.occurred_at > o.since
           GROUP BY 1 HAVING count(DISTINCT e.occurred_on) >= 3)""",
    ),
    (
        "six of ten orders from Monday to Thursday, at least 3 orders",
        {
            "all": [
                {"orders": "count", "op": "at_least", "value": 3},
                {"orders": "share", "op": "at_least", "value": 60, "where": {"weekday": [1, 2, 3, 4]}},
            ]
        },
        """SELECT count(*) FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status <> 'cancelled'
           AND placed_on <= DATE '2024-06-30' GROUP BY 1
           HAVING count(*) >= 3 AND 100 * count(*) FILTER (isodow(placed_on) BETWEEN 1 AND 4) >= 60 * count(*))""",
    ),
]


def main() -> None:
    """Make the company if need be, run every question, print the table and what was missed."""
    arguments = _arguments()
    import django

    django.setup()
    import duckdb

    from benchmarks.segments_data import AS_OF, warehouse_file
    from shuke.cdp.warehouse import queries as warehouse
    from shuke.cdp.warehouse.engine.duckdb import DuckStore

    sizes = (10_000, 50_000, 200_000) if arguments.small else (1_000_000, 5_000_000, 20_000_000)
    opened = DuckStore(warehouse_file(*sizes), memory_limit="2GB")
    warehouse.bind(opened)
    print(
        f"{sizes[0]:,} customers, {sizes[1]:,} orders, {sizes[2]:,} events; DuckDB {duckdb.__version__}, {os.cpu_count()} cores"
    )
    print(f"{'compiled ms':>12} {'by hand ms':>11} {'ratio':>6} {'members':>9}  question")
    worst = [_compare(opened, warehouse, *question, AS_OF, arguments.rounds) for question in QUESTIONS]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"peak memory {peak:,.0f} MB; worst ratio {max(ratio for ratio, _ in worst):.2f} (aim {AIM_RATIO}), slowest {max(s for _, s in worst):.3f} s (aim {AIM_SECONDS})"
    )
    opened.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a hundredth of the size, to try the benchmark itself")
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


def _compare(
    opened: Any, warehouse: Any, name: str, rule: dict[str, Any], by_hand: str, as_of: str, rounds: int
) -> tuple[float, float]:
    from shuke.insight.segments.engine import compiler
    from shuke.insight.segments.engine.resolved import Book
    from shuke.insight.segments.rules.parsing import parse

    day = date.fromisoformat(as_of)

    def compiled() -> int:
        counted = compiler.count(
            parse(rule), as_of=day, book=Book(), table=warehouse.today, asof=warehouse.knows_asof()
        )
        return int(warehouse.scalar(counted))

    cursor = opened._connection.cursor()

    def hand() -> int:
        return int(cursor.execute(by_hand).fetchone()[0])

    if (ours := compiled()) != (theirs := hand()):
        raise SystemExit(f"{name}: compiled finds {ours}, the hand-written query {theirs}\n{json.dumps(rule)}")
    pairs = [(_seconds(compiled), _seconds(hand)) for _ in range(rounds)]
    mine, floor = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{mine * 1000:12.1f} {floor * 1000:11.1f} {mine / floor:6.2f} {ours:9,}  {name}")
    return mine / floor, mine


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
