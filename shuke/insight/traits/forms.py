"""Forms of the trait pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shuke.insight.segments.queries import choices
from shuke.insight.traits.models import Trait
from shuke.insight.traits.rules import COLUMNS, FILTERS, FITTING, Facts, Measure, Recipe, read
from shuke.platform.company import queries as company

FACTS = {Facts.ORDERS: _("Orders"), Facts.LINES: _("Order lines"), Facts.EVENTS: _("Behaviour (events)")}
MEASURES = {
    Measure.COUNT: _("how many"), Measure.SUM: _("the sum of"), Measure.AVERAGE: _("the average of"),
    Measure.LEAST: _("the least of"), Measure.MOST: _("the most of"), Measure.FIRST: _("the first"),
    Measure.LAST: _("the last"), Measure.FAVORITE: _("the most frequent"), Measure.DISTINCT: _("how many different"),
}  # fmt: skip
COLUMN_LABELS = {
    "amount": _("amount"), "lines": _("lines of the order"), "day": _("day"), "channel": _("sales channel"),
    "country": _("country"), "city": _("city"), "quantity": _("quantity"), "product": _("product"),
    "category": _("category"), "brand": _("brand"), "value": _("value of the event"),
}  # fmt: skip
FILTER_LABELS = {
    "shop": _("Only these shops"), "channel": _("Only these sales channels"), "country": _("Only these countries"),
    "category": _("Only these categories"), "brand": _("Only these brands"), "event": _("Which events"),
    "product": _("Only these products"),
}  # fmt: skip
_LISTED = ("channel", "country", "category", "brand", "event", "product")


class TraitForm(forms.Form):
    """What is worked out, over which facts, and what it is called."""

    code = forms.CharField(
        label=_("Code"), max_length=64,
        help_text=_("The name programs use: small letters, digits, underscores. It never changes."),
    )  # fmt: skip
    label_en = forms.CharField(label=_("Label in English"), max_length=80, required=False)
    label_zh = forms.CharField(label=_("Label in Chinese"), max_length=80, required=False)
    description = forms.CharField(label=_("What it means"), max_length=500, required=False)
    facts = forms.ChoiceField(label=_("Out of"), choices=[(one.value, label) for one, label in FACTS.items()])
    measure = forms.ChoiceField(label=_("Work out"), choices=[(one.value, label) for one, label in MEASURES.items()])
    column = forms.ChoiceField(label=_("Of what"), required=False)
    days = forms.IntegerField(
        label=_("In the last days"), required=False, min_value=1, max_value=36_500,
        help_text=_("Counted back from where the data ends; left empty, all time."),
    )  # fmt: skip
    shop = forms.MultipleChoiceField(label=FILTER_LABELS["shop"], required=False, widget=forms.CheckboxSelectMultiple)
    channel = forms.CharField(label=FILTER_LABELS["channel"], required=False, max_length=1_000)
    country = forms.CharField(label=FILTER_LABELS["country"], required=False, max_length=1_000)
    category = forms.CharField(label=FILTER_LABELS["category"], required=False, max_length=1_000)
    brand = forms.CharField(label=FILTER_LABELS["brand"], required=False, max_length=1_000)
    event = forms.CharField(label=FILTER_LABELS["event"], required=False, max_length=1_000)
    product = forms.CharField(label=FILTER_LABELS["product"], required=False, max_length=1_000)

    def __init__(self, *args: Any, trait: Trait | None = None, **kwargs: Any) -> None:
        if trait is not None:
            kwargs["initial"] = _initial(trait) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self._choices("column", [("", "–"), *((code, label) for code, label in COLUMN_LABELS.items())])
        self._choices("shop", [(str(shop.pk), shop.name) for shop in company.shops()])
        if trait is not None:
            del self.fields["code"]
        for name in _LISTED:
            if name in self.fields:
                self.fields[name].help_text = _("Apart by commas.")

    def _choices(self, name: str, pairs: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = pairs

    def recipe(self) -> Recipe:
        """Return what was asked for; filters that these facts do not know are left out."""
        said = self.cleaned_data
        facts, measure = Facts(said["facts"]), Measure(said["measure"])
        where = {name: said[name] if name == "shop" else _listed(said[name]) for name in FILTERS[facts]}
        column = said["column"] if FITTING[measure] else ""
        filters = tuple(sorted((name, tuple(values)) for name, values in where.items() if values))
        return Recipe(facts, measure, column, said["days"], filters)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]


def _initial(trait: Trait) -> dict[str, Any]:
    recipe, labels = read(trait.recipe), trait.attribute.labels
    where = {name: list(values) if name == "shop" else ", ".join(values) for name, values in recipe.where}
    return where | {
        "label_en": labels.get("en", ""), "label_zh": labels.get("zh-hans", ""), "description": trait.attribute.description,
        "facts": recipe.facts.value, "measure": recipe.measure.value, "column": recipe.column, "days": recipe.days,
    }  # fmt: skip


class AutomaticTagForm(forms.Form):
    """A tag and the segment it follows."""

    tag = forms.CharField(label=_("Tag"), max_length=64)
    segment = forms.ChoiceField(label=pgettext_lazy("of a tag", "Follows the segment"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["segment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices(kind="rule")


def columns_of(facts: Facts, measure: Measure) -> list[str]:
    """Return what a measure can be of."""
    return [name for name, sort in COLUMNS[facts].items() if sort in FITTING[measure]]
