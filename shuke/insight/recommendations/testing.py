"""A made-up shop in the warehouse: tastes, habits, and products that go together by construction."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from shuke.cdp.warehouse.testing import seed

UNTIL = date(2024, 6, 15)
DAYS = 330
TASTES, PER_TASTE = 4, 10
PRODUCTS = TASTES * PER_TASTE
# Bought together far more often than by chance: product and companion.
COMPANIONS = (1, 2)
Rows = list[dict[str, Any]]


def shop(customers: int = 160, *, days: int = DAYS, until: date = UNTIL) -> dict[str, Rows]:
    """Return rows of orders, lines, products and looks. A customer keeps to one taste, and buys one thing again and again."""
    rng = np.random.default_rng(3)
    orders: Rows = []
    lines: Rows = []
    for customer in range(1, customers + 1):
        taste, staple = customer % TASTES, int(rng.integers(0, PER_TASTE))
        day = int(rng.integers(0, 45))
        while day < days:
            number, on = len(orders) + 1, until - timedelta(days=days - 1 - day)
            picked = {1 + taste * PER_TASTE + int(one) for one in rng.integers(0, PER_TASTE, 2)}
            if rng.random() < 0.8:
                picked.add(1 + taste * PER_TASTE + staple)
            if COMPANIONS[0] in picked and rng.random() < 0.8:
                picked.add(COMPANIONS[1])
            orders.append({
                "order_id": number, "customer_id": customer, "placed_on": on, "gross_minor": 1_000 * len(picked),
                "number": f"R{number}", "country": "France", "line_count": len(picked),
            })  # fmt: skip
            lines += [
                {"order_id": number, "customer_id": customer, "placed_on": on, "position": place, "product_id": product,
                 "quantity": 1.0, "amount_minor": 1_000}
                for place, product in enumerate(sorted(picked), 1)
            ]  # fmt: skip
            day += int(rng.integers(18, 34))
    return {"orders": orders, "order_lines": lines, "products": products()}


def products() -> Rows:
    """Return the products, one category a taste."""
    return [
        {"product_id": 1 + place, "external_id": f"P{1 + place}", "category": f"Taste {place // PER_TASTE}", "is_active": True}
        for place in range(PRODUCTS)
    ]  # fmt: skip


def seeded(rows: dict[str, Rows] | None = None) -> dict[str, Rows]:
    """Put a shop into the bound warehouse and return its rows."""
    found = shop() if rows is None else rows
    seed(found)
    return found
