"""Reasons, rules and refusals in words."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.cdp.catalog.models import Product
from shuke.insight.recommendations import rules
from shuke.insight.recommendations.queries import serving
from shuke.insight.recommendations.rules import Candidate, Shown

Label = str | Promise
KINDS: Mapping[str, Label] = {
    rules.REPEAT: gettext_lazy("Buy again"), rules.DISCOVERY: gettext_lazy("Discover"),
    rules.ALSO_BOUGHT: gettext_lazy("Often bought together"), rules.SIMILAR: gettext_lazy("Similar products"),
    rules.TRENDING: gettext_lazy("Trending"), rules.BESTSELLERS: gettext_lazy("Bestsellers"),
}  # fmt: skip
PLACEMENTS: Mapping[str, Label] = {
    "home": gettext_lazy("Home page"), "reorder": gettext_lazy("Page to order again"), "product": gettext_lazy("Product page"),
    "basket": gettext_lazy("Shopping basket"), "email": gettext_lazy("E-mail"), "trending": gettext_lazy("What is in demand"),
}  # fmt: skip
METHODS: Mapping[str, Label] = {
    "ease": "EASE^R", "rp3beta": "RP3β", "blend": "EASE^R + RP3β", "cosine": gettext_lazy("Cosine between products"),
    "popular": gettext_lazy("What sells most, of all time"), "popular_recent": gettext_lazy("What sold most in the last 30 days"),
    "frequency": gettext_lazy("How often they bought it"), "recency": gettext_lazy("What they bought last"),
}  # fmt: skip
RULES: Mapping[str, Label] = {
    rules.UNKNOWN: gettext_lazy("no longer in the catalogue"), rules.OTHER_SHOP: gettext_lazy("sold in another shop"),
    rules.INACTIVE: gettext_lazy("not for sale at present"), rules.SOLD_OUT: gettext_lazy("sold out"),
    rules.PRODUCT: gettext_lazy("product excluded"), rules.CATEGORY: gettext_lazy("category excluded"),
    rules.BRAND: gettext_lazy("brand excluded"), rules.RECENT: gettext_lazy("bought lately"),
    rules.ASKED: gettext_lazy("asked about itself"), rules.TWICE: gettext_lazy("shown already"),
    rules.BEYOND: gettext_lazy("list is full"),
}  # fmt: skip
_REFUSALS: Mapping[str, Label] = {
    "no_sales": gettext_lazy("There are no orders yet."),
    "few_orders": gettext_lazy(
        "With %(has)s orders nothing can be learned: it takes at least %(needs)s before even bestsellers mean something."
    ),
    "few_baskets": gettext_lazy(
        "%(has)s orders hold more than one product; what goes together can be told from %(needs)s on."
    ),
    "few_buyers": gettext_lazy(
        "%(has)s known customers have ordered; lists of their own are learned from %(needs)s on. Until then everybody is shown what is in demand."
    ),
    "short_history": gettext_lazy(
        "Orders reach back %(has)s days; %(needs)s are needed to test at past days what is recommended. Until then everybody is shown what is in demand."
    ),
    "few_judged": gettext_lazy(
        "After one of the past days only %(has)s customers bought anything of the kind; %(needs)s are needed to tell a good list from a bad one."
    ),
    "few_people": gettext_lazy(
        "%(has)s people in the smaller group, %(needs)s are needed."
    ),
    "few_acting": gettext_lazy(
        "%(has)s buyers in the smaller group, %(needs)s are needed."
    ),
}  # fmt: skip


def refusal(found: Mapping[str, Any] | rules.Refusal | None) -> str:
    """Return why something is not there, "" where it is."""
    if found is None:
        return ""
    said = found.as_json() if isinstance(found, rules.Refusal) else found
    facts: dict[str, Any] = dict(said["facts"])
    return str(_REFUSALS[said["code"]]) % facts


def fallback(made: serving.Answered) -> str:
    """Return what stands in for a list, "" for nothing."""
    if not made.fallback:
        return ""
    trends = {
        serving.IN_COUNTRY: _("Nothing is known of them yet: what is trending in their country."),
        serving.IN_SHOP: _("Nothing is known yet: what is trending in this shop."),
        serving.EVERYWHERE: _("Nothing is known yet: what is trending."),
    }
    sellers = {
        serving.IN_COUNTRY: _("Nothing is known of them yet: what sells most in their country."),
        serving.IN_SHOP: _("Nothing is known yet: what sells most in this shop."),
        serving.EVERYWHERE: _("Nothing is known yet: what sells most."),
    }
    return (trends if made.fallback_kind == rules.TRENDING else sellers)[made.fallback]


def reason(shown: Shown, products: Mapping[int, Product]) -> str:
    """Return why a product is shown, for staff and shoppers alike."""
    one = shown.candidate
    if shown.is_pinned and not one.number:
        return _("Chosen by us")
    made: Mapping[str, Callable[[Candidate, Mapping[int, Product]], str]] = {
        rules.REPEAT: _again, rules.TRENDING: _trending, rules.BESTSELLERS: _selling, rules.SIMILAR: _alike,
        rules.DISCOVERY: _with, rules.ALSO_BOUGHT: _with,
    }  # fmt: skip
    tell = made[one.kind]
    return tell(one, products)


def _again(one: Candidate, _products: Mapping[int, Product]) -> str:
    if one.number:
        return ngettext(
            "You buy it every day", "You buy it about every %(days)s days", one.number
        ) % {"days": one.number}  # fmt: skip
    return _("You bought it before")


def _with(one: Candidate, products: Mapping[int, Product]) -> str:
    anchor = products.get(one.because)
    named = str(anchor) if anchor else _("something you bought")
    if one.kind == rules.ALSO_BOUGHT:
        return ngettext(
            "Together with %(product)s in %(count)s order", "Together with %(product)s in %(count)s orders", one.number
        ) % {"product": named, "count": one.number}  # fmt: skip
    if not one.number:
        return _("Goes with %(product)s") % {"product": named}
    return ngettext(
        "%(count)s other person bought it with %(product)s", "%(count)s others bought it with %(product)s", one.number
    ) % {"product": named, "count": one.number}  # fmt: skip


def _alike(one: Candidate, _products: Mapping[int, Product]) -> str:
    if one.because == 1:
        return ngettext(
            "%(count)s person looked at both", "%(count)s people looked at both", one.number
        ) % {"count": one.number}  # fmt: skip
    if one.because == 2:
        return ngettext("%(count)s person bought both", "%(count)s people bought both", one.number) % {
            "count": one.number
        }
    return _("Of the same category")


def _trending(one: Candidate, _products: Mapping[int, Product]) -> str:
    return _("%(count)s orders in four weeks, %(expected)s were to be expected") % {
        "count": one.number, "expected": one.because,
    }  # fmt: skip


def _selling(one: Candidate, _products: Mapping[int, Product]) -> str:
    return ngettext("%(count)s order in half a year", "%(count)s orders in half a year", one.number) % {
        "count": one.number
    }
