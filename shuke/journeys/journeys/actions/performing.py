"""What steps do, for sets of people, in the transaction that writes that they were passed."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from shuke.cdp.attributes.actions import values
from shuke.cdp.customers.actions import tags
from shuke.cdp.events.actions import Provenance
from shuke.crm.messaging.actions import requesting
from shuke.insight.segments import queries as segments
from shuke.journeys.journeys.engine import Move, Moved
from shuke.journeys.journeys.errors import CannotAct
from shuke.journeys.journeys.models import JourneyVersion, Run
from shuke.journeys.journeys.queries.contributed import journey_steps
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph, Step
from shuke.journeys.journeys.rules.keys import CAUSE, message_key
from shuke.kernel.errors import ShukeError
from shuke.platform.jobs.actions import enqueue
from shuke.platform.manifest import JourneyVisit
from shuke.platform.staff.actor import Actor

LIST_JOB = "journeys.list"
ALLOWED = "allowed"
# A message that could not leave so long after its step has lost its sense.
USUAL_HOURS_TO_LIVE = 48
NOBODY_OFFERS = gettext_noop("Nothing installed here offers this step.")
_REFUSED = gettext_noop("The value does not fit the attribute.")
Acting = Sequence[tuple[Move, Run]]
Performer = Callable[[JourneyVersion, Step, Acting, datetime], Mapping[int, str]]


def perform(
    version: JourneyVersion, graph: Graph, moved: Sequence[Moved], runs: Mapping[int, Run], *, now: datetime
) -> list[Moved]:
    """Do what the steps that were passed have to do, in the caller's transaction; return what then came of each run.

    Each step acts for its people together. Where it cannot, they stay there, stuck, and everybody else goes on.
    """
    acting: dict[str, list[tuple[Move, Run]]] = defaultdict(list)
    for one in moved:
        for move in one.moves:
            if move.acts:
                acting[move.step].append((move, runs[move.run_id]))
    notes: dict[int, str] = {}
    failed: dict[str, str] = {}
    for name, some in sorted(acting.items()):
        step = graph.steps[name]
        try:
            with transaction.atomic():
                notes.update(_performer(step)(version, step, some, now))
        except ShukeError as refusal:
            failed[name] = f"{refusal.code}|{refusal}"[:1_000]
    return [_settled(one, notes, failed) for one in moved]


def _settled(one: Moved, notes: Mapping[int, str], failed: Mapping[str, str]) -> Moved:
    """Return what came of a run: with the note of what it did, or standing at the step that failed."""
    for place, move in enumerate(one.moves):
        if not move.acts:
            continue
        if move.step in failed:
            one.traveller.step, one.traveller.hop, one.traveller.arrived_at = move.step, move.hop, move.arrived_at
            one.moves, one.due_at = one.moves[:place], None
            one.ending, one.trouble = "stuck", failed[move.step]
            return one
        note = notes.get(move.run_id, "")
        one.moves[place] = Move(
            move.run_id, move.customer_id, move.hop, move.step, move.exit, move.arrived_at, acts=True, note=note
        )
    return one


def actor_of(version: JourneyVersion) -> Actor:
    """Return who acts when a journey does."""
    return Actor("journey", str(version.journey_id), version.journey.name)


def _performer(step: Step) -> Performer:
    return _PERFORMERS.get(step.kind, _contributed)


def _send(version: JourneyVersion, step: Step, some: Acting, now: datetime) -> Mapping[int, str]:
    """Ask for a message to each; the gate says of everybody whether they get it, and the answer stands beside the visit."""
    said = step.settings
    lives = timedelta(hours=int(said.get("hours_to_live") or USUAL_HOURS_TO_LIVE))
    wanted = [
        requesting.Candidate(
            customer_id=move.customer_id, channel=str(said["channel"]), template=str(said["template"]),
            key=message_key(run.pk, step.id, move.hop), cause_kind=CAUSE, cause_id=version.journey_id, step=step.id,
            value=float(said.get("value") or 0), context=run.context, not_before=None, expires_at=now + lives,
        )
        for move, run in some
    ]  # fmt: skip
    answers = requesting.request(wanted, now=now)
    return {
        run.pk: ALLOWED if answer.is_allowed else f"denied|{','.join(answer.reasons)}"
        for (_move, run), answer in zip(some, answers, strict=True)
    }


def _tag(version: JourneyVersion, step: Step, some: Acting, now: datetime) -> Mapping[int, str]:
    label, ids = tags.tag_named(str(step.settings["tag"]), now=now), [move.customer_id for move, _run in some]
    if step.settings.get("remove"):
        tags.take_off(label, ids, by=actor_of(version), now=now)
    else:
        tags.put(label, ids, by=actor_of(version), now=now)
    return {}


def _attribute(version: JourneyVersion, step: Step, some: Acting, now: datetime) -> Mapping[int, str]:
    said = {str(step.settings["attribute"]): step.settings["value"]}
    by = Provenance("journeys", actor_of(version).reference, now)
    ids = sorted({move.customer_id for move, _run in some})
    outcome = values.set_values([values.Said(pk, said) for pk in ids], source="journeys", by=by)
    if outcome.refused:
        raise CannotAct(_REFUSED)
    return {}


def _list(version: JourneyVersion, step: Step, some: Acting, now: datetime) -> Mapping[int, str]:
    """Have people put on a list or taken off it right after the commit: the copy in the warehouse must not be waited for."""
    segments.by_uuid(UUID(str(step.settings["list"])))
    enqueue(
        LIST_JOB, now=now, listed=str(step.settings["list"]), customers=[move.customer_id for move, _run in some],
        remove=bool(step.settings.get("remove")), journey_id=version.journey_id, journey=version.journey.name,
    )  # fmt: skip
    return {}


def _contributed(version: JourneyVersion, step: Step, some: Acting, now: datetime) -> Mapping[int, str]:
    """Let another domain do what it offers."""
    offered = journey_steps().get(step.kind)
    if offered is None:
        raise CannotAct(NOBODY_OFFERS)
    visits = [JourneyVisit(move.customer_id, message_key(run.pk, step.id, move.hop), run.context) for move, run in some]
    said = offered.perform(visits, step.settings, by=actor_of(version), now=now)
    return {run.pk: said.get(move.customer_id, "") for move, run in some}


_PERFORMERS: Mapping[str, Performer] = {
    kinds.SEND: _send,
    kinds.TAG: _tag,
    kinds.ATTRIBUTE: _attribute,
    kinds.LIST: _list,
}
