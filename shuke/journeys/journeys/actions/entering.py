"""Letting people into a journey: who may, who may not yet again, whom chance holds out, and when they begin."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.queries import merging
from shuke.cdp.events import queries as events
from shuke.cdp.events.actions import NewEvent, Provenance, publish
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import gate
from shuke.journeys.journeys.models import Journey, JourneyState, JourneyVersion, Refusal, Run, RunState, Trouble
from shuke.journeys.journeys.queries import facts
from shuke.journeys.journeys.rules import chance
from shuke.journeys.journeys.rules.graph import Settings
from shuke.kernel.errors import ShukeError
from shuke.kernel.ids import uuid7
from shuke.platform.db.bulk import insert_rows
from shuke.platform.jobs.actions import enqueue
from shuke.vocabulary.journeys import JourneyEntered, JourneyExited

ADVANCE = "journeys.advance"
# Journeys that set each other off: so many in a row, then it is a loop.
MOST_DEEP = 5
# What a journey did so lately may be what sets the next one off.
_ECHO = timedelta(minutes=10)
AT_ONCE = 500
_RUN = (
    "uuid", "journey_id", "version_id", "customer_id", "state", "step", "hop", "entered_at", "arrived_at", "due_at", "awaits",
    "is_called", "since", "position", "cause", "context", "depth", "acted_at", "ended_at", "ending", "goal_at", "revenue_minor",
    "is_settled", "home",
)  # fmt: skip
INSIDE, BEFORE, RULE, LOOP, GONE, FAILED = "inside", "before", "rule", "loop", "gone", "failed"


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody whom something wants to send on a journey: what (``cause`` is unique), and what that said."""

    customer_id: int
    cause: str
    context: Mapping[str, Any] = field(default_factory=dict, hash=False)
    position: int = 0
    is_ours: bool = False


@dataclass(slots=True)
class Entered:
    """What came of it: how many began, how many chance held out, and how many were refused by reason."""

    began: int = 0
    held: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def enter(journey: Journey, entrants: Iterable[Entrant], *, now: datetime) -> Entered:
    """Send people on a journey that is on, in short transactions; a cause that has been dealt with changes nothing.

    The number of queries depends on the number of batches only.
    """
    found, waiting = Entered(), list(entrants)
    for start in range(0, len(waiting), AT_ONCE):
        _enter_some(journey, waiting[start : start + AT_ONCE], found, now)
    return found


def _enter_some(journey: Journey, some: Sequence[Entrant], found: Entered, now: datetime) -> None:
    if journey.state != JourneyState.ON or journey.version is None:
        return
    version, settings = journey.version, queries.graph_of(journey.version).settings
    some = _today(some)
    fits: Collection[int] | None = None
    failure: ShukeError | None = None
    if settings.rule:
        try:
            fits = facts.members_of(settings.rule, {one.customer_id for one in some}, now=now)
        except ShukeError as refusal:
            failure = refusal
    with transaction.atomic():
        gate.hold()
        fresh = _not_dealt_with(journey, some)
        if failure is not None:
            why = dict.fromkeys((one.cause for one in fresh), FAILED)
            _note_failure(journey, failure, now)
        else:
            why = _reasons_against(journey, settings, fresh, fits, now)
        _refuse(journey, [(one, why[one.cause]) for one in fresh if one.cause in why], now)
        found.refused.update(why.values())
        _begin(journey, version, [one for one in fresh if one.cause not in why], found, now)


def _note_failure(journey: Journey, failure: ShukeError, now: datetime) -> None:
    """Write down, once, that nobody can be let in."""
    open_one = Trouble.objects.filter(journey=journey, run=None, closed_at=None)
    if not open_one.exists():
        Trouble.objects.create(
            journey=journey, step="", hop=0, code=failure.code[:60], message=str(failure)[:1_000], at=now
        )


def _today(some: Sequence[Entrant]) -> list[Entrant]:
    """Return the entrants as who they are now: merged people go as those they were merged into."""
    heirs = merging.survivors_of({one.customer_id for one in some})
    return [
        Entrant(heirs[one.customer_id], one.cause, one.context, one.position, one.is_ours)
        if one.customer_id in heirs
        else one
        for one in some
    ]


def _not_dealt_with(journey: Journey, some: Sequence[Entrant]) -> list[Entrant]:
    causes = [one.cause for one in some]
    done = set(Run.objects.filter(journey=journey, cause__in=causes).values_list("cause", flat=True))
    done |= set(Refusal.objects.filter(journey=journey, cause__in=causes).values_list("cause", flat=True))
    return list({one.cause: one for one in some if one.cause not in done}.values())


