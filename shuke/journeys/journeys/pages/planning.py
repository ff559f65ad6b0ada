"""Recipes, and the plan of who gets what, how often and by which channel."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.journeys.journeys.actions import cooking
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.queries import cookbook, planning
from shuke.journeys.journeys.rules.recipes import RECIPES
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request


@page("journeys.view")
def recipes(request: Request) -> HttpResponse:
    """Show the recipes, and which are in use."""
    used = set(Journey.objects.exclude(recipe="").exclude(state="archived").values_list("recipe", flat=True))
    shelves = [
        (label, [(RECIPES[code], *cookbook.WORDS[code], code in used) for code in codes])
        for label, codes in cookbook.SHELVES
    ]
    return render(request, "journeys/recipes.html", {"shelves": shelves, "may_edit": may(request, "journeys.edit")})


@page("journeys.edit", methods=("POST",))
def cook(request: Request, code: str) -> HttpResponse:
    """Make a draft from a recipe."""
    if code not in RECIPES:
        raise Http404
    try:
        journey = cooking.cook(code, by=request.actor, now=request.now)
    except ShukeError as refusal:
        messages.error(request, _(str(refusal.message)) % refusal.facts)
        return redirect("journeys:recipes")
    messages.success(
        request, _("The draft is made, with its texts in both languages. Look at it, try it, switch it on.")
    )
    return redirect("journeys:draw", uuid=journey.uuid)


@page("journeys.view")
def plan(request: Request) -> HttpResponse:
    """Show who gets what, how often, by which channel."""
    found = planning.plan(now=request.now)
    return render(request, "journeys/plan.html", {"plan": found})
