"""A small random company: customers, orders, refunds, events, standings, tags, in the warehouse's own columns."""

import json
import random
from datetime import datetime, time, timedelta

from shuke.insight.segments.tests.strategies import AS_OF, CATEGORIES, COUNTRIES

PEOPLE = 40


def world(seed):
    """Everything a rule can speak of, drawn from one seed; guests, unknowns and empties among them."""
    dice = random.Random(seed)
    people = range(1, PEOPLE + 1)

    def someone():
        return dice.choice([None, *people])

    def day():
        return AS_OF + timedelta(days=dice.randint(-60, 10))

    def cents():
        return dice.randint(0, 12) * 100 - 100

    def moment(on):
        # Few moments a day, so that many things happen at once.
        return datetime.combine(
            on, time(dice.choice([0, 5, 9, 22, 23]), dice.choice([0, 30]), 0, dice.choice([0, 1000]))
        )

    customers = [
        {
            "customer_id": one,
            "first_seen_on": day(),
            "country": dice.choice([None, *COUNTRIES]),
            "region": "",
            "city": dice.choice(COUNTRIES),
            "language": "en",
            **dict(
                zip(
                    ("birth_month", "birth_day"),
                    dice.choice([(None, None), (1, 1), (6, 15), (6, 20), (2, 29), (12, 31)]),
                    strict=True,
                )
            ),
            "draw": dice.randrange(2**31 - 1),
        }
        for one in people
    ]
    products = [
        {"product_id": one, "category": category, "brand": dice.choice(["p", "q", ""]), "external_id": str(one)}
        for one, category in enumerate([*CATEGORIES, None], start=1)
    ]
    orders, lines = [], []
    for number in range(1, 150):
        order = {
            "order_id": number,
            "customer_id": someone(),
            "placed_on": day(),
            "shop_id": dice.randint(1, 2),
            "currency": dice.choice(["GBP", "CNY"]),
            "status": dice.choice(["completed", "completed", "paid", "cancelled"]),
            "refunded_minor": dice.choice([0, 0, 300]),
            "country": dice.choice(COUNTRIES),
            "channel": dice.choice(["web", "app", ""]),
            "discount_minor": dice.choice([0, 0, 50]),
        }
        order["placed_at"] = moment(order["placed_on"])
        order["placed_hour"] = order["placed_at"].hour
        parts = [
            {
                "order_id": number,
                "customer_id": order["customer_id"],
                "placed_on": order["placed_on"],
                "shop_id": order["shop_id"],
                "currency": order["currency"],
                "position": at,
                "product_id": dice.choice([None, 1, 2, 3, 4, 5]),
                "quantity": dice.choice([1.0, 2.0, 0.5, 0.0]),
                "base_minor": cents(),
                "amount_minor": 0,
            }
            for at in range(dice.randint(1, 3))
        ]
        lines += parts
        orders.append({**order, "base_minor": sum(part["base_minor"] for part in parts), "gross_minor": 0})
    refunds, refund_lines = [], []
    for number in range(1, 40):
        refund = {
            "refund_id": number,
            "customer_id": someone(),
            "refunded_on": day(),
            "shop_id": dice.randint(1, 2),
            "currency": dice.choice(["GBP", "CNY"]),
            "country": dice.choice(COUNTRIES),
            "base_minor": abs(cents()),
            "amount_minor": 0,
        }
        refund["refunded_at"] = moment(refund["refunded_on"])
        refunds.append(refund)
        refund_lines.append(
            {
                **{
                    key: refund[key]
                    for key in (
                        "refund_id",
                        "customer_id",
                        "refunded_on",
                        "shop_id",
                        "currency",
                        "base_minor",
                        "amount_minor",
                    )
                },
                "position": 0,
                "product_id": dice.choice([None, 1, 2, 3, 4]),
            }
        )
    events = [
        {
            "position": number,
            "name": dice.choice(["Product Viewed", "打开", "other"]),
            "customer_id": someone(),
            "occurred_on": day(),
            "product": dice.choice([None, "1", "2", "x'"]),
        }
        for number in range(1, 260)
    ]
    for event in events:
        event["occurred_at"] = moment(event["occurred_on"])
        said = {
            "price": dice.choice([None, 1, 2.5, -3, "2.5", "nan", "x"]), "价 格": dice.choice(["x", "o'Hara", "", "FR", True, None]),
        }  # fmt: skip
        event["properties"] = json.dumps(
            {key: value for key, value in said.items() if dice.random() < 0.8},
            ensure_ascii=False, sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
    reach = [
        {
            "customer_id": one, "channel": channel, "purpose": purpose, "topic": topic,
            "state": dice.choice(["", "granted", "confirmed", "withdrawn", "requested"]),
            "valid_until": dice.choice([None, None, moment(day())]), "is_suppressed": dice.random() < 0.2,
        }
        for one in people
        for channel in ("email", "sms")
        for purpose, topic in (("marketing", ""), ("marketing", "sale"), ("service", ""))
        if dice.random() < 0.6
    ]  # fmt: skip
    standings = [
        {
            "customer_id": one,
            "as_of": AS_OF,
            "orders": dice.randint(0, 4),
            "net_minor": cents(),
            "gross_minor": cents(),
            "refunds_minor": 0,
            "average_order_minor": dice.choice([None, cents()]),
            "first_order_on": dice.choice([None, day()]),
            "last_order_on": dice.choice([None, day()]),
            "recency_days": dice.choice([None, 0, 3]),
            "cadence_days": dice.choice([None, 1.5, 2.0]),
            "r": dice.choice([None, 1, 5]),
            "f": 1,
            "m": 2,
            "fm": dice.choice([None, 2, 4]),
            "rfm_group": dice.choice(["champions", "lost", "prospect"]),
            "stage": dice.choice(["new", "active"]),
        }
        for one in people
        if dice.random() < 0.8
    ]
    tags = [{"customer_id": one, "tag_id": tag} for one in people for tag in range(1, 5) if dice.random() < 0.3]
    attributes = [
        {"customer_id": one, "code": code, "text": None, "number": None, "day": None, column: value}
        for one in people
        for code, column, value in (
            ("note", "text", dice.choice(COUNTRIES[:4])),
            ("size", "number", dice.choice([0.0, 1.0, 1.5, 2.25])),
            ("since", "day", day()),
            ("vip", "number", float(dice.randint(0, 1))),
            *(("colors", "text", color) for color in dice.sample(["FR", "a%", "护肤"], dice.randint(0, 3))),
        )
        if dice.random() < 0.7
    ]
    return {
        "customer_attributes": attributes,
        "customers": customers,
        "products": products,
        "orders": orders,
        "order_lines": lines,
        "refunds": refunds,
        "refund_lines": refund_lines,
        "events": events,
        "value_standing": standings,
        "customer_tags": tags,
        "reachability": reach,
    }
