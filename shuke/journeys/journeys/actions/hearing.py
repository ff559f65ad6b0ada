"""What events do: send people on journeys, call those who waited for them, end ways that reached their goal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from shuke.cdp.customers.queries import merging
from shuke.cdp.events import queries as log_of_events
from shuke.cdp.events.queries import Envelope
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering, gate
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.models import Journey, JourneyVersion, Run, RunState, Trouble
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph, Signal
from shuke.journeys.journeys.rules.matching import fits
from shuke.platform.db.bulk import update_rows
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

_GOAL, _EXIT, _CALL = "goal", "exit", "call"


def wanted_names() -> set[str]:
    """Return the names of all events that a journey which is on waits for, or somebody on their way in any."""
    names = {name for journey in queries.live() if (name := trigger_event(_graph(journey)))}
    for version in _versions_in_use():
        names |= {signal.event for signal in queries.graph_of(version).signals()}
    return names


def _graph(journey: Journey) -> Graph:
    assert journey.version is not None
    return queries.graph_of(journey.version)


def _versions_in_use() -> list[JourneyVersion]:
    """Return the versions on which somebody may wait, or whose goal still counts."""
    return list(JourneyVersion.objects.filter(journey__state__in=("on", "paused")).order_by("pk"))


def trigger_event(graph: Graph) -> str:
    """Return the name of the event that sets a journey off, "" if it is none."""
    kind = graph.trigger.kind
    if kind == kinds.EVENT:
        return str(graph.trigger.settings["event"])
    return {kinds.ENTERED: SegmentEntered.NAME, kinds.LEFT: SegmentLeft.NAME}.get(kind, "")


def sets_off(graph: Graph, name: str, properties: Mapping[str, Any]) -> bool:
    """Whether an event sets a journey off."""
    if name != trigger_event(graph):
        return False
    if graph.trigger.kind == kinds.EVENT:
        return fits(Signal.of(graph.trigger.settings), name, properties, {})
    return str(properties.get("segment")) == str(graph.trigger.settings["segment"])


def hear(events: Sequence[Envelope], *, now: datetime) -> None:
    """Act upon events, in order. Hearing one again changes nothing."""
    known = [event for event in events if event.customer_id is not None]
    own = log_of_events.own_names()
    for journey in queries.live():
        graph = _graph(journey)
        entrants = [
            Entrant(event.customer_id or 0, f"event:{event.uuid}", event.properties, event.position, event.name in own)
            for event in known
            if sets_off(graph, event.name, event.properties)
        ]
        if entrants:
            entering.enter(journey, entrants, now=now)
    signal(known, now=now)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One event as those see it who wait."""

    name: str
    position: int
    occurred_at: datetime
    properties: Mapping[str, Any]


def signal(events: Sequence[Envelope], *, now: datetime) -> int:
    """Call those who waited for one of these events, and end those who reached a goal or an exit; return how many."""
    versions = {version.pk: queries.graph_of(version) for version in _versions_in_use()}
    names = {one.event for graph in versions.values() for one in graph.signals()}
    heard: dict[int, list[_Heard]] = defaultdict(list)
    heirs = merging.survivors_of({event.customer_id or 0 for event in events if event.name in names})
    for event in events:
        if event.name in names and event.customer_id is not None:
            whose = heirs.get(event.customer_id, event.customer_id)
            heard[whose].append(_Heard(event.name, event.position, event.occurred_at, event.properties))
    if not heard:
        return 0
    with transaction.atomic():
        gate.hold()
        return apply(concerned(heard, versions), versions, heard, now=now)


def concerned(customer_ids: Mapping[int, Any], versions: Mapping[int, Graph]) -> list[Run]:
    """Return the runs that an event of these customers may change: on their way, or with a goal that still counts."""
    running = Q(state__in=(RunState.ACTIVE, RunState.STUCK)) | Q(goal_at=None, is_settled=False)
    found = Run.objects.filter(running, customer_id__in=list(customer_ids), version_id__in=list(versions))
    return list(found.order_by("pk"))


def apply(
    runs: Sequence[Run], versions: Mapping[int, Graph], heard: Mapping[int, Sequence[_Heard]], *, now: datetime
) -> int:
    """Change runs as what was heard demands, in the caller's transaction."""
    changed: list[Run] = []
    ended: list[Run] = []
    for run in runs:
        verdict = _verdict(run, versions[run.version_id], heard.get(run.customer_id or 0, ()))
        if not verdict:
            continue
        what, event = verdict
        if what == _CALL:
            run.is_called, run.due_at, run.position = True, now, event.position
        else:
            run.goal_at = event.occurred_at if what == _GOAL else run.goal_at
            if run.state in (RunState.ACTIVE, RunState.STUCK):
                run.state = RunState.GOAL if what == _GOAL else RunState.LEFT
                run.ended_at, run.due_at, run.awaits, run.ending = now, None, "", what
                ended.append(run)
        changed.append(run)
    fields = ("state", "due_at", "awaits", "is_called", "position", "goal_at", "ended_at", "ending")
    update_rows(Run, fields, [(*(getattr(run, name) for name in fields), run.pk) for run in changed])
    if ended:
        Trouble.objects.filter(run__in=ended, closed_at=None).update(closed_at=now)
        entering.tell_exits(ended, now=now)
    if any(run.is_called for run in changed):
        entering.wake(now)
    return len(changed)


def _verdict(run: Run, graph: Graph, heard: Sequence[_Heard]) -> tuple[str, _Heard] | None:
    """Return what the first of these events that concerns a run does to it: goal before exit before being called."""
    settings = graph.settings
    until = run.entered_at + timedelta(days=settings.goal_days)
    is_running = run.state in (RunState.ACTIVE, RunState.STUCK)
    for event in heard:
        if event.position <= run.since:
            continue

        def meant(one: Signal, event: _Heard = event) -> bool:
            return fits(one, event.name, event.properties, run.context)

        if (
            settings.goal
            and run.goal_at is None
            and meant(settings.goal)
            and (is_running or event.occurred_at <= until)
        ):
            return _GOAL, event
        if not is_running:
            continue
        if any(meant(one) for one in settings.exits):
            return _EXIT, event
        step = graph.steps.get(run.step)
        if (
            run.awaits
            and not run.is_called
            and step is not None
            and event.position > run.position
            and meant(Signal.of(step.settings))
        ):
            return _CALL, event
    return None


def catch_up(runs: Sequence[Run], versions: Mapping[int, Graph], *, now: datetime) -> int:
    """Look whether what runs begin to wait for has come meanwhile; in the transaction that lets them wait.

    Between the moment at which facts were read and the one at which the wait is written, events may have passed by.
    """
    waiting = [run for run in runs if run.awaits and run.customer_id is not None]
    if not waiting:
        return 0
    names = sorted({run.awaits for run in waiting})
    since = min(run.position for run in waiting)
    until = log_of_events.last_position()
    if since >= until:
        return 0
    heard: dict[int, list[_Heard]] = defaultdict(list)
    ids = {run.customer_id for run in waiting if run.customer_id is not None}
    for event in log_of_events.of_people(names, ids, after=since):
        heard[event.customer_id or 0].append(_Heard(event.name, event.position, event.occurred_at, event.properties))
    return apply(waiting, versions, heard, now=now) if heard else 0
