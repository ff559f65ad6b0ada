"""Addresses of the orders and customers behind a figure."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from shuke.insight.analytics.rules import Period, Scope


def orders(scope: Scope, *, kind: str = "sale", period: Period | None = None, **filters: Any) -> str:
    """Return the list of orders of a scope; ``period`` narrows it."""
    days = period or scope.period
    return _address("orders:list", {"kind": kind, **_days("", days), "shop": scope.shop_id, **filters})


def buyers(scope: Scope, *, period: Period | None = None, **filters: Any) -> str:
    """Return the list of customers who ordered in a scope."""
    days = period or scope.period
    return _address("web:customers", {**_days("ordered_", days), "shop": scope.shop_id, **filters})


def first_buyers(scope: Scope, *, period: Period | None = None, **filters: Any) -> str:
    """Return the list of customers whose first order lies in a scope."""
    return buyers(scope, period=period, **_days("first_", period or scope.period), **filters)


def cohort(month: Period, active: Period | None = None, *, shop_id: int | None = None) -> str:
    """Return the customers of a cohort, or those of them who ordered in another month."""
    days = _days("ordered_", active) if active else {}
    return _address("web:customers", {**_days("first_", month), **days, "shop": shop_id})


def _days(prefix: str, period: Period) -> dict[str, date]:
    """People write the last day, not the one after it."""
    return {f"{prefix}from": period.starts_on, f"{prefix}to": period.last_day}


def _address(name: str, parameters: dict[str, Any]) -> str:
    return f"{reverse(name)}?{urlencode({key: value for key, value in parameters.items() if value not in {None, ''}})}"
