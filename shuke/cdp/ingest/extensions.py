"""What the collector holds about people: copies of what they sent, sealed."""

from datetime import datetime
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.cdp.ingest import actions
from shuke.cdp.ingest.queries import people


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


def _keys(customer_ids: list[int]) -> tuple[list[int], list[str]]:
    """Their identities, and the values under which they could stand in an event."""
    held = [identity for customer_id in customer_ids for identity in customers.identities_of(customer_id)]
    contacts = [one.value for found in customers.contacts_of(customer_ids).values() for one in found]
    return [identity.pk for identity in held], [*(identity.value for identity in held), *contacts]
