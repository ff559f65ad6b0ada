"""What the log holds about people: ids, amounts, and what they did as other systems told it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.cdp.events import actions
from shuke.cdp.events.models import Event

MOST_EXPORTED = 50_000


class EventsPersonalData:
    """Shows a person their history; forgets what they did, and keeps what was done with their orders as bare ids."""

    name = "events"
    fields: frozenset[str] = frozenset()

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return everything that happened, oldest first."""
        found = Event.objects.filter(customer_id__in=customer_ids).order_by("occurred_at", "pk")
        rows = found.values_list("occurred_at", "name", "source", "properties")[:MOST_EXPORTED]
        return {
            "events": [
                {"occurred_at": at, "event": name, "source": source, "details": said} for at, name, source, said in rows
            ]
        }

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Remove behaviour, also under the devices it was seen from, and unlink nothing else: ids name nobody."""
        theirs = Event.objects.filter(customer_id__in=customer_ids, identity_id__isnull=False)
        devices = [pk for pk in theirs.values_list("identity_id", flat=True).distinct() if pk is not None]
        removed = 0
        while some := self._remove_some(customer_ids, devices, now):
            removed += some
        kept = Event.objects.filter(customer_id__in=customer_ids).count()
        return {"behaviour_removed": removed, "facts_kept": kept}

    def _remove_some(self, customer_ids: list[int], identity_ids: list[int], now: datetime) -> int:
        with transaction.atomic():
            return actions.forget_behaviour(customer_ids, identity_ids, now=now)
