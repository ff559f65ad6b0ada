"""What the company decides about recognising people."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.customers import actions, forms
from shuke.cdp.customers.queries import identities
from shuke.cdp.customers.rules.identities import TYPES
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("customers.merge", methods=("GET", "POST"))
def settings(request: Request) -> HttpResponse:
    """Show and save the values that recognise nobody, and the limits; list the kinds of identities with what they may do."""
    form = forms.IdentitySettingsForm(request.POST or None, settings=identities.settings())
    if request.method == "POST" and form.is_valid():
        if actions.configure_identities(form.chosen(), by=request.actor, now=request.now):
            messages.success(request, _("The changes are saved. They count for what arrives from now on."))
        return redirect("customers:identity_settings")
    saved = identities.settings()
    kinds = [
        {"label": identities.label_of(kind.code), "kind": kind, "limit": saved.limit_of(kind.code)}
        for kind in TYPES.values()
    ]
    context = {"form": form, "kinds": kinds}
    return render(request, "customers/identity_settings.html", context, status=422 if form.is_bound else 200)
