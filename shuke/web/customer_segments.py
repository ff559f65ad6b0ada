"""What the customer pages need of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from shuke.cdp.customers.models import Customer
from shuke.platform.staff.actor import Actor


def membership(uuid: UUID, customer_id: Any) -> QuerySet[Any]:
    """Return the row that makes a customer (an id or an ``OuterRef``) a present member of a segment."""
    return Customer.objects.none()


def choices() -> list[tuple[str, str]]:
    """Return every segment to filter by, as (public id, name)."""
    return []


def list_choices() -> list[tuple[str, str]]:
    """Return the fixed lists that customers can be added to by hand, as (public id, name)."""
    return []


def add_to_list(uuid: str, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Add customers to a fixed list and return how many were not on it."""
    return 0


@dataclass(frozen=True, slots=True)
class Belonging:
    """A segment that a customer is in, since when, and where the reasons are shown."""

    name: str
    url: str
    why_url: str
    since: datetime | None


def of_customer(customer_id: int) -> list[Belonging]:
    """Return the segments that a customer is in."""
    return []