def _reasons_against(
    journey: Journey, settings: Settings, some: Sequence[Entrant], fits: Collection[int] | None, now: datetime
) -> dict[str, str]:
    """Return by cause why somebody does not enter; those who may are not in it."""
    ids = {one.customer_id for one in some}
    there = set(
        customers.customers().filter(pk__in=ids, erased_at=None, restricted_at=None).values_list("pk", flat=True)
    )
    inside = set(
        Run.objects.filter(
            journey=journey, customer_id__in=ids, state__in=(RunState.ACTIVE, RunState.STUCK)
        ).values_list("customer_id", flat=True)
    )
    last = dict(
        Run.objects.filter(journey=journey, customer_id__in=ids)
        .order_by()
        .values_list("customer_id")
        .annotate(last=Max("entered_at"))
    )
    depths = depths_of({one.customer_id for one in some if one.is_ours}, now)
    why: dict[str, str] = {}
    for one in some:
        pk = one.customer_id
        reason = ""
        if pk not in there:
            reason = GONE
        elif fits is not None and pk not in fits:
            reason = RULE
        elif pk in inside:
            reason = INSIDE
        elif pk in last and not _may_again(settings, last[pk], now):
            reason = BEFORE
        elif one.is_ours and depths.get(pk, 0) >= MOST_DEEP:
            reason = LOOP
        if reason:
            why[one.cause] = reason
        else:
            inside.add(pk)  # of several in one batch, the first
    return why


def _may_again(settings: Settings, last: datetime, now: datetime) -> bool:
    if settings.reentry == "never":
        return False
    return settings.reentry == "always" or now - last >= timedelta(days=settings.reentry_days)


def depths_of(customer_ids: Collection[int], now: datetime) -> dict[int, int]:
    """Return how many journeys in a row led to what just happened to people, if a journey may have been behind it."""
    if not customer_ids:
        return {}
    acted = Run.objects.filter(customer_id__in=customer_ids, acted_at__gte=now - _ECHO).order_by()
    return {pk: deepest + 1 for pk, deepest in acted.values_list("customer_id").annotate(deepest=Max("depth"))}


def _refuse(journey: Journey, refused: Sequence[tuple[Entrant, str]], now: datetime) -> None:
    rows = [
        (journey.pk, one.customer_id if reason != GONE else None, reason, one.cause, now) for one, reason in refused
    ]
    insert_rows(Refusal, ("journey_id", "customer_id", "reason", "cause", "at"), rows)


def _begin(journey: Journey, version: JourneyVersion, some: Sequence[Entrant], found: Entered, now: datetime) -> None:
    graph = queries.graph_of(version)
    settings, last = graph.settings, events.last_position()
    depths = depths_of({one.customer_id for one in some if one.is_ours}, now)
    slots = _slots(journey, settings, len(some), now)
    rows = []
    for one in some:
        is_held = chance.is_held(str(journey.uuid), one.customer_id, settings.holdout)
        found.held += is_held
        found.began += not is_held
        due = None if is_held else next(slots)
        rows.append((
            uuid7(), journey.pk, version.pk, one.customer_id, RunState.HELD if is_held else RunState.ACTIVE, graph.first, 0, now,
            now, due, "", False, one.position or last, one.position or last, one.cause, dict(one.context), depths.get(one.customer_id, 0), None,
            now if is_held else None, "held" if is_held else "", None, None, False, None,
        ))  # fmt: skip
    insert_rows(Run, _RUN, rows)
    if rows:
        wake(now)
    by = Provenance("journeys", f"journey:{journey.pk}", now)
    publish(
        NewEvent.of(
            JourneyEntered(journey.pk, str(journey.uuid), journey.name, row[4] == RunState.HELD),
            customer_id=row[3],
            occurred_at=now,
            by=by,
        )
        for row in rows
    )


def _slots(journey: Journey, settings: Settings, count: int, now: datetime) -> Iterator[datetime]:
    """Yield when each may begin: at once, or one after the other where the journey lets in so many an hour."""
    if not settings.per_hour:
        return iter([now] * count)
    gap = timedelta(hours=1) / settings.per_hour
    begins = max(journey.next_slot_at or now, now)
    journey.next_slot_at = begins + gap * count
    Journey.objects.filter(pk=journey.pk).update(next_slot_at=journey.next_slot_at)
    return iter([begins + gap * place for place in range(count)])


def tell_exits(runs: Iterable[Run], *, now: datetime) -> None:
    """Publish that ways ended; in the transaction that ended them."""
    ended = [run for run in runs if run.customer_id is not None]
    journeys = Journey.objects.in_bulk({run.journey_id for run in ended})
    publish(
        NewEvent.of(
            JourneyExited(run.journey_id, str(journeys[run.journey_id].uuid), journeys[run.journey_id].name, run.state), customer_id=run.customer_id, occurred_at=now,
            by=Provenance("journeys", f"journey:{run.journey_id}", now),
        )
        for run in ended
    )  # fmt: skip


def wake(now: datetime, *, at: datetime | None = None) -> None:
    """Have those who are due moved on: right after the commit, or at a moment to come (one job for each minute)."""
    if at is None or at <= now:
        enqueue(ADVANCE, now=now, dedupe_key=ADVANCE, repeat_if_running=True)
    else:
        enqueue(ADVANCE, now=now, run_at=at, dedupe_key=f"{ADVANCE}:{at:%Y%m%d%H%M}", repeat_if_running=True)
