"""Forms of the pages of journeys: one for each kind of step, and one for what holds for the whole."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from shuke.cdp.attributes import queries as attributes
from shuke.cdp.customers import queries as customers
from shuke.crm.channels import queries as channels
from shuke.insight.segments import queries as segments
from shuke.journeys.journeys.queries import letters, wording
from shuke.journeys.journeys.queries.contributed import journey_steps
from shuke.journeys.journeys.rules import filters, kinds
from shuke.kernel.errors import ShukeError

Said = dict[str, Any]
_HOUR = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
_LINES = gettext_lazy(
    "One condition a line, for example: value_minor >= 10000, or: checkout_id same (as in what began the journey)."
)


class StepForm(forms.Form):
    """What a step is told. ``initial_of`` and ``said`` turn settings into fields and back."""

    @classmethod
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        """Return what fills the fields."""
        return dict(settings)

    def said(self) -> Said:
        """Return the settings of a valid form."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}


def _event_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=gettext_lazy("What happens"), choices=letters.event_choices)


def _where_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Only if"),
        required=False,
        max_length=2_000,
        help_text=_LINES,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _read_where(form: forms.Form, name: str) -> list[Said]:
    try:
        return filters.read(form.cleaned_data.get(name) or "")
    except ValueError as line:
        raise forms.ValidationError(
            _("“%(line)s” is no condition: expected property, operator and value."), params={"line": str(line)}
        ) from line


class EventForm(StepForm):
    """Something happens."""

    event = _event_field()
    where = _where_field()

    @classmethod
    @override
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        return {**settings, "where": filters.write(settings.get("where") or ())}

    def clean_where(self) -> list[Said]:
        """Read the conditions."""
        return _read_where(self, "where")


class LengthForm(StepForm):
    """A wait."""

    amount = forms.IntegerField(label=gettext_lazy("How long"), min_value=1, max_value=100_000)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=list(wording.UNITS.items()))


class WaitForForm(EventForm):
    """A wait for something, with an end."""

    amount = forms.IntegerField(label=gettext_lazy("For at most"), min_value=1, max_value=100_000)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=list(wording.UNITS.items()))


