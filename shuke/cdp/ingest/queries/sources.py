"""Sources with how they are doing."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, QuerySet, Sum

from shuke.cdp.ingest.engine.preparing import Sender
from shuke.cdp.ingest.errors import UnknownSource
from shuke.cdp.ingest.models import ConsentMode, DeadLetter, Inbox, LetterState, Observation, Source, SourceKind, Tally
from shuke.platform.company import queries as company

RECENT = timedelta(minutes=5)
# Outcomes that mean that an event is in the log, or was there already.
WELL = frozenset({"accepted", "duplicate", "mended"})


@dataclass(slots=True)
class Health:
    """How one source is doing: events a second just now, its last event, and outcomes of the last days by name."""

    per_second: float = 0.0
    last_at: datetime | None = None
    outcomes: dict[str, int] = field(default_factory=dict)
    letters: int = 0
    problems: int = 0

    @property
    def accepted(self) -> int:
        """Return how many events went into the log."""
        return self.outcomes.get("accepted", 0)

    @property
    def kept_out(self) -> int:
        """Return how many events did not, and were none that had come before."""
        return sum(count for outcome, count in self.outcomes.items() if outcome not in WELL)


def sender_of(row: Source) -> Sender:
    """Return what of a source decides about its events."""
    return Sender(
        source_id=row.pk,
        is_browser=row.kind in (SourceKind.BROWSER, SourceKind.MINI_PROGRAM),
        filters_bots=row.filters_bots,
        needs_consent=row.consent_mode == ConsentMode.REQUIRED,
        shop=row.shop.code,
        is_order_truth=row.is_order_truth,
    )


def sources(*, archived: bool = False) -> list[Source]:
    """Return the sources at work, or those that were closed, by name."""
    found = Source.objects.select_related("shop").filter(archived_at__isnull=not archived)
    return list(found.order_by("name", "pk"))


def source(uuid: UUID) -> Source:
    """Return one source. Raises ``UnknownSource``."""
    found = Source.objects.select_related("shop").filter(uuid=uuid).first()
    if found is None:
        raise UnknownSource("no such source")
    return found


def names() -> dict[int, str]:
    """Return what every source is called, by id."""
    return dict(Source.objects.values_list("pk", "name"))


def health(*, now: datetime, days: int = 7) -> dict[int, Health]:
    """Return how each source is doing, in a number of queries that does not depend on how many there are."""
    found: dict[int, Health] = defaultdict(Health)
    since = (now - timedelta(days=days - 1)).date()
    by_source = Tally.objects.filter(day__gte=since).values("source_id", "outcome").annotate(total=Sum("count"))
    for tally in by_source:
        found[tally["source_id"]].outcomes[tally["outcome"]] = tally["total"]
    recent = Inbox.objects.filter(received_at__gte=now - RECENT).values("source_id").annotate(total=Sum("events"))
    for arrived in recent:
        found[arrived["source_id"]].per_second = arrived["total"] / RECENT.total_seconds()
    seen = Observation.objects.filter(problem="").values("source_id").annotate(last=Max("last_at"))
    for observation in seen:
        found[observation["source_id"]].last_at = observation["last"]
    for source_id, total in _counted(DeadLetter.objects.filter(state=LetterState.OPEN)):
        found[source_id].letters = total
    for source_id, total in _counted(Observation.objects.exclude(problem="")):
        found[source_id].problems = total
    return found


def _counted(rows: QuerySet[Any]) -> list[tuple[int, int]]:
    return list(rows.order_by().values("source_id").annotate(total=Count("pk")).values_list("source_id", "total"))


def outcomes_by_day(source_id: int, *, now: datetime, days: int = 14) -> list[tuple[date, str, int]]:
    """Return day, outcome and count of one source, oldest first."""
    since = (now - timedelta(days=days - 1)).date()
    rows = Tally.objects.filter(source_id=source_id, day__gte=since).order_by("day", "outcome")
    return list(rows.values_list("day", "outcome", "count"))


def observed(source_id: int) -> list[Observation]:
    """Return the events a source sends, the busiest first."""
    return list(Observation.objects.filter(source_id=source_id, problem="").order_by("-count", "name")[:200])


def departures(source_id: int) -> list[Observation]:
    """Return where a source departs from the tracking plan, the most frequent first."""
    found = Observation.objects.filter(source_id=source_id).exclude(problem="")
    return list(found.order_by("-count", "name", "problem", "field")[:200])


def turned_away(*, now: datetime, days: int = 7) -> dict[str, int]:
    """Return how many requests without a valid key were turned away, by outcome."""
    since = (now - timedelta(days=days - 1)).date()
    rows = Tally.objects.filter(source_id=0, day__gte=since).values("outcome").annotate(total=Sum("count"))
    return {row["outcome"]: row["total"] for row in rows}


def shops_by_code() -> dict[str, int | None]:
    """Return the shop behind each source of events: a shop's own connection, or a source that belongs to it."""
    owned = {one.code: one.shop_id for archived in (False, True) for one in sources(archived=archived)}
    return {**{shop.code: shop.pk for shop in company.shops()}, **owned}
