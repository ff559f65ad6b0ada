"""How much is known of customers, field by field, counted by the database."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from shuke.cdp.customers.models import ContactPoint, Customer, CustomerKind, Identity

COLUMNS = ("name", "city", "birthday")
CHANNELS = ("email", "phone", "address")


class Counts(NamedTuple):
    """Of how many customers a field is known, without fault, with nobody else's value, and confirmed lately."""

    filled: int
    valid: int
    unique: int
    fresh: int


def people_of(shop: str = "") -> QuerySet[Customer]:
    """Return the people who are customers, of one shop or all."""
    found = Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True, kind=CustomerKind.PERSON)
    if not shop:
        return found
    theirs = Identity.objects.filter(type="external_id", namespace=shop, customer__isnull=False)
    return found.filter(pk__in=theirs.values("customer_id"))


def counts_of(field: str, *, shop: str, faulty: QuerySet[Any, Any], since: datetime) -> Counts:
    """Return the counts of one field; ``faulty`` are the ids of customers whose value is at fault."""
    people = people_of(shop)
    return _of_channel(field, people, faulty, since) if field in CHANNELS else _of_column(field, people, faulty, since)


def _of_column(field: str, people: QuerySet[Customer], faulty: QuerySet[Any, Any], since: datetime) -> Counts:
    known = people.filter(birthday__isnull=False) if field == "birthday" else people.exclude(**{field: ""})
    filled = known.count()
    return Counts(
        filled, filled - known.filter(pk__in=faulty).count(), filled, known.filter(changed_at__gte=since).count()
    )


def _of_channel(channel: str, people: QuerySet[Customer], faulty: QuerySet[Any, Any], since: datetime) -> Counts:
    points = ContactPoint.objects.filter(channel=channel, customer_id__in=people.values("pk"))
    others = ContactPoint.objects.filter(channel=channel, blind_index=OuterRef("blind_index")).exclude(
        customer_id=OuterRef("customer_id")
    )
    filled = _customers(points)
    return Counts(
        filled,
        filled - _customers(points.filter(customer_id__in=faulty)),
        filled - _customers(points.filter(Exists(others))),
        _customers(points.annotate(known_at=Coalesce("status_at", "created_at")).filter(known_at__gte=since)),
    )


def _customers(points: QuerySet[ContactPoint]) -> int:
    return int(points.values("customer_id").distinct().count())
