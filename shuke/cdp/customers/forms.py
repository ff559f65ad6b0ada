"""Forms of the tag pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.actions.consents import Statement
from shuke.cdp.customers.models import Channel, ConsentChannel, NoticeVersion, Purpose, TagGroup
from shuke.cdp.customers.queries import wording
from shuke.cdp.customers.queries.consents import Reached
from shuke.cdp.customers.queries.identities import label_of
from shuke.cdp.customers.rules import TAG_COLORS
from shuke.cdp.customers.rules.identities import TYPES, IdentitySettings

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


class IdentitySettingsForm(forms.Form):
    """Values that recognise nobody, one a line, and limits per kind of identity."""

    blocked_emails = forms.CharField(label=_("E-mails"), required=False, widget=forms.Textarea(attrs={"rows": 10}))
    blocked_phones = forms.CharField(
        label=_("Phones"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Without country code."),
    )
    blocked_ids = forms.CharField(label=_("Ids"), required=False, widget=forms.Textarea(attrs={"rows": 10}))
    most_customers_per_address = forms.IntegerField(
        label=_("Customers per e-mail or phone"), min_value=1, max_value=1000,
        help_text=_("An address that more customers give as theirs is a household's: it recognises nobody any more."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, settings: IdentitySettings) -> None:
        self._limited = [kind for kind in TYPES.values() if kind.is_key and not kind.is_account]
        initial = {
            "blocked_emails": "\n".join(settings.blocked_emails), "blocked_phones": "\n".join(settings.blocked_phones),
            "blocked_ids": "\n".join(settings.blocked_ids),
            "most_customers_per_address": settings.most_customers_per_address,
        } | {f"limit_{kind.code}": settings.limit_of(kind.code) for kind in self._limited}  # fmt: skip
        super().__init__(data, initial=initial)
        for kind in self._limited:
            self.fields[f"limit_{kind.code}"] = forms.IntegerField(
                label=label_of(kind.code), required=False, min_value=1, max_value=100_000
            )

    @property
    def blocked_fields(self) -> list[forms.BoundField]:
        """Return the lists of values."""
        return [self["blocked_emails"], self["blocked_phones"], self["blocked_ids"]]

    @property
    def limit_fields(self) -> list[forms.BoundField]:
        """Return the numbers."""
        return [self["most_customers_per_address"], *(self[f"limit_{kind.code}"] for kind in self._limited)]

    def chosen(self) -> IdentitySettings:
        """Return the settings that were entered; limits only where they differ from the kind's own."""
        said = self.cleaned_data
        limits = {kind.code: said[f"limit_{kind.code}"] or 0 for kind in self._limited}
        return IdentitySettings(
            blocked_emails=_values(said["blocked_emails"]),
            blocked_phones=_values(said["blocked_phones"]),
            blocked_ids=_values(said["blocked_ids"]),
            most_customers_per_address=said["most_customers_per_address"],
            limits={
                kind.code: limits[kind.code] for kind in self._limited if (limits[kind.code] or None) != kind.limit
            },
        )


def _values(text: str) -> list[str]:
    """Return the values of a list, one a line, each once."""
    return sorted({line.strip().casefold() for line in text.splitlines() if line.strip()})[:5000]


class NewContact(forms.Form):
    """One more way to reach a customer."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.choices)
    written = forms.CharField(label=_("Address"), max_length=500)


class NewConsent(forms.Form):
    """What a person decided, and what proves it."""

    contact = forms.ChoiceField(label=_("Address"))
    channel = forms.ChoiceField(label=_("Channel"), choices=ConsentChannel.choices)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    action = forms.ChoiceField(label=_("Decision"), choices=wording.actions)
    method = forms.ChoiceField(
        label=_("How we know"),
        choices=[(code, wording.METHODS[code]) for code in ("in_store", "call_recorded", "staff")],
    )
    notice = forms.ChoiceField(label=_("Text they saw"), required=False)
    proof = forms.CharField(
        label=_("Evidence"), max_length=500, required=False,
        help_text=_("What could be shown to somebody who doubts it: the form, the recording, the letter."),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, choices: Sequence[tuple[int, str]], notices: Sequence[NoticeVersion]
    ) -> None:
        super().__init__(data)
        _choices(self, "contact", [(str(pk), shown) for pk, shown in choices])
        current = [(str(one.pk), f"{one.name} ({one.language})") for one in notices if one.retired_at is None]
        _choices(self, "notice", [("", "–"), *current])

    def statement(self, contact: Reached, customer_id: int, *, now: datetime) -> Statement:
        """Return what was entered, as evidence is taken."""
        said = self.cleaned_data
        return Statement(
            channel=said["channel"], address=contact.value, purpose=said["purpose"], action=said["action"],
            method=said["method"], occurred_at=now, customer_id=customer_id,
            notice_id=int(said["notice"]) if said["notice"] else None,
            evidence={"reference": said["proof"]} if said["proof"] else {},
        )  # fmt: skip


class NewNotice(forms.Form):
    """A text that people will see when they decide."""

    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    purposes = forms.MultipleChoiceField(
        label=_("What it asks for"), choices=Purpose.choices, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(
        label=_("Text, word for word"), max_length=20_000, widget=forms.Textarea({"rows": 6}),
        help_text=_("It never changes afterwards: publish a new version instead."),
    )  # fmt: skip


class ConsentFile(forms.Form):
    """A file of consents."""

    file = forms.FileField(label=_("CSV file, UTF-8"))


class FindAddress(forms.Form):
    """One whole address."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Channel.choices)
    address = forms.CharField(label=_("Whole address"), max_length=500)


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
