"""What the collector holds about people: copies of what they sent, sealed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.ingest import actions
from shuke.cdp.ingest.models import Acquisition
from shuke.cdp.ingest.queries import people
from shuke.cdp.ingest.rules.touches import FIELDS


class IngestPersonalData:
    """Shows a person the copies of what they sent, and forgets them."""

    name = "ingest"
    fields = frozenset({"ingest.Inbox.sealed", "ingest.DeadLetter.sealed", "ingest.DeadLetter.subjects"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return events as they came, while their copies are kept, and those that were put aside."""
        identities, values = _keys(customer_ids)
        return {"received": people.received(identities, values), "put_aside": people.put_aside(values)}

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Take their events out of the copies. Asks the customers' tables whose they are, so it comes before those."""
        identities, values = _keys(customer_ids)
        return actions.forget_people(identities, values)


class AcquisitionsDataset:
    """One row per identity that came through a browser or an app: what brought it, first and last."""

    name = "acquisitions"
    key = "identity_id"
    columns: Mapping[str, str] = {
        "identity_id": "int64", "first_at": "timestamp", "last_at": "timestamp",
        **{f"{which}_{name}": "string" for which in ("first", "last") for name in FIELDS},
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the identities that arrived somewhere."""
        return {event.identity_id for event in events if event.identity_id and "context" in event.properties}

    def rows(self, keys: list[int]) -> list[tuple[Any, ...]]:
        """Return the present rows of ``keys``."""
        return [_flat(row) for row in Acquisition.objects.filter(identity_id__in=keys)]

    def batches(self, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """Yield every row, by identity."""
        last = 0
        while found := list(Acquisition.objects.filter(identity_id__gt=last).order_by("identity_id")[:size]):
            yield [_flat(row) for row in found]
            last = found[-1].identity_id


def _flat(row: Acquisition) -> tuple[Any, ...]:
    said = [touch.get(name, "") for touch in (row.first, row.last) for name in FIELDS]
    return (row.identity_id, row.first_at, row.last_at, *said)


def _keys(customer_ids: list[int]) -> tuple[list[int], list[str]]:
    """Their identities, and the values under which they could stand in an event."""
    held = [identity for customer_id in customer_ids for identity in customers.identities_of(customer_id)]
    contacts = [one.value for found in customers.contacts_of(customer_ids).values() for one in found]
    return [identity.pk for identity in held], [*(identity.value for identity in held), *contacts]
