"""One person on one journey: what they passed, and why they did or did not come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from shuke.cdp.customers.queries import merging
from shuke.cdp.events import queries as events
from shuke.crm.messaging import queries as messaging
from shuke.crm.messaging.queries import explaining
from shuke.insight.segments import queries as segments
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import Journey, JourneyState, Refusal, Run, Visit
from shuke.journeys.journeys.queries import wording
from shuke.journeys.journeys.rules import chance, kinds
from shuke.journeys.journeys.rules.graph import Graph, Signal
from shuke.journeys.journeys.rules.keys import message_key
from shuke.journeys.journeys.rules.matching import fits
from shuke.kernel.errors import ShukeError

_LOOK_BACK = timedelta(days=90)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Passed:
    """One line of a trace."""

    title: str
    line: str
    icon: str
    exit: str
    note: str
    arrived_at: datetime
    left_at: datetime | None


def trace(run: Run, names: wording.Names) -> list[Passed]:
    """Return what somebody passed, in order, and where they stand."""
    graph = queries.graph_of(run.version)
    found = [_passed(graph, one, names) for one in Visit.objects.filter(run=run).order_by("hop")]
    if run.ended_at is None and run.step in graph.steps:
        step = graph.steps[run.step]
        found.append(
            Passed(
                wording.kind_label(step.kind),
                wording.line_of(step, names),
                wording.icon_of(step.kind),
                "",
                "",
                run.arrived_at,
                None,
            )
        )
    return found


def _passed(graph: Graph, one: Visit, names: wording.Names) -> Passed:
    step = graph.steps.get(one.step)
    if step is None:
        return Passed(
            one.step, "", "question-mark", wording.exit_label(one.exit), one.note, one.arrived_at, one.left_at
        )
    exit_ = "" if one.exit == kinds.NEXT else wording.exit_label(one.exit)
    return Passed(
        wording.kind_label(step.kind), wording.line_of(step, names), wording.icon_of(step.kind), exit_,
        note_words(one.note), one.arrived_at, one.left_at,
    )  # fmt: skip


def note_words(note: str) -> str:
    """Return what acting came to, in words."""
    code, _bar, reasons = note.partition("|")
    if code == "allowed":
        return _("the message was let through")
    if code == "denied":
        said = ", ".join(messaging_reason(one) for one in reasons.split(",") if one)
        return _("no message: %(reasons)s") % {"reasons": said}
    return _("outside the hours: no message") if code == "outside_hours" else code


def messaging_reason(code: str) -> str:
    """Return which question of the gate was not passed, in words."""
    clause = explaining.clause_of(code)
    return _("not so: %(clause)s") % {"clause": explaining.clause_words(clause)}


def gate_words(reason: str) -> str:
    """Return what the gate would do, in words."""
    if not reason:
        return _("would leave at once")
    if reason.startswith("waits:"):
        return _("would wait (%(reason)s)") % {"reason": messaging_reason(reason.removeprefix("waits:"))}
    return messaging_reason(reason)


@dataclass(frozen=True, slots=True)
class Clause:
    """One reason: whether it speaks for entering."""

    text: str
    holds: bool


@dataclass(slots=True)
class Answer:
    """Why somebody is, was or is not on a journey."""

    runs: Sequence[Run] = ()
    refusals: Sequence[tuple[datetime, str]] = ()
    clauses: list[Clause] = field(default_factory=list)


def why(journey: Journey, customer_id: int, *, now: datetime) -> Answer:
    """Say clause by clause what speaks for and against a customer entering, and what came of it when they did."""
    family = merging.family_of(customer_id)
    found = Answer(
        list(Run.objects.filter(journey=journey, customer_id__in=family).select_related("version").order_by("-entered_at")[:_SHOWN]),
        [
            (one.at, str(wording.REFUSALS.get(one.reason, one.reason)))
            for one in Refusal.objects.filter(journey=journey, customer_id__in=family).order_by("-at")[:_SHOWN]
        ],
    )  # fmt: skip
    found.clauses.append(Clause(_("The journey is on."), journey.state == JourneyState.ON))
    if journey.version is None:
        return found
    graph = queries.graph_of(journey.version)
    found.clauses += [*_of_trigger(journey, graph, customer_id, now), *_of_rule(graph, customer_id)]
    if graph.settings.holdout:
        held = chance.is_held(str(journey.uuid), customer_id, graph.settings.holdout)
        found.clauses.append(
            Clause(
                _("Chance did not put them into the comparison group (%(share)s %%).")
                % {"share": graph.settings.holdout},
                not held,
            )
        )
    return found


def _of_trigger(journey: Journey, graph: Graph, customer_id: int, now: datetime) -> list[Clause]:
    """Whether what sets the journey off has happened to them since it was switched on."""
    trigger, wanted = graph.trigger, {kinds.EVENT: "", kinds.ENTERED: "segment.entered", kinds.LEFT: "segment.left"}
    if trigger.kind not in wanted:
        return []
    name = str(trigger.settings["event"]) if trigger.kind == kinds.EVENT else wanted[trigger.kind]
    since = max(journey.switched_on_at or now, now - _LOOK_BACK)
    past = events.timeline_of(events.Past([], merging.family_of(customer_id)), names=[name])
    happened = [one for one in past.filter(received_at__gte=since)[:200] if not one.historical]
    if trigger.kind == kinds.EVENT:
        signal = Signal.of(trigger.settings)
        meant = [one for one in happened if fits(signal, one.name, one.properties, {})]
    else:
        meant = [one for one in happened if str(one.properties.get("segment")) == str(trigger.settings["segment"])]
    label = wording.line_of(trigger, wording.names())
    text = _("“%(event)s” happened since the journey is on: %(count)s times, %(fitting)s of them as asked.") % {
        "event": label, "count": len(happened), "fitting": len(meant),
    }  # fmt: skip
    return [Clause(text, bool(meant))]


def _of_rule(graph: Graph, customer_id: int) -> list[Clause]:
    if not graph.settings.rule:
        return []
    try:
        words = wording.rule_words(graph.settings.rule)
        member = bool(segments.matching_among(graph.settings.rule, [customer_id]))
    except ShukeError as refusal:
        return [Clause(str(refusal), holds=False)]
    return [Clause(_("Condition of the entry: %(rule)s") % {"rule": words}, member)]


def messages_of(run: Run) -> list[tuple[str, str]]:
    """Return what became of the messages of a way: (step, state in words)."""
    sent = Visit.objects.filter(run=run, note="allowed").order_by("hop").values_list("hop", "step")
    keys = {message_key(run.pk, step, hop): step for hop, step in sent}
    outcomes = messaging.outcome_of(list(keys))
    return [(step, str(outcomes[key].state)) for key, step in keys.items() if key in outcomes]
