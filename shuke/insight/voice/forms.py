"""Forms of the voice of the customer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.insight.voice.models import Kind
from shuke.platform.company import queries as company
from shuke.platform.imports.engine import small


class FileForm(forms.Form):
    """A file of texts."""

    kind = forms.ChoiceField(label=_("What they are"), choices=Kind.choices)
    shop = forms.TypedChoiceField(label=_("Shop"), coerce=int, empty_value=None, required=False)
    file = forms.FileField(
        label=_("CSV or XLSX file"),
        help_text=_(
            "A column with the text is needed. Also read: id, date, stars, language, product, customer, e-mail, and label (negative, neutral, positive)."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shops = {one.pk: one for one in company.shops()}
        shop = self.fields["shop"]
        assert isinstance(shop, forms.TypedChoiceField)
        shop.choices = [("", _("No shop")), *((pk, one.name) for pk, one in self.shops.items())]

    def clean_file(self) -> Any:
        """Refuse what is too large to be read while somebody waits."""
        found = self.cleaned_data["file"]
        if found.size > small.MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return found


class EndpointForm(forms.Form):
    """The outside service that writes summaries."""

    is_on = forms.BooleanField(label=_("Let an outside service write summaries"), required=False)
    url = forms.URLField(
        label=_("Address"), max_length=300, required=False, assume_scheme="https",
        help_text=_("Of any service that speaks OpenAI’s protocol, such as https://api.example.com/v1"),
    )  # fmt: skip
    model = forms.CharField(label=_("Model"), max_length=120, required=False)
    api_key = forms.CharField(
        label=_("Key"), max_length=300, required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept sealed and never shown again. Leave it empty to keep the one there is."),
    )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        """Ask for address and model where it is on."""
        said = super().clean() or {}
        for name in ("url", "model"):
            if said.get("is_on") and not said.get(name):
                self.add_error(name, _("It is needed while summaries are on."))
        return said


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
