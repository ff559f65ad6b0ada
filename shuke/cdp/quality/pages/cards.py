"""Customers as the quality pages show them, masked for whoever may not see more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Channel, Customer, Identity
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

MASKS = {Channel.EMAIL: mask.email, Channel.PHONE: mask.phone, Channel.ADDRESS: mask.address}


@dataclass(frozen=True, slots=True)
class Card:
    """One customer: what they are called, where, and how they are reached (masked; kinds only for some)."""

    id: int
    uuid: UUID
    name: str
    url: str
    place: str
    birthday: date | None
    since: datetime
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    shops: list[str] = field(default_factory=list)


def cards(request: Request, customer_ids: Iterable[int]) -> dict[int, Card]:
    """Return cards by customer, in a constant number of queries."""
    found = customers.cards_of(customer_ids)
    contacts = customers.contacts_of(found)
    shops = customers.external_ids_of(found)
    names = {shop.code: shop.name for shop in company.shops()}
    return {pk: _card(request, one, contacts.get(pk, ()), shops.get(pk, ()), names) for pk, one in found.items()}


def _card(
    request: Request,
    customer: Customer,
    contacts: Iterable[customers.Contact],
    accounts: Sequence[Identity],
    shops: dict[str, str],
) -> Card:
    sees_contacts = may(request, "customers.view_contacts")
    shown: dict[str, list[str]] = {"email": [], "phone": [], "address": []}
    for contact in contacts:
        masked = MASKS[Channel(contact.channel)](contact.value) if sees_contacts else "***"
        shown.setdefault(contact.channel, []).append(masked)
    return Card(
        id=customer.pk,
        uuid=customer.uuid,
        name=called(request, customer, accounts),
        url=url_of(customer),
        place=" · ".join(part for part in (customer.city, customer.region, formats.country(customer.country)) if part),
        birthday=customer.birthday if sees_contacts else None,
        since=customer.first_seen_at,
        emails=shown["email"],
        phones=shown["phone"],
        addresses=shown["address"],
        shops=[f"{shops.get(one.namespace, one.namespace)} · {one.value}" for one in accounts],
    )


def called(request: Request, customer: Customer, accounts: Sequence[Identity] = ()) -> str:
    """Return what to call a customer: the name as the viewer may see it, else an id from a shop."""
    if customer.name:
        return customer.name if may(request, "customers.view_contacts") else mask.name(customer.name)
    return accounts[0].value if accounts else _("Customer %(number)s") % {"number": customer.pk}


def merging_url(survivor: Card, merged: Card) -> str:
    """Return the address where a merge of the two is decided field by field; nothing where there is no such page."""
    try:
        asked = urlencode({"with": str(merged.uuid), "survivor": str(survivor.uuid)})
        return f"{reverse('web:customer_merge', args=[survivor.uuid])}?{asked}"
    except NoReverseMatch:
        return ""


def url_of(customer: Customer) -> str:
    """Return the address of a customer's own page; nothing where there is no such page."""
    try:
        return reverse("web:customer", args=[customer.uuid])
    except NoReverseMatch:
        return ""
