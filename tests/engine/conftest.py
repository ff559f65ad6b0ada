"""One small home with orders in it, made by the command line, shared by the tests of a worker."""

from pathlib import Path

import pytest

from tests.engine.homes import Home

ORDERS = """number,placed_at,customer_id,customer_name,product,title,quantity,unit_price,currency,country
A1,2024-01-05 10:00,c1,Mei Lin,p1,Green tea,2,12.50,GBP,United Kingdom
A2,2024-02-05 11:00,c1,Mei Lin,p2,Oolong,1,20.00,GBP,United Kingdom
A3,2024-02-06 12:00,c2,Tom Ash,p1,Green tea,1,12.50,GBP,France
A4,2024-02-07 12:00,,,p1,Green tea,1,12.50,GBP,France
A5,2024-02-30 12:00,c2,Tom Ash,p1,Green tea,1,12.50,GBP,France
"""
STATS = {
    "customers": 2, "buyers": 2, "orders": 4, "guest_orders": 1, "returns": 0, "adjustments": 0, "lines": 4,
    "currencies": {"GBP": {"gross_minor": 7000, "refunds_minor": 0, "adjustments_minor": 0, "net_minor": 7000}},
    "events": 7, "segments": 0, "warehouse_lag": 0,
}  # fmt: skip


@pytest.fixture(scope="session")
def orders_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_text(ORDERS)
    return path


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory, orders_file: Path) -> Home:
    """A home in which one import has run. Read from it, do not write."""
    home = Home(tmp_path_factory.mktemp("stocked") / "home")
    done = home.run("import", "orders", str(orders_file), "--preset", "generic", "--shop", "Willow")
    assert done.returncode == 0, done.stderr
    return home
