"""One customer on one page: who they are, what they are worth, what happened."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.actions.contacts import REVEAL_REASONS
from shuke.cdp.customers.models import Channel, Customer
from shuke.cdp.customers.queries import identities
from shuke.cdp.events import queries as events
from shuke.cdp.orders.queries import buyers
from shuke.insight.value import queries as value
from shuke.kernel.errors import Kind, ShukeError
from shuke.platform.company import queries as company
from shuke.platform.http import mask, panels
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.web import customer_forms, customer_segments, customer_timeline
from shuke.web.customer_cards import GROUP_TONES, STAGE_TONES, title_of

TIMELINE_PER_PAGE = 40
ORDERS_PER_PAGE = 25
HISTORY_SHOWN = 12
_MASKS = {Channel.EMAIL: mask.email, Channel.PHONE: mask.phone, Channel.ADDRESS: mask.address}

_ICONS: dict[str, str] = {Channel.EMAIL: "mail", Channel.PHONE: "phone", Channel.ADDRESS: "map-pin"}


@dataclass(frozen=True, slots=True)
class MaskedContact:
    """An address as the page shows it: enough to recognise it, not enough to use it; "" where even that is hidden."""

    id: int
    channel: str
    label: str
    icon: str
    shown: str


@page("customers.view")
def profile(request: Request, uuid: UUID) -> HttpResponse:
    """Show a customer, with the timeline or the orders; the address of a merged one leads to the survivor."""
    customer = _customer(uuid)
    if customer.uuid != uuid:
        return redirect(f"{reverse('web:customer', args=[customer.uuid])}?merged={uuid}")
    shops = company.shops()
    tab = "orders" if request.GET.get("tab") == "orders" and may(request, "orders.view") else "timeline"
    shown = (
        _orders(request, customer) if tab == "orders" else _timeline(request, customer, {s.code: s.name for s in shops})
    )
    context = _about(request, customer, {s.code: s.name for s in shops}) | shown | {"tab": tab}
    return render(request, "web/customer.html", context)


def _customer(uuid: UUID) -> Customer:
    try:
        return customers.by_uuid(uuid)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        raise


def _about(request: Request, customer: Customer, shops: dict[str, str]) -> dict[str, Any]:
    """Everything above and beside the timeline."""
    sees_contacts = may(request, "customers.view_contacts")
    known_under = customers.identities_of(customer.pk)
    external = [identity for identity in known_under if identity.type == "external_id"]
    standing = value.standing_of(customer.pk)
    history = value.history_of(customer.pk)[:HISTORY_SHOWN]
    return {
        "customer": customer,
        "title": title_of(customer, external, sees_contacts=sees_contacts),
        "sees_contacts": sees_contacts,
        "may_edit": may(request, "customers.edit"),
        "may_merge": may(request, "customers.merge"),
        "came_from_merged": bool(request.GET.get("merged")),
        "may_see_orders": may(request, "orders.view"),
        "reveal_reasons": REVEAL_REASONS.items(),
        "external_ids": [(identity, shops.get(identity.namespace, identity.namespace)) for identity in external],
        "identity_count": len(known_under),
        "contacts": _contacts(customer, sees_contacts=sees_contacts),
        "tags": customer_segments.worn(customers.tags_of([customer.pk]).get(customer.pk, []), customer.uuid),
        "all_tags": customers.tags(),
        "worth": buyers.worth_of(customer.pk),
        "categories": buyers.categories_of(customer.pk),
        "products": buyers.products_of(customer.pk),
        "standing": standing,
        "group_tone": GROUP_TONES.get(standing.rfm_group, "neutral") if standing else "",
        "tier_label": value.tier_labels()[standing.tier] if standing else "",
        "stage_tone": STAGE_TONES.get(standing.stage, "neutral") if standing else "",
        "history": history,
        "segments": customer_segments.of_customer(customer.pk, customer.uuid) if may(request, "segments.view") else [],
        "panels": panels.drawn("customer.aside", customer.pk, request),
    }


def _contacts(customer: Customer, *, sees_contacts: bool) -> list[MaskedContact]:
    """The customer's addresses, masked. Who may not see contacts learns only of which kinds there are any."""
    labels = {code: str(label) for code, label in Channel.choices}
    if not sees_contacts:
        kinds = customers.channels_of(customer.pk)
        return [MaskedContact(0, kind, labels.get(kind, kind), _ICONS.get(kind, "at"), "") for kind in kinds]
    return [
        MaskedContact(
            id=one.id,
            channel=one.channel,
            label=labels.get(one.channel, one.channel),
            icon=_ICONS.get(one.channel, "at"),
            shown=_MASKS[Channel(one.channel)](one.value),
        )
        for one in customers.contacts_of([customer.pk]).get(customer.pk, [])
    ]


