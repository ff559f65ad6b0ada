"""Carts: the list, what they come to, and when they count as abandoned."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.orders import actions, forms
from shuke.cdp.orders.models import Checkout
from shuke.cdp.orders.queries import checkouts
from shuke.cdp.orders.queries.checkouts import ABANDONED, COMPLETED, OPEN, RECOVERED, CheckoutSettings
from shuke.platform.company import queries as company
from shuke.platform.http import mask
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_TONES = {OPEN: "info", ABANDONED: "warn", RECOVERED: "good", COMPLETED: "neutral"}


@page("orders.view")
def index(request: Request) -> HttpResponse:
    """List carts, newest first: those left behind unless others are asked for."""
    state = request.GET.get("state", ABANDONED)
    raw_shop = request.GET.get("shop", "")
    shop = int(raw_shop) if raw_shop.isdecimal() and raw_shop.isascii() and len(raw_shop) < 18 else None
    rows = checkouts.found(state=state, shop=shop)
    shown = paginate(rows.select_related("shop", "customer", "order"), request, keys=("-active_at", "-id"))
    sees_names = may(request, "customers.view_contacts")
    context = {
        "page": shown,
        "rows": [_row(row, sees_names=sees_names) for row in shown.rows],
        "totals": checkouts.totals(rows),
        "tabs": [(code, label, code == state) for code, label in (*checkouts.STATES.items(), ("all", _("All")))],
        "state": state,
        "shop": shop,
        "shops": company.shops(),
        "minutes": checkouts.settings().abandoned_after_minutes,
        "may_decide": may(request, "orders.checkout_settings"),
    }
    return render(request, "orders/checkouts.html", context)


def _row(row: Checkout, *, sees_names: bool) -> dict[str, Any]:
    state = checkouts.state_of(row)
    name = row.customer.name if row.customer else ""
    return {
        "cart": row,
        "state": checkouts.STATES[state],
        "tone": _TONES[state],
        "titles": [line.get("title") or line.get("sku") or line.get("product") for line in row.lines[:3]],
        "more": max(0, len(row.lines) - 3),
        "customer": {"uuid": row.customer.uuid, "name": name if sees_names else mask.name(name)}
        if row.customer
        else None,
    }


@page("orders.checkout_settings", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and change when a cart counts as abandoned."""
    form = forms.CheckoutRules(request.POST or None, initial=checkouts.settings().model_dump())
    if request.method == "POST" and form.is_valid():
        actions.change_checkout_settings(CheckoutSettings(**form.cleaned_data), by=request.actor, now=request.now)
        messages.success(request, _("The changes are saved."))
        return redirect("orders:checkouts")
    return render(request, "orders/checkout_settings.html", {"form": form}, status=422 if form.is_bound else 200)
