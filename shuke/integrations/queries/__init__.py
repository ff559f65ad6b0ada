"""Questions about connections."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from shuke.integrations.errors import UnknownConnection
from shuke.integrations.models import Connection, ConnectionState, Delivery, DeliveryState, Refusal, Sync

# What the sealed columns are sealed as.
SEALED_AS, SECRETS_SEALED_AS = b"integrations.delivery", b"integrations.secrets"
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection is doing: what waits and since when, what failed, what came in a week."""

    waiting: int = 0
    since: datetime | None = None
    failed: int = 0
    week: int = 0


def connections() -> list[Connection]:
    """Return every connection, the open ones first."""
    return list(Connection.objects.select_related("shop").order_by("closed_at", "name", "pk"))


def connection(uuid: UUID) -> Connection:
    """Return a connection by public id. Raises ``UnknownConnection``."""
    found = Connection.objects.select_related("shop").filter(uuid=uuid).first()
    if found is None:
        raise UnknownConnection(_("There is no such connection."))
    return found


def by_id(pk: int) -> Connection | None:
    """Return the open connection with this id, or None."""
    found = Connection.objects.select_related("shop").filter(pk=pk)
    return found.exclude(state=ConnectionState.CLOSED).first()


def by_token(kind: str, token: str) -> Connection | None:
    """Return the open connection that an address belongs to, or None."""
    found = Connection.objects.select_related("shop").filter(kind=kind, token=token)
    return found.exclude(state=ConnectionState.CLOSED).first()


def deliveries(of: Connection, *, state: str = "") -> QuerySet[Delivery]:
    """Return the deliveries of a connection, for a page to cut; without their bodies."""
    found = Delivery.objects.filter(connection=of).defer("sealed", "subjects")
    return found.filter(state=state) if state in DeliveryState.values else found


def newest(limit: int = 15) -> list[Delivery]:
    """Return the newest deliveries of all connections."""
    return list(Delivery.objects.defer("sealed", "subjects").select_related("connection").order_by("-pk")[:limit])


def delivery(of: Connection, pk: int) -> Delivery:
    """Return one delivery. Raises ``UnknownConnection``."""
    found = Delivery.objects.filter(connection=of, pk=pk).select_related("connection__shop").first()
    if found is None:
        raise UnknownConnection(_("There is no such delivery."))
    return found


def health(*, now: datetime) -> dict[int, Health]:
    """Return how each connection is doing, by its id; those without deliveries are left out."""
    week = Q(received_at__gte=now - WEEK)
    waiting, failed = Q(state=DeliveryState.STORED), Q(state=DeliveryState.FAILED)
    found = Delivery.objects.values("connection_id").annotate(
        waiting=Count("pk", filter=waiting), since=Min("received_at", filter=waiting),
        failed=Count("pk", filter=failed), week=Count("pk", filter=week),
    )  # fmt: skip
    return {row["connection_id"]: Health(row["waiting"], row["since"], row["failed"], row["week"]) for row in found}


def refusals(of: Connection, *, now: datetime) -> dict[str, int]:
    """Return how many calls were turned away in a week, by reason."""
    found = Refusal.objects.filter(connection=of, day__gt=(now - WEEK).date())
    return dict(found.order_by("reason").values_list("reason").annotate(Sum("count")))


def syncs(of: Connection, limit: int = 5) -> list[Sync]:
    """Return the last walks through the shop's records, newest first."""
    return list(Sync.objects.filter(connection=of).order_by("-pk")[:limit])


def deliveries_about(marks: Iterable[str]) -> list[Delivery]:
    """Return the deliveries in which one of these keys of a person stands."""
    found: dict[int, Delivery] = {}
    for mark in sorted(marks):  # a person has a handful of keys
        found |= {one.pk: one for one in Delivery.objects.filter(subjects__contains=f" {mark} ")}
    return list(found.values())


def unread_deliveries() -> QuerySet[Delivery]:
    """Return deliveries of which nobody knows whose keys stand in them: they wait, or could not be read."""
    return Delivery.objects.filter(subjects="", state__in=(DeliveryState.STORED, DeliveryState.FAILED)).exclude(
        sealed=b""
    )


def count_before(moment: datetime) -> int:
    """Return how many calls that were dealt with came before a moment."""
    return Delivery.objects.filter(received_at__lt=moment).exclude(state=DeliveryState.STORED).count()
