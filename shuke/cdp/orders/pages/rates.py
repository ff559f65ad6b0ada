"""Exchange rates: entered one by one or pasted, listed, taken out."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shuke.cdp.orders import actions, forms
from shuke.cdp.orders.queries import rating
from shuke.cdp.orders.rules import rates
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request

_WRONG = {
    "cells": gettext_lazy("currency, day and rate are needed, and nothing else"),
    "currency": gettext_lazy("the currency must be three letters, such as USD"),
    "own_currency": gettext_lazy("this is the currency of the company itself"),
    "day": gettext_lazy("the day must be written like 2024-01-31"),
    "rate": gettext_lazy("the rate must be a number above 0"),
}
_SHOWN = 10


@page("orders.rates", methods=("GET", "POST"))
def index(request: Request) -> HttpResponse:
    """Show the known rates and take in more."""
    form = forms.Rates(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found, wrong = rates.read(form.cleaned_data["rates"], own=request.company.currency)
        if found and not wrong:
            actions.set_rates(found, by=request.actor, now=request.now)
            text = ngettext("%(n)s rate is entered. Amounts are being valued in the background.",
                            "%(n)s rates are entered. Amounts are being valued in the background.", len(found))  # fmt: skip
            messages.success(request, text % {"n": len(found)})
            return redirect("orders:rates")
        for each in wrong[:_SHOWN]:
            said = {"line": each.line, "text": each.text, "why": _WRONG[each.code]}
            form.add_error("rates", _("Line %(line)s, “%(text)s”: %(why)s.") % said)
        if not found and not wrong:
            form.add_error("rates", _("There is no rate in this text."))
    shown = paginate(rating.listed(), request, keys=("-day", "-id"))
    context = {"form": form, "page": shown, "missing": rating.without_rate(), "own": request.company.currency}
    return render(request, "orders/rates.html", context, status=422 if form.is_bound else 200)


@page("orders.rates", methods=("POST",))
def remove(request: Request, pk: int) -> HttpResponse:
    """Take a rate out."""
    if not actions.remove_rate(pk, by=request.actor, now=request.now):
        raise Http404
    messages.success(request, _("The rate is taken out. Amounts are being valued in the background."))
    return redirect("orders:rates")
