"""What a reader asks of a report: which days, which shop, compared with what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.insight.analytics import rules
from shuke.insight.analytics.rules import Against, Period, Preset, Scope, Step
from shuke.platform.company.models import Shop

PRESET_LABELS: dict[Preset, str | Promise] = {
    Preset.DAYS_7: _("Last 7 days"),
    Preset.DAYS_30: _("Last 30 days"),
    Preset.DAYS_90: _("Last 90 days"),
    Preset.MONTH: _("This month"),
    Preset.QUARTER: _("This quarter"),
    Preset.YEAR: _("This year"),
    Preset.ALL: _("All time"),
}
AGAINST_LABELS: dict[Against, str | Promise] = {
    Against.PREVIOUS: _("Compared with the period before"),
    Against.YEAR: _("Compared with last year"),
    Against.NOTHING: _("Not compared"),
}
STEP_LABELS: dict[Step, str | Promise] = {Step.DAY: _("By day"), Step.WEEK: _("By week"), Step.MONTH: _("By month")}
_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AskingForm(forms.Form):
    """The filter bar of every report."""

    period = forms.ChoiceField(
        choices=[(preset.value, "") for preset in Preset], required=False, widget=forms.HiddenInput
    )
    against = forms.ChoiceField(choices=list(AGAINST_LABELS.items()), required=False, widget=forms.HiddenInput)
    shop = forms.TypedChoiceField(label=_("Shop"), coerce=int, empty_value=None, required=False)
    by = forms.ChoiceField(choices=list(STEP_LABELS.items()), required=False, widget=forms.HiddenInput)

    country = forms.ChoiceField(label=_("Country"), required=False)
    segment = forms.ChoiceField(label=_("Segment"), required=False)

    def __init__(self, data: Mapping[str, Any], *, choices: "Choices") -> None:
        super().__init__(data)
        self.fields["from"] = forms.DateField(label=_("From"), required=False, widget=_DATE)
        self.fields["to"] = forms.DateField(label=_("To"), required=False, widget=_DATE)
        shop = self.fields["shop"]
        assert isinstance(shop, forms.TypedChoiceField)
        shop.choices = [("", _("All shops")), *((each.pk, each.name) for each in choices.shops)]
        for name, everything, offered in (
            ("country", _("All countries"), choices.countries),
            ("segment", _("All customers"), [(uuid, label) for uuid, label, _pk in choices.segments]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", everything), *offered]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the shared filters offer: shops, countries as (written, name), segments as (public id, name, number)."""

    shops: Sequence[Shop]
    countries: Sequence[tuple[str, str]] = ()
    segments: Sequence[tuple[str, str, int]] = ()
    # The shop of each source of events.
    sources: Mapping[str, int | None] = field(default_factory=dict)

    def sources_of(self, shop_id: int | None) -> tuple[str, ...]:
        """Return the sources of events that belong to a shop."""
        return tuple(sorted(code for code, shop in self.sources.items() if shop == shop_id)) if shop_id else ()

    def segment_id(self, uuid: str) -> int | None:
        """Return the number of a segment by public id, None for none."""
        return next((pk for known, _label, pk in self.segments if known == uuid), None)


class OwnForm(forms.Form):
    """What only one report asks, beside the shared filters: read from the address, with something usual for each."""

    usual: Mapping[str, str] = {}

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({**self.usual, **{name: data.get(name) for name in self.base_fields if data.get(name)}})

    def said(self) -> dict[str, Any]:
        """Return every answer, the usual one where what was said cannot be read."""
        self.is_valid()
        return {
            name: self.cleaned_data[name] if name in self.cleaned_data else field.clean(self.usual.get(name) or None)
            for name, field in self.fields.items()
        }

    def chosen(self) -> tuple[tuple[str, str], ...]:
        """Return what was said that is not usual, for addresses that ask for the same."""
        self.is_valid()
        return tuple(
            (name, str(self.data[name]))
            for name in self.fields
            if name in self.cleaned_data and self.data.get(name) and self.data[name] != self.usual.get(name)
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is about, read from its address."""

    scope: Scope
    against: Against
    step: Step
    preset: Preset | None
    chosen_step: str = ""
    # What only one report asks, in the order of its form.
    own: tuple[tuple[str, str], ...] = ()

    @property
    def period(self) -> Period:
        """Return the days asked for."""
        return self.scope.period

    @property
    def compared(self) -> Scope | None:
        """Return what to compare with, if anything."""
        earlier = rules.compared(self.period, self.against)
        return None if earlier is None else self.scope.during(earlier)

    def shared(self) -> str:
        """Return the address parameters that every report understands."""
        return self.query(**dict.fromkeys(name for name, _value in self.own))

    def query(self, **changes: Any) -> str:
        """Return the address parameters that ask for the same, with ``changes``; None leaves one out."""
        period: dict[str, Any] = (
            {"period": self.preset.value}
            if self.preset
            else {"from": self.period.starts_on.isoformat(), "to": self.period.last_day.isoformat()}
        )
        if "period" in changes:
            period = {}
        wanted = {
            **period,
            "against": None if self.against is Against.PREVIOUS else self.against.value,
            "shop": self.scope.shop_id,
            "country": self.scope.country,
            "segment": self.scope.segment,
            "by": self.chosen_step or None,
            **dict(self.own),
            **changes,
        }
        return urlencode({name: value for name, value in wanted.items() if value not in {None, ""}})


def asked(data: Mapping[str, Any], *, choices: Choices, first_on: date, last_on: date) -> tuple[Asked, AskingForm]:
    """Return what ``data`` asks for, with the last thirty days of data where it does not say.

    What cannot be read counts as not said; the form carries the message. ``last_on`` is taken as today.
    """
    form = AskingForm(data, choices=choices)
    form.is_valid()
    said = form.cleaned_data
    preset = Preset(said["period"]) if said.get("period") else None
    if preset is None and not (said.get("from") or said.get("to")):
        preset = Preset.DAYS_30
    if preset is not None:
        period = rules.preset(preset, today=last_on, first_day=first_on)
    else:
        period = rules.between(said.get("from") or first_on, said.get("to") or last_on)
    against = Against(said.get("against") or Against.PREVIOUS)
    step = Step(said["by"]) if said.get("by") else rules.step_for(period)
    segment = said.get("segment") or ""
    shop_id = said.get("shop")
    scope = Scope(
        period, shop_id, said.get("country") or "", choices.segment_id(segment), segment, choices.sources_of(shop_id)
    )
    found = Asked(scope, against, step, preset, said.get("by") or "")
    return found, _as_shown(form, found, choices)


def _as_shown(form: AskingForm, found: Asked, choices: Choices) -> AskingForm:
    """Return the form filled with what is in force, keeping the messages of what could not be read."""
    shown = AskingForm(
        {
            "from": found.period.starts_on.isoformat(),
            "to": found.period.last_day.isoformat(),
            "against": found.against.value,
            "shop": found.scope.shop_id or "",
            "country": found.scope.country,
            "segment": found.scope.segment,
            "by": found.chosen_step,
        },
        choices=choices,
    )
    shown.is_valid()
    for name, messages in form.errors.items():
        shown.errors[name] = messages
    return shown
