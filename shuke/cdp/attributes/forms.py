"""Forms of the attribute pages."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from shuke.cdp.attributes.actions import Choice, Definition, Kind, Limits
from shuke.cdp.attributes.errors import PATTERN_LABELS
from shuke.cdp.attributes.models import KIND_LABELS, Attribute
from shuke.kernel.money import from_minor, to_minor

LANGUAGES = {"en": _("Label in English"), "zh-hans": _("Label in Chinese")}


class DefinitionForm(forms.Form):
    """Everything a person decides about an attribute."""

    code = forms.CharField(
        label=_("Code"),
        max_length=64,
        help_text=_("The name programs use: small letters, digits, underscores. It never changes."),
    )
    label_en = forms.CharField(label=LANGUAGES["en"], max_length=80, required=False)
    label_zh = forms.CharField(label=LANGUAGES["zh-hans"], max_length=80, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[(kind.value, label) for kind, label in KIND_LABELS.items()])
    description = forms.CharField(
        label=_("What it means"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_personal = forms.BooleanField(
        label=_("It says who somebody is"),
        required=False,
        help_text=_(
            "Kept encrypted, hidden from roles that may not see contacts, and never in the warehouse: segments cannot ask about it."
        ),
    )
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_(
            "One on each line: code, then label in English and in Chinese, apart by “|”. Several choices without any listed take every text."
        ),
    )
    least = forms.DecimalField(label=_("At least"), required=False)
    most = forms.DecimalField(label=_("At most"), required=False)
    shortest = forms.IntegerField(label=_("Shortest, in characters"), required=False, min_value=1, max_value=500)
    longest = forms.IntegerField(label=_("Longest, in characters"), required=False, min_value=1, max_value=500)
    pattern = forms.ChoiceField(
        label=_("Made of"), required=False, choices=[("", _("Anything")), *PATTERN_LABELS.items()]
    )
    source_order = forms.CharField(
        label=_("Whose word counts"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("One source on each line, the one that counts most first: staff, shop:web, shop, collector, api, file. Sources not named here come last; among equals the latest counts."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, attribute: Attribute | None = None, **kwargs: Any) -> None:
        self._currency = currency
        if attribute is not None:
            kwargs["initial"] = _initial(attribute, currency) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if attribute is not None:
            del self.fields["code"]

    def definition(self) -> Definition:
        """Return what was entered."""
        said = self.cleaned_data
        kind = Kind(said["kind"])
        in_order = (line.strip() for line in said["source_order"].splitlines())
        return Definition(
            kind=kind,
            labels={"en": said["label_en"], "zh-hans": said["label_zh"]},
            description=said["description"],
            is_personal=said["is_personal"],
            limits=self._limits(kind),
            choices=list(_choices(said["choices"])) if kind in (Kind.CHOICE, Kind.LIST) else (),
            source_order=[source for source in in_order if source],
        )

    def _limits(self, kind: Kind) -> Limits:
        said = self.cleaned_data
        if kind is Kind.TEXT:
            return Limits(shortest=said["shortest"], longest=said["longest"], pattern=said["pattern"])
        if kind in (Kind.NUMBER, Kind.MONEY):
            least, most = (self._figure(kind, said[name]) for name in ("least", "most"))
            return Limits(least=least, most=most)
        return Limits()

    def _figure(self, kind: Kind, entered: Decimal | None) -> float | None:
        if entered is None:
            return None
        return to_minor(entered, self._currency) if kind is Kind.MONEY else float(entered)


def _choices(text: str) -> Iterable[Choice]:
    for line in text.splitlines():
        code, english, chinese, *_rest = [*(part.strip() for part in line.split("|")), "", "", ""]
        if code:
            labels = {"en": english, "zh-hans": chinese}
            yield Choice(code, {language: label for language, label in labels.items() if label})


def _initial(attribute: Attribute, currency: str) -> dict[str, Any]:
    limits = dict(attribute.limits)
    if attribute.kind == Kind.MONEY:
        limits |= {name: from_minor(int(limits[name]), currency) for name in ("least", "most") if name in limits}
    lines = (
        " | ".join(filter(None, (one["code"], one["labels"].get("en", ""), one["labels"].get("zh-hans", ""))))
        for one in attribute.choices
    )
    return limits | {
        "label_en": attribute.labels.get("en", ""), "label_zh": attribute.labels.get("zh-hans", ""),
        "kind": attribute.kind, "description": attribute.description, "is_personal": attribute.is_personal,
        "choices": "\n".join(lines), "source_order": "\n".join(attribute.source_order),
    }  # fmt: skip


def value_form(attribute: Attribute, value: Any, *, currency: str, data: Any = None) -> forms.Form:
    """Return a form of one field ``value``, fit for an attribute's kind; empty takes the word back."""
    field = _value_field(attribute)
    field.required, field.label = False, attribute.label
    made = type("ValueForm", (forms.Form,), {"value": field})
    return made(data, initial={"value": _entered(attribute, value, currency)})  # type: ignore[no-any-return]


def _value_field(attribute: Attribute) -> forms.Field:
    choices = [(one["code"], attribute.choice_label(one["code"])) for one in attribute.choices]
    if attribute.kind == Kind.LIST and choices:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)
    number = partial(forms.DecimalField, widget=forms.NumberInput(attrs={"step": "any"}))
    by_kind: dict[str, Callable[[], forms.Field]] = {
        Kind.NUMBER: number,
        Kind.MONEY: number,
        Kind.DATE: lambda: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")),
        Kind.YES_NO: lambda: forms.ChoiceField(choices=[("", "–"), ("yes", _("yes")), ("no", _("no"))]),
        Kind.CHOICE: lambda: forms.ChoiceField(choices=[("", "–"), *choices]),
        Kind.LIST: lambda: forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), help_text=_("One on each line.")),
    }
    return by_kind.get(attribute.kind, partial(forms.CharField, max_length=500))()


def _entered(attribute: Attribute, value: Any, currency: str) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if attribute.kind == Kind.MONEY and isinstance(value, int):
        return from_minor(value, currency)
    if attribute.kind == Kind.LIST and isinstance(value, tuple):
        return list(value) if attribute.choices else "\n".join(value)
    return value


def said_in(attribute: Attribute, entered: Any, *, currency: str) -> Any:
    """Return what a form's value says, as ``set_by_hand`` takes it; None where it was left empty."""
    if entered in (None, "", []):
        return None
    if attribute.kind == Kind.MONEY:
        return to_minor(Decimal(entered), currency)
    if attribute.kind == Kind.LIST and isinstance(entered, str):
        return [line.strip() for line in entered.splitlines() if line.strip()]
    return entered
