"""Where sales went."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from shuke.insight.analytics.pages import links
from shuke.insight.analytics.pages.framing import Frame, answer
from shuke.insight.analytics.queries import places as queries
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

DRAWN = 12


@page("reports.view")
def places(request: Request) -> HttpResponse:
    """Show sales by country and city."""
    return answer(request, "places", figures)


def figures(frame: Frame) -> dict[str, Any]:
    """Return what the page of places shows."""
    scope = frame.asked.scope
    countries, cities = queries.countries(scope), queries.cities(scope)
    net = sum(each.net_minor for each in countries)
    names = formats.countries(each.country for each in countries if each.country) | {"": _("No country")}
    return {
        "countries": [
            {
                "figures": each,
                "name": names[each.country],
                "share": each.net_minor / net if net > 0 and each.net_minor > 0 else 0.0,
                "orders_url": links.orders(scope, country=each.country) if each.country else "",
                "buyers_url": links.buyers(scope, country=each.country) if each.country else "",
            }
            for each in countries
        ],
        "cities": [
            {"figures": each, "orders_url": links.orders(scope, country=each.country, city=each.city)}
            for each in cities
        ],
        "country_chart": {
            "kind": "bar",
            "horizontal": True,
            "format": "money",
            "currency": frame.currency,
            "categories": [names[each.country] for each in countries[:DRAWN]],
            "series": [{"name": _("Net sales"), "values": [each.net_minor for each in countries[:DRAWN]]}],
            "links": [
                links.orders(scope, country=each.country) if each.country else None for each in countries[:DRAWN]
            ],
        },
        "city_chart": {
            "kind": "bar",
            "horizontal": True,
            "format": "money",
            "currency": frame.currency,
            "categories": [each.city for each in cities[:DRAWN]],
            "series": [{"name": _("Gross sales"), "values": [each.gross_minor for each in cities[:DRAWN]]}],
            "links": [links.orders(scope, country=each.country, city=each.city) for each in cities[:DRAWN]],
        },
        "download": frame.download("countries"),
        "cities_download": frame.download("cities"),
    }
