"""The customers behind a figure, and making a list of them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.cdp.customers import queries as customers
from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.analytics.errors import TooMany
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages import (
    acquisition,
    holidays,
    links,
    paths,
    performance,
    prices,
    retention,
    returns,
    searches,
    times,
)
from shuke.insight.analytics.pages.framing import Frame, frame
from shuke.insight.analytics.queries import people as queries
from shuke.insight.segments.actions import define
from shuke.insight.value import queries as value
from shuke.kernel.errors import ShukeError
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

Found = tuple[str, Any] | None
# By name of the report: how it reads its figures from an address, and the form of its own filters.
FIGURES: dict[str, tuple[Callable[[Frame, QueryDict], Found], type[OwnForm] | None]] = {
    "retention": (retention.people, retention.RetentionForm),
    "paths": (paths.people, paths.PathsForm),
    "times": (times.people, None),
    "holidays": (holidays.people, holidays.HolidaysForm),
    "performance": (performance.people, performance.PerformanceForm),
    "prices": (prices.people, prices.PricesForm),
    "returns": (returns.people, None),
    "searches": (searches.people, None),
    "acquisition": (acquisition.people, acquisition.AcquisitionForm),
}


class KeepForm(forms.Form):
    """The name of a list to be made."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


@page("reports.view")
def people(request: Request, figure: str) -> HttpResponse:
    """Show who is behind a figure, those who brought most first."""
    return _page(request, figure)


@page("segments.edit", methods=("POST",))
def keep_people(request: Request, figure: str) -> HttpResponse:
    """Make a list of the customers behind a figure."""
    _found, _title, expression = _asked(request, figure)
    form = KeepForm(request.POST)
    if not form.is_valid():
        return _page(request, figure, form)
    try:
        ids = queries.ids(expression)
        if len(ids) > queries.MOST_KEPT:
            raise TooMany(queries.MOST_KEPT)
        made = define.create_list(
            name=form.cleaned_data["name"], customer_ids=ids, by=request.actor, now=request.now
        )  # fmt: skip
    except ShukeError as refusal:
        form.add_error("name", str(refusal))
        return _page(request, figure, form)
    messages.success(request, _("The list was made."))
    return redirect("segments:detail", uuid=made.uuid)


def _asked(request: Request, figure: str) -> tuple[Frame, str, Any]:
    if figure not in FIGURES:
        raise Http404
    read, form = FIGURES[figure]
    found = frame(request, figure, form)
    asked = read(found, request.GET) if found else None
    if found is None or asked is None:
        raise Http404
    title, make = asked
    return found, title, make(warehouse.today)


def _page(request: Request, figure: str, form: KeepForm | None = None) -> HttpResponse:
    found, title, expression = _asked(request, figure)
    shown = queries.foremost(expression)
    count = len(shown) if len(shown) < queries.SHOWN else queries.count(expression)
    own = reverse("analytics:keep_people", args=[figure])
    return render(
        request,
        "analytics/people.html",
        {
            **found.context(), "title": title, "count": count, "people": _listed(request, shown), "shown": queries.SHOWN,
            "is_cut": count > queries.SHOWN, "back_url": f"{reverse(f'analytics:{figure}')}?{found.asked.query()}",
            "may_keep": found.may_keep, "keep_list_url": f"{own}?{request.GET.urlencode()}",
            "list_form": form or KeepForm(initial={"name": title[:120]}),
        },
        status=422 if form else 200,
    )  # fmt: skip


def _listed(request: Request, customer_ids: list[int]) -> list[dict[str, Any]]:
    """Return customers as rows, in two queries; names are masked for those who may not see contacts."""
    known = customers.customers().filter(pk__in=customer_ids).select_related("standing").in_bulk()
    labels, sees = value.group_labels(), may(request, "customers.view_contacts")
    rows = []
    for pk in customer_ids:
        if pk not in known:
            continue
        customer = known[pk]
        standing = getattr(customer, "standing", None)
        name = customer.name if sees else mask.name(customer.name)
        rows.append({
            "name": name or _("Customer %(number)s") % {"number": pk}, "url": links.customer(customer.uuid),
            "place": " · ".join(part for part in (customer.city, formats.country(customer.country)) if part),
            "group": labels.get(standing.rfm_group, "") if standing else "",
            "orders": standing.orders if standing else None, "net_minor": standing.net_minor if standing else None,
            "last_order_on": standing.last_order_on if standing else None,
        })  # fmt: skip
    return rows
