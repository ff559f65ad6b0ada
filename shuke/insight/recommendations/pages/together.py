"""What is bought together: pairs and triples, and behind each the sales and customers."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from shuke.insight.recommendations import queries
from shuke.insight.recommendations.errors import CombinationNotFound
from shuke.insight.recommendations.forms import TogetherForm
from shuke.insight.recommendations.models import Combination
from shuke.insight.recommendations.pages.framing import address, frame, names
from shuke.insight.recommendations.queries import combinations, wording
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_SHOWN = 50
# Saving customers joins two domains, and is a page of the house.
_LIST_PAGES = {2: "web:combination_list", 3: "web:combination_list_of_three"}


@page("recommendations.view")
def together(request: Request) -> HttpResponse:
    """List combinations, filtered by size, category and product."""
    form = TogetherForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    sort = said.get("sort") or "together"
    rows = combinations.found(
        size=int(said.get("size") or 0), category=said.get("category", ""), product=said.get("product", ""), sort=sort
    )
    around = frame(request, "together")
    shown = paginate(rows, request, keys=(combinations.SORTS[sort], "pk"))
    found = around["run"].findings.get("basket") if around["run"] else None
    return render(request, "recommendations/together.html", {
        **around, "form": form, "page": shown, "rows": [_row(one) for one in shown.rows], "found": found,
        "refusal": wording.refusal(found["refusal"]) if found else "",
    })  # fmt: skip


def _row(one: Combination) -> dict[str, Any]:
    members = [one.first, one.second, *([one.third] if one.third else [])]
    return {
        "found": one,
        "members": members,
        "categories": sorted({each.category for each in members if each.category}),
    }


@page("recommendations.view")
def combination(request: Request, first: int, second: int, third: int = 0) -> HttpResponse:
    """Show the sales that hold a combination, and who made them."""
    try:
        one = combinations.by_products(first, second, third or None)
    except CombinationNotFound as missing:
        raise Http404 from missing
    run = queries.last_run()
    sales = combinations.sales(one.product_ids, run.as_of, limit=_SHOWN) if run else []
    people = combinations.customer_ids(one.product_ids, run.as_of) if run else []
    labels = names(request, [sale.customer_id for sale in sales if sale.customer_id])
    return render(request, "recommendations/combination.html", {
        **frame(request, "together"), **_row(one),
        "sales": [
            {"sale": sale, "customer": labels.get(sale.customer_id or 0), "url": address("orders:detail", sale.order_id)}
            for sale in sales
        ],
        "people": len(people),
        "list_url": address(_LIST_PAGES[len(one.product_ids)], *one.product_ids)
        if people and may(request, "segments.edit") else "",
    })  # fmt: skip
