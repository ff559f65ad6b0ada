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
from shuke.insight.forecasts.queries import Scope
from shuke.insight.forecasts.rules import SeriesKey, Step
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
