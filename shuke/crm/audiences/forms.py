"""Forms of audiences that leave the house."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.crm.audiences.models import Layout, Way
from shuke.insight.segments import queries as segments

HOURS = ((0, _("Only when somebody asks")), (1, _("Every hour")), (6, _("Every six hours")), (24, _("Every day")))


class ChangeForm(forms.Form):
    """What may be changed later."""

    name = forms.CharField(label=_("Name"), max_length=120)
    every_hours = forms.TypedChoiceField(label=_("Bring up to date"), choices=HOURS, coerce=int, initial=24)


class DestinationForm(ChangeForm):
    """Which audience goes where."""

    segment = forms.ChoiceField(label=_("Segment or list"))
    layout = forms.ChoiceField(
        label=_("Layout"), choices=Layout.choices,
        help_text=_("Addresses are hashed before they leave. They go only where the person permitted sharing with third parties."),
    )  # fmt: skip
    way = forms.ChoiceField(label=_("Way"), choices=Way.choices)
    url = forms.URLField(label=_("Address of the webhook"), required=False, max_length=400, assume_scheme="https")

    field_order = ("name", "segment", "layout", "way", "url", "every_hours")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["segment"].choices = segments.choices()  # type: ignore[attr-defined]

    @override
    def clean(self) -> dict[str, Any]:
        """A webhook needs an address."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("way") == Way.WEBHOOK and not said.get("url"):
            self.add_error("url", _now("A webhook needs an address that begins with https://."))
        return said
