"""Forms of the pages about notices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.platform.manifest import NoticeKind
from shuke.platform.notices import queries

SECURITY = (
    ("starttls", _("STARTTLS (usually port 587)")),
    ("tls", _("TLS from the start (usually port 465)")),
    ("none", _("Not encrypted: only inside a network you trust")),
)
WAYS = ((queries.INBOX, _("In Shuke")), (queries.MAIL, _("By e-mail")))
LANGUAGES = (("", _("Like the company")), ("en", _("English")), ("zh-hans", _("Simplified Chinese")))


class MailServerForm(forms.Form):
    """The company's mail server."""

    host = forms.CharField(
        label=_("Mail server"), max_length=200, widget=forms.TextInput(attrs={"placeholder": "smtp.example.com"})
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(label=_("Encryption"), choices=SECURITY, initial="starttls")
    username = forms.CharField(
        label=_("User name"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"), max_length=400, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again. Empty: stays as it is, while server and user name stay."),
    )  # fmt: skip
    sender = forms.EmailField(label=_("Sender"), help_text=_("The address that mail to your team comes from."))

    @override
    def clean(self) -> dict[str, Any]:
        """A password must not travel unencrypted without being asked for: it does where nothing is encrypted."""
        said = super().clean() or {}
        if said.get("security") == "none" and said.get("password"):
            self.add_error("security", _("A password would be sent in the clear. Choose an encryption."))
        return said


class TargetForm(forms.Form):
    """A chat group or another service."""

    name = forms.CharField(label=_("Name"), max_length=80)
    address = forms.CharField(
        label=_("Address"), max_length=600, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "The web address that the group's robot shows (DingTalk, WeCom, Feishu, Slack), or an address of Apprise, such as dingtalk://token/ or ntfy://topic. Kept encrypted."
        ),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    kinds = forms.MultipleChoiceField(label=_("What goes there"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind.name, kind.label) for kind in queries.kinds().values()]  # type: ignore[attr-defined]
        if not is_new:
            self.fields["address"].required = False
            self.fields["address"].help_text = _("Empty: stays as it is.")


class WaysForm(forms.Form):
    """By which ways each kind of notice reaches somebody."""

    def __init__(self, *args: Any, kinds: list[NoticeKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in kinds:
            self.fields[kind.name] = forms.MultipleChoiceField(
                label=str(kind.label), choices=WAYS, required=False, widget=forms.CheckboxSelectMultiple
            )
