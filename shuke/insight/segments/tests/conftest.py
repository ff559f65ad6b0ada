"""Three customers in shop and warehouse: Ada bought twice and viewed, Bob bought once, Cy never."""

from datetime import date

import pytest

from shuke.cdp.customers.testing import customer
from shuke.cdp.warehouse.testing import seed

TODAY = date(2024, 6, 15)


@pytest.fixture
def ada(company):
    return customer(name="Ada Lovelace", email="ada@example.com", country="United Kingdom")


@pytest.fixture
def bob(company):
    return customer(name="=Bob", phone="+447700900123", country="France")


@pytest.fixture
def cy(company):
    return customer(name="Cy", country="France")


@pytest.fixture
def shop(warehouse, ada, bob, cy):
    """The facts of the three, in the warehouse."""
    seed(
        {
            "customers": [
                {"customer_id": ada.pk, "country": "United Kingdom", "first_seen_on": date(2024, 1, 1)},
                {"customer_id": bob.pk, "country": "France", "first_seen_on": date(2024, 2, 1)},
                {"customer_id": cy.pk, "country": "France", "first_seen_on": date(2024, 6, 1)},
            ],
            "orders": [
                {"order_id": 1, "customer_id": ada.pk, "placed_on": date(2024, 6, 1), "gross_minor": 5000},
                {"order_id": 2, "customer_id": ada.pk, "placed_on": TODAY, "gross_minor": 7000},
                {"order_id": 3, "customer_id": bob.pk, "placed_on": date(2024, 5, 1), "gross_minor": 1000},
            ],
            "events": [{"position": 1, "name": "Product Viewed", "customer_id": ada.pk, "occurred_on": TODAY}],
            "value_standing": [
                {"customer_id": ada.pk, "rfm_group": "champions", "stage": "active", "net_minor": 12000, "orders": 2, "r": 5},
                {"customer_id": bob.pk, "rfm_group": "lost", "stage": "lost", "net_minor": 1000, "orders": 1, "r": 1},
            ],
        }
    )  # fmt: skip
    return warehouse
