"""What people ask of the pages of forecasts, and what they enter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.engine.staffing import Rates
from shuke.insight.forecasts.models import AnomalyState
from shuke.insight.forecasts.queries import Scope
from shuke.insight.forecasts.rules import SeriesKey, Step
from shuke.kernel.money import from_minor, to_minor
from shuke.platform.company.models import Shop

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
USUAL_AHEAD = {Step.DAY: 28, Step.WEEK: 13}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which series a page is about, at which step and how far ahead; read from its address."""

    measure: str
    scope: Scope
    step: Step
    ahead: int | None

    @property
    def key(self) -> SeriesKey:
        """Return the series."""
        return SeriesKey(self.measure, self.scope.kind, self.scope.key)

    def query(self, **changes: Any) -> str:
        """Return the address parameters that ask for the same, with ``changes``."""
        wanted = {
            "of": None if self.scope == Scope() else self.scope.code,
            "measure": None if self.measure == rules.NET else self.measure,
            "by": None if self.step is Step.DAY else self.step.value,
            "ahead": self.ahead,
            **changes,
        }
        return urlencode({name: value for name, value in wanted.items() if value not in {None, ""}})


class SeriesForm(forms.Form):
    """The filter bar of the pages about one series."""

    of = forms.ChoiceField(label=_("Of"), required=False)
    measure = forms.ChoiceField(label=_("Measure"), required=False)
    by = forms.ChoiceField(label=_("Step"), required=False)
    ahead = forms.ChoiceField(label=_("Ahead"), required=False)

    def __init__(self, asked: Asked, choices: Mapping[str, Sequence[tuple[str, Any]]]) -> None:
        super().__init__(
            {
                "of": asked.scope.code, "measure": asked.measure, "by": asked.step.value,
                "ahead": str(asked.ahead or ""),
            }
        )  # fmt: skip
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = list(offered)


def asked(data: Mapping[str, Any]) -> Asked:
    """Return what an address asks for; the company's net sales by day where it does not say."""
    by = str(data.get("by", ""))
    step = Step(by) if by in set(Step) else Step.DAY
    ahead = str(data.get("ahead", ""))
    return Asked(
        str(data.get("measure", "")) or rules.NET, Scope.read(str(data.get("of", ""))), step,
        int(ahead) if ahead.isdigit() and len(ahead) < 4 else None,
    )  # fmt: skip


class PromotionForm(forms.Form):
    """A promotion with its days."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("The same name in another year is the same event.")
    )
    first_on = forms.DateField(label=_("From"), widget=DATE)
    last_on = forms.DateField(label=_("To"), widget=DATE)
    shop = forms.TypedChoiceField(label=_("Shop"), coerce=int, empty_value=None, required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, shops: Sequence[Shop]) -> None:
        super().__init__(data)
        shop = self.fields["shop"]
        assert isinstance(shop, forms.TypedChoiceField)
        shop.choices = [("", _("All shops")), *((each.pk, each.name) for each in shops)]

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse days that are the wrong way round, or too many to be one promotion."""
        said = super().clean() or self.cleaned_data
        first, last = said.get("first_on"), said.get("last_on")
        if first and last:
            if last < first:
                self.add_error("last_on", _("The last day lies before the first."))
            elif (last - first).days >= MOST_PROMOTION_DAYS:
                self.add_error("last_on", _("A promotion lasts 60 days at most; what lasts longer is the usual."))
            if not EARLIEST <= first <= LATEST:
                self.add_error("first_on", _("That year is not one of this company."))
        return said


MOST_PROMOTION_DAYS = 60
EARLIEST, LATEST = date(1990, 1, 1), date(2099, 12, 31)


class AnomalyForm(forms.Form):
    """What staff make of an anomaly; what is explained has an explanation."""

    state = forms.ChoiceField(label=_("State"), choices=AnomalyState.choices)
    note = forms.CharField(
        label=_("Explanation"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it was, for whoever looks at these days next year."),
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse to call explained what nobody explained."""
        said = super().clean() or self.cleaned_data
        if said.get("state") == AnomalyState.EXPLAINED and not (said.get("note") or "").strip():
            self.add_error("note", _("Say in a few words what it was."))
        return said


class PlanForm(forms.Form):
    """The days of a peak, and the rates that what it takes follows from."""

    name = forms.CharField(label=_("Name"), max_length=80)
    first_on = forms.DateField(label=_("From"), widget=DATE)
    last_on = forms.DateField(label=_("To"), widget=DATE)
    tickets_per_100 = forms.FloatField(label=_("Tickets per 100 orders"), min_value=0, max_value=1_000)
    minutes_per_ticket = forms.FloatField(label=_("Minutes per ticket"), min_value=0, max_value=480)
    shift_hours = forms.FloatField(label=_("Hours of a shift"), min_value=1, max_value=24)
    busy_percent = forms.FloatField(label=_("Of a shift spent on tickets, %"), min_value=1, max_value=100)
    hour_cost = forms.DecimalField(label=_("Cost of an hour"), min_value=0, max_digits=10, decimal_places=2)
    reduced_percent = forms.FloatField(label=_("Orders at a reduced price, %"), min_value=0, max_value=100)
    discount = forms.DecimalField(label=_("Reduction per such order"), min_value=0, max_digits=10, decimal_places=2)
    recipients = forms.IntegerField(label=_("Recipients of messages"), min_value=0, max_value=1_000_000_000)
    messages_each = forms.FloatField(label=_("Messages to each"), min_value=0, max_value=100)
    per_1000 = forms.DecimalField(label=_("Cost of 1,000 messages"), min_value=0, max_digits=10, decimal_places=2)

    @override
    def clean(self) -> dict[str, Any]:
        """Refuse days that are the wrong way round, or too many to be one peak."""
        said = super().clean() or self.cleaned_data
        first, last = said.get("first_on"), said.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("The last day lies before the first."))
        elif first and last and (last - first).days >= MOST_PROMOTION_DAYS:
            self.add_error("last_on", _("A plan covers 60 days at most."))
        if first and not EARLIEST <= first <= LATEST:
            self.add_error("first_on", _("That year is not one of this company."))
        return said

    def rates(self, currency: str) -> Rates:
        """Return the rates that were entered."""
        said = self.cleaned_data
        plain = {name: said[name] for name in Rates.model_fields if name in said}
        money = {f"{name}_minor": to_minor(said[name], currency) for name in ("hour_cost", "discount", "per_1000")}
        return Rates(**plain, **money)


def plan_initial(rates: Rates, currency: str) -> dict[str, Any]:
    """Return rates as the form shows them."""
    shown: dict[str, Any] = {name: getattr(rates, name) for name in Rates.model_fields if not name.endswith("_minor")}
    for name in ("hour_cost", "discount", "per_1000"):
        shown[name] = from_minor(getattr(rates, f"{name}_minor"), currency)
    return shown
