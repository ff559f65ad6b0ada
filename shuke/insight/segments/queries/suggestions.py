"""What the builder offers while a person types: values that occur in the data."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.segments.rules.language import ATTRIBUTE
from shuke.platform.ui import formats

LIMIT = 20
MOST_NAMED = 400
# What may be asked for, and where it is read.
COLUMNS = {
    "customer.country": ("customers", "country"),
    "customer.region": ("customers", "region"),
    "customer.city": ("customers", "city"),
    "customer.language": ("customers", "language"),
    "where.category": ("products", "category"),
    "where.brand": ("products", "brand"),
    "where.country": ("orders", "country"),
    "where.channel": ("orders", "channel"),
    "where.currency": ("orders", "currency"),
    "event": ("events", "name"),
}


def suggestions(kind: str, text: str) -> list[dict[str, Any]]:
    """Return up to twenty values of a kind that contain a text, most frequent first, as ``value`` and ``label``."""
    if kind in ("where.product", "event.product"):
        return _products(text, by_external_id=kind == "event.product")
    if kind.startswith(ATTRIBUTE):
        return _attribute_values(kind.removeprefix(ATTRIBUTE), text)
    if kind not in COLUMNS:
        return []
    name, column = COLUMNS[kind]
    if column == "country":
        return _named(name, column, text, formats.countries)
    if kind == "event":
        return _named(name, column, text, lambda names: {one: events.label_of(one) for one in names})
    values = warehouse.table(name)[column]
    return [
        {"value": value, "label": value} for value in _frequent(name, column, values.lower().contains(text.lower()))
    ]


def _attribute_values(code: str, text: str) -> list[dict[str, Any]]:
    table = warehouse.table("customer_attributes")
    found = _frequent("customer_attributes", "text", table.code == code, table.text.lower().contains(text.lower()))
    return [{"value": value, "label": value} for value in found]


def _frequent(name: str, column: str, *conditions: Any, limit: int = LIMIT) -> list[str]:
    table = warehouse.table(name)
    values = table[column]
    kept = table.filter(values.notnull(), values != "", *conditions)
    counted = kept.group_by(value=kept[column]).aggregate(times=kept.count())
    found = warehouse.rows(counted.order_by(counted.times.desc(), counted.value).limit(limit))
    return [row["value"] for row in found]


def _named(name: str, column: str, text: str, naming: Callable[[list[str]], dict[str, str]]) -> list[dict[str, Any]]:
    """Return values that people know by other names: a text is looked for in those, and in what is stored."""
    stored, typed = _frequent(name, column, limit=MOST_NAMED), text.casefold()
    names = naming(stored)
    fitting = (one for one in stored if typed in names[one].casefold() or typed in one.casefold())
    return [{"value": one, "label": names[one]} for one in fitting][:LIMIT]


def _products(text: str, *, by_external_id: bool) -> list[dict[str, Any]]:
    found = catalog.products()
    if text:
        found = found.filter(Q(title__icontains=text) | Q(sku__istartswith=text) | Q(external_id__istartswith=text))
    return [
        {
            "value": product.external_id if by_external_id else product.pk,
            "label": f"{product} · {product.sku or product.external_id}",
        }
        for product in found.order_by("title", "pk")[:LIMIT]
    ]
