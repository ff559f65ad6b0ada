"""Customers as the segment pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.insight.value import queries as value
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@dataclass(frozen=True, slots=True)
class Person:
    """One row: who it is (masked as the viewer may see), where, and what they are worth."""

    id: int
    uuid: UUID
    name: str
    url: str
    place: str
    group: str
    orders: int | None
    net_minor: int | None
    moment: datetime | None = None


def people(request: Request, customer_ids: Sequence[int], moments: dict[int, datetime] | None = None) -> list[Person]:
    """Return customers in the order of ``customer_ids``, in two queries; those who are gone are left out."""
    found = customers.customers().filter(pk__in=customer_ids).select_related("standing").in_bulk()
    shops = customers.external_ids_of([pk for pk, one in found.items() if not one.name])
    labels = value.group_labels()
    return [
        _person(request, found[pk], shops.get(pk, ()), labels, (moments or {}).get(pk))
        for pk in customer_ids
        if pk in found
    ]


def _person(
    request: Request, customer: Customer, identities: Iterable[Any], labels: dict[str, str], moment: datetime | None
) -> Person:
    standing = getattr(customer, "standing", None)
    return Person(
        id=customer.pk,
        uuid=customer.uuid,
        name=shown_name(request, customer, identities),
        url=customer_url(customer.uuid),
        place=" · ".join(part for part in (customer.city, formats.country(customer.country)) if part),
        group=labels.get(standing.rfm_group, "") if standing else "",
        orders=standing.orders if standing else None,
        net_minor=standing.net_minor if standing else None,
        moment=moment,
    )


def shown_name(request: Request, customer: Customer, identities: Iterable[Any] = ()) -> str:
    """Return what to call a customer: the name as the viewer may see it, else an id from a shop."""
    if customer.name:
        return customer.name if may(request, "customers.view_contacts") else mask.name(customer.name)
    first = next(iter(identities), None)
    return first.value if first else _("Customer %(number)s") % {"number": customer.pk}


def customer_url(uuid: UUID) -> str:
    """Return the address of a customer's own page; nothing where there is no such page."""
    try:
        return reverse("web:customer", args=[uuid])
    except NoReverseMatch:
        return ""
