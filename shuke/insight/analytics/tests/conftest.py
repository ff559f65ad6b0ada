"""A small shop with a year of orders, written through the doors."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions as orders
from shuke.cdp.orders.actions import LineRecord, OrderRecord, RefundRecord
from shuke.platform.company import actions as company_actions

LAST = datetime(2024, 6, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def shop(company, now):
    return company_actions.shop_named("Corner", now=now, currency="GBP")


@pytest.fixture
def sold(shop, warehouse, now):
    """Forty orders of seven people and a guest, three refunds; the last on 10 June 2024."""
    records = []
    for number in range(40):
        at = LAST - timedelta(days=9 * number)
        person = PersonRecord(external_id=f"c{number % 7}", name=f"Person {number % 7}") if number % 8 else None
        product = ProductRecord(external_id=f"p{number % 5}", title=f"=Cup {number % 5}", category="Home / Cups")
        line = LineRecord(product=product, quantity=Decimal(2), unit_price=Decimal("12.50"))
        records.append(
            OrderRecord(f"A{number}", at, "GBP", [line], person, country="United Kingdom", city="Leeds")
        )  # fmt: skip
        if number % 13 == 1:
            records.append(
                RefundRecord(
                    f"R{number}", at + timedelta(days=2), "GBP", [line], order_number=f"A{number}", person=person
                )
            )
    with transaction.atomic():
        orders.record(shop, records, by=Provenance(source=shop.code, actor="system:test", now=now, historical=True))
    warehouse.catch_up(now=now)
    return records
