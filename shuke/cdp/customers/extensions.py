"""Customers in the warehouse: ids and derived traits, never a name or an address."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from shuke.cdp.customers.actions import forgetting
from shuke.cdp.customers.models import ContactPoint, Customer, CustomerTag, Identity
from shuke.cdp.customers.queries import personal, reachability
from shuke.kernel.clock import local_day
from shuke.platform.company import queries as company

_TOUCHING = frozenset({"customer.created", "customer.changed", "customer.restricted"})
_TAGGING = frozenset({"customer.tagged", "customer.untagged", "customer.restricted"})
_PERMITTING = frozenset({
    "consent.requested", "consent.granted", "consent.withdrawn", "contact.suppressed", "contact.unsuppressed",
})  # fmt: skip
_PRIME = 2**31 - 1
_UNDONE = "import.rows_undone"
_ERASED = "customer.erased"
# Both customers of a merge change whatever they have.
_JOINING = frozenset({"customer.merged", "customer.split"})
_MOVED = "identity.moved"


def _customers_in(events: list[Any], names: frozenset[str]) -> set[int]:
    """The customers of events with these names, and those whom an undone import leaves changed."""
    found: set[int] = set()
    for event in events:
        if event.name in names and event.customer_id is not None:
            found.add(event.customer_id)
        elif event.name in _JOINING:
            found.update((event.properties["survivor_id"], event.properties["merged_id"]))
        elif event.name in {_UNDONE, _ERASED}:
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
        "draw": "int64",
    }

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers that were made, changed or taken back."""
        return _customers_in(events, _TOUCHING)

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows of ``keys``."""
        return _customer_rows(_live().filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last = 0
        while rows := _customer_rows(_live().filter(pk__gt=last).order_by("pk")[:size]):
            yield rows
            last = rows[-1][0]


def draw_of(uuid: UUID) -> int:
    """Return the number that a customer drew for good: it follows from the public id, evenly below a prime.

    >>> draw_of(UUID("0190b0a0-0000-7000-8000-000000000001"))
    671212572
    """
    return int.from_bytes(hashlib.sha256(uuid.bytes).digest()[:8], "big") % _PRIME


def _live() -> QuerySet[Customer]:
    """Customers who are nobody else: the merged ones are found under their survivors."""
    return Customer.objects.filter(merged_into__isnull=True)


def _customer_rows(customers: Any) -> list[tuple[Any, ...]]:
    found = company.find_company()
    zone = found.time_zone if found else "UTC"
    columns = ("pk", "first_seen_at", "country", "region", "city", "language", "birthday", "uuid")
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
            draw_of(uuid),
        )
        for pk, at, country, region, city, language, born, uuid in customers.values_list(*columns)
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
        moved = {pk for event in events if event.name == _MOVED for pk in event.properties["customer_ids"]}
        return _customers_in(events, _TOUCHING) | moved

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
        return list(_tagged().filter(customer_id__in=keys).values_list("customer_id", "tag_id", "tagged_at"))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by id."""
        last, columns = 0, ("pk", "customer_id", "tag_id", "tagged_at")
        while rows := list(_tagged().filter(pk__gt=last).order_by("pk").values_list(*columns)[:size]):
            yield [row[1:] for row in rows]
            last = rows[-1][0]


def _tagged() -> QuerySet[CustomerTag]:
    return CustomerTag.objects.filter(customer__merged_into__isnull=True)


class IdentityOverridesDataset:
    """One row per identity that changed hands: whose its events are today, whatever they say (NULL: nobody's).

    Rows vanish when ``warehouse.actions.squash`` has written them into the events.
    """

    name = "identity_overrides"
    key = "identity_id"
    columns: Mapping[str, str] = {"identity_id": "int64", "customer_id": "int64"}

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the identities that changed hands."""
        return {
            pk for event in events if event.name in _JOINING or event.name == _MOVED
            for pk in event.properties["identity_ids"]
        }  # fmt: skip

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return whose the identities are that ever changed hands."""
        moved = Identity.objects.filter(pk__in=keys, moved_at__isnull=False)
        return list(moved.values_list("pk", "customer_id"))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every identity that ever changed hands, by id."""
        last = 0
        moved = Identity.objects.filter(moved_at__isnull=False).order_by("pk")
        while rows := list(moved.filter(pk__gt=last).values_list("pk", "customer_id")[:size]):
            yield rows
            last = rows[-1][0]


class CustomerRedirectsDataset:
    """One row per merged customer: under whom what has no identity counts meanwhile."""

    name = "customer_redirects"
    key = "customer_id"
    columns: Mapping[str, str] = {"customer_id": "int64", "into_id": "int64"}

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the customers whose survivor became another."""
        found = {
            event.properties[end] for event in events if event.name in _JOINING for end in ("survivor_id", "merged_id")
        }
        if not found:
            return found
        return found | set(Customer.objects.filter(merged_into_id__in=found).values_list("pk", flat=True))

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return who the merged ones among ``keys`` are now."""
        merged = Customer.objects.filter(pk__in=keys, merged_into__isnull=False)
        return list(merged.values_list("pk", "merged_into_id"))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every merged customer, by id."""
        last = 0
        merged = Customer.objects.filter(merged_into__isnull=False).order_by("pk")
        while rows := list(merged.filter(pk__gt=last).values_list("pk", "merged_into_id")[:size]):
            yield rows
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
        return reachability.rows_of(list(_live().filter(pk__in=keys).values_list("pk", flat=True)))

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by customer."""
        last = 0
        owners = (
            ContactPoint.objects.filter(customer__merged_into__isnull=True)
            .order_by("customer_id")
            .values_list("customer_id", flat=True)
            .distinct()
        )
        while ids := list(owners.filter(customer_id__gt=last)[: max(1, size // 4)]):
            yield reachability.rows_of(ids)
            last = ids[-1]


class CustomersPersonalData:
    """What is held about a person here, and how it is forgotten."""

    name = "customers"
    fields = frozenset({
        "customers.Customer.name", "customers.Customer.name_key", "customers.Customer.region", "customers.Customer.city",
        "customers.Customer.birthday", "customers.NameWord.word", "customers.Identity.value", "customers.CustomerMerge.kept",
        "customers.ConsentRecord.address_index", "customers.ConsentRecord.evidence",
        "customers.ConsentRecord.evidence_digest", "customers.ConsentRecord.previous_hash", "customers.ConsentRecord.hash",
        "customers.ConsentRecord.idempotency_key", "customers.ConsentState.address_index",
        "customers.Suppression.address_index", "customers.ContactReveal.reason", "customers.Relation.note",
        "customers.ContactPoint.sealed", "customers.ContactPoint.blind_index", "customers.ContactPoint.mailbox_index",
        "customers.ContactPoint.tail_index", "customers.SavedView.query",
    })  # fmt: skip

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return profile, addresses, keys, permissions with their evidence, and who looked."""
        return personal.held_about(customer_ids)

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Take away whatever says who they were; keep suppressions and bare records of permission."""
        return forgetting.erase(customer_ids, now=now)
