"""What can go wrong with journeys.

ShukeError
├── UnknownJourney
├── UnknownRecipe
├── UnknownStep        a step that is not, or no longer, in a journey
├── InvalidJourney     it cannot run as it is drawn; ``problems`` say where and why
├── WrongState         this cannot be done with a journey in its present state
└── CannotAct          a step could not act for those who reached it; they wait there until somebody looks
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.kernel.errors import Kind, ShukeError

# What can be wrong with a journey. Keys are stable; the texts are for people.
EXPECTED = {
    "shape": _("This is not the description of a journey: %(reason)s"),
    "no_trigger": _("There is nothing that starts this journey."),
    "triggers": _("A journey has one start; this one has %(count)s."),
    "kind": _("No step is called “%(kind)s”."),
    "id": _("The name of a step is made of small letters, digits and “_” and used once; “%(id)s” is not."),
    "setting": _("“%(setting)s” is missing or does not fit: %(why)s"),
    "exit_missing": _("Nothing follows the exit “%(exit)s”. Lead it on to a step or to an end."),
    "exit_unknown": _("This step has no exit “%(exit)s”."),
    "edge": _("An arrow leads from or to “%(id)s”, which is not there."),
    "into_trigger": _("No arrow may lead back to the start."),
    "unreachable": _("No way leads to this step."),
    "loop": _("These steps would go round for ever without a wait: %(path)s."),
    "too_many": _("A journey may have at most %(limit)s steps."),
    "missing_segment": _("The segment is not there any more."),
    "missing_list": _("The list is not there any more."),
    "missing_template": _("The template is not there, or not published."),
    "missing_tag": _("The tag is not there any more."),
    "missing_attribute": _("The attribute “%(code)s” is not there any more."),
    "rule": _("The rule cannot be read: %(reason)s"),
    "no_step_kind": _("Nothing installed here offers the step “%(kind)s”."),
    "template_channel": _("The template is made for “%(channel)s”."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a journey: at which step ("" for the whole), and what."""

    step: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def text(self) -> str:
        """Return it in the active language."""
        return str(EXPECTED[self.code]) % self.facts


class UnknownJourney(ShukeError):
    """There is no such journey."""

    code = "journeys.unknown_journey"
    kind = Kind.NOT_FOUND


class UnknownRecipe(ShukeError):
    """There is no such recipe."""

    code = "journeys.unknown_recipe"
    kind = Kind.NOT_FOUND


class UnknownStep(ShukeError):
    """There is no such step."""

    code = "journeys.unknown_step"
    kind = Kind.NOT_FOUND


class InvalidJourney(ShukeError):
    """It cannot run as it is drawn."""

    code = "journeys.invalid_journey"
    kind = Kind.INVALID

    def __init__(self, *problems: Problem) -> None:
        first = problems[0]
        super().__init__(EXPECTED[first.code], **first.facts)
        self.problems: Sequence[Problem] = problems


class WrongState(ShukeError):
    """This cannot be done with a journey in its present state."""

    code = "journeys.wrong_state"
    kind = Kind.CONFLICT


class CannotAct(ShukeError):
    """A step could not act for those who reached it."""

    code = "journeys.cannot_act"
    kind = Kind.CONFLICT
