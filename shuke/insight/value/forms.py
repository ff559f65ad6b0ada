"""The form of the definitions."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from typing_extensions import override

from shuke.insight.value.models import Group, Tier
from shuke.insight.value.rules import GROUPS, SCORES, TIERS, ValueSettings
from shuke.kernel.money import from_minor, to_minor

_LETTERS = ("recency", "frequency", "monetary")
_PLACES = (1, 2, 3, 4)
_PLAIN = (
    "new_days", "loyal_orders", "active_gaps", "at_risk_gaps", "dormant_gaps", "gap_days", "tier_days", "tier_bins",
    "worth",
)  # fmt: skip


class DefinitionsForm(forms.Form):
    """Bins, limits, the grid of groups and the stages. Amounts are written in the company's currency."""

    bins = forms.ChoiceField(
        label=_("Scores come from"),
        widget=forms.RadioSelect,
        choices=[("quintiles", _("fifths of your own customers")), ("limits", _("fixed limits"))],
    )
    new_days = forms.IntegerField(label=_("New until so many days after the first order"), min_value=0, max_value=3650)
    loyal_orders = forms.IntegerField(label=_("Loyal from so many orders"), min_value=1, max_value=1000)
    active_gaps = forms.FloatField(label=_("Active up to"), min_value=0.1, max_value=100)
    at_risk_gaps = forms.FloatField(label=_("At risk up to"), min_value=0.1, max_value=100)
    dormant_gaps = forms.FloatField(label=_("Dormant up to"), min_value=0.1, max_value=100)
    gap_days = forms.FloatField(
        label=_("Usual days between two purchases"), required=False, min_value=0.5, max_value=3650,
        help_text=_("Leave it empty to use the median of your customers."),
    )  # fmt: skip

    worth = forms.ChoiceField(
        label=_("Money means"),
        widget=forms.RadioSelect,
        choices=[
            ("contribution", _("contribution: net revenue less what the goods cost, as far as that is known")),
            ("net", _("net revenue")),
        ],
    )
    tier_days = forms.IntegerField(label=_("Revenue of the last so many days"), min_value=1, max_value=3650)
    tier_bins = forms.ChoiceField(
        label=_("Tiers come from"),
        widget=forms.RadioSelect,
        choices=[("shares", _("shares of your own customers")), ("limits", _("fixed amounts"))],
    )

    def __init__(self, data: Any = None, *, currency: str, settings: ValueSettings) -> None:
        self._currency = currency
        super().__init__(data, initial=_as_initial(settings, currency))
        for place in _PLACES:
            days = forms.IntegerField(label=_("Limit %(place)s, days") % {"place": place}, min_value=0, max_value=36500)
            orders = forms.IntegerField(
                label=_("Limit %(place)s, orders") % {"place": place}, min_value=0, max_value=10**6
            )
            amount = forms.DecimalField(label=_("Limit %(place)s, amount") % {"place": place}, max_value=10**12)
            self.fields |= {f"recency_{place}": days, f"frequency_{place}": orders, f"monetary_{place}": amount}
        for place, code in enumerate(TIERS):
            label = str(Tier(code).label)
            name = _("Name of the tier “%(tier)s”") % {"tier": label}
            self.fields[f"tier_name_{place}"] = forms.CharField(label=name, required=False, max_length=40)
            if code != TIERS[-1]:
                share = _("%(tier)s: the best, per cent") % {"tier": label}
                amount_name = _("%(tier)s: at least, amount") % {"tier": label}
                self.fields[f"tier_share_{place}"] = forms.FloatField(label=share, min_value=0.1, max_value=99.9)
                self.fields[f"tier_limit_{place}"] = forms.DecimalField(
                    label=amount_name, min_value=0, max_value=10**12
                )
        labels = [(code, Group(code).label) for code in GROUPS]
        for r in SCORES:
            for fm in SCORES:
                label = _("Group at R %(r)s, FM %(fm)s") % {"r": r, "fm": fm}
                self.fields[f"cell_{r}_{fm}"] = forms.ChoiceField(label=label, choices=labels)

    @property
    def limit_rows(self) -> list[list[forms.BoundField]]:
        """Return the fixed limits, a row for each of recency, frequency and amount."""
        return [[self[f"{letter}_{place}"] for place in _PLACES] for letter in _LETTERS]

    @property
    def tier_rows(self) -> list[tuple[str, list[forms.BoundField | None]]]:
        """Return, for each tier from the best, its usual name and its fields: name, share, amount; the last has no limit."""
        kinds = ("name", "share", "limit")
        return [
            (
                str(Tier(code).label),
                [self[name] if (name := f"tier_{kind}_{place}") in self.fields else None for kind in kinds],
            )
            for place, code in enumerate(TIERS)
        ]

    @property
    def grid_rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the cells, from R 5 down."""
        return [(r, [self[f"cell_{r}_{fm}"] for fm in SCORES]) for r in reversed(SCORES)]

    @override
    def clean(self) -> dict[str, Any]:
        """Check the limits against each other, by the rules' own validation."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["settings"] = _as_settings(cleaned, self._currency)
            except ValidationError:
                raise forms.ValidationError(
                    _("The limits do not follow each other: scores and shares rise, amounts of tiers fall.")
                ) from None
        return cleaned


def _as_initial(settings: ValueSettings, currency: str) -> dict[str, Any]:
    initial: dict[str, Any] = {"bins": settings.bins, **{name: getattr(settings, name) for name in _PLAIN}}
    for place in _PLACES:
        initial[f"recency_{place}"] = settings.recency_limits[place - 1]
        initial[f"frequency_{place}"] = settings.frequency_limits[place - 1]
        initial[f"monetary_{place}"] = from_minor(settings.monetary_limits[place - 1], currency)
    for place in range(len(TIERS)):
        initial[f"tier_name_{place}"] = settings.tier_names[place]
    for place in range(len(TIERS) - 1):
        initial[f"tier_share_{place}"] = settings.tier_shares[place]
        initial[f"tier_limit_{place}"] = from_minor(settings.tier_limits[place], currency)
    for (r, fm), code in settings.cells().items():
        initial[f"cell_{r}_{fm}"] = code
    return initial


def _as_settings(cleaned: dict[str, Any], currency: str) -> ValueSettings:
    def limits(letter: str) -> list[Any]:
        return [cleaned[f"{letter}_{place}"] for place in _PLACES]

    return ValueSettings.model_validate({
        "bins": cleaned["bins"],
        "recency_limits": limits("recency"),
        "frequency_limits": limits("frequency"),
        "monetary_limits": [to_minor(Decimal(amount), currency) for amount in limits("monetary")],
        "grid": [[cleaned[f"cell_{r}_{fm}"] for fm in SCORES] for r in reversed(SCORES)],
        "tier_names": [cleaned[f"tier_name_{place}"] for place in range(len(TIERS))],
        "tier_shares": [cleaned[f"tier_share_{place}"] for place in range(len(TIERS) - 1)],
        "tier_limits": [to_minor(Decimal(cleaned[f"tier_limit_{place}"]), currency) for place in range(len(TIERS) - 1)],
        **{name: cleaned[name] for name in _PLAIN},
    })  # fmt: skip
