"""A made-up shop in the warehouse, whose customers behave by known parameters."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from shuke.cdp.warehouse.testing import seed

UNTIL = date(2024, 6, 15)
Rows = list[dict[str, Any]]


def lives(
    customers: int, days: int, *, seed_number: int = 5, a: float = 0.8, b: float = 2.5
) -> Iterator[tuple[int, list[int]]]:
    """Yield customers with the days of their purchases, counted from the first day of the shop: BG/NBD by construction."""
    rng = np.random.default_rng(seed_number)
    for number in range(1, customers + 1):
        pace, leaves = rng.gamma(1.2) / 45.0, rng.beta(a, b)
        at = float(rng.uniform(0, days * 0.8))
        bought = [int(at)]
        while rng.random() > leaves:
            at += rng.exponential(1 / pace)
            if at > days:
                break
            bought.append(int(at))
        yield number, sorted(set(bought))


def shop(customers: int = 400, days: int = 420, *, until: date = UNTIL, refund_share: float = 0.05) -> dict[str, Rows]:
    """Return rows of orders, their lines and refunds; hours, prices and products differ between people."""
    rng = np.random.default_rng(11)
    orders: Rows = []
    lines: Rows = []
    refunds: Rows = []
    start = until - timedelta(days=days)
    for customer, bought in lives(customers, days):
        hour, worth, bargains = int(rng.integers(8, 22)), rng.gamma(4) * 1000 + 500, rng.beta(0.5, 1.5)
        for day in bought:
            number = len(orders) + 1
            on = start + timedelta(days=day)
            at = datetime.combine(on, time(int(np.clip(hour + rng.integers(-1, 2), 0, 23))))
            minor = int(worth * rng.uniform(0.6, 1.4))
            discount = minor // 5 if rng.random() < bargains else 0
            orders.append({
                "order_id": number, "customer_id": customer, "identity_id": customer, "placed_at": at,
                "gross_minor": minor, "discount_minor": discount, "number": str(number),
            })  # fmt: skip
            product = 1 + (customer + day // 60) % 12
            lines.append({
                "order_id": number, "customer_id": customer, "placed_on": on, "position": 1, "product_id": product,
                "quantity": 1.0, "amount_minor": minor,
            })  # fmt: skip
            if rng.random() < refund_share:
                refunds.append(refund(len(refunds) + 1, orders[-1], on + timedelta(days=3)))
    return {"orders": orders, "order_lines": lines, "refunds": [row for row in refunds if row["refunded_on"] <= until]}


def refund(number: int, order: dict[str, Any], on: date) -> dict[str, Any]:
    """Return a refund of a whole order."""
    return {
        "refund_id": number, "order_id": order["order_id"], "customer_id": order["customer_id"], "refunded_on": on,
        "amount_minor": order["gross_minor"],
    }  # fmt: skip


def seeded(rows: dict[str, Rows] | None = None) -> dict[str, Rows]:
    """Put a shop into the bound warehouse and return its rows."""
    found = shop() if rows is None else rows
    seed(found)
    return found
