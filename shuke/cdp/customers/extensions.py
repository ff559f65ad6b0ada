"""Customers in the warehouse: ids and derived traits, never a name or an address."""

from collections.abc import Iterator, Mapping
from typing import Any

from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity
from shuke.cdp.customers.queries import reachability
from shuke.kernel.clock import local_day
from shuke.platform.company import queries as company

_TOUCHING = frozenset({"customer.created", "customer.changed"})
_TAGGING = frozenset({"customer.tagged", "customer.untagged"})
_PERMITTING = frozenset({
    "consent.requested", "consent.granted", "consent.withdrawn", "contact.suppressed", "contact.unsuppressed",
})  # fmt: skip
_UNDONE = "import.rows_undone"


def _customers_in(events: list[Any], names: frozenset[str]) -> set[int]:
    """The customers of events with these names, and those whom an undone import leaves changed."""
    found: set[int] = set()
    for event in events:
        if event.name in names and event.customer_id is not None:
            found.add(event.customer_id)
        elif event.name == _UNDONE:
            found.update(event.properties["customer_ids"])
    return found


class CustomersDataset:
    """One row per customer."""

    name = "customers"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64",
        "first_seen_at": "timestamp",
        "first_seen_on": "date",
        "country": "string",
        "region": "string",
        "city": "string",
        "language": "string",
        "birth_month": "int16",
        "birth_day": "int16",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers that were made, changed or taken back."""
        return _customers_in(events, _TOUCHING)

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows of ``keys``."""
        return _customer_rows(Customer.objects.filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last = 0
        while rows := _customer_rows(Customer.objects.filter(pk__gt=last).order_by("pk")[:size]):
            yield rows
            last = rows[-1][0]


def _customer_rows(customers: Any) -> list[tuple[Any, ...]]:
    found = company.find_company()
    zone = found.time_zone if found else "UTC"
    columns = ("pk", "first_seen_at", "country", "region", "city", "language", "birthday")
    return [
        (
            pk,
            at,
            local_day(at, zone),
            country,
            region,
            city,
            language,
            born.month if born else None,
            born.day if born else None,
        )
        for pk, at, country, region, city, language, born in customers.values_list(*columns)
    ]


class IdentitiesDataset:
    """One row per identity that belongs to a customer. E-mail addresses and phone numbers do not leave OLTP."""

    name = "identities"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "identity_id": "int64",
        "type": "string",
        "namespace": "string",
        "customer_id": "int64",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers whose identities may have changed."""
        return _customers_in(events, _TOUCHING)

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present identities of ``keys``."""
        return list(Identity.objects.filter(customer_id__in=keys).values_list("pk", "type", "namespace", "customer_id"))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last = 0
        owned = Identity.objects.filter(customer__isnull=False).order_by("pk")
        while rows := list(owned.filter(pk__gt=last).values_list("pk", "type", "namespace", "customer_id")[:size]):
            yield rows
            last = rows[-1][0]


class CustomerTagsDataset:
    """One row per tag on a customer."""

    name = "customer_tags"
    key = "customer_id"
    columns: Mapping[str, str] = {"customer_id": "int64", "tag_id": "int64", "tagged_at": "timestamp"}

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers whose tags may have changed."""
        return _customers_in(events, _TAGGING)

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present tags of ``keys``."""
        return list(CustomerTag.objects.filter(customer_id__in=keys).values_list("customer_id", "tag_id", "tagged_at"))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last, columns = 0, ("pk", "customer_id", "tag_id", "tagged_at")
        while rows := list(CustomerTag.objects.filter(pk__gt=last).order_by("pk").values_list(*columns)[:size]):
            yield [row[1:] for row in rows]
            last = rows[-1][0]


class ReachabilityDataset:
    """One row per customer, channel, purpose and topic: where permission stands for the address that permits most.

    For counting and choosing; whoever sends asks the evidence again. A customer without an address of a channel has no
    row for it.
    """

    name = "reachability"
    key = "customer_id"
    columns: Mapping[str, str] = {
        "customer_id": "int64",
        "channel": "string",
        "purpose": "string",
        "topic": "string",
        "state": "string",
        "since": "timestamp",
        "valid_until": "timestamp",
        "is_suppressed": "boolean",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers whose addresses or permissions may have changed."""
        return _customers_in(events, _TOUCHING | _PERMITTING)

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present permissions of ``keys``."""
        return reachability.rows_of(keys)

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by customer."""
        last = 0
        owners = ContactPoint.objects.order_by("customer_id").values_list("customer_id", flat=True).distinct()
        while ids := list(owners.filter(customer_id__gt=last)[: max(1, size // 4)]):
            yield reachability.rows_of(ids)
            last = ids[-1]
