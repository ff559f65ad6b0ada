"""The values of one customer: the card on their page, and what one attribute is and was."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.attributes import actions, queries
from shuke.cdp.attributes.forms import said_in, value_form
from shuke.cdp.attributes.models import Attribute, State
from shuke.cdp.attributes.queries.wording import source_label, source_names, worded
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.errors import UnknownCustomer
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.queries.merging import family_of
from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.staff.models import Staff

PAGE = "web:customer"


def card(customer_id: int, viewer: Staff, now: datetime) -> dict[str, Any] | None:
    """Return what the card on a customer's page shows; hidden while there is nothing to know."""
    del now
    found = company.find_company()
    sees_personal, may_edit = viewer.may("customers.view_contacts"), viewer.may("customers.edit")
    held = queries.values_of([customer_id]).get(customer_id, [])
    known = {one.attribute.pk for one in held}
    empty = [
        one
        for one in queries.active()
        if one.pk not in known and not one.is_computed and (sees_personal or not one.is_personal)
    ]
    if not held and not (empty and may_edit):
        return None
    currency = found.currency if found else ""
    declared: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for one in held:
        hidden = _is_hidden(one.attribute, sees_personal)
        line = {
            "attribute": one.attribute,
            "shown": "" if hidden else worded(one.attribute, one.value, currency=currency),
        }
        (others if one.attribute.state == State.UNDECLARED else declared).append(line)
    return {
        "lines": declared, "others": others, "customer_uuid": customers.uuids_of([customer_id])[customer_id],
        "empty": empty if may_edit else [],
    }  # fmt: skip


def _is_hidden(attribute: Attribute, sees_personal: bool) -> bool:
    return attribute.is_sealed and not sees_personal


@page("customers.view")
def show(request: Request, uuid: UUID, code: str) -> HttpResponse:
    """Show one attribute of one customer: its value, who says what, how it came to be; and a form to say otherwise."""
    customer, attribute = _find(uuid, code)
    return _shown(request, customer, attribute)


def _shown(request: Request, customer: Customer, attribute: Attribute, form: Any = None) -> HttpResponse:
    if _is_hidden(attribute, may(request, "customers.view_contacts")):
        raise PermissionDenied("customers.view_contacts")
    currency, shops = request.company.currency, source_names()
    said = queries.said_of(customer.pk, attribute)
    own = next((one.value for one in said if one.source == "staff"), None)
    may_edit = may(request, "customers.edit") and not attribute.is_computed and attribute.state == State.ACTIVE
    history = queries.history_of(family_of(customer.pk), attribute)
    context = {
        "customer": customer,
        "attribute": attribute,
        "form": form or (value_form(attribute, own, currency=currency) if may_edit else None),
        "said": [
            (worded(attribute, one.value, currency=currency), source_label(one.source, shops), one.said_at) for one in said
        ],
        "history": [
            {
                "before": worded(attribute, past.before, currency=currency), "after": worded(attribute, past.after, currency=currency),
                "source": source_label(past.source, shops), "at": past.at,
            }
            for past in history
        ],
    }  # fmt: skip
    template = "attributes/_value.html" if request.htmx else "attributes/value.html"
    return render(request, template, context, status=422 if form is not None else 200)


@page("customers.edit", methods=("POST",))
def write(request: Request, uuid: UUID, code: str) -> HttpResponse:
    """Write what staff say of one attribute of one customer; left empty, take it back."""
    customer, attribute = _find(uuid, code)
    if _is_hidden(attribute, may(request, "customers.view_contacts")):
        raise PermissionDenied("customers.view_contacts")
    currency = request.company.currency
    form = value_form(attribute, None, currency=currency, data=request.POST)
    if form.is_valid():
        try:
            said = said_in(attribute, form.cleaned_data["value"], currency=currency)
            actions.set_by_hand(customer.pk, code, said, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("value", str(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": attribute.label})
            return redirect(PAGE, uuid)
    return _shown(request, customer, attribute, form)


def _find(uuid: UUID, code: str) -> tuple[Customer, Attribute]:
    try:
        customer = customers.by_uuid(uuid)
    except UnknownCustomer as missing:
        raise Http404 from missing
    attribute = queries.by_code([code]).get(code)
    if attribute is None or attribute.state == State.ARCHIVED:
        raise Http404
    return customer, attribute
