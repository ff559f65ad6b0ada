"""Customers as the engines see them: opened in memory, for as long as a batch takes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer, CustomerKind
from shuke.cdp.quality.engine.people import Address, Person
from shuke.cdp.quality.rules import addresses
from shuke.cdp.quality.rules.flaws import Values

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Read:
    """One customer, opened."""

    person: Person
    values: Values
    shops: frozenset[tuple[str, str]]


def live_ids(after: int, limit: int) -> list[int]:
    """Return the next customers, by id, who are people and neither merged nor erased."""
    found = _live().filter(pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])


def _live() -> QuerySet[Customer]:
    """People who are neither merged nor erased, nor have asked for their data to be left alone."""
    return customers.customers().filter(kind=CustomerKind.PERSON, erased_at__isnull=True, restricted_at__isnull=True)


def count() -> int:
    """Return how many customers take part."""
    return int(_live().count())


def read(customer_ids: Sequence[int]) -> dict[int, Read]:
    """Return those of ``customer_ids`` who take part, opened, in three queries."""
    rows = _live().filter(pk__in=customer_ids)
    found = {customer.pk: customer for customer in rows}
    contacts = customers.contacts_of(found)
    shops = customers.external_ids_of(found)
    return {
        pk: _opened(customer, contacts.get(pk, ()), frozenset((i.namespace, i.value) for i in shops.get(pk, ())))
        for pk, customer in found.items()
    }


def _opened(customer: Customer, contacts: Iterable[customers.Contact], shops: frozenset[tuple[str, str]]) -> Read:
    held: dict[str, list[str]] = {"email": [], "phone": [], "address": []}
    for contact in contacts:
        held.setdefault(contact.channel, []).append(contact.value)
    postal = [_address(text, customer) for text in held["address"]]
    if not postal and (customer.city or customer.region):
        postal = [Address("", "", customer.city or customer.region, customer.region)]
    born = customer.birthday
    person = Person(
        customer.pk, name=customer.name, emails=tuple(held["email"]), phones=tuple(held["phone"]),
        addresses=tuple(postal), birthday=f"{born:%Y%m%d}" if born else "",
    )  # fmt: skip
    values = Values(
        customer.name, customer.region, customer.city, born, tuple(held["email"]), tuple(held["phone"]),
        tuple(held["address"]),
    )  # fmt: skip
    return Read(person, values, shops)


def _address(text: str, customer: Customer) -> Address:
    read_parts = addresses.parts(text)
    street = f"{read_parts.district}{read_parts.street}" if read_parts.district else read_parts.street
    return Address(street, read_parts.postcode, read_parts.city or customer.city, read_parts.region or customer.region)


def people(customer_ids: Sequence[int]) -> Iterator[Person]:
    """Yield people in the order of ``customer_ids``; who is gone meanwhile is an empty person."""
    for start in range(0, len(customer_ids), _BATCH):
        some = customer_ids[start : start + _BATCH]
        found = read(some)
        for pk in some:
            yield found[pk].person if pk in found else Person(pk)
