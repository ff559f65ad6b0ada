"""Forms of the customer pages."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Details(forms.Form):
    """What staff may correct about a customer by hand."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=200, required=False)
    country = forms.CharField(label=_("Country"), max_length=80, required=False)
    region = forms.CharField(label=_("Region"), max_length=80, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    birthday = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    language = forms.CharField(
        label=_("Language"), max_length=10, required=False, help_text=_("As a code: en, zh-CN, fr …")
    )


def day(raw: str) -> date | None:
    """Read a day as browsers write it; None if it is none."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        return None
