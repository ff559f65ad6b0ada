"""Reading the log."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.events.models import Event, Subscription
from shuke.platform.manifest import installed

# A row of ``Subscription`` that is nobody's: the last position ever given, once the newest events have been removed.
LAST_GIVEN = "log"
# What kinds of events are called wherever people choose among them.
LABELS: Mapping[str, str | Promise] = {
    "order.placed": _("Orders"),
    "order.changed": _("Changed orders"),
    "order.paid": _("Orders paid"),
    "order.shipped": _("Orders shipped"),
    "order.delivered": _("Orders delivered"),
    "order.completed": _("Orders completed"),
    "order.cancelled": _("Orders cancelled"),
    "checkout.abandoned": _("Abandoned carts"),
    "checkout.recovered": _("Recovered carts"),
    "order.refunded": _("Refunds"),
    "refund.changed": _("Changed refunds"),
    "sales.adjusted": _("Corrections"),
    "customer.created": _("Became known"),
    "customer.changed": _("Changed details"),
    "customer.tagged": _("Tagged"),
    "customer.untagged": _("Untagged"),
    "customer.called": _("Calls"),
    "customer.merged": _("Merges"),
    "customer.split": _("Merges undone"),
    "customer.attributes_changed": _("Attributes changed"),
    "consent.requested": _("Consent asked for"),
    "consent.granted": _("Consent given"),
    "consent.withdrawn": _("Consent ended"),
    "contact.suppressed": _("Addresses suppressed"),
    "contact.unsuppressed": _("Suppressions lifted"),
    "customer.erased": _("Erased"),
    "customer.restricted": _("Use restricted"),
    "anomaly.noticed": _("Unusual figures"),
    "segment.entered": _("Entered a segment"),
    "segment.left": _("Left a segment"),
    "journey.entered": _("Began a journey"),
    "journey.exited": _("Ended a journey"),
    "text.received": _("Wrote something"),
    "message.suppressed": _("Messages held back"),
    "message.sent": _("Messages sent"),
    "message.failed": _("Messages that failed"),
    "message.delivered": _("Messages delivered"),
    "message.opened": _("Messages opened"),
    "message.clicked": _("Clicks in messages"),
    "message.bounced": _("Messages that came back"),
    "message.complained": _("Complaints of spam"),
    "message.unsubscribed": _("Unsubscribed from messages"),
    "message.replied": _("Answers to messages"),
    "Page Viewed": _("Viewed a page"),
    "Product Viewed": _("Looked at a product"),
    "Products Searched": _("Searched the shop"),
    "Product Added": _("Put a product in the cart"),
    "Product Removed": _("Took a product out of the cart"),
    "Cart Viewed": _("Looked at the cart"),
    "Checkout Started": _("Began to pay"),
}


def label_of(name: str) -> str:
    """Return what a kind of event is called; shops' own kinds keep their names.

    >>> label_of("Sock Darned")
    'Sock Darned'
    """
    return str(LABELS.get(name, name))


def after(position: int, *, limit: int) -> list[Event]:
    """Return up to ``limit`` numbered events after ``position``, in order."""
    return list(Event.objects.filter(position__gt=position).order_by("position")[:limit])


def last_position() -> int:
    """Return the position of the newest numbered event, 0 for an empty log."""
    return Event.objects.aggregate(last=Max("position"))["last"] or 0


def cursor_of(subscriber: str) -> int:
    """Return how far ``subscriber`` has read."""
    return Subscription.objects.filter(name=subscriber).values_list("position", flat=True).first() or 0


def undelivered() -> int:
    """Return how many positions the subscriber that is furthest behind has still to read."""
    furthest = Subscription.objects.exclude(name=LAST_GIVEN).aggregate(least=Min("position"))["least"]
    return last_position() - furthest if furthest is not None else last_position()


def by_uuid(uuid: UUID) -> Event | None:
    """Return the event of that id, if the log holds it."""
    return Event.objects.filter(uuid=uuid).first()


def holds_live(*, after: int) -> bool:
    """Return whether anything but history came after a position."""
    return Event.objects.filter(position__gt=after, historical=False).exists()


def count() -> int:
    """Return how many events the log holds."""
    return Event.objects.count()


@dataclass(frozen=True, slots=True)
class Past:
    """Whose events a timeline tells: what arrived under these identities, and what concerns these customers as such."""

    identity_ids: Sequence[int]
    customer_ids: Sequence[int]

    def condition(self) -> Q:
        """Return the condition for these events. An event with an identity belongs to whoever the identity belongs to."""
        as_such = Q(customer_id__in=self.customer_ids, identity_id__isnull=True)
        return as_such | Q(identity_id__in=self.identity_ids)


def timeline_of(past: Past, *, names: Sequence[str] = (), before: datetime | None = None) -> QuerySet[Event]:
    """Return a person's events, newest first, optionally only some kinds or only before a moment."""
    events = Event.objects.filter(past.condition())
    if names:
        events = events.filter(name__in=names)
    if before is not None:
        events = events.filter(occurred_at__lt=before)
    return events.order_by("-occurred_at", "-id")


