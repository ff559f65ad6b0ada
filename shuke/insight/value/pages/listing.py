"""Customers found in the warehouse, with the names that only OLTP knows."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.insight.value import queries
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request

SHOWN = 200


def listed(request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the context of a short list of customers; names are masked for those who may not see contacts."""
    may_see = may(request, "customers.view_contacts")
    known = customers.cards_of(row["customer_id"] for row in rows)
    labels = queries.group_labels()
    shown = []
    for row in rows:
        customer = known.get(row["customer_id"])
        if customer is not None:
            name = customer.name if may_see else mask.name(customer.name)
            group = labels.get(row.get("rfm_group") or row.get("now") or "", "")
            shown.append({**row, "name": name or f"#{customer.pk}", "url": _page_of(customer), "group": group})
    return {"people": shown, "is_cut": len(rows) >= SHOWN, "shown": SHOWN}


def _page_of(customer: Customer) -> str:
    try:
        return reverse("web:customer", args=[customer.uuid])
    except NoReverseMatch:  # a house without its front door
        return ""
