"""Making two customers one: choose, look, decide per field, merge."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.cdp.customers import actions
from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Customer
from shuke.cdp.customers.queries import merging as merges
from shuke.cdp.orders.queries import buyers
from shuke.kernel.errors import ShukeError
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats
from shuke.web.customer_cards import cards
from shuke.web.customer_identities import field_labels, found_or_404, name_of, shown_of

FOUND_AT_MOST = 12


@page("customers.merge", methods=("GET", "POST"))
def merge(request: Request, uuid: UUID) -> HttpResponse:
    """Let staff choose another customer, show what a merge of the two would do, and do it."""
    customer = found_or_404(uuid)
    other = _other(request)
    if other is None:
        return _choose(request, customer)
    survivor, merged = _which_survives(request, customer, other)
    if request.method == "POST":
        chosen = {field: request.POST.get(field, "") for field in merges.CHOSEN}
        try:
            actions.merge(survivor.pk, merged.pk, by=request.actor, now=request.now, chosen=chosen)
        except ShukeError as refusal:
            messages.error(request, str(refusal))
            return redirect("web:customer_merge", uuid)
        messages.success(request, _("They are one customer now. This can be undone under “Identities and merges”."))
        return redirect("web:customer", survivor.uuid)
    try:
        shown = merges.preview(survivor.pk, merged.pk)
    except ShukeError as refusal:
        messages.error(request, str(refusal))
        return redirect("web:customer", customer.uuid)
    return render(request, "web/customer_merge.html", _preview(request, shown, customer))


def _other(request: Request) -> Customer | None:
    raw = request.POST.get("with") or request.GET.get("with", "")
    try:
        return found_or_404(UUID(raw)) if raw else None
    except ValueError:
        return None


def _which_survives(request: Request, customer: Customer, other: Customer) -> tuple[Customer, Customer]:
    """Who goes on: whoever staff say, else who has more orders, else who was known first."""
    said = request.POST.get("survivor") or request.GET.get("survivor", "")
    if said in {str(customer.uuid), str(other.uuid)}:
        return (customer, other) if said == str(customer.uuid) else (other, customer)
    worth = buyers.order_counts([customer.pk, other.pk])
    a, b = ((worth.get(one.pk, 0), one.first_seen_at, one.pk) for one in (customer, other))
    return (customer, other) if merges.survivor_first(a, b) else (other, customer)


def _choose(request: Request, customer: Customer) -> HttpResponse:
    sees = may(request, "customers.view_contacts")
    text = request.GET.get("q", "").strip()
    found = customers.find_by_text(text, sees_contacts=sees, limit=FOUND_AT_MOST) if text else []
    context = {
        "customer": customer,
        "title": name_of(customer, sees_contacts=sees),
        "q": text,
        "cards": cards([one for one in found if one.pk != customer.pk], sees_contacts=sees),
    }
    return render(request, "web/customer_merge_choose.html", context)


def _preview(request: Request, shown: merges.Preview, customer: Customer) -> dict[str, Any]:
    sees = may(request, "customers.view_contacts")
    labels = field_labels()
    swapped = reverse("web:customer_merge", args=[customer.uuid])
    return {
        "customer": customer,
        "survivor": shown.survivor,
        "merged": shown.merged,
        "survivor_title": name_of(shown.survivor, sees_contacts=sees),
        "merged_title": name_of(shown.merged, sees_contacts=sees),
        "survivor_identities": shown_of(shown.survivor, sees_contacts=sees),
        "merged_identities": shown_of(shown.merged, sees_contacts=sees),
        "choices": [
            {
                "field": choice.field,
                "label": labels[choice.field],
                "survivor": _value(choice.field, choice.survivor, sees_contacts=sees),
                "merged": _value(choice.field, choice.merged, sees_contacts=sees),
                "side": choice.side,
                "differs": choice.differs,
            }
            for choice in shown.choices
            if choice.survivor or choice.merged
        ],
        "moves": _moves_in_words(shown.moves),
        "with": shown.merged.uuid if shown.survivor.pk == customer.pk else shown.survivor.uuid,
        "swap_url": f"{swapped}?with={_partner(shown, customer)}&survivor={shown.merged.uuid}",
    }


def _partner(shown: merges.Preview, customer: Customer) -> UUID:
    return shown.merged.uuid if shown.survivor.pk == customer.pk else shown.survivor.uuid


def _value(field: str, value: Any, *, sees_contacts: bool) -> str:
    if not value:
        return ""
    if field == "name":
        return str(value) if sees_contacts else mask.name(str(value))
    if field == "birthday":
        return formats.day(value) if sees_contacts else "***"
    return formats.country(str(value)) if field == "country" else str(value)


def _moves_in_words(moves: dict[str, int]) -> list[str]:
    words = {
        "identities": lambda n: ngettext("%(n)s identity", "%(n)s identities", n),
        "contacts": lambda n: ngettext("%(n)s address", "%(n)s addresses", n),
        "tags": lambda n: ngettext("%(n)s tag", "%(n)s tags", n),
        "relations": lambda n: ngettext("%(n)s relation", "%(n)s relations", n),
        "orders": lambda n: ngettext("%(n)s order", "%(n)s orders", n),
        "refunds": lambda n: ngettext("%(n)s refund", "%(n)s refunds", n),
        "adjustments": lambda n: ngettext("%(n)s adjustment", "%(n)s adjustments", n),
        "checkouts": lambda n: ngettext("%(n)s cart", "%(n)s carts", n),
        "lists": lambda n: ngettext("%(n)s list", "%(n)s lists", n),
        "attributes": lambda n: ngettext("%(n)s attribute", "%(n)s attributes", n),
    }
    return [
        words[noun](count) % {"n": formats.number(count)} if noun in words else f"{noun}: {formats.number(count)}"
        for noun, count in moves.items()
    ]


@page("customers.merge", methods=("POST",))
def chosen(request: Request) -> HttpResponse:
    """Go on to the merge of two customers chosen in a list."""
    ids = [int(raw) for raw in request.POST.getlist("ids") if raw.isdecimal()]
    if len(ids) != 2:
        messages.error(request, _("Choose exactly two customers to merge."))
        return redirect(f"{reverse('web:customers')}?{request.POST.get('query', '')}")
    found = customers.cards_of(ids)
    if len(found) != 2:
        messages.error(request, _("This customer is not here any more."))
        return redirect("web:customers")
    first, second = (found[pk] for pk in ids)
    return redirect(f"{reverse('web:customer_merge', args=[first.uuid])}?with={second.uuid}")
