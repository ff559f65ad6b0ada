"""What was known on a day: by hand, and without a glance at what came later."""

from datetime import date, timedelta

import pyarrow.compute as pc

from shuke.cdp.warehouse import queries as warehouse_queries
from shuke.cdp.warehouse.testing import seed
from shuke.insight.predictions.engine import facts
from shuke.insight.predictions.testing import UNTIL, shop

CUTOFF = UNTIL - timedelta(days=90)


def snapshot(**given):
    found = warehouse_queries.execute(facts.snapshot(warehouse_queries.today, CUTOFF, **given).order_by("customer_id"))
    return found.to_pylist()


def test_a_customer_by_hand(warehouse):
    day = date(2024, 3, 1)
    sale = {"customer_id": 7, "identity_id": 7, "gross_minor": 1000}
    seed({
        "orders": [
            {**sale, "order_id": 1, "placed_on": day - timedelta(days=60)},
            {**sale, "order_id": 2, "placed_on": day - timedelta(days=20)},
            {**sale, "order_id": 3, "placed_on": day - timedelta(days=20)},
            {**sale, "order_id": 4, "placed_on": day, "discount_minor": 250},
            {**sale, "order_id": 5, "placed_on": day, "status": "cancelled"},
            {**sale, "order_id": 6, "placed_on": day + timedelta(days=5)},
            {**sale, "order_id": 7, "placed_on": day + timedelta(days=40)},
        ],
        "refunds": [
            {"refund_id": 1, "order_id": 2, "customer_id": 7, "refunded_on": day, "amount_minor": 1000},
            {"refund_id": 2, "order_id": 4, "customer_id": 7, "refunded_on": day + timedelta(days=9), "amount_minor": 300},
        ],
    })  # fmt: skip

    expression = facts.snapshot(warehouse_queries.today, day, horizons=(30,), until=day + timedelta(days=35))
    (row,) = warehouse_queries.rows(expression)

    assert row["orders"] == 4
    assert (row["x"], row["t_x"], row["age"], row["recency"]) == (2, 60, 60, 0)
    assert (row["last_gap"], row["gap_sd"]) == (20.0, 10.0)
    assert (row["orders_30"], row["orders_90"]) == (3, 4)
    assert (row["gross_minor"], row["discount_minor"], row["refunds_minor"]) == (4000, 250, 1000)
    assert (row["bought_30"], row["net_30"], row["next_days"]) == (1, 700, 5)


def test_what_comes_later_changes_nothing_that_was_known(warehouse):
    rows = shop(150, 300)
    early = {name: [row for row in found if _day(row) <= CUTOFF] for name, found in rows.items()}
    late = {name: [row for row in found if _day(row) > CUTOFF] for name, found in rows.items()}
    assert late["orders"]
    assert late["refunds"]
    seed(early)
    before = snapshot()
    seed(late)

    after = snapshot()

    assert after == before


def _day(row):
    return row.get("placed_on") or row.get("refunded_on") or row["placed_at"].date()


def test_a_horizon_that_is_not_over_has_no_outcome(warehouse):
    seed(shop(50, 300))

    found = warehouse_queries.execute(
        facts.snapshot(warehouse_queries.today, CUTOFF, horizons=(30, 90, 91), until=UNTIL)
    )

    assert {"bought_30", "bought_90", "net_90"} <= set(found.column_names)
    assert "bought_91" not in found.column_names


def test_orders_below_the_usual_price_are_reduced(warehouse):
    rows = [(1, 1000), (2, 1000), (3, 1000), (4, 700)]
    seed({
        "orders": [
            {"order_id": number, "customer_id": 1, "identity_id": 1, "placed_on": UNTIL, "gross_minor": minor}
            for number, minor in rows
        ],
        "order_lines": [
            {"order_id": number, "customer_id": 1, "placed_on": UNTIL, "product_id": 5, "amount_minor": minor}
            for number, minor in rows
        ],
    })  # fmt: skip

    found = warehouse_queries.execute(facts.purchases(warehouse_queries.today, UNTIL))

    assert pc.sum(found.column("reduced")).as_py() == 1


def test_sampled_customers_come_whole(warehouse):
    seed(shop(60, 300))

    some, everybody = snapshot(one_in=3), snapshot()

    assert some == [row for row in everybody if row["customer_id"] % 3 == 0]
