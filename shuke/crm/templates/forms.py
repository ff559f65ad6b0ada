"""Forms of the pages about templates."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from shuke.crm.templates.models import Channel, MessagePurpose
from shuke.crm.templates.rules.ready import READY


class FilterForm(forms.Form):
    """What the list is narrowed by."""

    q = forms.CharField(label=_("Search"), max_length=80, required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", _("All")), *Channel.choices], required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=[("", _("All")), *MessagePurpose.choices], required=False)
    archived = forms.BooleanField(label=_("Archived"), required=False)


class NewForm(forms.Form):
    """A template to be."""

    name = forms.CharField(label=_("Name"), max_length=120)
    begin = forms.ChoiceField(label=_("Begin with"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=MessagePurpose.choices,
        help_text=_("Decides whose permission it takes. A transactional message needs a second person's approval."),
    )  # fmt: skip
    topic = forms.CharField(
        label=_("Topic"), max_length=64, required=False, help_text=_("Where customers choose among topics.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
        ready = [(one.code, one.name[language]) for one in READY]
        self.fields["begin"].choices = [("", _("An empty page")), *ready]  # type: ignore[attr-defined]


class BrandForm(forms.Form):
    """How the company looks."""

    logo = forms.CharField(
        label=_("Logo"), max_length=500, required=False, help_text=_("A picture's address: https://… or picture:…")
    )
    primary = forms.CharField(
        label=_("Colour of buttons"), max_length=7, widget=forms.TextInput(attrs={"type": "color"})
    )
    on_primary = forms.CharField(
        label=_("Words on buttons"), max_length=7, widget=forms.TextInput(attrs={"type": "color"})
    )
    ink = forms.CharField(label=_("Text"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    paper = forms.CharField(label=_("Paper"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    ground = forms.CharField(label=_("Behind the paper"), max_length=7, widget=forms.TextInput(attrs={"type": "color"}))
    font = forms.ChoiceField(
        label=_("Letters"), choices=[("sans", _("Plain")), ("serif", _("With serifs")), ("rounded", _("Rounded"))]
    )
    site_url = forms.CharField(label=_("Web site"), max_length=300, required=False)
    postal_address = forms.CharField(label=_("Postal address"), max_length=300, required=False)
    product_url = forms.CharField(
        label=_("Where a product is shown"),
        max_length=300,
        required=False,
        help_text=_("With {id} for the shop's id of the product."),
    )
    product_image = forms.CharField(
        label=_("Where its picture is"),
        max_length=300,
        required=False,
        help_text=_("With {id} for the shop's id of the product."),
    )
    sms_signature = forms.CharField(
        label=_("Signature of text messages"), max_length=20, required=False, help_text=_("Without the brackets 【】.")
    )


class SnippetForm(forms.Form):
    """A shared text in both languages."""

    code = forms.SlugField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=120)
    en = forms.CharField(label=_("English"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    zh = forms.CharField(label=_("Chinese"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))


class PictureForm(forms.Form):
    """A picture to add."""

    file = forms.FileField(label=_("Picture"), help_text=_("PNG, JPEG, GIF or WebP, up to 1 MB."))
