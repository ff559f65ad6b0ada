"""A made-up shop in the warehouse, whose days follow known rules."""

from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from shuke.cdp.warehouse.testing import seed

UNTIL = date(2024, 6, 14)
Rows = list[dict[str, Any]]
_WEEKDAYS = (1.0, 0.9, 0.9, 1.0, 1.1, 1.4, 1.3)


def days(length: int, *, level: float = 9.0, until: date = UNTIL, seed_number: int = 3) -> list[tuple[date, int]]:
    """Return how many orders each of ``length`` days has: Poisson round a weekly pattern, three times as many on 1-11 November."""
    rng = np.random.default_rng(seed_number)
    found = []
    for number in range(length):
        day = until - timedelta(days=length - 1 - number)
        busy = 3.0 if day.month == 11 and day.day <= 11 else 1.0
        found.append((day, int(rng.poisson(level * _WEEKDAYS[day.weekday()] * busy))))
    return found


def shop(
    length: int = 260, *, level: float = 9.0, until: date = UNTIL, refunds_on: dict[date, int] | None = None,
    shops: int = 2,
) -> dict[str, Rows]:  # fmt: skip
    """Return rows of orders, lines, refunds, goods and visits; every seventh order comes back, more of them on ``refunds_on``."""
    rng = np.random.default_rng(7)
    orders: Rows = []
    lines: Rows = []
    refunds: Rows = []
    back: Rows = []
    visits: Rows = []
    extra = refunds_on or {}
    for day, count in days(length, level=level, until=until):
        for _ in range(count):
            number = len(orders) + 1
            amount, place = int(rng.integers(2_000, 6_000)), number % shops + 1
            customer = int(rng.integers(1, 400))
            orders.append({
                "order_id": number, "customer_id": customer, "identity_id": customer, "shop_id": place,
                "placed_at": datetime.combine(day, time(10)), "gross_minor": amount, "number": str(number),
                "country": "United Kingdom", "discount_minor": amount // 4 if number % 5 == 0 else 0,
            })  # fmt: skip
            lines.append({
                "order_id": number, "customer_id": customer, "shop_id": place, "placed_on": day, "position": 1,
                "product_id": number % 4 + 1, "quantity": 1.0, "amount_minor": amount,
            })  # fmt: skip
            visits.append(visit(len(visits) + 1, customer, day, f"shop-{place}"))
            if number % 7 == 0:
                _give_back(refunds, back, orders[-1], min(day + timedelta(days=2), until))
        for order in orders[-extra.get(day, 0) :] if day in extra else []:
            _give_back(refunds, back, order, day)
    goods = [
        {"product_id": number, "shop_id": 1, "title": f"Tea {number}", "category": f"Tea / Kind {number}" if number < 4 else "Cups"}
        for number in range(1, 5)
    ]  # fmt: skip
    return {"orders": orders, "order_lines": lines, "refunds": refunds, "refund_lines": back, "products": goods,
            "events": visits}  # fmt: skip


def visit(number: int, customer: int, day: date, source: str) -> dict[str, Any]:
    """Return somebody looking at a product."""
    return {
        "position": number, "event_id": str(number), "name": "Product Viewed", "customer_id": customer,
        "identity_id": customer, "occurred_at": datetime.combine(day, time(9)), "occurred_on": day, "occurred_hour": 9,
        "received_at": datetime.combine(day, time(9)), "source": source, "historical": True, "properties": "{}",
    }  # fmt: skip


def _give_back(refunds: Rows, lines: Rows, order: dict[str, Any], day: date) -> None:
    number = len(refunds) + 1
    refunds.append({
        "refund_id": number, "order_id": order["order_id"], "customer_id": order["customer_id"],
        "shop_id": order["shop_id"], "refunded_on": day, "amount_minor": order["gross_minor"],
        "refunded_at": datetime.combine(day, time(15)),
    })  # fmt: skip
    lines.append({
        "refund_id": number, "order_id": order["order_id"], "customer_id": order["customer_id"],
        "shop_id": order["shop_id"], "refunded_on": day, "position": 1, "product_id": order["order_id"] % 4 + 1,
        "quantity": 1.0, "amount_minor": order["gross_minor"],
    })  # fmt: skip


def seeded(rows: dict[str, Rows] | None = None) -> dict[str, Rows]:
    """Put a shop into the bound warehouse and return its rows."""
    found = shop() if rows is None else rows
    seed(found)
    return found
