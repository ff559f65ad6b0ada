"""The sales overview."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics import rules
from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.framing import Frame, answer, step_label
from shuke.insight.analytics.queries import products, sales
from shuke.insight.analytics.queries.sales import Takings
from shuke.insight.analytics.rules import Scope
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

TOP_PRODUCTS = 5


@page("reports.view")
def overview(request: Request) -> HttpResponse:
    """Show what was sold, refunded and kept, and by how many."""
    return answer(request, "sales", figures)


def figures(frame: Frame) -> dict[str, Any]:
    """Return what the page of sales shows."""
    asked = frame.asked
    days = sales.takings(asked.scope)
    earlier_days = sales.takings(asked.compared) if asked.compared else []
    steps = sales.by_step(days, asked.period, asked.step)
    whole = sales.summed(days, asked.period)
    return {
        "figures": _key_figures(asked.scope, whole, asked.compared, earlier_days),
        "net_chart": _net_chart(frame, steps, earlier_days),
        "orders_chart": _orders_chart(frame, steps),
        "rows": [_row(frame, part) for part in reversed(steps)],
        "whole": whole,
        "unrated": sales.unrated(asked.scope),
        "top": [
            (each, links.orders(asked.scope, product=each.product_id))
            for each in products.products(asked.scope, limit=TOP_PRODUCTS)
        ],
        "download": frame.download("sales"),
    }


def _key_figures(scope: Scope, whole: Takings, compared: Scope | None, earlier_days: list[Takings]) -> dict[str, Any]:
    people, pieces = sales.buyers(scope), sales.items(scope)
    then = sales.summed(earlier_days, compared.period) if compared else None
    people_then = sales.buyers(compared) if compared else None
    return {
        "now": whole,
        "buyers": people,
        "items_per_order": rules.ratio(pieces, whole.orders),
        "change": {
            name: rules.change(getattr(whole, name), getattr(then, name)) if then else None
            for name in ("net_minor", "gross_minor", "refunds_minor", "orders", "average_order_minor", "refund_rate")
        },
        "buyers_change": rules.change(people.buyers, people_then.buyers) if people_then else None,
        "new_change": rules.change(people.new_buyers, people_then.new_buyers) if people_then else None,
        "orders_url": links.orders(scope),
        "guests_url": links.orders(scope, guest=1),
        "refunds_url": links.orders(scope, kind="refund"),
        "adjustments_url": links.orders(scope, kind="adjustment"),
        "buyers_url": links.buyers(scope),
        "new_url": links.first_buyers(scope),
    }


def _net_chart(frame: Frame, steps: list[Takings], earlier_days: list[Takings]) -> dict[str, Any]:
    asked = frame.asked
    series: list[dict[str, Any]] = [{"name": _("Net sales"), "values": [part.net_minor for part in steps]}]
    if asked.compared:
        earlier = sales.by_step(earlier_days, asked.compared.period, asked.step)
        values = [part.net_minor for part in earlier][: len(steps)]
        series.append({"name": _("Net sales before"), "values": values, "compare": True})
    return {
        "kind": "line",
        "format": "money",
        "currency": frame.currency,
        "categories": [step_label(part.period, asked.step) for part in steps],
        "series": series,
        "links": [links.orders(asked.scope, period=part.period) for part in steps],
    }


def _orders_chart(frame: Frame, steps: list[Takings]) -> dict[str, Any]:
    asked = frame.asked
    return {
        "kind": "bar",
        "stacked": True,
        "categories": [step_label(part.period, asked.step) for part in steps],
        "series": [
            {
                "name": _("Orders of customers"),
                "values": [part.orders - part.guest_orders for part in steps],
                "links": [links.orders(asked.scope, period=part.period) for part in steps],
            },
            {
                "name": _("Guest orders"),
                "values": [part.guest_orders for part in steps],
                "links": [links.orders(asked.scope, period=part.period, guest=1) for part in steps],
            },
        ],
    }


def _row(frame: Frame, part: Takings) -> dict[str, Any]:
    scope = frame.asked.scope
    return {
        "label": step_label(part.period, frame.asked.step),
        "takings": part,
        "orders_url": links.orders(scope, period=part.period) if part.orders else "",
        "refunds_url": links.orders(scope, kind="refund", period=part.period) if part.refunds else "",
    }
