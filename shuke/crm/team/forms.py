"""Forms of the pages of people's work."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.crm.team import rules
from shuke.crm.team.models import CallOutcome
from shuke.crm.team.queries import wording
from shuke.insight.value import queries as value


class OutcomeForm(forms.Form):
    """What came of a call."""

    outcome = forms.ChoiceField(label=_("What came of it"), choices=CallOutcome.choices)
    note = forms.CharField(label=_("Note"), max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    follow_up_on = forms.DateField(
        label=_("Call again on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class SettingsForm(forms.Form):
    """The line, the alerts and the list."""

    risk_line = forms.IntegerField(
        label=_("Warn from a churn risk of (per cent)"), min_value=10, max_value=99,
        help_text=_("The warning ends when the risk falls five points below it, or with an order that lowers it."),
    )  # fmt: skip
    alerts = forms.BooleanField(
        label=_("Tell the responsible person when somebody valuable crosses the line"), required=False
    )
    alert_tiers = forms.MultipleChoiceField(
        label=_("Valuable are"), widget=forms.CheckboxSelectMultiple, required=False
    )
    at_once_tiers = forms.MultipleChoiceField(
        label=_("Told at once"), widget=forms.CheckboxSelectMultiple, required=False,
        help_text=_("Whoever of these crosses the line after the message of the day is told of at once, at most three times a day."),
    )  # fmt: skip
    alert_min = forms.DecimalField(
        label=_("and only with at least so much at risk"), min_value=0, required=False, max_digits=14, decimal_places=2,
        help_text=_("In the company's currency. Empty: any amount."),
    )  # fmt: skip
    hour = forms.IntegerField(label=_("Make the list at (hour)"), min_value=0, max_value=23)
    rest_days = forms.IntegerField(
        label=_("Days of rest"), min_value=1, max_value=365,
        help_text=_("Nobody is listed again before; what was agreed on the telephone comes all the same."),
    )  # fmt: skip
    holdout = forms.IntegerField(
        label=_("Comparison group (per cent)"), min_value=0, max_value=50,
        help_text=_("Chance keeps so many off the list, before anybody sees it. Only with them can it be said what calling earns."),
    )  # fmt: skip
    reasons = forms.MultipleChoiceField(label=_("Reasons to call"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("alert_tiers", "at_once_tiers"):
            self.fields[name].choices = list(value.tier_labels().items())  # type: ignore[attr-defined]
        self.fields["reasons"].choices = [(code, wording.reason(code)) for code in rules.REASONS]  # type: ignore[attr-defined]
