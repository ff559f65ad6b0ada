"""A journey as it is drawn: steps and arrows, and what holds for the whole. Read from plain JSON, checked, never changed.

{"settings": {"rule": …, "reentry": "days", "reentry_days": 30, "holdout": 10, "goal": {"event": "order.paid"}, …},
 "steps": [{"id": "start", "kind": "event", "settings": {"event": "checkout.abandoned"}, "x": 0, "y": 0}, …],
 "edges": [{"from": "start", "exit": "next", "to": "wait1"}, …]}
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shuke.journeys.journeys.errors import InvalidJourney, Problem
from shuke.journeys.journeys.rules import kinds

MOST_STEPS = 200
_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
REENTRIES = ("never", "days", "always")
USUAL_HOLDOUT = 10
USUAL_GOAL_DAYS = 14


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, what it was told, and where it stands on the canvas."""

    id: str
    kind: str
    settings: Mapping[str, Any] = field(hash=False)
    x: int = 0
    y: int = 0

    @property
    def exits(self) -> tuple[str, ...]:
        """Return the ways that lead out of it."""
        return kinds.exits_of(self.kind, self.settings)

    @property
    def acts(self) -> bool:
        """Whether reaching it does something."""
        return kinds.acts(self.kind)


@dataclass(frozen=True, slots=True)
class Signal:
    """An event that is waited for, with conditions on what it says."""

    event: str
    where: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Signal":
        """Read it from a step's settings, or a goal."""
        return cls(str(said["event"]), tuple(said.get("where") or ()))


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for a whole journey.

    ``holdout`` per cent get nothing and are compared with; ``per_hour`` (0: no limit) spreads those who enter. The goal ends a
    run, and counts for ``goal_days`` after the entry, also for those held out.
    """

    rule: Any = field(default=None, hash=False)
    reentry: str = "days"
    reentry_days: int = 30
    holdout: int = USUAL_HOLDOUT
    per_hour: int = 0
    goal: Signal | None = None
    goal_days: int = USUAL_GOAL_DAYS
    exits: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A journey that can run."""

    steps: Mapping[str, Step]
    edges: Mapping[tuple[str, str], str]
    settings: Settings
    trigger: Step

    def after(self, step: str, exit_: str) -> str:
        """Return the step that an exit leads to."""
        return self.edges[step, exit_]

    @property
    def first(self) -> str:
        """Return the step after the start."""
        return self.edges[self.trigger.id, kinds.NEXT]

    def signals(self) -> Iterator[Signal]:
        """Yield every event that runs may wait for."""
        for step in self.steps.values():
            if step.kind == kinds.WAIT_FOR:
                yield Signal.of(step.settings)
        if self.settings.goal is not None:
            yield self.settings.goal
        yield from self.settings.exits

    def of_kind(self, *wanted: str) -> list[Step]:
        """Return the steps of some kinds."""
        return [step for step in self.steps.values() if step.kind in wanted]


def read(said: Any) -> Graph:
    """Read a journey and check that it can run. Raises ``InvalidJourney`` with everything that is wrong."""
    graph, problems = _read(said)
    problems = problems or list(_of_shape(graph))
    if problems:
        raise InvalidJourney(*problems)
    return graph


def problems_of(said: Any) -> list[Problem]:
    """Return what keeps a draft from running; nothing if it can."""
    try:
        read(said)
    except InvalidJourney as refusal:
        return list(refusal.problems)
    return []


def sketch(said: Any) -> Graph:
    """Read what can be read of an unfinished draft, to show it; it need not be able to run."""
    return _read(said)[0]


def _read(said: Any) -> tuple[Graph, list[Problem]]:
    if not isinstance(said, Mapping):
        return Graph({}, {}, Settings(), Step("", kinds.API, {})), [
            Problem("", "shape", {"reason": type(said).__name__})
        ]
    problems: list[Problem] = []
    steps: dict[str, Step] = {}
    for one in _each(said, "steps", problems):
        _take_step(one, steps, problems)
    if len(steps) > MOST_STEPS:
        problems.append(Problem("", "too_many", {"limit": MOST_STEPS}))
    edges: dict[tuple[str, str], str] = {}
    for one in _each(said, "edges", problems):
        _take_edge(one, steps, edges, problems)
    triggers = [step for step in steps.values() if step.kind in kinds.TRIGGERS]
    if not triggers:
        problems.append(Problem("", "no_trigger"))
    elif len(triggers) > 1:
        problems.append(Problem("", "triggers", {"count": len(triggers)}))
    settings, wrong = settings_of(said.get("settings") or {})
    problems += wrong
    trigger = triggers[0] if triggers else Step("", kinds.API, {})
    return Graph(steps, edges, settings, trigger), problems


def _each(said: Mapping[str, Any], name: str, problems: list[Problem]) -> list[Mapping[str, Any]]:
    found = said.get(name)
    if not isinstance(found, Sequence) or isinstance(found, str) or not all(isinstance(one, Mapping) for one in found):
        problems.append(Problem("", "shape", {"reason": name}))
        return []
    return list(found)


