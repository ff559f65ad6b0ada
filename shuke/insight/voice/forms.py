"""Forms of the voice of the customer."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PinForm(forms.Form):
    """A topic of people's own: every text with one of its keywords."""

    name = forms.CharField(label=_("Name"), max_length=80)
    keywords = forms.CharField(
        label=_("Keywords"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line or separated by commas, in any language. One of them is enough."),
    )  # fmt: skip

    def words(self) -> list[str]:
        """Return the keywords."""
        said = str(self.cleaned_data["keywords"])
        for mark in ("\n", "，", "、", ";", "；"):
            said = said.replace(mark, ",")
        return said.split(",")
