"""Refusals.

ShukeError
├── InvalidRule        the rule cannot be read; ``problems`` say where and why
├── SegmentNotFound
├── SegmentInUse       something rests on it
├── NotAList           members can be added by hand to lists only
├── NameTaken
├── TooManyForXlsx     an export that only CSV can hold
└── NothingToAnalyse   the warehouse holds no facts yet
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.kernel.errors import Kind, ShukeError

# What can be wrong with a rule. Keys are stable; the texts are for people.
EXPECTED = {
    "json": _("This is not JSON: %(reason)s"),
    "too_long": _("The rule is too long: at most %(limit)s characters."),
    "object": _("expected an object in braces"),
    "group": _("expected one of “all”, “any” or “none” with a list of conditions"),
    "node": _(
        "expected a condition with “field”, “orders”, “event”, “sequence”, “split” or “reach”, or a group “all”, “any” or “none”"
    ),
    "list": _("expected a list in square brackets"),
    "filled_list": _("expected at least one value"),
    "filled_group": _("expected at least one condition in this group"),
    "list_length": _("expected at most %(limit)s values"),
    "depth": _("groups may be nested at most %(limit)s deep"),
    "clauses": _("a rule may hold at most %(limit)s conditions"),
    "unknown_key": _("unknown key “%(key)s”; allowed here: %(allowed)s"),
    "unknown_field": _("unknown field “%(name)s”"),
    "unknown_field_close": _("unknown field “%(name)s”; did you mean “%(close)s”?"),
    "text_character": _("“%(found)s” cannot stand here"),
    "text_word": _("found “%(found)s”; possible here are: %(allowed)s"),
    "text_word_close": _("found “%(found)s”; did you mean “%(close)s”?"),
    "text_text": _("expected a text in quotation marks, found “%(found)s”"),
    "text_word_kind": _("expected a word, found “%(found)s”"),
    "text_number": _("expected a number, found “%(found)s”"),
    "text_day": _("expected a date like 2024-03-31, found “%(found)s”"),
    "text_mark": _("expected “%(expected)s”, found “%(found)s”"),
    "text_end": _("the rule has ended, but “%(found)s” follows"),
    "text_condition": _("expected a condition or a group, found “%(found)s”"),
    "text_depth": _("groups may be nested at most %(limit)s deep"),
    "unknown_measure": _("unknown measure “%(name)s”; known are: %(allowed)s"),
    "unknown_op": _("“%(name)s” cannot be asked here; possible are: %(allowed)s"),
    "missing": _("this is missing"),
    "no_value": _("“%(name)s” takes no value"),
    "text": _("expected a text"),
    "filled_text": _("expected a text that is not empty"),
    "text_length": _("expected at most %(limit)s characters"),
    "whole_number": _("expected a whole number"),
    "number": _("expected a number"),
    "number_range": _("expected a whole number from %(low)s to %(high)s"),
    "pair": _("expected two numbers, the lower one first"),
    "code": _("unknown value “%(name)s”; known are: %(allowed)s"),
    "yes_no": _("expected true or false"),
    "date": _("expected a date like 2024-03-31"),
    "period": _("expected a period: “last_days”, “before_days”, “this”, “previous”, “since”, or “from” and “to”"),
    "period_order": _("the period ends before it starts"),
    "not_since": _("a period since another event cannot be asked here"),
    "window": _("expected a window with both ends and at most a year: “next_days”, “last_days”, “this” or “previous”"),
    "time": _("expected a time: “days” or “hours”"),
    "hours": _("expected two hours of the day from 0 to 23"),
    "step": _("expected a step with “event” or “order”"),
    "lone_step": _("a sequence has at least two steps, or one that something must not follow"),
    "first_within": _("the first step follows nothing, so it has no time"),
    "steps": _("a sequence may have at most %(limit)s steps"),
    "sequences": _("a rule may hold at most %(limit)s sequences"),
    "no_property": _("“%(name)s” looks at no property"),
    "property_name": _("expected the name of a property: letters, digits, spaces, hyphens, no path"),
    "too_dear": _(
        "this rule would read about %(rows)s rows, more than the %(limit)s that one question may take: ask fewer things at once, or split it into segments"
    ),
    "uuid": _("expected the id of a segment"),
    "net_where": _("“net” cannot be combined with “%(name)s”: refunds do not carry it"),
    "segment_missing": _("this segment does not exist or is archived"),
    "segment_cycle": _("this segment is built on the one you are editing: %(path)s"),
    "tag_missing": _("this tag does not exist any more"),
    "attribute_missing": _("there is no such attribute in use"),
    "attribute_personal": _("this attribute says who somebody is: it is kept encrypted and cannot be asked about"),
    "attribute_op": _("“%(name)s” cannot be asked of this attribute; possible are: %(allowed)s"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a rule: ``path`` as in ``all[1].value``, and what was expected there."""

    path: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is wrong, in the active language."""
        return str(EXPECTED[self.key]) % self.facts if self.facts else str(EXPECTED[self.key])

    @override
    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


class InvalidRule(ShukeError):
    """The rule cannot be read. ``problems`` lists everything wrong that could be found in one go."""

    code = "segments.invalid_rule"

    def __init__(self, *problems: Problem) -> None:
        super().__init__(_("The rule cannot be used."), problems=[str(problem) for problem in problems])
        self.problems = problems

    @override
    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class SegmentNotFound(ShukeError):
    """No such segment."""

    code = "segments.not_found"
    kind = Kind.NOT_FOUND

    def __init__(self) -> None:
        super().__init__(_("There is no such segment."))


class SegmentInUse(ShukeError):
    """Something rests on this segment."""

    code = "segments.in_use"
    kind = Kind.CONFLICT

    def __init__(self, names: list[str]) -> None:
        super().__init__(_("This segment is used by: %(listed)s"), listed=", ".join(names), names=names)


class NotAList(ShukeError):
    """Only lists have members added and removed by hand."""

    code = "segments.not_a_list"
    kind = Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__(_("The members of this segment follow from its rule; only lists can be changed by hand."))


class NameTaken(ShukeError):
    """Another active segment has this name."""

    code = "segments.name_taken"
    kind = Kind.CONFLICT

    def __init__(self, name: str) -> None:
        super().__init__(_("There is already a segment called “%(name)s”."), name=name)


class NothingToAnalyse(ShukeError):
    """There are no facts yet, so no day to evaluate a rule on."""

    code = "segments.nothing_to_analyse"
    kind = Kind.UNAVAILABLE

    def __init__(self) -> None:
        super().__init__(_("There is no data yet: import orders first."))


class TooManyForXlsx(ShukeError):
    """More members than a workbook should hold."""

    code = "segments.too_many_for_xlsx"
    kind = Kind.LIMITED

    def __init__(self, limit: int) -> None:
        super().__init__(_("More than %(limit)s members: export them as CSV."), limit=limit)