def _take_step(one: Mapping[str, Any], steps: dict[str, Step], problems: list[Problem]) -> None:
    identifier, kind = str(one.get("id", "")), str(one.get("kind", ""))
    settings = one.get("settings") or {}
    if not _ID.fullmatch(identifier) or identifier in steps:
        problems.append(Problem("", "id", {"id": identifier[:60]}))
        return
    if kind not in kinds.KINDS and not kinds.is_contributed(kind):
        problems.append(Problem(identifier, "kind", {"kind": kind[:60]}))
        return
    if not isinstance(settings, Mapping):
        problems.append(Problem(identifier, "shape", {"reason": "settings"}))
        return
    steps[identifier] = Step(identifier, kind, dict(settings), _place(one.get("x")), _place(one.get("y")))
    problems += [
        Problem(identifier, "setting", {"setting": name, "why": why}) for name, why in kinds.complaints(kind, settings)
    ]


def _place(said: Any) -> int:
    return int(said) if isinstance(said, int | float) and abs(said) < 100_000 else 0


def _take_edge(
    one: Mapping[str, Any], steps: Mapping[str, Step], edges: dict[tuple[str, str], str], problems: list[Problem]
) -> None:
    start, exit_, end = str(one.get("from", "")), str(one.get("exit", kinds.NEXT)), str(one.get("to", ""))
    for name in (start, end):
        if name not in steps:
            problems.append(Problem("", "edge", {"id": name[:60]}))
            return
    if exit_ not in steps[start].exits:
        problems.append(Problem(start, "exit_unknown", {"exit": exit_[:60]}))
    elif steps[end].kind in kinds.TRIGGERS:
        problems.append(Problem(start, "into_trigger"))
    else:
        edges[start, exit_] = end


def settings_of(said: Any) -> tuple[Settings, list[Problem]]:
    """Read what holds for the whole journey, and what is wrong with it."""
    if not isinstance(said, Mapping):
        return Settings(), [Problem("", "shape", {"reason": "settings"})]
    wrong: list[Problem] = []

    def whole(name: str, usual: int, low: int, high: int) -> int:
        value = said.get(name, usual)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        wrong.append(Problem("", "setting", {"setting": name, "why": "range"}))
        return usual

    reentry = said.get("reentry", "days")
    if reentry not in REENTRIES:
        wrong.append(Problem("", "setting", {"setting": "reentry", "why": "choice"}))
        reentry = "days"
    goal = _signal(said.get("goal"), "goal", wrong)
    exits = [_signal(one, "exits", wrong) for one in (said.get("exits") or ())]
    return Settings(
        rule=said.get("rule") or None,
        reentry=reentry,
        reentry_days=whole("reentry_days", 30, 1, 3_650),
        holdout=whole("holdout", USUAL_HOLDOUT, 0, 50),
        per_hour=whole("per_hour", 0, 0, 1_000_000),
        goal=goal,
        goal_days=whole("goal_days", USUAL_GOAL_DAYS, 1, 365),
        exits=tuple(one for one in exits if one is not None),
    ), wrong


def _signal(said: Any, name: str, wrong: list[Problem]) -> Signal | None:
    if not said:
        return None
    if not isinstance(said, Mapping) or (bad := kinds.complaints(kinds.EVENT, said)):
        why = bad[0][1] if isinstance(said, Mapping) else "choice"
        wrong.append(Problem("", "setting", {"setting": name, "why": why}))
        return None
    return Signal.of(said)


# -- whether it can run -------------------------------------------------------------------------------------------------


def _of_shape(graph: Graph) -> Iterator[Problem]:
    """Yield exits that lead nowhere, steps that nobody reaches, and ways that go round without a wait."""
    for step in graph.steps.values():
        for exit_ in step.exits:
            if (step.id, exit_) not in graph.edges:
                yield Problem(step.id, "exit_missing", {"exit": exit_})
    reached = {graph.trigger.id}
    waiting = [graph.trigger.id]
    while waiting:
        here = waiting.pop()
        for exit_ in graph.steps[here].exits:
            there = graph.edges.get((here, exit_))
            if there is not None and there not in reached:
                reached.add(there)
                waiting.append(there)
    for identifier in graph.steps.keys() - reached:
        yield Problem(identifier, "unreachable")
    if way := _way_round(graph):
        yield Problem(way[0], "loop", {"path": " → ".join(way)})


def _way_round(graph: Graph) -> list[str]:
    """Return a way that leads back to its beginning without a wait, if there is one."""
    done: set[str] = set()
    for start in graph.steps:
        way: list[str] = []
        on_way: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            here, is_left = waiting.pop()
            if is_left:
                on_way.discard(way.pop())
                done.add(here)
                continue
            if here in on_way:
                return [*way[way.index(here) :], here]
            if here in done:
                continue
            way.append(here)
            on_way.add(here)
            waiting.append((here, True))
            if not _pauses(graph.steps[here]):
                ahead = (graph.edges.get((here, exit_)) for exit_ in graph.steps[here].exits)
                waiting += [(there, False) for there in ahead if there is not None]
    return []


def _pauses(step: Step) -> bool:
    """Whether time passes at a step in any case. Waiting for an event does not do: it may have happened already."""
    return step.kind in (kinds.WAIT, kinds.UNTIL)
