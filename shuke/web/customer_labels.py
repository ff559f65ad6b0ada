"""Filters in words: what a list is narrowed to, each with the address that takes it off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shuke.cdp.attributes.models import Attribute
from shuke.cdp.customers.models import Channel, CustomerKind, Tag
from shuke.insight.value import queries as value
from shuke.platform.company.models import Shop
from shuke.platform.ui import formats
from shuke.web.customer_filters import Between, Filters, Span

# Which parameters of the address make up one filter.
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "first": ("first_from", "first_to"),
    "ordered": ("ordered_from", "ordered_to"),
    "seen": ("seen_from", "seen_to"),
    "net": ("net_min", "net_max"),
    "orders": ("orders_min", "orders_max"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, in words, with the address of the list without it."""

    text: str | Promise
    url: str


def chips(
    query: QueryDict,
    filters: Filters,
    *,
    tags: Sequence[Tag],
    shops: Sequence[Shop],
    segments: Sequence[tuple[str, str]],
    countries: Mapping[str, str],
    attributes: Sequence[Attribute] = (),
    currency: str,
) -> list[Chip]:
    """Return the filters in force, in words."""
    names: dict[str, Mapping[Any, str]] = {
        "group": value.group_labels(),
        "stage": value.stage_labels(),
        "tier": value.tier_labels(),
        "tag": {tag.pk: tag.name for tag in tags},
        "shop": {shop.pk: shop.name for shop in shops},
        "segment": dict(segments),
        "country": countries,
        "contact": {code: str(label) for code, label in Channel.choices},
        "kind": {code: str(label) for code, label in CustomerKind.choices},
        "attribute": {f"{one.code}={code}": text for one in attributes for code, text in _values_of(one)},
    }
    return [Chip(text, _without(query, name)) for name, text in _sentences(filters, names, currency)]


def _sentences(filters: Filters, names: Mapping[str, Mapping[Any, str]], currency: str) -> Iterator[tuple[str, str]]:
    labels = {
        "group": _("RFM group: %s"), "stage": _("Stage: %s"), "tier": _("Value tier: %s"), "tag": _("Tag: %s"), "country": _("Country: %s"),
        "shop": _("Bought at: %s"), "segment": _("In segment: %s"), "contact": _("Has: %s"), "r": _("R score: %s"),
        "kind": _("Kind: %s"), "attribute": "%s",
        "f": _("F score: %s"), "m": _("M score: %s"), "fm": _("FM score: %s"),
    }  # fmt: skip
    if filters.q:
        yield "q", _("Search: %s") % filters.q
    for name, label in labels.items():
        if chosen := getattr(filters, name):
            known = names.get(name, {})
            shown = (known.get(one, known.get(str(one), str(one))) for one in chosen)
            yield name, label % formats.listed(shown)
    if filters.first:
        yield "first", _("First order: %s") % _days(filters.first)
    if filters.ordered:
        yield "ordered", _("Ordered: %s") % _days(filters.ordered)
    if filters.seen:
        yield "seen", _("Known since: %s") % _days(filters.seen)
    if filters.net:
        yield "net", _("Net revenue: %s") % _range(filters.net, currency)
    if filters.orders:
        yield "orders", _("Orders: %s") % _range(filters.orders, None)


def _values_of(attribute: Attribute) -> Iterator[tuple[str, str]]:
    values = {choice["code"]: attribute.choice_label(choice["code"]) for choice in attribute.choices}
    for code, label in (values or {"yes": _("yes"), "no": _("no")}).items():
        yield code, _("%(name)s: %(value)s") % {"name": attribute.label, "value": label}


def _days(span: Span) -> str:
    def written(day: date | None) -> str:
        return formats.day(day) if day else ""

    if span.start and span.end:
        return _("%(start)s to %(end)s") % {"start": written(span.start), "end": written(span.end)}
    return (_("from %s") % written(span.start)) if span.start else (_("until %s") % written(span.end))


def _range(limits: Between, currency: str | None) -> str:
    def written(amount: int) -> str:
        return formats.number(amount) if currency is None else formats.money(amount, currency)

    if limits.low is not None and limits.high is not None:
        return _("%(low)s to %(high)s") % {"low": written(limits.low), "high": written(limits.high)}
    if limits.low is not None:
        return _("at least %s") % written(limits.low)
    return _("at most %s") % written(limits.high or 0)


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    for parameter in (*_PARAMETERS.get(name, (name,)), "after", "before"):
        rest.pop(parameter, None)
    return f"?{rest.urlencode()}"
