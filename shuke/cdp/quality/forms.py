"""Forms of the quality pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.cdp.quality.queries.suggestions import QualitySettings

_THRESHOLDS = ("0.999", "0.99", "0.98", "0.95", "0.9")


class QueueFilter(forms.Form):
    """Which suggestions are listed."""

    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[("", _("To decide")), ("merged", _("Merged")), ("apart", _("Different people"))],
    )
    at_least = forms.ChoiceField(
        label=_("Probability"),
        required=False,
        choices=[
            ("", _("All that are worth a look")), ("0.5", _("50% and more")), ("0.8", _("80% and more")),
            ("0.9", _("90% and more")), ("0.95", _("95% and more")), ("0.99", _("99% and more")),
        ],
    )  # fmt: skip
    conflicts = forms.ChoiceField(
        label=_("Contradictions"),
        required=False,
        choices=[
            ("", _("With and without")),
            ("without", pgettext_lazy("contradictions", "Without")),
            ("with", pgettext_lazy("contradictions", "With")),
        ],
    )


class AcceptAbove(forms.Form):
    """From which probability on suggestions are accepted together."""

    probability = forms.ChoiceField(
        label=_("Probability"), choices=[(value, value) for value in _THRESHOLDS], initial="0.99"
    )


class SettingsForm(forms.Form):
    """What may happen without asking."""

    merge_from = forms.ChoiceField(
        label=_("Merge by itself"),
        required=False,
        choices=[
            ("", _("Never: a person looks at every pair")), ("0.999", _("From 99.9% on")), ("0.99", _("From 99% on")),
            ("0.98", _("From 98% on")), ("0.95", _("From 95% on")), ("0.9", _("From 90% on")),
        ],
        help_text=_("Only where nothing contradicts. Every merge is listed and can be split again."),
    )  # fmt: skip
    mend_typos = forms.BooleanField(
        label=_("Correct misspelt e-mail addresses by itself"),
        required=False,
        help_text=_("gmial.com becomes gmail.com. Each correction is kept and can be undone."),
    )

    def __init__(self, *args: Any, settings: QualitySettings, **kwargs: Any) -> None:
        threshold = "" if settings.merge_from is None else f"{settings.merge_from:g}"
        super().__init__(*args, **kwargs)
        self.initial.update(merge_from=threshold, mend_typos=settings.mend_typos)

    @property
    def values(self) -> QualitySettings:
        """Return what was chosen."""
        chosen = self.cleaned_data["merge_from"]
        return QualitySettings(merge_from=float(chosen) if chosen else None, mend_typos=self.cleaned_data["mend_typos"])


class OverviewFilter(forms.Form):
    """Of which shop the quality is shown."""

    shop = forms.ChoiceField(label=_("Shop"), required=False)

    def __init__(self, *args: Any, shops: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].choices = [("", _("All shops")), *shops]  # type: ignore[attr-defined]
