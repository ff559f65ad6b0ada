"""Forms of trying out, of the rules, and of what is bought together."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from shuke.cdp.catalog import queries as catalog
from shuke.insight.recommendations.queries import wording
from shuke.insight.recommendations.rules import Settings
from shuke.platform.company import queries as company

_MOST_LINES = 500


class TrialForm(forms.Form):
    """Who asks, beside what, and where."""

    customer = forms.CharField(
        label=_("Customer"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("Name, e-mail, phone or id")}),
    )  # fmt: skip
    products = forms.CharField(
        label=_("Product or basket"), required=False, max_length=1_000,
        widget=forms.TextInput(attrs={"placeholder": _("Names or ids, separated by commas")}),
    )  # fmt: skip
    placement = forms.ChoiceField(label=_("Placement"), choices=list(wording.PLACEMENTS.items()))
    shop = forms.TypedChoiceField(label=_("Shop"), required=False, coerce=int, empty_value=None)
    limit = forms.IntegerField(label=_("At most"), required=False, min_value=1, max_value=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["shop"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("All shops")), *((one.pk, one.name) for one in company.shops())]

    def clean_products(self) -> list[str]:
        """Return the products, as written."""
        return [one.strip() for one in self.cleaned_data["products"].split(",") if one.strip()][:20]

    def clean_limit(self) -> int:
        """Return how many to show."""
        return self.cleaned_data["limit"] or 10


class TogetherForm(forms.Form):
    """Which combinations to list."""

    size = forms.ChoiceField(
        label=_("Size"), required=False, choices=[("", _("Pairs and triples")), ("2", _("Pairs")), ("3", _("Triples"))]
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    product = forms.CharField(label=_("Product"), required=False, max_length=200)
    sort = forms.ChoiceField(
        label=_("Order by"), required=False,
        choices=[("together", _("Orders with all of them")), ("shrunk", _("Lift, shrunk")), ("confidence", _("Confidence"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All categories")), *((one, one) for one in catalog.categories())]


def _lines_field(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, help_text=help_text, max_length=60_000, widget=forms.Textarea(attrs={"rows": 4})
    )


class RulesForm(forms.Form):
    """The company's rules; lists have one thing a line."""

    in_stock_only = forms.BooleanField(label=_("Only what is for sale and in stock"), required=False)
    quiet_days = forms.IntegerField(
        label=_("Discovery leaves out what was bought within so many days"), min_value=0, max_value=3650
    )
    pinned = _lines_field(_("Always first"), _("Products, one a line: the shop's id, article number or full name."))
    excluded_products = _lines_field(
        _("Products never shown"), _("One a line: the shop's id, article number or full name.")
    )
    excluded_categories = _lines_field(
        _("Categories never shown"), _("One a line; what lies below a category goes with it.")
    )
    excluded_brands = _lines_field(_("Brands never shown"), _("One a line."))
    margin_percent = forms.IntegerField(
        label=_("How much margin counts, in per cent"), min_value=0, max_value=100,
        help_text=_("0: not at all. 100: of two equally fitting products, one without cost would count twice as much as one without margin."),
    )  # fmt: skip
    holdout_percent = forms.IntegerField(
        label=_("People held out, in per cent"), min_value=0, max_value=50,
        help_text=_("They see what is in demand instead, so that the difference can be measured."),
    )  # fmt: skip
    attribution_days = forms.IntegerField(
        label=_("A purchase counts so many days after a showing"), min_value=1, max_value=90
    )

    def __init__(self, data: Any = None, *, settings: Settings) -> None:
        super().__init__(data, initial=_as_initial(settings))

    def clean_pinned(self) -> tuple[int, ...]:
        """Return the pinned products."""
        return self._products("pinned")

    def clean_excluded_products(self) -> tuple[int, ...]:
        """Return the excluded products."""
        return self._products("excluded_products")

    def clean_excluded_categories(self) -> tuple[str, ...]:
        """Return the excluded categories, each of which some product must have."""
        return self._known("excluded_categories", catalog.categories(), above=True)

    def clean_excluded_brands(self) -> tuple[str, ...]:
        """Return the excluded brands."""
        return self._known("excluded_brands", catalog.brands())

    @override
    def clean(self) -> dict[str, Any]:
        """Bring the fields together as settings."""
        said = super().clean() or self.cleaned_data
        if not self.errors:
            plain = {name: said[name] for name in Settings.model_fields if name in said}
            said["settings"] = Settings(**plain, margin_weight=said["margin_percent"] / 100)
        return said

    def _lines(self, name: str) -> list[str]:
        found = list(dict.fromkeys(line.strip() for line in self.cleaned_data[name].splitlines() if line.strip()))
        if len(found) > _MOST_LINES:
            raise forms.ValidationError(_("At most %(most)s lines."), params={"most": _MOST_LINES})
        return found

    def _products(self, name: str) -> tuple[int, ...]:
        lines = self._lines(name)
        known = catalog.ids_by_name(lines)
        self._refuse_unknown([line for line in lines if line not in known])
        return tuple(dict.fromkeys(pk for line in lines for pk in known[line]))

    def _known(self, name: str, known: list[str], *, above: bool = False) -> tuple[str, ...]:
        lines = self._lines(name)
        there = set(known)
        if above:
            there |= {one[:at].rstrip() for one in known for at, letter in enumerate(one) if letter in ">/"}
        self._refuse_unknown([line for line in lines if line not in there])
        return tuple(lines)

    def _refuse_unknown(self, lines: list[str]) -> None:
        if lines:
            raise forms.ValidationError(
                _("Not in the catalogue: %(lines)s"), params={"lines": ", ".join(f"“{line}”" for line in lines[:10])}
            )


def _as_initial(settings: Settings) -> dict[str, Any]:
    named = catalog.products_of({*settings.pinned, *settings.excluded_products})
    written = {
        name: "\n".join(named[pk].external_id for pk in getattr(settings, name) if pk in named)
        for name in ("pinned", "excluded_products")
    }
    return {
        **settings.model_dump(), **written, "margin_percent": round(settings.margin_weight * 100),
        "excluded_categories": "\n".join(settings.excluded_categories), "excluded_brands": "\n".join(settings.excluded_brands),
    }  # fmt: skip
