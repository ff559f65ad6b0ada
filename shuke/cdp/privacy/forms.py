"""Forms of the privacy pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from shuke.cdp.privacy.models import IdentityCheck, RequestKind
from shuke.cdp.privacy.rules import MOST_ARCHIVE_HOURS, PrivacySettings
from shuke.platform.manifest import retention


class NewRequest(forms.Form):
    """What a person asked for, and when."""

    kind = forms.ChoiceField(label=_("They ask for"), choices=RequestKind.choices)
    received_on = forms.DateField(
        label=_("Received on"),
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("The term runs from then."),
    )
    note = forms.CharField(
        label=_("In their words"), required=False, max_length=4_000, widget=forms.Textarea({"rows": 3})
    )


class Check(forms.Form):
    """How somebody made sure that it is the person who asks."""

    method = forms.ChoiceField(label=_("Checked by"), choices=IdentityCheck.choices)


class Refusal(forms.Form):
    """Why a request is not carried out."""

    why = forms.CharField(label=_("Reason, as told to the person"), max_length=300)


class Terms(forms.Form):
    """The company's terms, with days for every kind of data."""

    due_days = forms.IntegerField(label=_("Days to answer a request"), min_value=1, max_value=30)
    archive_hours = forms.IntegerField(
        label=_("Hours a copy can be fetched"), min_value=1, max_value=MOST_ARCHIVE_HOURS
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in retention().values():
            least = ngettext_lazy("At least %(days)d day.", "At least %(days)d days.", "days") % {
                "days": kind.least_days
            }
            self.fields[f"days_{kind.name}"] = forms.IntegerField(
                label=kind.label,
                min_value=0,
                max_value=36_500,
                help_text=f"{kind.help} {least}" if kind.least_days else kind.help,
            )

    def terms(self) -> PrivacySettings:
        """Return what was entered."""
        said = self.cleaned_data
        return PrivacySettings(
            due_days=said["due_days"], archive_hours=said["archive_hours"],
            retention={name: said[f"days_{name}"] for name in retention()},
        )  # fmt: skip
