"""Moving everybody who is due, in batches: facts are read first, then one short transaction does and writes it all."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from shuke.cdp.events import queries as log_of_events
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering, gate, hearing, performing
from shuke.journeys.journeys.engine import Move, Moved, Traveller, advance
from shuke.journeys.journeys.models import JourneyState, JourneyVersion, Run, RunState, Tally, Trouble, Visit
from shuke.journeys.journeys.queries import facts
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph
from shuke.kernel.errors import ShukeError
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.db.failpoint import failpoint

BATCH = 500
# More rounds of questions than this within one batch are left to the next one.
_MOST_ROUNDS = 20
_SOON = timedelta(minutes=5)
_MOVED = (
    "state", "step", "hop", "arrived_at", "due_at", "awaits", "is_called", "position", "acted_at", "ended_at", "ending",
)  # fmt: skip


def move_due(*, now: datetime, batch: int = BATCH) -> int:
    """Move one batch of those who are due on each version of journeys that are on.

    Return how many were looked at: 0 means that nobody is due.
    """
    done = 0
    due = Run.objects.filter(state=RunState.ACTIVE, due_at__lte=now)
    versions = JourneyVersion.objects.select_related("journey").filter(
        journey__state=JourneyState.ON, pk__in=due.order_by().values("version_id").distinct()
    )
    for version in versions.order_by("pk"):
        ids = due.filter(version=version).order_by("due_at", "pk")[:batch]
        done += move(version, list(ids), now=now)
    return done


def next_due() -> datetime | None:
    """Return when somebody is due next, on a journey that is on."""
    waiting = Run.objects.filter(
        state=RunState.ACTIVE, due_at__isnull=False, version__journey__state=JourneyState.ON
    ).order_by()
    found: datetime | None = waiting.aggregate(first=Min("due_at"))["first"]
    return found


def move(version: JourneyVersion, runs: Sequence[Run], *, now: datetime) -> int:
    """Move these runs of one version as far as they get, and return how many were looked at."""
    graph = queries.graph_of(version)
    looked_at = log_of_events.last_position()
    try:
        moved = _plan(version, graph, runs, now)
    except ShukeError as refusal:
        _stop_all(runs, refusal, now)
        return len(runs)
    failpoint("journeys.planned")
    with transaction.atomic():
        gate.hold()
        still = _unchanged(runs)
        moved = [one for one in moved if one.traveller.id in still]
        moved = performing.perform(version, graph, moved, still, now=now)
        failpoint("journeys.acted_before_commit")
        _write(version, graph, moved, still, looked_at=looked_at, now=now)
    failpoint("journeys.committed")
    return len(runs)


def _plan(version: JourneyVersion, graph: Graph, runs: Sequence[Run], now: datetime) -> list[Moved]:
    """Let the machine work, answering what it asks, until nobody asks any more."""
    walking = [_traveller(run) for run in runs]
    known = facts.known_of(graph, {one.customer_id for one in walking})
    journey, found = str(version.journey.uuid), dict[int, Moved]()
    for _round in range(_MOST_ROUNDS):
        moved, asks = advance(graph, walking, known, journey=journey, now=now)
        for one in moved:
            before = found.get(one.traveller.id)
            one.moves[:0] = before.moves if before else []
            found[one.traveller.id] = one
        if not asks:
            break
        known = facts.answer(known, asks, graph, now=now)
        walking = [one.traveller for one in moved if one.trouble == "ask"]
    for one in found.values():
        if one.trouble == "ask":
            one.trouble, one.due_at = "", now
    return list(found.values())


def _traveller(run: Run) -> Traveller:
    return Traveller(run.pk, run.customer_id or 0, run.step, run.hop, run.arrived_at, run.is_called)


def _unchanged(runs: Sequence[Run]) -> dict[int, Run]:
    """Return those that stand where they stood when they were read; whoever was moved or ended meanwhile is left alone."""
    was = {run.pk: (run.hop, run.is_called, run.version_id) for run in runs}
    rows = Run.objects.filter(pk__in=was, state=RunState.ACTIVE, customer__isnull=False)
    now = {
        pk: (hop, called, version)
        for pk, hop, called, version in rows.values_list("pk", "hop", "is_called", "version_id")
    }
    return {run.pk: run for run in runs if now.get(run.pk) == was[run.pk]}


def _write(
    version: JourneyVersion,
    graph: Graph,
    moved: Sequence[Moved],
    runs: dict[int, Run],
    *,
    looked_at: int,
    now: datetime,
) -> None:
    """Write visits, where everybody stands, who is stuck, and the counts."""
    passed = [move for one in moved for move in one.moves]
    insert_rows(
        Visit,
        ("run_id", "hop", "step", "exit", "arrived_at", "left_at", "note"),
        [(one.run_id, one.hop, one.step, one.exit, one.arrived_at, now, one.note[:80]) for one in passed],
    )
    for one in moved:
        _stand(runs[one.traveller.id], one, graph, looked_at, now)
    stands = [runs[one.traveller.id] for one in moved]
    update_rows(Run, _MOVED, [(*(getattr(run, name) for name in _MOVED), run.pk) for run in stands])
    stuck = [(runs[one.traveller.id], one.trouble) for one in moved if one.ending == "stuck"]
    Trouble.objects.bulk_create(
        Trouble(
            run=run, journey_id=version.journey_id, step=run.step, hop=run.hop, code=code[:60], at=now, **_said(code)
        )
        for run, code in stuck
    )
    count(version, passed)
    if done := [run for run in stands if run.state == RunState.DONE]:
        entering.tell_exits(done, now=now)
    hearing.catch_up(stands, {version.pk: graph}, now=now)


def _said(code: str) -> dict[str, str]:
    """Return the words of a trouble that a refusal told, after its code."""
    _code, _, message = code.partition("|")
    return {"message": message}


def _stand(run: Run, one: Moved, graph: Graph, looked_at: int, now: datetime) -> None:
    """Let a run stand where the machine left it."""
    step = graph.steps.get(one.traveller.step)
    is_waiting = step is not None and step.kind == kinds.WAIT_FOR and not one.ending
    if one.moves:
        run.position = max(run.position, looked_at)
    run.step, run.hop, run.arrived_at = one.traveller.step, one.traveller.hop, one.traveller.arrived_at
    run.is_called = one.traveller.is_called
    run.due_at, run.awaits = one.due_at, str(step.settings["event"]) if is_waiting and step is not None else ""
    if any(move.acts for move in one.moves):
        run.acted_at = now
    if one.ending:
        run.state = RunState.DONE if one.ending == "done" else RunState.STUCK
        run.due_at, run.ending = None, one.ending
        run.ended_at = now if one.ending == "done" else None


def count(version: JourneyVersion, passed: Sequence[Move]) -> None:
    """Add to the counts of each step's exits; whoever counts holds the gate, so that nothing is counted over."""
    counts = Counter((one.step, one.exit, one.note.partition("|")[0][:80]) for one in passed)
    rows = Tally.objects.filter(version=version, step__in={step for step, _exit, _note in counts})
    known = {(row.step, row.exit, row.note): row for row in rows}
    update_rows(Tally, ("count",), [(row.count + counts[key], row.pk) for key, row in known.items() if key in counts])
    insert_rows(
        Tally,
        ("version_id", "step", "exit", "note", "count"),
        [(version.pk, *key, number) for key, number in sorted(counts.items()) if key not in known],
    )


@transaction.atomic
def _stop_all(runs: Sequence[Run], refusal: ShukeError, now: datetime) -> None:
    """Let everybody wait who needed a fact that cannot be had, and write down why."""
    ids = [run.pk for run in runs]
    Run.objects.filter(Q(pk__in=ids), state=RunState.ACTIVE).update(state=RunState.STUCK, due_at=None, ending="stuck")
    Trouble.objects.bulk_create(
        Trouble(
            run=run, journey_id=run.journey_id, step=run.step, hop=run.hop, code=refusal.code[:60],
            message=str(refusal)[:1_000], at=now,
        )
        for run in runs
    )  # fmt: skip


def rest(*, now: datetime) -> None:
    """Have the next look taken when somebody is due, if that is soon; the regular look finds the others."""
    due = next_due()
    if due is not None and due - now < _SOON:
        with transaction.atomic():
            entering.wake(now, at=due)
