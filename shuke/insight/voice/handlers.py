"""What the collector hears: reviews of products."""

from collections.abc import Sequence
from typing import Any

from shuke.cdp.events.actions import Provenance
from shuke.insight.voice import actions, rules
from shuke.insight.voice.actions import TextRecord
from shuke.insight.voice.errors import BadText
from shuke.platform.company.models import Shop
from shuke.platform.manifest import Heard


def hear(shop: Shop, heard: Sequence[Heard], by: Provenance) -> None:
    """Keep reviews. Without an id of its own a review is known by the message it came in."""
    records = []
    for one in heard:
        record = _record(one)
        try:
            actions.check(record, now=by.now)
        except BadText:  # an empty review, or stars alone: there is nothing to read
            continue
        records.append(record)
    if records:
        actions.take(shop, records, source=f"collector:{shop.code}"[:64], by=by)


def _record(one: Heard) -> TextRecord:
    said = one.properties
    return TextRecord(
        external_id=str(said.get("review_id") or one.message)[:200], body=str(said.get("review_body") or "")[: rules.MOST_CHARS],
        written_at=one.occurred_at, rating=_stars(said.get("rating")), product=str(said.get("product_id") or "")[:120],
        customer_id=one.customer_id, identity_id=one.identity_id,
    )  # fmt: skip


def _stars(said: Any) -> int | None:
    """Return one to five stars, or None for what is no number of stars."""
    try:
        found = round(float(said))
    except (TypeError, ValueError, OverflowError):
        return None
    return found if 1 <= found <= 5 else None
