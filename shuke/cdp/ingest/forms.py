"""Forms of the pages about sources, live events, dead letters and the tracking plan."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from shuke.cdp.ingest.models import ConsentMode, SourceKind
from shuke.cdp.ingest.rules.plan import TYPES
from shuke.platform.company import queries as company

# Chosen instead of a shop: one that this form opens.
NEW_SHOP = 0
_PAIR = re.compile(r"(?P<name>[^\s:*]{1,80})\s*(?P<required>\*)?\s*(?::\s*(?P<type>\w+))?")


class SourceForm(forms.Form):
    """A source: its name, kind, shop and rules."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=SourceKind.choices)
    shop_id = forms.TypedChoiceField(
        label=gettext_lazy("Shop"),
        coerce=int,
        help_text=gettext_lazy("Whose visitors these are: their user ids belong to this shop."),
    )
    shop_name = forms.CharField(label=gettext_lazy("Name of the new shop"), max_length=200, required=False)
    quota_per_second = forms.IntegerField(
        label=gettext_lazy("Events per second"), min_value=0, max_value=1_000_000, initial=0,
        help_text=gettext_lazy("More than this, on average over ten seconds, is told to come back later. 0 takes all."),
    )  # fmt: skip
    filters_bots = forms.BooleanField(
        label=gettext_lazy("Keep programs out"), required=False, initial=True,
        help_text=gettext_lazy("Events of search engines and other programs are counted, but do not go into the log."),
    )  # fmt: skip
    consent_mode = forms.ChoiceField(
        label=gettext_lazy("Consent"), choices=ConsentMode.choices,
        help_text=gettext_lazy("“Only with consent” drops what the visitor has not agreed to, and keeps no copy of it."),
    )  # fmt: skip
    is_order_truth = forms.BooleanField(
        label=gettext_lazy("“Order Completed” makes an order"), required=False,
        help_text=gettext_lazy("Only if no import, connection or API call brings this shop's orders: otherwise they would count twice."),
    )  # fmt: skip

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            known = [(shop.pk, shop.name) for shop in company.shops()]
            self.fields["shop_id"].choices = [*known, (NEW_SHOP, _("A new shop"))]  # type: ignore[attr-defined]
        else:
            del self.fields["shop_id"], self.fields["shop_name"]

    @override
    def clean(self) -> dict[str, Any]:
        """A new shop needs a name."""
        said = super().clean() or {}
        if said.get("shop_id") == NEW_SHOP and not said.get("shop_name"):
            self.add_error("shop_name", _("Name the new shop."))
        return said


class MendForm(forms.Form):
    """The text of a dead letter."""

    text = forms.CharField(
        label=gettext_lazy("Event"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code-area"}),
    )


class PlanForm(forms.Form):
    """An event of the company's own: name, words about it, and its properties, one a line."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("As the source sends it, for example “Quiz Finished”."),
    )
    description = forms.CharField(label=gettext_lazy("What it means"), max_length=300, required=False)
    properties = forms.CharField(
        label=gettext_lazy("Properties"), required=False, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("One a line, for example “score: number”. A star marks what must be there: “quiz_id*: text”."),
    )  # fmt: skip

    def clean_properties(self) -> dict[str, tuple[str, bool]]:
        """Return type and whether it is required, by name."""
        found: dict[str, tuple[str, bool]] = {}
        for line in filter(None, (line.strip() for line in self.cleaned_data["properties"].splitlines())):
            said = _PAIR.fullmatch(line)
            if said is None or (said["type"] or "text") not in TYPES:
                kinds = ", ".join(TYPES)
                raise forms.ValidationError(
                    _("“%(line)s” is not understood. Write a name, a colon and one of: %(kinds)s."),
                    params={"line": line[:60], "kinds": kinds},
                )
            found[said["name"]] = (said["type"] or "text", bool(said["required"]))
        return found


def plan_text(properties: dict[str, str], required: list[str]) -> str:
    """Return properties as the form takes them."""
    return "\n".join(f"{name}{'*' if name in required else ''}: {kind}" for name, kind in properties.items())
