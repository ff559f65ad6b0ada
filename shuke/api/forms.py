"""The form of a new key."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.platform.staff.api_keys import SCOPES

_NAMES = {
    "consents:read": _("Read what customers permitted"), "consents:write": _("Record what customers permitted"),
    "customers:read": _("Read customers, with contact details in clear"), "customers:write": _("Write customers and tags"),
    "orders:read": _("Read orders and refunds"), "orders:write": _("Write orders and refunds"),
    "products:read": _("Read products"), "products:write": _("Write products"),
    "journeys:read": _("Read journeys"), "journeys:write": _("Send customers on journeys"),
    "segments:read": _("Read segments and their members"), "segments:write": _("Write segments"),
    "predictions:read": _("Read predictions and their back-tests"), "forecasts:read": _("Read forecasts of sales"),
    "recommendations:read": _("Ask for recommendations"), "recommendations:write": _("Tell what was shown and clicked"),
    "texts:read": _("Read what customers write, in their words"), "texts:write": _("Send what customers write"),
}  # fmt: skip


class NewKey(forms.Form):
    """A name and what the key may do."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What uses the key, such as “web shop” or “nightly export”.")
    )
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(scope, _NAMES[scope]) for scope in SCOPES]
