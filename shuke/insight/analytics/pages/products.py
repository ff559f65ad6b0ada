"""Products and categories."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.framing import Frame, answer
from shuke.insight.analytics.queries import products as queries
from shuke.insight.analytics.queries.products import ProductFigures
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

LISTED, DRAWN = 50, 10


@page("reports.view")
def products(request: Request) -> HttpResponse:
    """Show what sells, and what comes back."""
    order = ordering(request)
    return answer(request, "products", lambda frame: figures(frame, order))


def ordering(request: Request) -> str:
    """Return the column by which the table is sorted, largest first; net sales where it cannot be sorted so."""
    asked = request.GET.get("sort", "").removeprefix("-")
    return asked if asked in queries.ORDERINGS else "net_minor"


def figures(frame: Frame, order: str) -> dict[str, Any]:
    """Return what the page of products shows, its table by ``order``."""
    scope = frame.asked.scope
    found = queries.products(scope, order=order, limit=LISTED)
    groups = queries.categories(scope)
    best = found if order == "net_minor" else queries.products(scope, limit=DRAWN)
    return {
        "sort": f"-{order}",
        "rows": [
            {
                "figures": each,
                "orders_url": links.orders(scope, product=each.product_id) if each.orders else "",
                "refunds_url": links.orders(scope, kind="refund", product=each.product_id)
                if each.refunds_minor
                else "",
            }
            for each in found
        ],
        "most": LISTED,
        "is_cut": len(found) == LISTED,
        "best_chart": _best_chart(frame, best[:DRAWN]),
        "category_rows": groups,
        "category_chart": {
            "kind": "pie",
            "format": "money",
            "currency": frame.currency,
            "categories": [each.category or _("No category") for each in groups if each.net_minor > 0],
            "series": [{"name": _("Net sales"), "values": [each.net_minor for each in groups if each.net_minor > 0]}],
        },
        "best_category_minor": max((each.net_minor for each in groups), default=0) or 1,
        "download": frame.download("products", sort=f"-{order}"),
        "categories_download": frame.download("categories"),
    }


def _best_chart(frame: Frame, best: list[ProductFigures]) -> dict[str, Any]:
    return {
        "kind": "bar",
        "horizontal": True,
        "format": "money",
        "currency": frame.currency,
        "categories": [each.title or each.sku or f"#{each.product_id}" for each in best],
        "series": [{"name": _("Net sales"), "values": [each.net_minor for each in best]}],
        "links": [links.orders(frame.asked.scope, product=each.product_id) for each in best],
    }
