"""Trying a journey on what really happened: the same machine, with nothing written and nothing leaving the house."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shuke.cdp.events import queries as log_of_events
from shuke.cdp.events.queries import Envelope
from shuke.crm.messaging import queries as messaging
from shuke.journeys.journeys.engine import Facts, Traveller, advance
from shuke.journeys.journeys.queries import facts as knowing
from shuke.journeys.journeys.rules import chance, kinds
from shuke.journeys.journeys.rules.graph import Graph, Signal
from shuke.journeys.journeys.rules.matching import fits
from shuke.vocabulary.segments import SegmentEntered, SegmentLeft

MOST_EVENTS = 100_000
# Of whom the gate is asked what it would say: a share of many is enough to tell.
_ASKED_OF = 2_000
_END = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Replayed:
    """What would have come of it."""

    events: int = 0
    is_cut: bool = False
    began: int = 0
    held: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    goals: int = 0
    done: int = 0
    left: int = 0
    still: int = 0
    passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    sends: dict[str, int] = field(default_factory=dict)
    # Of those who would have got a message, what the gate says today: by step and reason, scaled up from those asked.
    gate: dict[str, Mapping[str, int]] = field(default_factory=dict)
    most_a_day: int = 0


@dataclass(slots=True)
class _Way:
    """One way while it is replayed."""

    traveller: Traveller
    entered_at: datetime
    context: Mapping[str, Any]
    state: str = "active"
    due_at: datetime | None = None
    ticket: int = 0


def trigger_names(graph: Graph) -> list[str]:
    """Return the events that a replay of a journey has to see; none where no event sets it off."""
    name = {
        kinds.EVENT: str(graph.trigger.settings.get("event", "")), kinds.ENTERED: SegmentEntered.NAME, kinds.LEFT: SegmentLeft.NAME,
    }.get(graph.trigger.kind)  # fmt: skip
    return [] if name is None else list(dict.fromkeys([name, *(one.event for one in graph.signals())]))


def replay(graph: Graph, *, journey: str, days: int, until: datetime) -> Replayed:
    """Replay a journey over the days before a moment. Rules and channels are asked as they are today."""
    names = trigger_names(graph)
    if not names:
        return Replayed()
    life = log_of_events.lived(names, since=until - timedelta(days=days), until=until, limit=MOST_EVENTS + 1)
    return run(graph, life[:MOST_EVENTS], journey=journey, until=until, is_cut=len(life) > MOST_EVENTS)


def run(graph: Graph, life: Sequence[Envelope], *, journey: str, until: datetime, is_cut: bool = False) -> Replayed:
    """Let events and timers pass in order of time, for everybody at once."""
    found = Replayed(events=len(life), is_cut=is_cut)
    known = _facts(graph, {event.customer_id for event in life if event.customer_id is not None}, until)
    machine = _Machine(graph, journey, known, found)
    for event in life:
        machine.pass_time(event.occurred_at)
        machine.hear(event)
    machine.pass_time(until)
    found.still = sum(way.state == "active" for ways in machine.ways.values() for way in ways)
    for step, people in machine.reached.items():
        found.sends[step] = sum(people.values())
        found.gate[step] = _gate(graph, step, list(people), found.sends[step], until)
    found.most_a_day = max(machine.a_day.values(), default=0)
    return found


def _facts(graph: Graph, ids: Collection[int], now: datetime) -> Facts:
    """Answer beforehand, for everybody, what any step may ask."""
    known = knowing.known_of(graph, ids)
    members = {
        step.id: frozenset(knowing.members_of(step.settings["rule"], ids, now=now))
        for step in graph.of_kind(kinds.CHECK)
    }
    if graph.settings.rule:
        members[""] = frozenset(knowing.members_of(graph.settings.rule, ids, now=now))
    channels = {step.id: knowing.reachable(ids, step.settings, now=now) for step in graph.of_kind(kinds.REACH)}
    return Facts(known.default_zone, members, channels, known.zones)


class _Machine:
    """People on a journey that is only played."""

    def __init__(self, graph: Graph, journey: str, known: Facts, found: Replayed) -> None:
        self.graph, self.journey, self.known, self.found = graph, journey, known, found
        self.ways: dict[int, list[_Way]] = defaultdict(list)
        self.timers: list[tuple[datetime, int, int, _Way]] = []
        self.reached: dict[str, Counter[int]] = defaultdict(Counter)
        self.a_day: Counter[tuple[int, Any]] = Counter()
        self.number = 0

    def hear(self, event: Envelope) -> None:
        """Let an event do what it does: end, call, let in."""
        pk = event.customer_id
        if pk is None:
            return
        for way in [way for way in self.ways.get(pk, ()) if way.state in ("active", "held")]:
            self._signal(way, event)
        if self._sets_off(event):
            self._enter(pk, event)

    def _signal(self, way: _Way, event: Envelope) -> None:
        settings = self.graph.settings

        def meant(one: Signal) -> bool:
            return fits(one, event.name, event.properties, way.context)

        if settings.goal is not None and meant(settings.goal):
            self.found.goals += way.state == "active"
            way.state = "goal"
        elif way.state == "held":
            return
        elif any(meant(one) for one in settings.exits):
            way.state = "left"
            self.found.left += 1
        else:
            step = self.graph.steps[way.traveller.step]
            if step.kind == kinds.WAIT_FOR and meant(Signal.of(step.settings)):
                way.traveller.is_called = True
                self._move(way, event.occurred_at)

    def _sets_off(self, event: Envelope) -> bool:
        trigger = self.graph.trigger
        if trigger.kind == kinds.EVENT:
            return fits(Signal.of(trigger.settings), event.name, event.properties, {})
        wanted = SegmentEntered.NAME if trigger.kind == kinds.ENTERED else SegmentLeft.NAME
        return event.name == wanted and str(event.properties.get("segment")) == str(trigger.settings["segment"])

    def _enter(self, pk: int, event: Envelope) -> None:
        settings, before = self.graph.settings, self.ways.get(pk, [])
        reason = ""
        if settings.rule and pk not in self.known.members.get("", ()):
            reason = "rule"
        elif any(way.state == "active" for way in before):
            reason = "inside"
        elif before and not _may_again(settings, before[-1].entered_at, event.occurred_at):
            reason = "before"
        if reason:
            self.found.refused[reason] += 1
            return
        at = event.occurred_at
        way = _Way(Traveller(self.number, pk, self.graph.first, 0, at), at, event.properties)
        self.number += 1
        self.ways[pk].append(way)
        if chance.is_held(self.journey, pk, settings.holdout):
            way.state = "held"
            self.found.held += 1
            return
        self.found.began += 1
        self._move(way, at)

    def pass_time(self, until: datetime) -> None:
        """Let every timer go off that is due by a moment."""
        while self.timers and self.timers[0][0] <= until:
            due, _number, ticket, way = heapq.heappop(self.timers)
            if way.state == "active" and way.ticket == ticket:
                self._move(way, due)

    def _move(self, way: _Way, now: datetime) -> None:
        for _ in range(1_000):
            (moved,), _asks = advance(self.graph, [way.traveller], self.known, journey=self.journey, now=now)
            for move in moved.moves:
                self.found.passed[move.step, move.exit] += 1
                if move.acts and self.graph.steps[move.step].kind == kinds.SEND:
                    self.reached[move.step][move.customer_id] += 1
                    self.a_day[move.customer_id, now.date()] += 1
            if moved.ending:
                way.state = moved.ending
                self.found.done += moved.ending == "done"
                return
            if moved.due_at is None or moved.due_at > now:
                break
        way.ticket += 1
        if moved.due_at is not None:
            heapq.heappush(self.timers, (moved.due_at, way.traveller.id, way.ticket, way))


def _may_again(settings: Any, last: datetime, now: datetime) -> bool:
    if settings.reentry == "never":
        return False
    return settings.reentry == "always" or now - last >= timedelta(days=settings.reentry_days)


def _gate(graph: Graph, step: str, ids: list[int], sends: int, now: datetime) -> Mapping[str, int]:
    """Return what the gate would say today to those who would have got a message, scaled from those asked to all."""
    said = graph.steps[step].settings
    asked = sorted(ids)[:_ASKED_OF]
    counted = messaging.count_by_reason(asked, str(said["channel"]), str(said["template"]), now)
    whole = sum(counted.values()) or 1
    return {reason: round(number * sends / whole) for reason, number in counted.items()}


def steps_in(found: Replayed) -> Iterator[tuple[str, int]]:
    """Yield how many would have passed each step."""
    counts: Counter[str] = Counter()
    for (step, _exit), number in found.passed.items():
        counts[step] += number
    yield from counts.items()
