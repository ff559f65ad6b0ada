"""The card on a customer's page that says whom they may be the same as."""

from datetime import datetime
from typing import Any

from shuke.cdp.quality.queries import suggestions as queries


def card(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:
    """Return the open suggestions with a customer, the likeliest first; None where there are none."""
    del viewer, now
    found = sorted(queries.open_pairs([customer_id]).values(), key=lambda row: -row.probability)
    return {"suggestions": found[:5], "count": len(found)} if found else None
