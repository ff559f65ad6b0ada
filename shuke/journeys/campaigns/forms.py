"""Forms of the pages about campaigns."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates import queries as templates
from shuke.insight.segments import queries as segments
from shuke.journeys.campaigns.actions.planning import Plan
from shuke.journeys.campaigns.models import Campaign, Measure, State, Timing
from shuke.kernel.money import from_minor, to_minor


class FilterForm(forms.Form):
    """What the list is narrowed by."""

    q = forms.CharField(label=_("Search"), max_length=80, required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *State.choices], required=False)


class CampaignForm(forms.Form):
    """Everything about a campaign."""

    name = forms.CharField(label=_("Name"), max_length=120)
    include = forms.MultipleChoiceField(label=_("To"), widget=forms.CheckboxSelectMultiple)
    exclude = forms.MultipleChoiceField(label=_("But not to"), widget=forms.CheckboxSelectMultiple, required=False)
    first = forms.ChoiceField(label=_("Template"))
    second = forms.ChoiceField(label=_("Version B"), required=False)
    third = forms.ChoiceField(label=_("Version C"), required=False)
    measure = forms.ChoiceField(label=_("The better version has more"), choices=Measure.choices)
    test_share = forms.IntegerField(
        label=_("Try the versions on (per cent)"), min_value=10, max_value=100, initial=100,
        help_text=_("The rest get the better one. 100: all get one of the versions."),
    )  # fmt: skip
    winner_hours = forms.IntegerField(label=_("Decide after (hours)"), min_value=1, max_value=72, initial=4)
    holdout = forms.IntegerField(
        label=_("Comparison group (per cent)"), min_value=0, max_value=50, initial=5,
        help_text=_("Chance keeps so many from getting it. Only with them can it be said what the campaign earned."),
    )  # fmt: skip
    timing = forms.ChoiceField(label=_("When"), choices=Timing.choices)
    starts_at = forms.DateTimeField(
        label=_("Begins"), required=False, help_text=_("In the company's time zone."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    per_hour = forms.IntegerField(label=_("At most (an hour)"), min_value=1, max_value=10_000_000, required=False)
    is_guarded = forms.BooleanField(
        label=_("Guarded: 1 %, then 10 %, then all"), required=False, initial=True,
        help_text=_("It stops itself when people bounce, complain or unsubscribe more often than is usual."),
    )  # fmt: skip
    budget = forms.DecimalField(label=_("Budget"), min_value=0, max_digits=14, decimal_places=2, required=False)
    cost = forms.DecimalField(
        label=_("Cost of a thousand messages"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    window_days = forms.IntegerField(
        label=_("Measure for (days)"), min_value=1, max_value=90, initial=14,
        help_text=_("For so many days what people buy counts, net of refunds."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = segments.choices()
        usable = [
            (str(one.uuid), f"{one.name} · {one.get_channel_display()} · {one.get_purpose_display()}")
            for one in templates.usable()
        ]
        for name in ("include", "exclude"):
            self.fields[name].choices = chosen  # type: ignore[attr-defined]
        self.fields["first"].choices = [("", "–"), *usable]  # type: ignore[attr-defined]
        for name in ("second", "third"):
            self.fields[name].choices = [("", "–"), *usable]  # type: ignore[attr-defined]

    def plan(self, *, zone: str, currency: str) -> Plan:
        """Return what was said as a plan; after ``is_valid``."""
        said = self.cleaned_data
        return Plan(
            name=said["name"], include=said["include"], exclude=said["exclude"],
            templates=[one for one in (said["first"], said["second"], said["third"]) if one], measure=said["measure"],
            test_share=said["test_share"] / 100, winner_hours=said["winner_hours"], holdout=said["holdout"] / 100,
            timing=said["timing"], starts_at=_in_zone(said["starts_at"], zone), per_hour=said["per_hour"],
            is_guarded=said["is_guarded"], budget_minor=_minor(said["budget"], currency),
            cost_per_thousand_minor=_minor(said["cost"], currency) or 0, window_days=said["window_days"],
        )  # fmt: skip


def initial_of(campaign: Campaign, *, zone: str, currency: str) -> Mapping[str, Any]:
    """Return a campaign as a form shows it."""
    chosen = [one["template"] for one in campaign.variants] + ["", "", ""]
    return {
        "name": campaign.name, "include": campaign.include, "exclude": campaign.exclude, "first": chosen[0],
        "second": chosen[1], "third": chosen[2], "measure": campaign.measure,
        "test_share": round(campaign.test_share * 100), "winner_hours": campaign.winner_hours,
        "holdout": round(campaign.holdout * 100), "timing": campaign.timing,
        "starts_at": campaign.starts_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if campaign.starts_at else None,
        "per_hour": campaign.per_hour, "is_guarded": campaign.is_guarded,
        "budget": from_minor(campaign.budget_minor, currency) if campaign.budget_minor is not None else None,
        "cost": from_minor(campaign.cost_per_thousand_minor, currency), "window_days": campaign.window_days,
    }  # fmt: skip


def _in_zone(moment: datetime | None, zone: str) -> datetime | None:
    """Return a moment as it was typed, in the company's zone."""
    return moment.replace(tzinfo=ZoneInfo(zone)) if moment else None


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return to_minor(amount, currency) if amount is not None else None
