"""What the log holds about people: ids, amounts, and what they did as other systems told it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.events import actions, queries
from shuke.cdp.events.models import Event

_AT_ONCE = 1_000
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


class Behaviour:
    """What people did, as web shops and apps told it: page views, searches, carts."""

    name = "behaviour"
    label = _("Behaviour (page views, searches, carts)")
    help = _("Older events leave the log and the warehouse; orders and what became of them stay.")
    usual_days = 0
    least_days = 30

    def count(self, before: datetime) -> int:
        """Return how many events are older."""
        return queries.behaviour_counts(before=before)

    def remove_some(self, before: datetime, *, now: datetime) -> int:
        """Remove a batch of them."""
        with transaction.atomic():
            return actions.forget_old_behaviour(before=before, now=now, limit=_AT_ONCE)
