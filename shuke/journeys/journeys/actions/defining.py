"""Drawing journeys, switching them on, and what becomes of people who are on their way."""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from shuke.crm.messaging.actions import stopping
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.errors import InvalidJourney, WrongState
from shuke.journeys.journeys.models import Journey, JourneyState, JourneyVersion, Run, RunState, Trouble
from shuke.journeys.journeys.queries import checking
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.keys import CAUSE
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.staff.actor import Actor

NOT_NOW = gettext_noop("This cannot be done with a journey that is in this state.")
NO_NAME = gettext_noop("A journey needs a name.")
EMPTY: Mapping[str, Any] = {
    "settings": {"reentry": "days", "reentry_days": 30, "holdout": graphs.USUAL_HOLDOUT},
    "steps": [
        {"id": "start", "kind": kinds.EVENT, "settings": {"event": "order.placed"}, "x": 0, "y": 0},
        {"id": "end", "kind": kinds.END, "settings": {}, "x": 0, "y": 140},
    ],
    "edges": [{"from": "start", "exit": kinds.NEXT, "to": "end"}],
}


@transaction.atomic
def create(name: str, draft: Mapping[str, Any], *, recipe: str = "", by: Actor, now: datetime) -> Journey:
    """Begin a journey as a draft."""
    clean = " ".join(name.split())[:120]
    if not clean:
        raise WrongState(NO_NAME)
    journey = Journey.objects.create(
        uuid=uuid7(), name=clean, draft=dict(draft), recipe=recipe, hook=secrets.token_urlsafe(24), created_at=now,
        changed_at=now, created_by=by.reference,
    )  # fmt: skip
    _note(by, "journeys.created", journey, {"name": clean}, now)
    return journey


@transaction.atomic
def revise(journey: Journey, draft: Mapping[str, Any], *, by: Actor, now: datetime) -> Journey:
    """Keep what was drawn; it need not be able to run yet. People on their way are not concerned."""
    journey = _locked(journey)
    _require(journey, JourneyState.DRAFT, JourneyState.ON, JourneyState.PAUSED)
    journey.draft, journey.changed_at = dict(draft), now
    journey.save(update_fields=["draft", "changed_at"])
    _note(by, "journeys.revised", journey, {"steps": len(draft.get("steps") or ())}, now)
    return journey


@transaction.atomic
def rename(journey: Journey, name: str, *, by: Actor, now: datetime) -> None:
    """Call a journey something else."""
    clean = " ".join(name.split())[:120]
    if not clean:
        raise WrongState(NO_NAME)
    Journey.objects.filter(pk=journey.pk).update(name=clean, changed_at=now)
    _note(by, "journeys.renamed", journey, {"name": clean}, now)


@transaction.atomic
def publish(journey: Journey, *, by: Actor, now: datetime) -> JourneyVersion:
    """Make what is drawn the version for those who enter from now on, and switch the journey on.

    Raises ``InvalidJourney``. People on their way stay on their version. The same drawing again is the same version.
    """
    journey = _locked(journey)
    _require(journey, JourneyState.DRAFT, JourneyState.ON, JourneyState.PAUSED)
    if problems := checking.problems_of(journey.draft):
        raise InvalidJourney(*problems)
    version = journey.version
    if version is None or version.graph != journey.draft:
        number = 1 + (
            JourneyVersion.objects.filter(journey=journey).order_by("-number").values_list("number", flat=True).first()
            or 0
        )
        version = JourneyVersion.objects.create(
            journey=journey, number=number, graph=journey.draft, published_at=now, published_by=by.reference
        )
    was_on = journey.state == JourneyState.ON
    journey.version, journey.state, journey.changed_at = version, JourneyState.ON, now
    if not was_on:
        journey.switched_on_at = now
    journey.save(update_fields=["version", "state", "changed_at", "switched_on_at"])
    stopping.resume(CAUSE, journey.pk, by=by, now=now)
    entering.wake(now)
    _note(by, "journeys.switched_on", journey, {"version": version.number}, now)
    return version


@transaction.atomic
def pause(journey: Journey, *, by: Actor, now: datetime) -> None:
    """Stop the clock: nobody enters, nobody moves, messages that wait stay; timers go on where they are."""
    journey = _locked(journey)
    _require(journey, JourneyState.ON)
    Journey.objects.filter(pk=journey.pk).update(state=JourneyState.PAUSED, changed_at=now)
    stopping.pause(CAUSE, journey.pk, by=by, now=now)
    _note(by, "journeys.paused", journey, {}, now)


