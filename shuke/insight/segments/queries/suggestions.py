"""What the builder offers while a person types: values that occur in the data."""

from typing import Any

from django.db.models import Q

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.warehouse import queries as warehouse

LIMIT = 20
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
    if kind not in COLUMNS:
        return []
    name, column = COLUMNS[kind]
    table = warehouse.table(name)
    values = table[column]
    kept = table.filter(values.notnull(), values != "", values.lower().contains(text.lower()))
    counted = kept.group_by(value=kept[column]).aggregate(times=kept.count())
    found = warehouse.rows(counted.order_by(counted.times.desc(), counted.value).limit(LIMIT))
    return [{"value": row["value"], "label": row["value"]} for row in found]


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