class UntilForm(StepForm):
    """A wait until an hour."""

    at = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Hour, where the person is"), widget=_HOUR)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only on"), coerce=int, required=False, choices=list(enumerate(wording.WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("None chosen: any day."),
    )  # fmt: skip


def _segment_field(label: Any, *, required: bool = True, kind: str = "") -> forms.ChoiceField:
    def options() -> list[tuple[str, Any]]:
        return [("", "–"), *segments.choices(kind=kind)]

    return forms.ChoiceField(label=label, choices=options, required=required)


class SegmentForm(StepForm):
    """A segment that is entered or left."""

    segment = _segment_field(gettext_lazy("Segment"))


class RuleForm(StepForm):
    """A condition on a person: that they belong to a segment, or a rule of its own."""

    segment = _segment_field(gettext_lazy("Is a member of"), required=False)
    rule = forms.CharField(
        label=gettext_lazy("or fulfils this rule"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("In the text form of segments, for example: value.orders at_least 2. The builder of segments shows it."),
    )  # fmt: skip

    @classmethod
    @override
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        return rule_initial(settings.get("rule"))

    @override
    def clean(self) -> Said:
        said = super().clean() or {}
        if not said.get("segment") and not said.get("rule"):
            raise forms.ValidationError(_("Choose a segment, or write a rule."))
        _checked(self, said.get("rule", ""))
        return said

    @override
    def said(self) -> Said:
        return {"rule": rule_of(self.cleaned_data)}


def rule_initial(rule: Any) -> Said:
    """Return what fills the fields of a condition: the segment, if that is all it asks, else the rule as text."""
    if not rule:
        return {}
    inner = rule.get("all") if isinstance(rule, Mapping) and len(rule) == 1 else None
    if (
        isinstance(inner, list)
        and len(inner) == 1
        and inner[0].get("field") == "segment"
        and inner[0].get("op") == "in"
    ):
        (value,) = inner[0].get("value") or ("",)
        return {"segment": value}
    try:
        return {"rule": segments.as_text(rule)}
    except ShukeError:
        return {"rule": str(rule)}


def rule_of(said: Mapping[str, Any]) -> Any:
    """Return the rule that the fields of a condition say."""
    if said.get("segment"):
        return {"all": [{"field": "segment", "op": "in", "value": [said["segment"]]}]}
    return segments.as_plain(said["rule"]) if said.get("rule") else None


def _checked(form: forms.Form, rule: str) -> None:
    if rule:
        try:
            segments.checked(rule)
        except ShukeError as refusal:
            form.add_error("rule", str(refusal))


class ArmsForm(StepForm):
    """Groups that chance forms."""

    arms = forms.CharField(
        label=gettext_lazy("Groups"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500,
        help_text=gettext_lazy("One a line: a name of small letters, and its weight. For example: a 50"),
    )  # fmt: skip

    @classmethod
    @override
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        arms = kinds.arms_of(settings)
        return {"arms": "\n".join(f"{arm.name} {arm.weight}" for arm in arms) or "a 50\nb 50"}

    def clean_arms(self) -> list[Said]:
        """Read the groups."""
        found = []
        for line in self.cleaned_data["arms"].splitlines():
            name, _space, weight = line.strip().partition(" ")
            if name:
                found.append({"name": name, "weight": int(weight) if weight.strip().isdecimal() else 0})
        if wrong := kinds.complaints(kinds.SPLIT, {"arms": found}):
            raise forms.ValidationError(str(wording.WHYS[wrong[0][1]]))
        return found


def _channel_choices() -> list[tuple[str, str]]:
    return [(one, wording.exit_label(one)) for one in channels.CHANNELS]


class ReachForm(StepForm):
    """Which channel reaches somebody."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels, the first that reaches them wins"),
        choices=_channel_choices,
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"),
        choices=[("marketing", gettext_lazy("Marketing")), ("service", gettext_lazy("Service"))],
    )


class SendForm(StepForm):
    """A message."""

    template = forms.ChoiceField(
        label=gettext_lazy("Template"),
        choices=lambda: [
            (f"{channel}|{key}", f"{wording.exit_label(channel)}: {name}") for key, name, channel in letters.choices()
        ],
    )
    begins = forms.RegexField(
        r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Only from"), widget=_HOUR, required=False
    )
    ends = forms.RegexField(
        r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("until"), widget=_HOUR, required=False,
        help_text=gettext_lazy("Where the person is. The contact policy holds in any case."),
    )  # fmt: skip
    outside = forms.ChoiceField(
        label=gettext_lazy("Outside these hours"),
        choices=[("wait", gettext_lazy("wait until they begin")), ("skip", gettext_lazy("go on without the message"))],
    )
    hours_to_live = forms.IntegerField(
        label=gettext_lazy("Has lost its sense after (hours)"), min_value=1, max_value=720, required=False
    )

    @classmethod
    @override
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        begins, ends = settings.get("hours") or ("", "")
        key = f"{settings.get('channel')}|{settings.get('template')}"
        return {**settings, "template": key, "begins": begins, "ends": ends}

    @override
    def clean(self) -> Said:
        said = super().clean() or {}
        begins, ends = said.get("begins"), said.get("ends")
        if bool(begins) != bool(ends) or (begins and ends and begins >= ends):
            self.add_error("ends", str(wording.WHYS["hours"]))
        return said

    @override
    def said(self) -> Said:
        said = super().said()
        channel, _bar, key = said.pop("template").partition("|")
        begins, ends = said.pop("begins", ""), said.pop("ends", "")
        return {**said, "channel": channel, "template": key} | ({"hours": [begins, ends]} if begins else {})


class TagForm(StepForm):
    """A tag that is put on or taken off."""

    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=64)
    remove = forms.BooleanField(label=gettext_lazy("Take it off instead"), required=False)


class AttributeForm(StepForm):
    """A value of an attribute."""

    attribute = forms.ChoiceField(
        label=gettext_lazy("Attribute"),
        choices=lambda: [(one.code, str(one.label)) for one in attributes.active(with_personal=False)],
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=400)


class ListForm(StepForm):
    """A list that people are put on or taken off."""

    list = forms.ChoiceField(label=gettext_lazy("List"), choices=segments.list_choices)
    remove = forms.BooleanField(label=gettext_lazy("Take them off instead"), required=False)


class DateForm(StepForm):
    """A birthday."""

    calendar = forms.ChoiceField(
        label=gettext_lazy("Birthday"),
        choices=[("solar", gettext_lazy("by the sun")), ("lunar", gettext_lazy("by the moon"))],
    )
    days_before = forms.IntegerField(label=gettext_lazy("Days before"), min_value=0, max_value=60, initial=0)
    at = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Hour"), widget=_HOUR, initial="09:00")


class OccasionForm(StepForm):
    """A festival or a sale."""

    occasions = forms.MultipleChoiceField(
        label=gettext_lazy("Festivals and sales"), choices=letters.occasions, widget=forms.CheckboxSelectMultiple
    )
    days_before = forms.IntegerField(label=gettext_lazy("Days before"), min_value=0, max_value=60, initial=0)
    at = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Hour"), widget=_HOUR, initial="09:00")


class ScheduleForm(StepForm):
    """Fixed times. Whoever fulfils the condition of the entry begins."""

    every = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=[
            ("day", gettext_lazy("every day")), ("week", gettext_lazy("every week")), ("month", gettext_lazy("every month")),
            ("once", gettext_lazy("once")),
        ],
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Weekday"), coerce=int, choices=list(enumerate(wording.WEEKDAYS)), required=False
    )
    day = forms.IntegerField(label=gettext_lazy("Day of the month"), min_value=1, max_value=31, required=False)
    on = forms.DateField(
        label=gettext_lazy("Date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    at = forms.RegexField(r"^([01]\d|2[0-3]):[0-5]\d$", label=gettext_lazy("Hour"), widget=_HOUR, initial="09:00")

    @override
    def clean(self) -> Said:
        said = super().clean() or {}
        needed = {"week": "weekday", "month": "day", "once": "on"}.get(said.get("every", ""))
        if needed and said.get(needed) in (None, ""):
            self.add_error(needed, _("This field is required."))
        return said

    @override
    def said(self) -> Said:
        said, every = super().said(), self.cleaned_data["every"]
        kept = {"week": "weekday", "month": "day", "once": "on"}.get(every, "")
        found = {name: said[name] for name in ("every", "at", kept) if name in said}
        return found | ({"on": said["on"].isoformat()} if every == "once" else {})


_FORMS: Mapping[str, type[StepForm]] = {
    kinds.EVENT: EventForm, kinds.ENTERED: SegmentForm, kinds.LEFT: SegmentForm, kinds.DATE: DateForm,
    kinds.SCHEDULE: ScheduleForm, kinds.OCCASION: OccasionForm, kinds.API: StepForm, kinds.WEBHOOK: StepForm,
    kinds.WAIT: LengthForm, kinds.UNTIL: UntilForm, kinds.WAIT_FOR: WaitForForm, kinds.CHECK: RuleForm,
    kinds.SPLIT: ArmsForm, kinds.EXPERIMENT: ArmsForm, kinds.REACH: ReachForm, kinds.SEND: SendForm, kinds.TAG: TagForm,
    kinds.ATTRIBUTE: AttributeForm, kinds.LIST: ListForm, kinds.END: StepForm,
}  # fmt: skip


def form_of(
    kind: str,
    settings: Mapping[str, Any],
    exits: Mapping[str, str],
    targets: Sequence[tuple[str, str]],
    data: Any = None,
) -> StepForm:
    """Return the form of a step: what it is told, and where each of its exits leads."""
    made = _FORMS[kind] if kind in _FORMS else _contributed(kind)
    form = made(data, initial=made.initial_of(settings) if settings else None)
    for exit_, there in exits.items():
        form.fields[f"to-{exit_}"] = forms.ChoiceField(
            label=_("After “%(exit)s” comes") % {"exit": wording.exit_label(exit_)}, required=False, initial=there,
            choices=[("", "–"), *targets],
        )  # fmt: skip
    return form


def leads_of(form: StepForm) -> dict[str, str]:
    """Return where the exits lead, as the form says, by exit."""
    said = form.cleaned_data
    return {name.removeprefix("to-"): value for name, value in said.items() if name.startswith("to-")}


def settings_said(form: StepForm) -> Said:
    """Return the settings that the form says, without the exits."""
    return {name: value for name, value in form.said().items() if not name.startswith("to-")}


def _contributed(kind: str) -> type[StepForm]:
    """Return the form of a step that another domain offers."""
    offered = journey_steps().get(kind)
    fields: dict[str, Any] = {one.name: _input(one) for one in offered.inputs} if offered else {}
    return type("ContributedForm", (StepForm,), fields)


def _input(one: Any) -> forms.Field:
    common = {"label": one.label, "required": one.is_required}
    if one.kind == "number":
        return forms.IntegerField(**common)
    if one.kind == "choice":
        options: Callable[[], Sequence[tuple[str, Any]]] = one.choices or list
        return forms.ChoiceField(choices=options, **common)
    widget = forms.Textarea(attrs={"rows": 3}) if one.kind == "long_text" else None
    return forms.CharField(max_length=2_000, widget=widget, **common)


class JourneyForm(RuleForm):
    """What holds for the whole journey."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    goal = forms.ChoiceField(
        label=gettext_lazy("The goal is reached when"),
        required=False,
        choices=lambda: [("", "–"), *letters.event_choices()],
    )
    goal_where = _where_field()
    goal_days = forms.IntegerField(
        label=gettext_lazy("Days in which the goal and the revenue count"), min_value=1, max_value=365, initial=14
    )
    exit = forms.ChoiceField(
        label=gettext_lazy("Ends early when"), required=False, choices=lambda: [("", "–"), *letters.event_choices()]
    )
    exit_where = _where_field()
    reentry = forms.ChoiceField(
        label=gettext_lazy("May come again"),
        choices=[
            ("days", gettext_lazy("after some days")), ("never", gettext_lazy("never")),
            ("always", gettext_lazy("always, once they are through")),
        ],
    )  # fmt: skip
    reentry_days = forms.IntegerField(
        label=gettext_lazy("Days until they may come again"), min_value=1, max_value=3_650, initial=30
    )
    holdout = forms.IntegerField(
        label=gettext_lazy("Comparison group (per cent)"), min_value=0, max_value=50, initial=10,
        help_text=gettext_lazy("So many, chosen by chance, get nothing. Only against them does one see what the journey earns."),
    )  # fmt: skip
    per_hour = forms.IntegerField(
        label=gettext_lazy("Entries an hour at most"), min_value=0, max_value=1_000_000, initial=0,
        help_text=gettext_lazy("0: no limit. Whoever comes when it is full begins later."),
    )  # fmt: skip
    field_order = (
        "name", "segment", "rule", "goal", "goal_where", "goal_days", "exit", "exit_where", "reentry", "reentry_days", "holdout", "per_hour",
    )  # fmt: skip

    @classmethod
    @override
    def initial_of(cls, settings: Mapping[str, Any]) -> Said:
        goal = settings.get("goal") or {}
        exit_: Said = next(iter(settings.get("exits") or ()), {})
        return {
            **settings, **rule_initial(settings.get("rule")), "goal": goal.get("event", ""),
            "goal_where": filters.write(goal.get("where") or ()), "exit": exit_.get("event", ""),
            "exit_where": filters.write(exit_.get("where") or ()),
        } | ({} if rule_initial(settings.get("rule")).get("rule") else {"rule": ""})  # fmt: skip

    def clean_goal_where(self) -> list[Said]:
        """Read the conditions."""
        return _read_where(self, "goal_where")

    def clean_exit_where(self) -> list[Said]:
        """Read the conditions."""
        return _read_where(self, "exit_where")

    @override
    def clean(self) -> Said:
        said = forms.Form.clean(self) or {}
        _checked(self, said.get("rule", ""))
        return said

    @override
    def said(self) -> Said:
        said = self.cleaned_data
        goal = {"event": said["goal"], "where": said["goal_where"]} if said["goal"] else None
        exits = [{"event": said["exit"], "where": said["exit_where"]}] if said["exit"] else []
        kept = {name: said[name] for name in ("reentry", "reentry_days", "holdout", "per_hour", "goal_days")}
        return {**kept, "rule": rule_of(said), "goal": goal, "exits": exits}


class ReplayForm(forms.Form):
    """Over how many days a draft is tried."""

    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=1, max_value=90, initial=30)


def tag_names() -> list[str]:
    """Return the tags there are, for a field that also takes new ones."""
    return [tag.name for tag in customers.tags()]
