"""How value is spread over the buyers."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shuke.insight.value import queries
from shuke.insight.value.pages.framing import Frame, customers_url, frame, nothing
from shuke.insight.value.rules import nice_edges
from shuke.kernel.money import from_minor
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("value.view")
def distribution(request: Request) -> HttpResponse:
    """Show how many buyers brought how much, and what the best tenth brings."""
    found = frame(request, "distribution")
    if found is None:
        return nothing(request)
    people = found.people()
    edges = nice_edges(*queries.usual_span(people))
    tenths = queries.shares_by_tenth(people)
    total = sum(tenth.net_minor for tenth in tenths)
    shares = [tenth.net_minor / total for tenth in tenths] if total > 0 else []
    return render(request, "value/distribution.html", {
        **found.context(),
        "bars": _bars(found, people, edges),
        "tenths": {
            "kind": "bar",
            "categories": [_tenth_name(number) for number in range(1, len(shares) + 1)],
            "series": [{"name": _("Share of net revenue"), "values": shares, "format": "percent"}],
            "format": "percent",
        },
        "best_share": shares[0] if shares else None,
        "best_fifth_share": sum(shares[:2]) if shares else None,
    })  # fmt: skip


def _bars(frame: Frame, people: Any, edges: list[int]) -> dict[str, Any]:
    tallies = queries.spread(people, edges)
    bounds: list[tuple[int | None, int | None]] = [(None, edges[0]), *pairwise(edges), (edges[-1], None)]
    return {
        "kind": "bar",
        "x_name": _("Net revenue per customer"),
        "categories": [_span_name(low, high, frame.currency) for low, high in bounds],
        "series": [
            {
                "name": _("Customers"),
                "values": [tally.customers for tally in tallies],
                "links": [
                    _people_between(low, high, frame) if tally.customers else None
                    for (low, high), tally in zip(bounds, tallies, strict=True)
                ],
            }
        ],
    }


def _span_name(low: int | None, high: int | None, currency: str) -> str:
    if low is None:
        return _("below %(amount)s") % {"amount": formats.money_short(high, currency)}
    if high is None:
        return _("%(amount)s and more") % {"amount": formats.money_short(low, currency)}
    return f"{formats.money_short(low, currency)} – {formats.money_short(high, currency)}"


def _people_between(low: int | None, high: int | None, frame: Frame) -> str | None:
    if frame.shop_id is not None:
        return None
    # The list's bounds are both included, ours are not: the upper one is a minor unit less.
    limits = {"orders_min": "1"}
    if low is not None:
        limits["net_min"] = _plain(from_minor(low, frame.currency))
    if high is not None:
        limits["net_max"] = _plain(from_minor(high - 1, frame.currency))
    return customers_url(**limits)


def _plain(amount: Decimal) -> str:
    return f"{amount:f}"


def _tenth_name(number: int) -> str:
    return _("Best tenth") if number == 1 else _("%(place)s. tenth") % {"place": number}
