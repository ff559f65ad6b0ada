"""What connections hold about people, for how long, and what they show on others' pages."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import queries as customers
from shuke.integrations import actions, queries
from shuke.integrations.actions.writing import mark
from shuke.integrations.models import Delivery
from shuke.integrations.rules.records import phone_key
from shuke.platform.crypto.sealing import Unreadable

_AT_ONCE = 500
_MOST_EXPORTED = 5_000


class ConnectionsPersonalData:
    """Shows a person the calls in which they stand, and empties them."""

    name = "integrations"
    fields = frozenset({"integrations.Delivery.sealed", "integrations.Delivery.subjects"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what platforms said about them, while it is kept."""
        return {"deliveries": [_shown(one) for one in _theirs(customer_ids)[:_MOST_EXPORTED]]}

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Empty those calls. Asks the customers' tables whose they are, so it comes before those."""
        count = actions.forget([one.pk for one in _theirs(customer_ids)])
        return {"deliveries_emptied": count} if count else {}


def _theirs(customer_ids: list[int]) -> list[Delivery]:
    held = [identity.value for one in customer_ids for identity in customers.identities_of(one)]
    contacts = [one.value for found in customers.contacts_of(customer_ids).values() for one in found]
    values = {value for value in (*held, *contacts) if value}
    keys = values | {phone_key(value) for value in values if value.startswith("+")}
    found = {one.pk: one for one in queries.deliveries_about({mark(value) for value in keys})}
    wanted = [value.casefold().encode() for value in values if len(value) >= 5]
    for one in queries.unread_deliveries().iterator():
        try:
            body = actions.opened(one).lower()
        except Unreadable:
            continue
        if any(value in body for value in wanted):
            found[one.pk] = one
    return list(found.values())


def _shown(one: Delivery) -> dict[str, Any]:
    try:
        body = actions.opened(one).decode("utf-8", "replace") if one.sealed else ""
    except Unreadable:
        body = ""
    return {"received_at": one.received_at, "topic": one.topic, "body": body}


class OldDeliveries:
    """Calls of platforms, after they were dealt with."""

    name = "deliveries"
    label = _("Calls of connected shops")
    help = _(
        "What platforms sent, as it came. Orders and customers that came of it stay; it can no longer be replayed."
    )
    usual_days = 30
    least_days = 3

    def count(self, before: datetime) -> int:
        """Return how many came before a moment."""
        return queries.count_before(before)

    def remove_some(self, before: datetime, *, now: datetime) -> int:  # noqa: ARG002  the port hands it to all
        """Remove some of them."""
        return actions.remove_some(before, limit=_AT_ONCE)


def live(_subject: int, _viewer: Any, _now: datetime) -> dict[str, Any] | None:
    """Return the newest calls of shops, for the page of live events; None while there are none."""
    found = queries.newest()
    return {"deliveries": found} if found else None
