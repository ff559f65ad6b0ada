"""Forms of the tag pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.rules import TAG_COLORS

_COLOR_NAMES = {
    "blue": _("Blue"), "azure": _("Azure"), "indigo": _("Indigo"), "purple": _("Purple"), "pink": _("Pink"),
    "red": _("Red"), "orange": _("Orange"), "yellow": _("Yellow"), "lime": _("Lime"), "green": _("Green"),
    "teal": _("Teal"), "cyan": _("Cyan"),
}  # fmt: skip


class TagForm(forms.Form):
    """A tag's name and colour."""

    name = forms.CharField(label=_("Name"), max_length=64)
    color = forms.ChoiceField(label=_("Colour"), choices=[(color, _COLOR_NAMES[color]) for color in TAG_COLORS])
