"""The company and its shops."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from shuke.kernel.errors import ShukeError
from shuke.platform.company import queries as company
from shuke.platform.company.models import Shop
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.web import forms
from shuke.web.actions import company as actions


@page("company.edit", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and change the company."""
    own = request.company
    initial = {"name": own.name, "time_zone": own.time_zone, "currency": own.currency, "language": own.language}
    form = forms.CompanySettings(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            is_rebuilding = actions.change(**form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("currency", str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            if is_rebuilding:
                messages.info(
                    request, _("All figures are being recomputed in the new time zone. This runs in the background.")
                )
            return redirect("web:company")
    context = {"form": form, "shops": company.shops()}
    return render(request, "web/company.html", context, status=422 if form.is_bound else 200)


@page("company.edit")
def shops(request: Request) -> HttpResponse:
    """List the shops."""
    return render(request, "web/shops.html", {"shops": company.shops()})


@page("company.edit", methods=("GET", "POST"))
def shop(request: Request, pk: int) -> HttpResponse:
    """Show and change one shop."""
    own = get_object_or_404(Shop, pk=pk)
    initial = {"name": own.name, "time_zone": own.time_zone, "currency": own.currency}
    form = forms.ShopSettings(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_shop(pk, **form.cleaned_data, by=request.actor, now=request.now)
        except ShukeError as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("web:shops")
    return render(request, "web/shop.html", {"form": form, "shop": own}, status=422 if form.is_bound else 200)
