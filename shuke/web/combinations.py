"""Who bought things together, as a list: what recommendations know, kept by segments."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from shuke.insight.recommendations import queries
from shuke.insight.recommendations.errors import CombinationNotFound
from shuke.insight.recommendations.queries import combinations
from shuke.insight.segments.actions import define
from shuke.insight.segments.errors import NameTaken
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_NAME = 100


@page("segments.edit", methods=("POST",))
def save_list(request: Request, first: int, second: int, third: int = 0) -> HttpResponse:
    """Save the customers who bought a combination in one order as a fixed list, and show it."""
    try:
        one = combinations.by_products(first, second, third or None)
    except CombinationNotFound as missing:
        raise Http404 from missing
    run = queries.last_run()
    people = combinations.customer_ids(one.product_ids, run.as_of) if run else []
    members = " + ".join(str(each) for each in (one.first, one.second, one.third) if each)
    name = _("Bought together: %(products)s") % {"products": members}
    try:
        made = define.create_list(name=name[:_NAME], customer_ids=people, by=request.actor, now=request.now)
    except NameTaken:
        dated = f"{name[: _NAME - 20]} · {formats.moment(request.now)}"
        made = define.create_list(name=dated, customer_ids=people, by=request.actor, now=request.now)
    messages.success(request, _("The customers are on a list of their own."))
    return redirect("segments:detail", made.uuid)
