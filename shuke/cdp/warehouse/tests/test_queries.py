from datetime import UTC, date, datetime

import pytest

from shuke.cdp.warehouse import queries
from shuke.cdp.warehouse.testing import seed


def test_an_empty_warehouse_answers(warehouse):
    assert queries.data_until() is None
    assert set(queries.table_counts().values()) == {0}
    assert queries.lag() == 0


def test_runs_an_expression(warehouse):
    seed({"orders": [
        {"order_id": 1, "customer_id": 7, "placed_at": datetime(2024, 5, 1, 9, tzinfo=UTC), "gross_minor": 1000},
        {"order_id": 2, "customer_id": 7, "placed_on": date(2024, 5, 3), "gross_minor": 500},
    ]})  # fmt: skip
    orders = queries.table("orders")

    spent = orders.group_by("customer_id").aggregate(total=orders.base_minor.sum())

    assert queries.rows(spent) == [{"customer_id": 7, "total": 1500}]
    assert type(queries.scalar(orders.base_minor.sum())) is int
    assert queries.scalar(orders.count()) == 2
    assert queries.data_until() == date(2024, 5, 3)


def test_today_begins_with_the_first_visitor(warehouse):
    seed({
        "orders": [{"order_id": 1, "customer_id": 7, "placed_on": date(2024, 5, 3), "gross_minor": 500}],
        "events": [
            {"position": 1, "name": "customers.scored", "occurred_on": date(2026, 11, 28)},
            {"position": 2, "name": "Product Viewed", "occurred_on": date(2024, 5, 1)},
        ],
    })  # fmt: skip
    # What Shuke itself notes says nothing about the shop's days.
    assert (queries.data_until(), queries.last_sale_on()) == (date(2024, 5, 3), date(2024, 5, 3))

    seed({"events": [{"position": 3, "name": "Product Viewed", "occurred_on": date(2024, 5, 4)}]})

    assert (queries.data_until(), queries.last_sale_on()) == (date(2024, 5, 4), date(2024, 5, 3))


def test_values_cannot_become_sql(warehouse):
    seed({"customers": [{"customer_id": 1, "country": "x' OR '1'='1"}, {"customer_id": 2, "country": "France"}]})
    customers = queries.table("customers")

    assert queries.scalar(customers.filter(customers.country == "x' OR '1'='1").count()) == 1
    assert queries.scalar(customers.filter(customers.country == "' OR 1=1 --").count()) == 0


def test_refuses_an_unknown_table(warehouse):
    with pytest.raises(KeyError):
        queries.table("passwords")
