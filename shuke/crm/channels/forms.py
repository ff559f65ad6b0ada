"""Forms of the pages about accounts."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.crm.channels.kinds.kind import Field, Kind


class AccountForm(forms.Form):
    """What a kind needs: a name, and the fields that the kind asks for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)

    def __init__(self, *args: Any, kind: Kind, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if is_new:
            self.fields["is_test"] = forms.BooleanField(
                label=_("Begin in test mode"), required=False, initial=True,
                help_text=_("Messages are shown in the outbox instead of sent, until you switch it off."),
            )  # fmt: skip
        for field in kind.fields:
            self.fields[field.name] = _input(field, is_new=is_new)

    def secrets(self) -> dict[str, str]:
        """Return what is to be sealed."""
        return self._said(is_secret=True)

    def settings(self) -> dict[str, str]:
        """Return what is no secret."""
        return self._said(is_secret=False)

    def _said(self, *, is_secret: bool) -> dict[str, str]:
        wanted = [field.name for field in self.kind.fields if field.is_secret == is_secret]
        return {name: self.cleaned_data[name].strip() for name in wanted if self.cleaned_data.get(name)}


def _input(field: Field, *, is_new: bool) -> forms.Field:
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    said: dict[str, Any] = {
        "label": field.label, "required": field.is_required and (is_new or not field.is_secret),
        "help_text": field.help if is_new or not field.is_secret else _("Empty: stays as it is."),
        "initial": field.initial or None,
    }  # fmt: skip
    if field.choices:
        return forms.ChoiceField(choices=field.choices, **said)
    widget: type[forms.Widget] = forms.Textarea if field.is_long else forms.TextInput
    return forms.CharField(
        max_length=8000 if field.is_long else 400, widget=widget(attrs=attributes | ({"rows": 4} if field.is_long else {})),
        **said,
    )  # fmt: skip


class TryForm(forms.Form):
    """Where a test message goes."""

    address = forms.CharField(label=gettext_lazy("Your own address on this channel"), max_length=400)
    code = forms.CharField(
        label=gettext_lazy("Template code"), max_length=120, required=False,
        help_text=gettext_lazy("A template without parameters that your provider has approved."),
    )  # fmt: skip
