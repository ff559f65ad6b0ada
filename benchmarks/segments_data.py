"""A warehouse of 1M customers, 5M orders (12.5M lines) and 20M events, written set by set.

The rows are drawn inside DuckDB from hashes of their numbers, so the same company comes out every time. Buying is
uneven, as it is in shops: half of the orders belong to a tenth of the customers.
"""

from pathlib import Path

import duckdb

from shuke.cdp.warehouse.engine.duckdb import DuckStore

FOLDER = Path(__file__).parent / ".data"
AS_OF = "2024-06-30"
DAYS = 730


def warehouse_file(customers: int, orders: int, events: int) -> Path:
    """Return the file with a company of this size, making it the first time."""
    path = FOLDER / f"segments-2-{customers}-{orders}-{events}.duckdb"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        _make(unfinished, customers, orders, events)
        unfinished.rename(path)
    return path


def _make(path: Path, customers: int, orders: int, events: int) -> None:
    DuckStore(path, memory_limit="4GB").close()
    connection = duckdb.connect(str(path), config={"memory_limit": "4GB"})
    for statement in _statements(customers, orders, events):
        connection.execute(statement)
    connection.execute("CHECKPOINT")
    connection.close()


def _dice(column: str, salt: int, sides: int) -> str:
    """SQL for a number from 0 to ``sides`` - 1 that looks random."""
    return f"(hash({column} * 1000003 + {salt}) % {sides})::BIGINT"


def _someone(column: str, salt: int, customers: int) -> str:
    """SQL for a customer, the regulars far more often than the rest."""
    regular = customers // 10
    return f"(CASE WHEN {_dice(column, salt, 2)} = 0 THEN {_dice(column, salt + 1, regular)} ELSE {_dice(column, salt + 2, customers)} END + 1)"


def _statements(customers: int, orders: int, events: int) -> list[str]:
    start = f"(DATE '{AS_OF}' - {DAYS - 1})"
    countries = "['China', 'United Kingdom', 'France', 'Germany', 'Japan', 'Spain', '']"
    names = (
        "['Product Viewed', 'Product Added', 'Checkout Started', 'email.opened', 'email.clicked', 'Products Searched']"
    )
    # Rows come in the order of time, as they do from the log.
    day = lambda column, rows: f"({start} + ({column} * {DAYS} // {rows})::INTEGER)"  # noqa: E731
    return [
        f"""INSERT INTO customers SELECT i + 1, {day("i", customers)}::TIMESTAMP, {day("i", customers)},
            {countries}[1 + {_dice("i", 1, 7)}], '', 'city ' || {_dice("i", 2, 300)}, 'en',
            CASE WHEN {_dice("i", 3, 3)} = 0 THEN 1 + {_dice("i", 4, 12)} END, NULL FROM range({customers}) t(i)""",
        f"INSERT INTO customer_tags SELECT i + 1, 1 + {_dice('i', 6, 20)}, now()::TIMESTAMP FROM range({customers}) t(i) WHERE {_dice('i', 5, 4)} = 0",
        f"""INSERT INTO products SELECT i + 1, 1, i::VARCHAR, '', 'product ' || i, 'shelf ' || {_dice("i", 7, 12)} || '/box ' || {_dice("i", 8, 10)},
            'brand ' || {_dice("i", 9, 40)}, 1000, 'GBP', true FROM range(5000) t(i)""",
        f"""INSERT INTO orders SELECT i + 1, 1 + {_dice("i", 10, 3)}, 'N' || i,
            CASE WHEN {_dice("i", 11, 20)} > 0 THEN {_someone("i", 12, customers)} END, NULL,
            {day("i", orders)}::TIMESTAMP, {day("i", orders)}, 12, 'GBP', 500 + {_dice("i", 15, 20000)}, 500 + {_dice("i", 15, 20000)}, 0,
            CASE WHEN {_dice("i", 16, 15)} = 0 THEN 500 ELSE 0 END, CASE WHEN {_dice("i", 17, 40)} = 0 THEN 'cancelled' ELSE 'completed' END,
            {countries}[1 + {_dice("i", 18, 6)}], '', '', CASE WHEN {_dice("i", 19, 2)} = 0 THEN 'web' ELSE 'app' END, 1 + {_dice("i", 20, 4)}::INTEGER
            FROM range({orders}) t(i)""",
        f"""INSERT INTO order_lines SELECT o.order_id, o.shop_id, o.customer_id, o.placed_on, l.i::INTEGER,
            1 + {_dice("(o.order_id * 4 + l.i)", 21, 5000)}, 1, o.base_minor // o.line_count, o.base_minor // o.line_count, 'GBP'
            FROM (SELECT * FROM orders ORDER BY order_id) o, range(4) l(i) WHERE l.i < o.line_count""",
        """INSERT INTO refunds SELECT order_id, order_id, shop_id, number, customer_id, placed_at, placed_on + 3, 12, 'GBP',
            500, 500, country FROM orders WHERE refunded_minor > 0""",
        f"""INSERT INTO events SELECT i + 1, i::VARCHAR, {names}[1 + {_dice("i", 22, 6)}], {_someone("i", 23, customers)}, {_someone("i", 23, customers)},
            {day("i", events)}::TIMESTAMP, {day("i", events)}, 12, now()::TIMESTAMP, 'web', false, NULL,
            {_dice("i", 26, 5000)}::VARCHAR, NULL, NULL, '{{}}' FROM range({events}) t(i)""",
        f"""INSERT INTO value_standing SELECT customer_id, DATE '{AS_OF}', orders, gross, 0, gross, gross // orders, first, last,
            DATE '{AS_OF}' - last, NULL, r, f, m, (f + m + 1) // 2, CASE WHEN r = 5 AND f + m >= 9 THEN 'champions'
            WHEN r <= 2 AND f + m >= 7 THEN 'at_risk' WHEN r = 1 THEN 'lost' ELSE 'loyal' END,
            CASE WHEN r >= 4 THEN 'active' WHEN r >= 2 THEN 'at_risk' ELSE 'lost' END FROM (
            SELECT *, ntile(5) OVER (ORDER BY last) r, ntile(5) OVER (ORDER BY orders) f, ntile(5) OVER (ORDER BY gross) m FROM (
            SELECT customer_id, count(*) orders, sum(base_minor)::BIGINT gross, min(placed_on) first, max(placed_on) last
            FROM orders WHERE customer_id IS NOT NULL AND status <> 'cancelled' GROUP BY 1)) ORDER BY customer_id""",
        # One identity in a hundred has changed hands, and came to whom its events name already.
        f"INSERT INTO identity_overrides SELECT i + 1, i + 1 FROM range({customers // 100}) t(i)",
        f"INSERT INTO customer_redirects SELECT {customers} + i + 1, i + 1 FROM range({customers // 100}) t(i)",
        """INSERT INTO value_standing SELECT customer_id, max_as_of, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            'prospect', 'prospect' FROM customers, (SELECT max(as_of) max_as_of FROM value_standing)
            WHERE customer_id NOT IN (SELECT customer_id FROM value_standing)""",
    ]