def _timeline(request: Request, customer: Customer, shops: dict[str, str]) -> dict[str, Any]:
    past = identities.past_of(customer.pk)
    kinds = events.kinds_of(past)
    kind = request.GET.get("kind", "")
    chosen = (kind,) if kind in kinds else ()
    until = customer_forms.day(request.GET.get("until", ""))
    before = (
        datetime.combine(until + timedelta(days=1), time.min, ZoneInfo(request.company.time_zone)) if until else None
    )
    found = events.timeline_of(past, names=chosen, before=before)
    shown = paginate(found, request, keys=("-occurred_at", "-id"), per_page=TIMELINE_PER_PAGE)
    return {
        "page": shown,
        "items": customer_timeline.items(shown.rows, shops=shops),
        "kinds": [(name, events.label_of(name), count) for name, count in kinds.items()],
        "kind": kind,
        "until": until.isoformat() if until else "",
        "event_count": sum(kinds.values()),
    }


def _orders(request: Request, customer: Customer) -> dict[str, Any]:
    shown = paginate(buyers.orders_of(customer.pk), request, keys=("-placed_at", "-id"), per_page=ORDERS_PER_PAGE)
    return {"page": shown, "orders": shown.rows, "refunds": buyers.refunds_of(customer.pk)}


@page("customers.edit", methods=("GET", "POST"))
def edit(request: Request, uuid: UUID) -> HttpResponse:
    """Correct what is known about a customer."""
    customer = _customer(uuid)
    sees_contacts = may(request, "customers.view_contacts")
    initial = {name: getattr(customer, name) for name in actions.EDITABLE}
    form = customer_forms.Details(request.POST or None, initial=initial)
    if not sees_contacts:
        del form.fields["name"]
    if request.method == "POST" and form.is_valid():
        changed = actions.edit(customer.pk, form.cleaned_data, by=request.actor, now=request.now)
        if changed:
            messages.success(request, _("The changes are saved."))
        return redirect("web:customer", uuid)
    context = {"form": form, "customer": customer, "title": title_of(customer, [], sees_contacts=sees_contacts)}
    return render(request, "web/customer_edit.html", context, status=422 if form.is_bound else 200)


@page("customers.edit", methods=("POST",))
def tag(request: Request, uuid: UUID) -> HttpResponse:
    """Put a tag on a customer, or take one off."""
    customer = _customer(uuid)
    try:
        if removed := request.POST.get("remove", ""):
            actions.untag([customer.pk], int(removed) if removed.isdecimal() else 0, by=request.actor, now=request.now)
        else:
            actions.tag([customer.pk], request.POST.get("tag_name", ""), by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
    return redirect("web:customer", uuid)


@page("customers.view_contacts", methods=("POST",))
def reveal(request: Request, uuid: UUID, contact_id: int) -> HttpResponse:
    """Show one address in clear; who looked and why is noted, and nobody looks at many within an hour."""
    customer = _customer(uuid)
    try:
        reason = request.POST.get("reason", "")
        contact = actions.reveal(customer.pk, contact_id, reason=reason, by=request.actor, now=request.now)
    except ShukeError as refusal:
        if refusal.kind is Kind.NOT_FOUND:
            raise Http404 from refusal
        return render(request, "web/_customer_contact.html", {"refusal": refusal}, status=422)
    return render(request, "web/_customer_contact.html", {"contact": contact})
