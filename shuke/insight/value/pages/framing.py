"""What every value page has round its figures: tabs, the shop, the day that counts as today, and links to people."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import ibis.expr.types as ir
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.value import queries
from shuke.insight.value.models import Computation
from shuke.insight.value.rules import ValueSettings
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request

_TABS = (
    ("heatmap", "grid-dots", gettext_lazy("RFM heat-map"), "value.view"),
    ("tiers", "stairs-up", gettext_lazy("Value tiers"), "value.view"),
    ("stages", "chart-bar", gettext_lazy("Lifecycle"), "value.view"),
    ("migration", "arrows-exchange", gettext_lazy("Movement"), "value.view"),
    ("trends", "chart-area-line", gettext_lazy("Trends"), "value.view"),
    ("profitability", "coins", gettext_lazy("Profitability"), "value.view"),
    ("distribution", "chart-histogram", gettext_lazy("Distribution"), "value.view"),
    ("definitions", "adjustments-horizontal", gettext_lazy("Definitions"), "value.configure"),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """A value page before its figures."""

    page: str
    last: Computation
    rules: ValueSettings
    shops: list[Shop]
    shop_id: int | None
    currency: str
    tabs: list[dict[str, Any]]

    @property
    def as_of(self) -> date:
        """Return the day that counts as today."""
        return self.last.as_of

    def people(self) -> ir.Table:
        """Return everybody's standing: as last computed, or scored anew within the chosen shop."""
        return queries.people(as_of=self.as_of, shop_id=self.shop_id) if self.shop_id else queries.people()

    def context(self) -> dict[str, Any]:
        """Return what the templates round the figures need."""
        return {
            "frame": self,
            "tabs": self.tabs,
            "as_of": self.as_of,
            "currency": self.currency,
            "shop_id": self.shop_id,
            "shops": self.shops if len(self.shops) > 1 else [],
        }


def tabs(request: Request, page: str, shop_id: int | None) -> list[dict[str, Any]]:
    """Return the tabs that this person may open, the present one marked."""
    kept = f"?shop={shop_id}" if shop_id else ""
    return [
        {"label": label, "icon": icon, "url": reverse(f"value:{name}") + kept, "active": name == page}
        for name, icon, label, permission in _TABS
        if may(request, permission)
    ]


def frame(request: Request, page: str) -> Frame | None:
    """Return the frame of a page, or None while nothing has been computed."""
    last = queries.computation()
    if last is None:
        return None
    shops = company.shops()
    asked = request.GET.get("shop", "")
    shop_id = next((shop.pk for shop in shops if str(shop.pk) == asked), None)
    return Frame(
        page, last, queries.settings(), shops, shop_id, company.company().currency, tabs(request, page, shop_id)
    )


def nothing(request: Request) -> HttpResponse:
    """Say that there are no figures yet, and what to do."""
    return render(request, "value/nothing.html", {"has_data": warehouse.last_sale_on() is not None})


def customers_url(**filters: Any) -> str:
    """Return the list of the customers behind a figure."""
    return _address("web:customers", filters)


def people_url(frame: Frame, **cell: Any) -> str:
    """Return the list of the customers behind a cell: the whole list, or our own where a shop is chosen."""
    if frame.shop_id is None:
        return customers_url(**cell)
    return f"{reverse('value:people')}?{urlencode({'shop': frame.shop_id, **cell})}"


def segment_url(name: str, **filters: str | int) -> str:
    """Return the form that saves the customers behind a figure as a segment, filled in."""
    clauses = [{"field": f"value.{field}", "op": "is", "value": [value]} for field, value in filters.items()]
    return _address("segments:new", {"rule": json.dumps({"all": clauses}), "name": name})


def _address(route: str, query: dict[str, Any]) -> str:
    try:
        return f"{reverse(route)}?{urlencode(query, doseq=True)}"
    except NoReverseMatch:  # a house without that domain
        return ""
