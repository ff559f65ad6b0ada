"""Who brings most, and who costs: buyers by what they brought net of what they sent back and of what the goods cost."""

from django.http import HttpResponse
from django.shortcuts import render

from shuke.insight.value import queries
from shuke.insight.value.pages.framing import frame, nothing
from shuke.insight.value.pages.listing import listed
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("value.view")
def profitability(request: Request) -> HttpResponse:
    """Show the best or, with ``?worst=1``, the worst buyers."""
    found = frame(request, "profitability")
    if found is None:
        return nothing(request)
    worst = request.GET.get("worst") == "1"
    rows = queries.profitability(found.people(), worst=worst)
    labels = queries.tier_labels()
    return render(request, "value/profitability.html", {
        **found.context(),
        **listed(request, [{**row, "tier": labels[row["tier"]]} for row in rows]),
        "is_worst": worst,
        "coverage": queries.coverage(found.people()),
    })  # fmt: skip
