"""Journeys in words: what each kind of step is called, and a line that says what one of them does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.customers.queries import wording
from shuke.cdp.events import queries as events
from shuke.insight.segments import queries as segments
from shuke.insight.segments.queries.sentences import sentence
from shuke.journeys.journeys.queries import letters
from shuke.journeys.journeys.queries.contributed import journey_steps
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.filters import write
from shuke.journeys.journeys.rules.graph import Graph, Step
from shuke.kernel.errors import ShukeError

Label = str | Promise
_LONGEST = 90

KINDS: Mapping[str, tuple[Label, str]] = {
    kinds.EVENT: (gettext_lazy("Something happens"), "bolt"),
    kinds.ENTERED: (gettext_lazy("Enters a segment"), "login"),
    kinds.LEFT: (gettext_lazy("Leaves a segment"), "logout"),
    kinds.DATE: (gettext_lazy("Birthday"), "cake"),
    kinds.SCHEDULE: (gettext_lazy("At fixed times"), "calendar-event"),
    kinds.OCCASION: (gettext_lazy("Festival or sale"), "gift"),
    kinds.API: (gettext_lazy("Through the API"), "api"),
    kinds.WEBHOOK: (gettext_lazy("Inbound webhook"), "webhook"),
    kinds.WAIT: (gettext_lazy("Wait"), "hourglass"),
    kinds.UNTIL: (gettext_lazy("Wait until an hour"), "clock"),
    kinds.WAIT_FOR: (gettext_lazy("Wait for something"), "clock-hour-4"),
    kinds.CHECK: (gettext_lazy("Condition"), "filter"),
    kinds.SPLIT: (gettext_lazy("Random split"), "arrows-split"),
    kinds.EXPERIMENT: (gettext_lazy("Experiment"), "scale"),
    kinds.REACH: (gettext_lazy("Which channel reaches them"), "route"),
    kinds.SEND: (gettext_lazy("Send a message"), "send"),
    kinds.TAG: (gettext_lazy("Tag"), "tag"),
    kinds.ATTRIBUTE: (gettext_lazy("Set an attribute"), "pencil"),
    kinds.LIST: (gettext_lazy("List"), "list-check"),
    kinds.END: (pgettext_lazy("journey", "End"), "flag"),
}
GROUPS: tuple[tuple[Label, tuple[str, ...]], ...] = (
    (gettext_lazy("Do"), kinds.ACTIONS),
    (gettext_lazy("Wait"), kinds.WAITS),
    (gettext_lazy("Branch"), kinds.BRANCHES),
    (gettext_lazy("Finish"), (kinds.END,)),
)
EXITS: Mapping[str, Label] = {
    "next": gettext_lazy("then"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "happened": gettext_lazy("it happened"),
    "timeout": gettext_lazy("in vain"),
    "otherwise": gettext_lazy("none of them"),
}
UNITS: Mapping[str, Label] = {
    "minutes": gettext_lazy("minutes"),
    "hours": gettext_lazy("hours"),
    "days": gettext_lazy("days"),
    "weeks": gettext_lazy("weeks"),
}
WEEKDAYS: tuple[Label, ...] = (
    gettext_lazy("Monday"), gettext_lazy("Tuesday"), gettext_lazy("Wednesday"), gettext_lazy("Thursday"),
    gettext_lazy("Friday"), gettext_lazy("Saturday"), gettext_lazy("Sunday"),
)  # fmt: skip
REFUSALS: Mapping[str, Label] = {
    "inside": gettext_lazy("was on this journey already"),
    "before": gettext_lazy("had been on it, and may not come again yet"),
    "rule": gettext_lazy("did not fulfil the condition of the entry"),
    "loop": gettext_lazy("journeys set each other off again and again: stopped"),
    "gone": gettext_lazy("is no longer there, or may not be used"),
    "failed": gettext_lazy("the condition of the entry could not be asked"),
}
ENDINGS: Mapping[str, Label] = {
    "done": gettext_lazy("went to the end"),
    "goal": gettext_lazy("reached the goal"),
    "exit": gettext_lazy("something happened that ends the journey"),
    "held": gettext_lazy("chance put them into the comparison group"),
    "archived": gettext_lazy("the journey was put away"),
    "moved_out": gettext_lazy("their step is not in the new version"),
    "let_go": gettext_lazy("let go by staff after an error"),
    "merged": gettext_lazy("joined with a person who was on it already"),
    "erased": gettext_lazy("erased"),
    "stuck": gettext_lazy("stands at a step that could not act"),
}
WHYS: Mapping[str, Label] = {
    "missing": gettext_lazy("it is missing"),
    "range": gettext_lazy("the number is out of range"),
    "choice": gettext_lazy("this cannot be chosen"),
    "hour": gettext_lazy("expected an hour like 09:30"),
    "hours": gettext_lazy("expected two hours, the earlier one first"),
    "condition": gettext_lazy("expected property, operator and value"),
    "value": gettext_lazy("a value is missing"),
    "list": gettext_lazy("expected a list"),
    "too_long": gettext_lazy("at most 400 days"),
    "arms": gettext_lazy("expected two to ten groups with a weight each"),
    "names": gettext_lazy("names are small letters, digits and “_”, each once"),
    "weights": gettext_lazy("weights are whole numbers from 1 to 100"),
}
SETTINGS: Mapping[str, Label] = {
    "event": gettext_lazy("Event"), "where": gettext_lazy("Only if"), "segment": gettext_lazy("Segment"),
    "amount": gettext_lazy("How long"), "unit": gettext_lazy("Unit"), "at": gettext_lazy("Hour"),
    "weekdays": gettext_lazy("Weekdays"), "rule": gettext_lazy("Condition"), "arms": gettext_lazy("Groups"),
    "channels": gettext_lazy("Channels"), "channel": gettext_lazy("Channel"), "template": gettext_lazy("Template"),
    "tag": gettext_lazy("Tag"), "attribute": gettext_lazy("Attribute"), "value": gettext_lazy("Value"),
    "list": gettext_lazy("List"), "goal": gettext_lazy("Goal"), "exits": gettext_lazy("Ends early when"),
    "holdout": gettext_lazy("Comparison group"), "reentry": gettext_lazy("May come again"),
    "reentry_days": gettext_lazy("Days until they may come again"), "per_hour": gettext_lazy("Entries an hour"),
    "goal_days": gettext_lazy("Days in which the goal counts"), "days_before": gettext_lazy("Days before"),
    "occasions": gettext_lazy("Festivals and sales"), "every": gettext_lazy("How often"), "weekday": gettext_lazy("Weekday"),
    "day": gettext_lazy("Day of the month"), "on": gettext_lazy("Date"), "hours": gettext_lazy("Only between"),
    "outside": gettext_lazy("Outside these hours"), "calendar": gettext_lazy("Calendar"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Names:
    """What the things are called that a drawing names by id."""

    segments: Mapping[str, str]
    templates: Mapping[str, str]
    attributes: Mapping[str, str]


def names() -> Names:
    """Return the names of all segments, templates and attributes in use, in three queries."""
    return Names(
        dict(segments.choices()),
        {key: name for key, name, _channel in letters.choices()},
        {one.code: str(one.label) for one in attributes.active()},
    )


def kind_label(kind: str) -> str:
    """Return what a kind of step is called."""
    if kind in KINDS:
        return str(KINDS[kind][0])
    offered = journey_steps().get(kind)
    return str(offered.label) if offered else kind


def icon_of(kind: str) -> str:
    """Return the icon of a kind of step."""
    if kind in KINDS:
        return KINDS[kind][1]
    offered = journey_steps().get(kind)
    return offered.icon if offered else "question-mark"


def exit_label(exit_: str) -> str:
    """Return what a way out is called; arms of a split and channels by their name."""
    if exit_ in EXITS:
        return str(EXITS[exit_])
    said = wording.channel(exit_)
    return str(said or exit_)


def problem_text(code: str, facts: Mapping[str, Any], text: str) -> str:
    """Return what is wrong, with settings and reasons in words."""
    if code != "setting":
        return text
    setting, why = str(facts["setting"]), str(facts["why"])
    return _("“%(setting)s”: %(why)s") % {"setting": SETTINGS.get(setting, setting), "why": WHYS.get(why, why)}


def line_of(step: Step, names: Names) -> str:
    """Return in a few words what one step does; "" while it has not been told."""
    try:
        return _LINES.get(step.kind, _nothing)(step.settings, names)
    except (KeyError, TypeError, ValueError, ShukeError):
        return ""


def _nothing(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001  one signature for all kinds
    return ""


def _event(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    where = write(said.get("where") or ())
    return events.label_of(said["event"]) + (f" ({where})" if where else "").replace("\n", ", ")


def _segment(said: Mapping[str, Any], names: Names) -> str:
    return names.segments.get(str(said["segment"]), "–")


def length(said: Mapping[str, Any]) -> str:
    """Return how long a wait lasts, in words."""
    amount, unit = int(said["amount"]), said["unit"]
    if unit == "minutes":
        return ngettext("%(n)s minute", "%(n)s minutes", amount) % {"n": amount}
    if unit == "hours":
        return ngettext("%(n)s hour", "%(n)s hours", amount) % {"n": amount}
    if unit == "weeks":
        return ngettext("%(n)s week", "%(n)s weeks", amount) % {"n": amount}
    return ngettext("%(n)s day", "%(n)s days", amount) % {"n": amount}


def _wait(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    return length(said)


def _until(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    days = ", ".join(str(WEEKDAYS[one]) for one in said.get("weekdays") or ())
    return f"{said['at']} {days}".strip()


def _wait_for(said: Mapping[str, Any], names: Names) -> str:
    return _("%(event)s, for at most %(length)s") % {"event": _event(said, names), "length": length(said)}


def _check(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    words = rule_words(said["rule"])
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def rule_words(rule: Any) -> str:
    """Return a rule as a sentence."""
    parsed, book = segments.checked(rule)
    return sentence(parsed, book)


def _arms(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    return " / ".join(f"{arm.name} {arm.weight}" for arm in kinds.arms_of(said))


def _reach(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    return " → ".join(exit_label(str(one)) for one in said["channels"])


def _send(said: Mapping[str, Any], names: Names) -> str:
    return f"{exit_label(said['channel'])}: {names.templates.get(str(said['template']), '–')}"


def _tag(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    return f"{'−' if said.get('remove') else '+'} {said['tag']}"


def _attribute(said: Mapping[str, Any], names: Names) -> str:
    code = str(said["attribute"])
    return f"{names.attributes.get(code, code)} = {said['value']}"


def _list(said: Mapping[str, Any], names: Names) -> str:
    return f"{'−' if said.get('remove') else '+'} {names.segments.get(str(said['list']), '–')}"


def _date(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    words = [_("by the moon") if said.get("calendar") == "lunar" else _("by the sun")]
    if before := int(said.get("days_before") or 0):
        words.append(ngettext("%(n)s day before", "%(n)s days before", before) % {"n": before})
    return ", ".join(words)


def _schedule(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    at = said["at"]
    if said["every"] == "week":
        return f"{WEEKDAYS[said['weekday']]} {at}"
    if said["every"] == "month":
        return _("day %(day)s of the month, %(at)s") % {"day": said["day"], "at": at}
    return f"{said['on']} {at}" if said["every"] == "once" else _("every day, %(at)s") % {"at": at}


def _occasion(said: Mapping[str, Any], names: Names) -> str:  # noqa: ARG001
    known = dict(letters.occasions())
    words = ", ".join(known.get(one, one) for one in said["occasions"])
    if before := int(said.get("days_before") or 0):
        words += " · " + ngettext("%(n)s day before", "%(n)s days before", before) % {"n": before}
    return words


_LINES = {
    kinds.EVENT: _event, kinds.ENTERED: _segment, kinds.LEFT: _segment, kinds.DATE: _date, kinds.SCHEDULE: _schedule,
    kinds.OCCASION: _occasion, kinds.WAIT: _wait, kinds.UNTIL: _until, kinds.WAIT_FOR: _wait_for, kinds.CHECK: _check,
    kinds.SPLIT: _arms, kinds.EXPERIMENT: _arms, kinds.REACH: _reach, kinds.SEND: _send, kinds.TAG: _tag,
    kinds.ATTRIBUTE: _attribute, kinds.LIST: _list,
}  # fmt: skip


def in_order(graph: Graph) -> list[Step]:
    """Return the steps as one reads them: from the start along the arrows, what nobody reaches last."""
    order, waiting = [graph.trigger.id], [graph.trigger.id]
    while waiting:
        here = waiting.pop(0)
        if here not in graph.steps:
            continue
        for exit_ in graph.steps[here].exits:
            there = graph.edges.get((here, exit_))
            if there is not None and there not in order:
                order.append(there)
                waiting.append(there)
    order += [one for one in graph.steps if one not in order]
    return [graph.steps[one] for one in order if one in graph.steps]
