"""Forms of the pages about connections."""

import secrets as randomness
from base64 import b64encode
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from shuke.integrations.kinds import Kind
from shuke.platform.company import queries as company

# Chosen instead of a shop: one that this form opens.
NEW_SHOP = 0


class ConnectForm(forms.Form):
    """What a kind of platform needs to be connected: name, shop, and the fields that the kind asks for."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    shop_id = forms.TypedChoiceField(
        label=gettext_lazy("Shop"), coerce=int,
        help_text=gettext_lazy("Its orders and customers go there. One shop, one connection."),
    )  # fmt: skip
    shop_name = forms.CharField(label=gettext_lazy("Name of the new shop"), max_length=200, required=False)

    def __init__(self, *args: Any, kind: Kind, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        if is_new:
            known = [(shop.pk, shop.name) for shop in company.shops()]
            self.fields["shop_id"].choices = [(NEW_SHOP, _("A new shop")), *known]  # type: ignore[attr-defined]
        else:
            del self.fields["shop_id"], self.fields["shop_name"]
        for field in kind.fields:
            if field.name == "secret" and not is_new:
                continue  # changing that one has a page of its own: two hold for a while
            self.fields[field.name] = forms.CharField(
                label=field.label, help_text=field.help if is_new or not field.is_secret else _("Empty: stays as it is."),
                required=field.is_required and (is_new or not field.is_secret), max_length=400,
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
                initial=_fresh_secret() if field.name == "secret" and kind.makes_secret else None,
            )  # fmt: skip

    @override
    def clean(self) -> dict[str, Any]:
        """A new shop needs a name: its own, or the connection's."""
        said = super().clean() or {}
        if said.get("shop_id") == NEW_SHOP and not said.get("shop_name"):
            said["shop_name"] = said.get("name", "")
        return said

    def secrets(self) -> dict[str, str]:
        """Return what is to be sealed."""
        return self._said(is_secret=True)

    def settings(self) -> dict[str, str]:
        """Return what is no secret."""
        return self._said(is_secret=False)

    def _said(self, *, is_secret: bool) -> dict[str, str]:
        wanted = [field.name for field in self.kind.fields if field.is_secret == is_secret]
        return {name: self.cleaned_data[name].strip() for name in wanted if self.cleaned_data.get(name)}


def _fresh_secret() -> str:
    return "whsec_" + b64encode(randomness.token_bytes(32)).decode()
