"""The board of churn warnings."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.actions import configuring
from shuke.crm.team.models import Basis
from shuke.crm.team.queries import board
from shuke.insight.predictions.queries import wording as predicted
from shuke.insight.segments.actions import define
from shuke.insight.value import queries as value
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

PER_PAGE = 50
MOST_ON_A_LIST = 20_000


@page(queries.WATCH)
def watch(request: Request) -> HttpResponse:
    """List who is about to leave, with what is at stake, why, since when and what to do."""
    filters, look = board.read(request.GET), queries.look()
    over = board.found(filters, me=request.user.pk)
    shown = paginate(over, request, keys=board.SORTS[filters.sort], per_page=PER_PAGE)
    context = {
        "look": look, "filters": filters, "total": board.total(over), "page": shown,
        "rows": board.rows(shown.rows, sees_contacts=may(request, "customers.view_contacts")),
        "by_prediction": look is not None and look.basis == Basis.PREDICTION,
        "refusal": predicted.refusal(look.refusal) if look and look.refusal else "",
        "currency": request.company.currency, "tiers": value.tier_labels().items(), "groups": value.group_labels().items(),
        "shops": company.shops(), "countries": customers.countries(), "callers": queries.callers(),
        "may_plan": may(request, queries.PLAN), "may_save": may(request, "segments.edit"),
        "may_export": may(request, "segments.export"), "exports": (("csv", "CSV"), ("xlsx", "XLSX")),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    return render(request, "team/watch.html", context)


@page(queries.PLAN, methods=("POST",))
def assign(request: Request) -> HttpResponse:
    """Say who looks after the chosen customers."""
    chosen = [int(one) for one in request.POST.getlist("customer") if one.isdecimal() and len(one) < 19]
    who = request.POST.get("who", "")
    try:
        changed = configuring.assign(chosen, int(who) if who.isdecimal() else None, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, _(str(refusal.message)))
    else:
        messages.success(request, _("Changed for %(count)s customers.") % {"count": changed})
    return _back(request)


def _back(request: Request) -> HttpResponse:
    """Return to where it was said: the page of the customer, or the board as it was filtered."""
    try:
        return redirect("web:customer", UUID(request.POST.get("from", "")))
    except ValueError:
        filters = board.read(QueryDict(request.POST.get("query", "")))
    return redirect(f"{reverse('team:watch')}?{urlencode(board.written(filters))}")


@page("segments.edit", methods=("POST",))
def save(request: Request) -> HttpResponse:
    """Keep the board as it is filtered: as a segment that stays true, or as a list where no rule can say it."""
    if not may(request, queries.WATCH):
        raise Http404
    filters, look = board.read(QueryDict(request.POST.get("query", ""))), queries.look()
    if look is None:
        raise Http404
    name = request.POST.get("name", "").strip()[:120] or _("Churn warnings")
    rule = board.as_rule(filters, line=look.line, basis=look.basis)
    try:
        if rule is not None:
            segment = define.create(name=name, rule=rule, by=request.actor, now=request.now)
        else:
            over = board.found(filters, me=request.user.pk).order_by("-at_risk_minor", "pk")
            ids = list(over.values_list("customer_id", flat=True)[:MOST_ON_A_LIST])
            segment = define.create_list(name=name, customer_ids=ids, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("team:watch")
    return redirect("segments:detail", segment.uuid)
