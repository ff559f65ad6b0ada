"""Moving people along a journey."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from shuke.journeys.journeys.rules import chance, kinds, times
from shuke.journeys.journeys.rules.graph import Graph, Step

MOST_HOPS = 1_000
Ending = Literal["", "done", "stuck"]


@dataclass(slots=True)
class Traveller:
    """One run: where it stands and since when. ``hop`` counts the steps it has passed."""

    id: int
    customer_id: int
    step: str
    hop: int
    arrived_at: datetime
    # An event it waited for has come.
    is_called: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A step that was passed: by which exit, and whether passing it has to do something."""

    run_id: int
    customer_id: int
    hop: int
    step: str
    exit: str
    arrived_at: datetime
    acts: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What must be known to go on: for which customers, at which step."""

    step: str
    customer_ids: frozenset[int]


@dataclass(slots=True)
class Facts:
    """What is known: members of a step's rule, channels that reach people, and in which time zones they live."""

    default_zone: str
    members: Mapping[str, Collection[int]] = field(default_factory=dict)
    channels: Mapping[str, Mapping[int, Sequence[str]]] = field(default_factory=dict)
    zones: Mapping[int, str] = field(default_factory=dict)

    def zone_of(self, customer_id: int) -> str:
        """Return somebody's zone."""
        return self.zones.get(customer_id, self.default_zone)


@dataclass(slots=True)
class Moved:
    """What came of it for one run: the steps it passed, where it stands now, and when to look again (None: not by time)."""

    traveller: Traveller
    moves: list[Move] = field(default_factory=list)
    due_at: datetime | None = None
    ending: Ending = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Stay:
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Go:
    exit: str
    acts: bool = False
    note: str = ""


_UNKNOWN = object()


def advance(
    graph: Graph, travellers: Sequence[Traveller], facts: Facts, *, journey: str, now: datetime
) -> tuple[list[Moved], list[Ask]]:
    """Move each traveller until it waits, ends, has acted, or needs a fact that is not there; return what is asked for.

    Whoever has acted stops before the next step that acts or asks: what was done comes to be first, and each batch does at
    most one thing for one person. Travellers are changed in place; called again with more facts, those who asked go on
    from where they stand (``moves`` of both calls belong together).
    """
    moved = [_walk(graph, one, facts, journey, now) for one in travellers]
    wanted: dict[str, set[int]] = {}
    for one in moved:
        if one.trouble == "ask":
            wanted.setdefault(one.traveller.step, set()).add(one.traveller.customer_id)
    return moved, [Ask(step, frozenset(ids)) for step, ids in sorted(wanted.items())]


def _walk(graph: Graph, one: Traveller, facts: Facts, journey: str, now: datetime) -> Moved:
    found = Moved(one)
    while True:
        step = graph.steps.get(one.step)
        if step is None:
            found.ending, found.trouble = "stuck", "missing_step"
            return found
        if step.kind == kinds.END:
            found.ending = "done"
            return found
        if one.hop >= MOST_HOPS:
            found.ending, found.trouble = "stuck", "too_long"
            return found
        has_acted = bool(found.moves) and any(move.acts for move in found.moves)
        if has_acted and (step.acts or step.kind in (kinds.CHECK, kinds.REACH)):
            found.due_at = now
            return found
        verdict = _decide(step, one, facts, journey, now)
        if verdict is _UNKNOWN:
            found.trouble = "ask"
            return found
        if isinstance(verdict, _Stay):
            found.due_at = verdict.due_at
            return found
        assert isinstance(verdict, _Go)
        found.moves.append(
            Move(one.id, one.customer_id, one.hop, step.id, verdict.exit, one.arrived_at, verdict.acts, verdict.note)
        )
        one.step, one.hop, one.arrived_at, one.is_called = graph.after(step.id, verdict.exit), one.hop + 1, now, False


def _decide(step: Step, one: Traveller, facts: Facts, journey: str, now: datetime) -> Any:
    if step.kind in kinds.WAITS:
        return _wait(step, one, facts, now)
    if step.kind in kinds.BRANCHES:
        return route(step, one.customer_id, facts, journey=journey)
    if step.kind == kinds.SEND and (hours := step.settings.get("hours")):
        opens = times.opening(now, (hours[0], hours[1]), facts.zone_of(one.customer_id))
        if opens > now:
            return _Go(kinds.NEXT, note="outside_hours") if step.settings.get("outside") == "skip" else _Stay(opens)
    return _Go(kinds.NEXT, acts=True)


def _wait(step: Step, one: Traveller, facts: Facts, now: datetime) -> _Stay | _Go:
    if step.kind == kinds.UNTIL:
        days = frozenset(step.settings.get("weekdays") or ())
        due = times.next_at(one.arrived_at, step.settings["at"], days, facts.zone_of(one.customer_id))
        return _Go(kinds.NEXT) if now >= due else _Stay(due)
    due = one.arrived_at + timedelta(seconds=kinds.seconds_of(step.settings))
    if step.kind == kinds.WAIT:
        return _Go(kinds.NEXT) if now >= due else _Stay(due)
    if one.is_called:
        return _Go("happened")
    return _Go("timeout") if now >= due else _Stay(due)


def route(step: Step, customer_id: int, facts: Facts, *, journey: str) -> Any:
    """Return which way a branch sends somebody, or that a fact is missing."""
    if step.kind in (kinds.SPLIT, kinds.EXPERIMENT):
        return _Go(chance.arm_for(journey, step.id, customer_id, kinds.arms_of(step.settings)))
    if step.kind == kinds.CHECK:
        members = facts.members.get(step.id)
        if members is None:
            return _UNKNOWN
        return _Go("yes" if customer_id in members else "no")
    channels = facts.channels.get(step.id)
    if channels is None:
        return _UNKNOWN
    theirs = channels.get(customer_id, ())
    wanted = (str(one) for one in step.settings["channels"])
    return _Go(next((one for one in wanted if one in theirs), kinds.OTHERWISE))
