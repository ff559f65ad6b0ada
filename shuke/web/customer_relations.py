"""Who a customer is connected with: the card on their page, and the pages that connect and disconnect."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.cdp.customers.models import Customer, CustomerKind, RelationKind
from shuke.cdp.customers.queries import relations
from shuke.insight.value import queries as value
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.staff.models import Staff
from shuke.web.customer_cards import Card, cards

_MOST_FOUND = 8


def card(customer_id: int, viewer: Staff, now: datetime) -> dict[str, Any] | None:
    """Return what the card on a customer's page shows: relations, what a household or a company is worth, suggestions."""
    del now
    found = customers.cards_of([customer_id]).get(customer_id)
    if found is None:
        return None
    sees_contacts, may_edit = viewer.may("customers.view_contacts"), viewer.may("customers.edit")
    ties = relations.ties_of(customer_id)
    home = [tie.other.pk for tie in ties if tie.relation.kind == RelationKind.HOUSEHOLD]
    suggested = relations.at_the_same_address(customer_id, without=home) if may_edit and sees_contacts else []
    is_company = found.kind == CustomerKind.COMPANY
    if not ties and not suggested and not may_edit and not is_company:
        return None
    shown = {
        one.customer.pk: one
        for one in cards([*{tie.other.pk: tie.other for tie in ties}.values(), *suggested], sees_contacts=sees_contacts)
    }
    people = company.find_company()
    return {
        "customer": found, "is_company": is_company, "may_edit": may_edit,
        "ties": [{"relation": tie.relation, "words": tie.words, "card": shown[tie.other.pk]} for tie in ties],
        "suggested": [shown[one.pk] for one in suggested],
        "household": _worth(relations.household_of(customer_id)) if home else None,
        "bought": _worth([customer_id, *relations.buyers_of(customer_id)]) if is_company else None,
        "currency": people.currency if people else "",
    }  # fmt: skip


def _worth(customer_ids: list[int]) -> dict[str, int]:
    """Return how many customers these are, and what their orders come to, as last computed."""
    found = value.standings().filter(customer_id__in=customer_ids).aggregate(orders=Sum("orders"), net=Sum("net_minor"))
    return {"members": len(customer_ids), "orders": found["orders"] or 0, "net": found["net"] or 0}


@page("customers.edit", methods=("GET", "POST"))
def connect(request: Request, uuid: UUID) -> HttpResponse:
    """Find another customer and connect them; ``?q=`` searches."""
    customer = _find(uuid)
    if request.method == "POST":
        try:
            other = customers.by_uuid(UUID(request.POST.get("other", "")))
            kind, _sep, direction = request.POST.get("way", "household:to").partition(":")
            ends = (other.pk, customer.pk) if direction == "from" else (customer.pk, other.pk)
            note = request.POST.get("note", "")
            actions.relate(*ends, kind, note=note, by=request.actor, now=request.now)
        except (ShukeError, ValueError) as refusal:
            messages.error(request, str(refusal) if isinstance(refusal, ShukeError) else _("Choose a customer."))
            return redirect("web:relation_new", uuid)
        messages.success(request, _("They are connected."))
        return redirect("web:customer", uuid)
    text = request.GET.get("q", "").strip()
    sees_contacts = may(request, "customers.view_contacts")
    found = customers.find_by_text(text, sees_contacts=sees_contacts, limit=_MOST_FOUND) if text else []
    context = {
        "customer": customer, "title": _title(customer, sees_contacts), "q": text, "ways": _ways(customer),
        "found": cards([one for one in found if one.pk != customer.pk], sees_contacts=sees_contacts),
    }  # fmt: skip
    return render(request, "web/relation_new.html", context)


def _ways(customer: Customer) -> list[dict[str, Any]]:
    """Return the ways in which a customer can be connected, worded from their end."""
    ways: list[dict[str, Any]] = [
        {"kind": kind, "direction": "to", "label": label} for kind, label in RelationKind.choices
    ]
    ways += [
        {"kind": kind, "direction": "from", "label": relations.INVERSE[kind]}
        for kind in RelationKind.values
        if kind != RelationKind.HOUSEHOLD
    ]
    left_out = ("employer", "to") if customer.kind == CustomerKind.COMPANY else ("employer", "from")
    return [one for one in ways if (one["kind"], one["direction"]) != left_out]


@page("customers.edit", methods=("POST",))
def disconnect(request: Request, uuid: UUID, pk: int) -> HttpResponse:
    """Remove a relation."""
    try:
        actions.unrelate(pk, of=_find(uuid).pk, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("web:customer", uuid)


@page("customers.edit", methods=("POST",))
def set_kind(request: Request, uuid: UUID) -> HttpResponse:
    """Say that a customer is a company, or a person after all."""
    try:
        actions.set_kind(_find(uuid).pk, request.POST.get("kind", ""), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("web:customer", uuid)


@page("customers.edit", methods=("GET", "POST"))
def new_company(request: Request) -> HttpResponse:
    """Make a company account."""
    error = ""
    if request.method == "POST":
        try:
            made = actions.create_company(request.POST.get("name", ""), by=request.actor, now=request.now)
        except ShukeError as refusal:
            error = str(refusal)
        else:
            messages.success(request, _("The company account is made. Connect the people who buy for it."))
            return redirect("web:customer", made.uuid)
    return render(request, "web/company_new.html", {"error": error}, status=422 if error else 200)


def _title(customer: Customer, sees_contacts: bool) -> str:
    shown: Card = cards([customer], sees_contacts=sees_contacts)[0]
    return shown.title


def _find(uuid: UUID) -> Customer:
    try:
        return customers.by_uuid(uuid)
    except UnknownCustomer as missing:
        raise Http404 from missing
