"""A warehouse of 1M customers, 5M orders (12.5M lines) and 20M events, written set by set.

The rows are drawn inside DuckDB from hashes of their numbers, so the same company comes out every time. Buying is
uneven, as it is in shops: half of the orders belong to a tenth of the customers. What a row says is what the loader
would have said of such a sale (``tests/test_benchmarks.py``); standings are drawn.
"""

from pathlib import Path

import duckdb

from shuke.cdp.warehouse.engine.duckdb import DuckStore

FOLDER = Path(__file__).parent / ".data"
AS_OF = "2024-06-30"
DAYS = 730
PRODUCTS = 5001
SHOPS = 3
BEHAVIOUR = (
    "Product Viewed",
    "Product Added",
    "Checkout Started",
    "email.opened",
    "email.clicked",
    "Products Searched",
)


def warehouse_file(customers: int, orders: int, events: int) -> Path:
    """Return the file with a company of this size, making it the first time."""
    path = FOLDER / f"segments-4-{customers}-{orders}-{events}.duckdb"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        make(unfinished, customers, orders, events)
        unfinished.rename(path)
    return path


def make(path: Path, customers: int, orders: int, events: int) -> None:
    """Fill a new warehouse."""
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
    # Rows come in the order of time, as they do from the log.
    day = lambda column, rows: f"({start} + ({column} * {DAYS} // {rows})::INTEGER)"  # noqa: E731
    noon = lambda column, rows: f"({day(column, rows)} + INTERVAL 12 HOUR)"  # noqa: E731
    # The first line takes what does not divide.
    amount = "o.base_minor // o.line_count + CASE l.i WHEN 0 THEN o.base_minor % o.line_count ELSE 0 END"
    return [
        f"INSERT INTO identities SELECT i + 1, 'email', '', i + 1 FROM range({customers}) t(i)",
        f"INSERT INTO customer_tags SELECT i + 1, 1 + {_dice('i', 6, 20)}, {noon('i', customers)} FROM range({customers}) t(i) WHERE {_dice('i', 5, 4)} = 0",
        f"""INSERT INTO products SELECT i + 1, 1 + i % {SHOPS}, i::VARCHAR, '', 'product ' || i, 'shelf ' || {_dice("i", 7, 12)} || '/box ' || {_dice("i", 8, 10)},
            'brand ' || {_dice("i", 9, 40)}, 1000, 'GBP', true, NULL FROM range({PRODUCTS}) t(i)""",
        f"""INSERT INTO orders SELECT i + 1, 1 + {_dice("i", 10, SHOPS)}, 'N' || i,
            CASE WHEN {_dice("i", 11, 20)} > 0 THEN {_someone("i", 12, customers)} END,
            CASE WHEN {_dice("i", 11, 20)} > 0 THEN {_someone("i", 12, customers)} END, {noon("i", orders)}, {day("i", orders)}, 12, 'GBP', 500 + {_dice("i", 15, 20000)}, 500 + {_dice("i", 15, 20000)}, 0, 0, 0,
            CASE WHEN {_dice("i", 16, 15)} = 0 THEN 500 ELSE 0 END, CASE WHEN {_dice("i", 17, 40)} = 0 THEN 'cancelled' ELSE 'completed' END,
            CASE WHEN {_dice("i", 17, 40)} = 0 THEN '' ELSE 'paid' END, '',
            {countries}[1 + {_dice("i", 18, 6)}], '', '', CASE WHEN {_dice("i", 19, 2)} = 0 THEN 'web' ELSE 'app' END, 1 + {_dice("i", 20, 4)}::INTEGER
            FROM range({orders}) t(i)""",
        f"""INSERT INTO customers SELECT i + 1, least(first_at, {noon("i", customers)}), least(first_at, {noon("i", customers)})::DATE,
            {countries}[1 + {_dice("i", 1, 7)}], '', 'city ' || {_dice("i", 2, 300)}, 'en',
            CASE WHEN {_dice("i", 3, 3)} = 0 THEN 1 + {_dice("i", 4, 12)} END, CASE WHEN {_dice("i", 3, 3)} = 0 THEN 1 + {_dice("i", 25, 28)} END,
            {_dice("i", 27, 2**31 - 1)}
            FROM range({customers}) t(i) LEFT JOIN (SELECT customer_id, min(placed_at) first_at FROM orders GROUP BY 1) ON customer_id = i + 1
            ORDER BY i""",
        f"""INSERT INTO order_lines SELECT o.order_id, o.shop_id, o.customer_id, o.placed_on, l.i::INTEGER,
            o.shop_id + {SHOPS} * {_dice("(o.order_id * 4 + l.i)", 21, PRODUCTS // SHOPS)}, 1, {amount}, {amount}, 'GBP'
            FROM (SELECT * FROM orders ORDER BY order_id) o, range(4) l(i) WHERE l.i < o.line_count""",
        """INSERT INTO refunds SELECT order_id, order_id, shop_id, number, customer_id, placed_at + INTERVAL 3 DAY, placed_on + 3, 12, 'GBP',
            500, 500, country FROM orders WHERE refunded_minor > 0""",
        f"""INSERT INTO events SELECT i + 1, i::VARCHAR, {list(BEHAVIOUR)}[1 + {_dice("i", 22, 6)}], {_someone("i", 23, customers)}, {_someone("i", 23, customers)},
            {noon("i", events)}, {day("i", events)}, 12, {noon("i", events)}, 'web', false, NULL,
            {_dice("i", 26, PRODUCTS)}::VARCHAR, NULL, NULL, '{{"product_id":"' || {_dice("i", 26, PRODUCTS)} || '"}}' FROM range({events}) t(i)""",
        f"""INSERT INTO value_standing SELECT customer_id, DATE '{AS_OF}', orders, gross, 0, gross, gross // orders, first, last,
            DATE '{AS_OF}' - last, NULL, r, f, m, (f + m + 1) // 2, CASE WHEN r = 5 AND f + m >= 9 THEN 'champions'
            WHEN r <= 2 AND f + m >= 7 THEN 'at_risk' WHEN r = 1 THEN 'lost' ELSE 'loyal' END,
            CASE WHEN r >= 4 THEN 'active' WHEN r >= 2 THEN 'at_risk' ELSE 'lost' END, CASE WHEN m = 5 THEN 'top' WHEN m >= 3 THEN 'medium' ELSE 'low' END, gross, gross, 0 FROM (
            SELECT *, ntile(5) OVER (ORDER BY last) r, ntile(5) OVER (ORDER BY orders) f, ntile(5) OVER (ORDER BY gross) m FROM (
            SELECT customer_id, count(*) orders, sum(base_minor)::BIGINT gross, min(placed_on) first, max(placed_on) last
            FROM orders WHERE customer_id IS NOT NULL AND status <> 'cancelled' GROUP BY 1)) ORDER BY customer_id""",
        # One identity in a hundred has changed hands, and came to whom its events name already.
        f"INSERT INTO identity_overrides SELECT i + 1, i + 1 FROM range({customers // 100}) t(i)",
        f"INSERT INTO customer_redirects SELECT {customers} + i + 1, i + 1 FROM range({customers // 100}) t(i)",
        """INSERT INTO value_standing SELECT customer_id, max_as_of, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            'prospect', 'prospect', 'none', 0, 0, 0 FROM customers, (SELECT max(as_of) max_as_of FROM value_standing)
            WHERE customer_id NOT IN (SELECT customer_id FROM value_standing)""",
    ]
