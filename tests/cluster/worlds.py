"""A made-up company, the same rows for every engine: ties, guests, cancelled orders, refunds, quotes in names."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from shuke.cdp.warehouse.engine.compiling import arrow_schema
from shuke.cdp.warehouse.testing import completed

AS_OF = date(2024, 6, 30)
_COUNTRIES = ("United Kingdom", "France", "中国", "Côte d'Ivoire", "")
_CATEGORIES = ("tea", "tea/green", "cups", "")


def tables(*, customers: int = 150, orders: int = 900, seed: int = 7) -> dict[str, pa.Table]:
    """Return every table of a company of that size."""
    dice = random.Random(seed)
    found: dict[str, list[dict[str, Any]]] = {
        "customers": [_customer(dice, number) for number in range(1, customers + 1)],
        "products": [
            {
                "product_id": number,
                "external_id": f"p{number}",
                "title": f"P{number}",
                "category": dice.choice(_CATEGORIES),
                "unit_cost_minor": 37 * number if number % 3 else None,
            }
            for number in range(1, 13)
        ],
        "customer_tags": [{"customer_id": number, "tag_id": 1 + number % 3} for number in range(1, customers, 4)],
        **{name: [] for name in ("orders", "order_lines", "refunds", "refund_lines", "adjustments", "events")},
    }
    for number in range(1, orders + 1):
        _add_order(dice, found, number, customers)
    _add_behaviour(found, orders)
    found["adjustments"].append(
        {"adjustment_id": 1, "adjusted_at": datetime(2024, 2, 2, tzinfo=UTC), "amount_minor": -1234}
    )
    return {
        name: pa.Table.from_pylist([completed(name, row) for row in rows], schema=arrow_schema(name))
        for name, rows in found.items()
    }


def _add_behaviour(found: dict[str, list[dict[str, Any]]], orders: int) -> None:
    """Visits in bursts, some by strangers, and what brought whom; drawn apart, so that the orders stay as they were."""
    dice = random.Random(11)
    for number in range(1, 161):
        at = datetime(2022, 6, 1, tzinfo=UTC) + timedelta(hours=dice.randrange(24 * 700))
        identity = 1 + number % 60
        for step in range(dice.randint(1, 6)):
            at += timedelta(minutes=dice.choice((2, 20, 31)), milliseconds=dice.randrange(1000))
            name = dice.choice(("Product Viewed", "Product Added", "Page Viewed", "Products Searched"))
            said = {
                "path": dice.choice(("/", "/tea")),
                "query": dice.choice(("Tea", " tea  ", "O'Hara", "茶")),
                "results": step % 2,
            }
            found["events"].append({
                "position": orders + len(found["events"]), "event_id": f"b{number}-{step}", "name": name,
                "identity_id": identity, "customer_id": identity if identity <= 50 else None, "occurred_at": at,
                "received_at": at, "source": "test", "historical": False, "properties": json.dumps(said),
            })  # fmt: skip
    found["identities"] = [
        {"identity_id": number, "type": "anonymous", "namespace": "", "customer_id": number} for number in range(1, 51)
    ]
    found["acquisitions"] = [
        {
            "identity_id": number, "first_at": datetime(2022, 1, 1, tzinfo=UTC), "last_at": datetime(2022, 2, 1, tzinfo=UTC),
            "first_source": dice.choice(("google", "Weibo", "")), "first_medium": dice.choice(("cpc", "")), "first_campaign": "",
            "last_source": "", "last_medium": "", "last_campaign": "",
        }
        for number in range(1, 51)
    ]  # fmt: skip


def _customer(dice: random.Random, number: int) -> dict[str, Any]:
    seen = datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=dice.randrange(900))
    return {
        "customer_id": number, "first_seen_at": seen, "country": dice.choice(_COUNTRIES), "city": dice.choice(("London", "上海", "")),
        "birth_month": dice.choice((None, 1, 5, 12)),
    }  # fmt: skip


def _add_order(dice: random.Random, found: dict[str, list[dict[str, Any]]], number: int, customers: int) -> None:
    at = datetime(2022, 1, 1, 8, tzinfo=UTC) + timedelta(hours=dice.randrange(24 * 911))
    customer = None if dice.random() < 0.1 else 1 + int(dice.random() ** 2 * customers * 0.8)
    lines = [
        {
            "order_id": number, "customer_id": customer, "placed_on": at.date(), "position": place,
            "product_id": dice.randint(1, 12), "quantity": float(dice.randint(1, 4)), "amount_minor": dice.randrange(0, 5000, 250),
        }
        for place in range(dice.randint(1, 3))
    ]  # fmt: skip
    gross = sum(line["amount_minor"] for line in lines)
    refunded = gross // 2 if dice.random() < 0.15 else 0
    found["order_lines"] += lines
    found["orders"].append({
        "order_id": number, "number": f"N{number}", "customer_id": customer, "placed_at": at, "gross_minor": gross,
        "shop_id": 1 + number % 2, "country": dice.choice(_COUNTRIES), "line_count": len(lines), "refunded_minor": refunded,
        "status": "cancelled" if dice.random() < 0.05 else "completed",
    })  # fmt: skip
    found["events"].append({
        "position": number, "event_id": str(number), "name": "order.placed", "customer_id": customer, "occurred_at": at,
        "received_at": at, "source": "test", "historical": False, "value_minor": gross, "properties": "{}",
    })  # fmt: skip
    if refunded:
        found["refunds"].append({
            "refund_id": number, "order_id": number, "customer_id": customer, "number": f"R{number}",
            "refunded_at": at + timedelta(days=5), "amount_minor": refunded, "shop_id": 1 + number % 2,
        })  # fmt: skip
