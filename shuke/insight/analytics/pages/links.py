"""Addresses of the orders and customers behind a figure."""

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from shuke.insight.analytics.rules import Period, Scope


def orders(scope: Scope, *, kind: str = "sale", period: Period | None = None, **filters: Any) -> str:
    """Return the list of orders of a scope; ``period`` narrows it. "" where that list cannot say the scope."""
    days = period or scope.period
    if scope.segment:
        return ""
    where = {"shop": scope.shop_id, "country": scope.country}
    return _address("orders:list", {"kind": kind, **_days("", days), **where, **filters})


def buyers(scope: Scope, *, period: Period | None = None, **filters: Any) -> str:
    """Return the list of customers who ordered in a scope."""
    days = period or scope.period
    return _address("web:customers", {**_days("ordered_", days), **_where(scope), **filters})


def first_buyers(scope: Scope, *, period: Period | None = None, **filters: Any) -> str:
    """Return the list of customers whose first order lies in a scope."""
    return buyers(scope, period=period, **_days("first_", period or scope.period), **filters)


def cohort(month: Period, active: Period | None = None, *, scope: Scope) -> str:
    """Return the customers of a cohort, or those of them who ordered in another month."""
    days = _days("ordered_", active) if active else {}
    return _address("web:customers", {**_days("first_", month), **days, **_where(scope)})


def people(figure: str, query: str, **which: Any) -> str:
    """Return the customers behind a figure of a report that is asked for by ``query``."""
    said = urlencode({name: value for name, value in which.items() if value is not None})
    return f"{reverse('analytics:people', args=[figure])}?{query}{'&' if query and said else ''}{said}"


def customer(uuid: UUID) -> str:
    """Return a customer's own page."""
    return reverse("web:customer", args=[uuid])


def segment(rule: dict[str, Any], name: str) -> str:
    """Return the form of a new segment, filled in: it counts, shows samples and saves."""
    return f"{reverse('segments:new')}?{urlencode({'rule': json.dumps(rule), 'name': name[:120]})}"


def _where(scope: Scope) -> dict[str, Any]:
    return {"shop": scope.shop_id, "country": scope.country, "segment": scope.segment}


def _days(prefix: str, period: Period) -> dict[str, date]:
    """People write the last day, not the one after it."""
    return {f"{prefix}from": period.starts_on, f"{prefix}to": period.last_day}


def _address(name: str, parameters: dict[str, Any]) -> str:
    return f"{reverse(name)}?{urlencode({key: value for key, value in parameters.items() if value not in {None, ''}})}"
