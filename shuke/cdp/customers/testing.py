"""Customers for tests."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from shuke.cdp.customers.actions import PersonRecord, resolve
from shuke.cdp.customers.models import Customer
from shuke.cdp.events.actions import Provenance

NOW = datetime(2024, 6, 15, 12, 0, tzinfo=UTC)


def customer(*, shop: str = "web", now: datetime = NOW, **said: Any) -> Customer:
    """Make a customer through the front door; without a key, under an external id of their own."""
    if not {"external_id", "email", "phone"} & said.keys():
        said["external_id"] = f"c{Customer.objects.count() + 1}"
    return people(PersonRecord(**said), shop=shop, now=now)[0]


def people(*records: PersonRecord, shop: str = "web", now: datetime = NOW, **provenance: Any) -> list[Customer]:
    """Resolve records and return their customers, in order."""
    by = Provenance(source="test", actor="system:test", now=now, **provenance)
    with transaction.atomic():
        resolved = resolve(records, namespace=shop, by=by)
    found = Customer.objects.in_bulk([answer.customer_id for answer in resolved if answer])
    return [found[answer.customer_id] for answer in resolved if answer]
