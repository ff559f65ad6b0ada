"""Forms of the web application. They check what was typed; changing anything is the actions' business."""

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from typing_extensions import override

from shuke.platform.staff.models import Staff
from shuke.platform.staff.roles import Role
from shuke.platform.ui import time_zones
from shuke.web import choices
from shuke.web.actions.setup import Beginning


class Beginnings(forms.Form):
    """The set-up page: the company, then its first owner."""

    company_name = forms.CharField(label=_("Company name"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Days and hours in all reports are those of this zone.")
    )
    language = forms.ChoiceField(label=_("Language"))
    currency = forms.ChoiceField(label=_("Currency"), required=False)
    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. A few unrelated words are easy to remember and hard to guess."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "time_zone", time_zones.choices(chosen=self["time_zone"].value()))
        _offer(self, "language", choices.languages())
        _offer(self, "currency", choices.currencies(empty=str(_("Take it from my first orders"))))

    @override
    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules, knowing whose it is."""
        said = super().clean() or {}
        if password := said.get("password"):
            person = Staff(email=said.get("email", ""), name=said.get("name", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as weak:
                self.add_error("password", weak)
        return said

    def said(self) -> Beginning:
        """Return the answers of a valid form."""
        chosen = self.cleaned_data["language"]
        return Beginning(**self.cleaned_data, own_language="" if chosen == translation.get_language() else chosen)


class Invitee(forms.Form):
    """Someone to invite."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=_("Language"), help_text=_("The invitation is written in this language."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "language", choices.languages())


class Member(forms.Form):
    """What a manager changes about a member of the team."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail address"), help_text=_("The address this person logs in with."))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, widget=forms.RadioSelect)


class Profile(forms.Form):
    """What a person changes about themselves."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150)
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_(
            "How times are shown to you. Reports always use the company's zone, so that everyone sees the same figures."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "language", choices.languages(empty=choices.as_browser()))
        _offer(
            self,
            "time_zone",
            time_zones.choices(empty=choices.as_company(), chosen=self["time_zone"].value()),
        )


class CompanySettings(forms.Form):
    """The company."""

    name = forms.CharField(label=_("Company name"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Days and hours in all reports are those of this zone. Changing it recomputes every figure."),
    )
    currency = forms.ChoiceField(
        label=_("Currency"), required=False, help_text=_("Can be changed until the first orders are recorded.")
    )
    language = forms.ChoiceField(
        label=_("Language"), help_text=_("For mail, and for people who have not chosen their own.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "time_zone", time_zones.choices(chosen=self["time_zone"].value()))
        _offer(self, "currency", choices.currencies(empty=str(_("Take it from my first orders"))))
        _offer(self, "language", choices.languages())


class ShopSettings(forms.Form):
    """A shop."""

    name = forms.CharField(label=_("Name"), max_length=200)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Times without an offset in this shop's files are read in this zone.")
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "time_zone", time_zones.choices(chosen=self["time_zone"].value()))
        _offer(self, "currency", choices.currencies(empty=str(_("Same as the company"))))


class AuditFilter(forms.Form):
    """What to show of the audit log."""

    actor = forms.ChoiceField(label=_("Who"), required=False)
    verb = forms.ChoiceField(label=_("What"), required=False)
    target = forms.CharField(label=_("On what"), required=False, max_length=120)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, actors: list[tuple[str, str]], verbs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "actor", [("", _("Everyone")), *actors])
        _offer(self, "verb", [("", _("Everything")), *verbs])

    def period(self) -> tuple[date | None, date | None]:
        """Return the first and the last day to show, None where open."""
        said = self.cleaned_data
        return said.get("since"), said.get("until")


def _offer(form: forms.Form, name: str, offered: Any) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = offered
