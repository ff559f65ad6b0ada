"""The company's rules: what is never shown, what always comes first, and how much margin counts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.catalog import queries as catalog
from shuke.insight.recommendations import queries
from shuke.insight.recommendations.actions import setting
from shuke.insight.recommendations.forms import RulesForm
from shuke.insight.recommendations.pages.framing import frame
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("recommendations.configure", methods=("GET", "POST"))
def rules(request: Request) -> HttpResponse:
    """Show and change the rules."""
    form = RulesForm(request.POST or None, settings=queries.settings())
    if request.method == "POST" and form.is_valid():
        setting.save_rules(form.cleaned_data["settings"], by=request.actor, now=request.now)
        messages.success(request, _("The rules are saved and hold at once."))
        return redirect("recommendations:rules")
    return render(request, "recommendations/rules.html", {
        **frame(request, "rules"), "form": form, "with_cost": catalog.with_cost(), "with_stock": catalog.with_stock(),
        "products": catalog.products().count(), "categories": catalog.categories()[:300], "brands": catalog.brands()[:300],
    }, status=422 if form.is_bound else 200)  # fmt: skip
