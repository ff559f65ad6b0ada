"""Questions about audiences that leave the house."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Purpose
from shuke.cdp.customers.queries import reaching, wording
from shuke.crm.audiences import errors, rules
from shuke.crm.audiences.models import Destination, Layout, Run, Shared
from shuke.insight.segments import queries as segments
from shuke.platform.manifest import Use

VIEW, MANAGE = "audiences.view", "audiences.manage"
CALL_SEALED_AS, LINE_SEALED_AS = b"audiences.call", b"audiences.line"
_AT_ONCE = 2_000
# What somebody said against advertising counts against advertisers too, whatever they permitted about sharing.
_AGAINST_ADVERTISING = frozenset({"withdrawn", "refused", "objected"})


@dataclass(slots=True)
class Found:
    """Lines of some members, each with its customer; and how many addresses were withheld, by reason."""

    lines: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    withheld: Counter[str] = field(default_factory=Counter)


def destinations(*, is_archived: bool = False) -> QuerySet[Destination]:
    """Return destinations with their segments, how many lines the other side holds, and how the last run ended."""
    last = Run.objects.filter(destination=OuterRef("pk")).order_by("-pk")
    held = Shared.objects.filter(destination=OuterRef("pk")).order_by().values("destination").annotate(n=Count("pk"))
    return (
        Destination.objects.filter(archived_at__isnull=not is_archived)
        .select_related("segment")
        .annotate(
            held=Subquery(held.values("n")[:1]), last_state=Subquery(last.values("state")[:1]),
            last_at=Subquery(last.values("began_at")[:1]),
        )
        .order_by("name", "pk")
    )  # fmt: skip


def by_uuid(uuid: UUID) -> Destination:
    """Return a destination. Raises ``UnknownDestination``."""
    found = Destination.objects.select_related("segment").filter(uuid=uuid).first()
    if found is None:
        raise errors.UnknownDestination(_("There is no such destination."))
    return found


def runs_of(destination: Destination, *, limit: int = 30) -> list[Run]:
    """Return the latest runs, newest first, each with ``reasons``: why addresses were withheld, in words, and how many."""
    found = list(Run.objects.filter(destination=destination).order_by("-pk")[:limit])
    for run in found:
        run.reasons = [(_why(code), n) for code, n in sorted(run.report.get("withheld", {}).items())]  # type: ignore[attr-defined]
    return found


def _why(code: str) -> str:
    if code == "unfit":
        return _("cannot be written in this layout")
    return str(wording.why(f"{code}:" if code == "suppressed" else code))


def held_by(destination: Destination) -> int:
    """Return how many lines the other side holds."""
    return Shared.objects.filter(destination=destination).count()


def due(now: datetime) -> list[Destination]:
    """Return the destinations whose time has come."""
    return list(Destination.objects.filter(archived_at=None, next_at__lte=now).order_by("next_at")[:100])


def uses() -> list[Use]:
    """Return which segments are sent somewhere."""
    return [
        Use(
            f"segment:{one.segment.uuid}", _("Audience “%(name)s”") % {"name": one.name},
            reverse("audiences:detail", args=[one.uuid]),
        )
        for one in Destination.objects.filter(archived_at=None).select_related("segment").order_by("name")
    ]  # fmt: skip


def member_ids(destination: Destination) -> Sequence[int]:
    """Return who is in the segment now: its rule is asked anew, so that nobody goes out who has just left."""
    segment = destination.segment
    if segment.is_list:
        return segments.listed_ids(segment)
    return segments.present_ids(segment, as_of=segments.today())


def lines(destination: Destination, customer_ids: Sequence[int], *, now: datetime) -> Iterator[Found]:
    """Yield what may be told of members, some thousand at a time: a constant number of queries for each piece.

    An address goes only if the person permitted sharing it and said nothing against advertising to it. Ids need no
    permission, since they tell nobody anything that does not know them; who had the use of their data restricted is left out.
    """
    for start in range(0, len(customer_ids), _AT_ONCE):
        some = customer_ids[start : start + _AT_ONCE]
        yield _ids(some) if destination.layout == Layout.IDS else _addresses(destination.layout, some, now)


def _ids(customer_ids: Sequence[int]) -> Found:
    found = Found()
    cards, keys = customers.cards_of(customer_ids), customers.external_ids_of(customer_ids)
    for pk in customer_ids:
        card = cards.get(pk)
        if card is None or card.restricted_at or card.erased_at:
            found.withheld["restricted"] += 1
            continue
        held = keys.get(pk)
        found.lines.append((pk, {"customer": str(card.uuid), "external_id": held[0].value if held else ""}))
    return found


def _addresses(layout: str, customer_ids: Sequence[int], now: datetime) -> Found:
    found = Found()
    for channel in rules.channels_of(layout):
        shared = reaching.reaching(customer_ids, channel=channel, purpose=Purpose.THIRD_PARTY, topic="", now=now)
        advertised = reaching.reaching(customer_ids, channel=channel, purpose=Purpose.MARKETING, topic="", now=now)
        against = {one.place: one.reasons for held in advertised.values() for one in held}
        permitted = []
        for one in (each for held in shared.values() for each in held):
            if reasons := (*one.reasons, *filter(_is_against_advertising, against.get(one.place, ()))):
                found.withheld[reasons[0].partition(":")[0]] += 1
            else:
                permitted.append(one.place)
        for place, address in reaching.open_addresses(permitted).items():
            if line := rules.line_of(layout, channel, address):
                found.lines.append((place.customer_id, line))
            else:
                found.withheld["unfit"] += 1
    return found


def _is_against_advertising(reason: str) -> bool:
    return reason in _AGAINST_ADVERTISING or reason.startswith("suppressed")


def shared_with(customer_ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return to whom something about a person was handed, for the archive they may ask for."""
    rows = Shared.objects.filter(customer_id__in=customer_ids).order_by("since", "pk")
    told = rows.values_list("destination__name", "destination__layout", "since")
    return [{"audience": name, "layout": layout, "since": since} for name, layout, since in told]


def unfinished(destination: Destination) -> bool:
    """Whether a run is under way."""
    return Run.objects.filter(Q(destination=destination), state="running").exists()
