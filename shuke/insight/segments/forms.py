"""Forms of the segment pages."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SegmentForm(forms.Form):
    """A rule under a name."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rule = forms.CharField(
        label=_("Rule"), max_length=64_000, widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"})
    )


class ListForm(forms.Form):
    """A list under a name, optionally filled at once by a rule."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    rule = forms.CharField(required=False, max_length=64_000, widget=forms.HiddenInput)


class FilterForm(forms.Form):
    """What the list of segments shows."""

    q = forms.CharField(label=_("Search"), required=False, max_length=120)
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("All")), ("rule", _("Segments")), ("list", _("Lists"))]
    )
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("In use")), ("archived", _("Archived"))]
    )


class SpanForm(forms.Form):
    """From which day to which, both included; either may be left open."""

    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class DayForm(forms.Form):
    """A day in the past."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))


class CompareForm(forms.Form):
    """Another segment to compare with."""

    other = forms.ChoiceField(label=_("Compare with"))

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["other"].choices = choices  # type: ignore[attr-defined]


class ExportForm(forms.Form):
    """What an export holds."""

    format = forms.ChoiceField(choices=[("csv", "CSV"), ("xlsx", "XLSX")])
    columns = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: object, codes: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["columns"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]