def kinds_of(past: Past) -> dict[str, int]:
    """Return how many events of each kind a person has."""
    counted = Event.objects.filter(past.condition()).values("name").annotate(n=Count("pk")).order_by("name")
    return {row["name"]: row["n"] for row in counted}


def identities_beyond_import(identity_ids: Sequence[int], *, import_id: int) -> set[int]:
    """Return those identities under which something arrived that this import did not write."""
    others = Event.objects.filter(identity_id__in=identity_ids).exclude(import_id=import_id)
    return {pk for pk in others.values_list("identity_id", flat=True).distinct() if pk is not None}


def customers_beyond_import(customer_ids: Sequence[int], *, import_id: int) -> set[int]:
    """Return those customers to whom something happened that this import did not write."""
    others = Event.objects.filter(customer_id__in=customer_ids).exclude(import_id=import_id)
    return {pk for pk in others.values_list("customer_id", flat=True).distinct() if pk is not None}


def own_names() -> set[str]:
    """Return the names of the events that our own domains publish; all others came from outside."""
    return {str(vars(event)["NAME"]) for found in installed() for event in found.publishes}


def behaviour_counts(*, before: datetime) -> int:
    """Return how many events from outside are older than a moment."""
    return Event.objects.exclude(name__in=own_names()).filter(occurred_at__lt=before).count()


class Envelope:
    """An event as projections read it: without the cost of a model instance, its properties parsed when asked for."""

    __slots__ = (
        "_properties", "customer_id", "historical", "identity_id", "import_id", "name", "occurred_at", "position",
        "received_at", "said", "source", "uuid",
    )  # fmt: skip

    def __init__(self, row: tuple[Any, ...]) -> None:
        (
            self.position, self.uuid, self.name, self.identity_id, self.customer_id, self.occurred_at,
            self.received_at, self.source, self.historical, self.import_id, self.said,
        ) = row  # fmt: skip
        self._properties: dict[str, Any] | None = None

    @property
    def properties(self) -> dict[str, Any]:
        """Return what the event says."""
        if self._properties is None:
            self._properties = json.loads(self.said)
        return self._properties


def envelopes(
    *,
    after: int = 0,
    until: int | None = None,
    limit: int | None = None,
    import_ids: Sequence[int] = (),
    customer_ids: Collection[int] = (),
    identity_ids: Collection[int] = (),
) -> list[Envelope]:
    """Return numbered events after a position and up to another, in order.

    If any are named, only those of some imports, or of some people (written for a customer or under an identity).
    """
    found = Event.objects.filter(position__gt=after)
    if until is not None:
        found = found.filter(position__lte=until)
    if import_ids:
        found = found.filter(import_id__in=import_ids)
    if customer_ids or identity_ids:
        found = found.filter(Q(customer_id__in=customer_ids) | Q(identity_id__in=identity_ids))
    return _in_envelopes(found, limit)


def called(names: Sequence[str], *, after: int, until: int, limit: int, live_only: bool = False) -> list[Envelope]:
    """Return what a subscriber waits for: numbered events of these names between two positions, in order."""
    found = Event.objects.filter(position__gt=after, position__lte=until, name__in=names)
    return _in_envelopes(found.filter(historical=False) if live_only else found, limit)


def of_people(names: Collection[str], customer_ids: Collection[int], *, after: int) -> list[Envelope]:
    """Return what happened lately to some customers: numbered live events of these names after a position, in order."""
    found = Event.objects.filter(customer_id__in=customer_ids, name__in=names, position__gt=after, historical=False)
    return _in_envelopes(found, None)


def lived(names: Collection[str], *, since: datetime, until: datetime, limit: int) -> list[Envelope]:
    """Return what happened to customers between two moments of their lives, history included, as it happened.

    Reads the log from end to end: for looking back now and then, not for following it.
    """
    found = Event.objects.filter(
        name__in=names, occurred_at__gte=since, occurred_at__lt=until, customer_id__isnull=False, position__isnull=False
    )
    return [Envelope(row) for row in _rows(found).order_by("occurred_at", "position")[:limit]]


def kinds_seen(*, limit: int = 200) -> list[str]:
    """Return the names of the events that the newest part of the log holds, the most frequent first."""
    newest = Event.objects.order_by("-id").values("name")[:20_000]
    counted = Counter(newest.values_list("name", flat=True))
    return [name for name, _count in counted.most_common(limit)]


def _in_envelopes(found: QuerySet[Event], limit: int | None) -> list[Envelope]:
    return [Envelope(row) for row in _rows(found).order_by("position")[:limit]]


def _rows(found: QuerySet[Event]) -> QuerySet[Event, Any]:
    """Return events in the columns of an envelope."""
    return found.values_list(
        "position", "uuid", "name", "identity_id", "customer_id", "occurred_at", "received_at", "source", "historical",
        "import_id", Cast("properties", TextField()),
    )  # fmt: skip
