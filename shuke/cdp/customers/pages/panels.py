"""Pieces of the page of one customer."""

from datetime import datetime
from typing import Any

from shuke.cdp.customers import queries
from shuke.cdp.customers.queries import consents, wording
from shuke.cdp.customers.rules.consent import MARKETING


def permissions(customer_id: int, _viewer: Any, now: datetime) -> dict[str, Any] | None:
    """Return, per channel, whether marketing is permitted as far as is known, and why not; nothing without an address."""
    found = [wording.described(one) for one in consents.permissions_of(customer_id, now=now)]
    marketing = [one for one in found if one.known.known.purpose == MARKETING and not one.topic]
    # Of several addresses the one that permits most speaks for its channel.
    best = {one.channel: one for one in sorted(marketing, key=lambda one: one.is_permitted)}
    if not best:
        return None
    return {"permissions": list(best.values()), "uuid": queries.uuids_of([customer_id])[customer_id]}
