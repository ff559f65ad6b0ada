"""Forms of the tag pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import TagGroup
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
    group_id = forms.TypedChoiceField(label=_("Group"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, groups: Sequence[TagGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group_id"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("No group")), *((group.pk, group.name) for group in groups)]


class TagGroupForm(forms.Form):
    """A drawer of tags."""

    name = forms.CharField(label=_("Name"), max_length=64)
    is_exclusive = forms.BooleanField(
        label=_("A customer has at most one of these tags"), required=False,
        help_text=_("Putting one on takes the others off."),
    )  # fmt: skip
