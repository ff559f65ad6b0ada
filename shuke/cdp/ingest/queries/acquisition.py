"""What brought a customer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from shuke.cdp.customers import queries as customers
from shuke.cdp.ingest.models import Acquisition
from shuke.cdp.ingest.rules.touches import FIELDS, Touch, earliest, latest


@dataclass(frozen=True, slots=True)
class Brought:
    """The first touch and the last of one customer, over all the devices they were seen on."""

    first: Touch
    last: Touch


def of_customer(customer_id: int) -> Brought | None:
    """Return what brought a customer; None for whoever never came through a browser or an app."""
    identities = [identity.pk for identity in customers.identities_of(customer_id)]
    return together(Acquisition.objects.filter(identity_id__in=identities))


def together(rows: Iterable[Acquisition]) -> Brought | None:
    """Return the touches of somebody with several identities."""
    found = list(rows)
    first = reduce(earliest, map(first_of, found), None)
    last = reduce(latest, map(last_of, found), None)
    return Brought(first, last) if first and last else None


def first_of(row: Acquisition) -> Touch:
    """Return the first touch of an identity."""
    return _touch(row.first, row.first_at)


def last_of(row: Acquisition) -> Touch:
    """Return the last touch of an identity."""
    return _touch(row.last, row.last_at)


def _touch(said: dict[str, str], at: datetime) -> Touch:
    return Touch(at, **{name: said.get(name, "") for name in FIELDS})