@transaction.atomic
def resume(journey: Journey, *, by: Actor, now: datetime) -> None:
    """Go on with the version that was on. Whoever became due meanwhile moves now."""
    journey = _locked(journey)
    _require(journey, JourneyState.PAUSED)
    Journey.objects.filter(pk=journey.pk).update(state=JourneyState.ON, changed_at=now)
    stopping.resume(CAUSE, journey.pk, by=by, now=now)
    entering.wake(now)
    _note(by, "journeys.resumed", journey, {}, now)


@transaction.atomic
def archive(journey: Journey, *, by: Actor, now: datetime) -> int:
    """Put a journey away: everybody on their way leaves it, messages that wait are cancelled. Return how many left."""
    journey = _locked(journey)
    _require(journey, JourneyState.DRAFT, JourneyState.ON, JourneyState.PAUSED)
    left = Run.objects.filter(journey=journey, state__in=(RunState.ACTIVE, RunState.STUCK)).update(
        state=RunState.LEFT, ended_at=now, due_at=None, awaits="", ending="archived"
    )
    Trouble.objects.filter(journey=journey, closed_at=None).update(closed_at=now)
    Journey.objects.filter(pk=journey.pk).update(state=JourneyState.ARCHIVED, changed_at=now)
    stopping.stop(CAUSE, journey.pk, by=by, now=now)
    _note(by, "journeys.archived", journey, {"left": left}, now)
    return left


@dataclass(frozen=True, slots=True)
class Moving:
    """What moving people to another version comes to: how many stay at their step, and at which steps the others stand."""

    keeps: int
    homeless: Mapping[str, int]


def preview_move(journey: Journey) -> Moving:
    """Say what would become of those who are on their way on an earlier version."""
    graph, keeps, homeless = _target(journey), 0, Counter[str]()
    for step, number in _standing(journey).items():
        if step in graph.steps:
            keeps += number
        else:
            homeless[step] += number
    return Moving(keeps, dict(homeless))


@transaction.atomic
def move_all(journey: Journey, homes: Mapping[str, str], *, by: Actor, now: datetime) -> int:
    """Put everybody on their way on the version that is on; return how many.

    Who stands at a step that is no longer there goes to the one that ``homes`` names, or leaves where it names none. A wait
    begins again from when they came to their step.
    """
    journey = _locked(journey)
    _require(journey, JourneyState.ON, JourneyState.PAUSED)
    graph, moved = _target(journey), 0
    for step in _standing(journey):
        some = Run.objects.filter(journey=journey, state__in=(RunState.ACTIVE, RunState.STUCK), step=step).exclude(
            version=journey.version
        )
        there = step if step in graph.steps else homes.get(step, "")
        if there in graph.steps and graph.steps[there].kind not in kinds.TRIGGERS:
            Trouble.objects.filter(run__in=some, closed_at=None).update(closed_at=now)
            moved += some.update(
                version=journey.version,
                step=there,
                state=RunState.ACTIVE,
                due_at=now,
                awaits="",
                is_called=False,
                ending="",
            )
        else:
            some.update(state=RunState.LEFT, ended_at=now, due_at=None, awaits="", ending="moved_out")
    entering.wake(now)
    _note(by, "journeys.moved", journey, {"people": moved}, now)
    return moved


def _target(journey: Journey) -> graphs.Graph:
    if journey.version is None:
        raise WrongState(NOT_NOW)
    return queries.graph_of(journey.version)


def _standing(journey: Journey) -> dict[str, int]:
    """Return how many stand at which step on versions other than the one that is on."""
    found = Run.objects.filter(journey=journey, state__in=(RunState.ACTIVE, RunState.STUCK)).exclude(
        version=journey.version
    )
    return dict(Counter(found.values_list("step", flat=True)))


def _locked(journey: Journey) -> Journey:
    return Journey.objects.select_related("version").select_for_update(of=("self",)).get(pk=journey.pk)


def _require(journey: Journey, *states: JourneyState) -> None:
    if journey.state not in states:
        raise WrongState(NOT_NOW)


def _note(by: Actor, verb: str, journey: Journey, summary: dict[str, Any], now: datetime) -> None:
    record(by, verb, target=f"journeys.Journey:{journey.pk}", summary=summary, now=now)
