"""Own promotions: entered by hand, with the lift they had."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.insight.forecasts import queries, rules
from shuke.insight.forecasts.actions import promoting
from shuke.insight.forecasts.engine.peaks import Lift
from shuke.insight.forecasts.forms import PromotionForm
from shuke.insight.forecasts.models import Promotion
from shuke.insight.forecasts.pages.framing import Frame, frame
from shuke.insight.forecasts.queries import calendar, lifting, wording
from shuke.insight.forecasts.queries.lifting import World
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("forecasts.view")
def promotions(request: Request) -> HttpResponse:
    """Show own promotions, and the calendar's events, with the lift they had."""
    around = frame(request, "promotions")
    return _shown(request, around, PromotionForm(shops=list(around.shops.values())))


@page("forecasts.edit", methods=("POST",))
def enter(request: Request) -> HttpResponse:
    """Take a new promotion; what is wrong with it is said beside its fields."""
    around = frame(request, "promotions")
    form = PromotionForm(request.POST, shops=list(around.shops.values()))
    if not form.is_valid():
        return _shown(request, around, form)
    said = form.cleaned_data
    promoting.enter(
        said["name"],
        said["first_on"],
        said["last_on"],
        around.shops.get(said["shop"]),
        by=request.actor,
        now=request.now,
    )
    messages.success(request, _("Entered. Its effect is learned with the next forecasts, in a moment."))
    return redirect("forecasts:promotions")


def _shown(request: Request, around: Frame, form: PromotionForm) -> HttpResponse:
    rows = queries.promotions()
    worlds = _worlds(around, rows)
    return render(request, "forecasts/promotions.html", {
        **around.context(), "promotion_form": form if around.may_edit else None,
        "rows": [_row(around, worlds, one) for one in rows],
        "events": _events(worlds.get(None)),
    })  # fmt: skip


@page("forecasts.edit", methods=("POST",))
def remove(request: Request, pk: int) -> HttpResponse:
    """Remove a promotion."""
    one = queries.promotion(pk)
    if one is None:
        raise Http404
    promoting.remove(one, by=request.actor, now=request.now)
    messages.success(request, _("Removed. Its days count as ordinary again."))
    return redirect("forecasts:promotions")


def _worlds(around: Frame, rows: list[Promotion]) -> dict[int | None, World]:
    """Return the history of the company and of every shop that has promotions of its own."""
    if around.run is None or not around.run.series:
        return {}
    shops: set[int | None] = {None, *(one.shop_id for one in rows)}
    return {shop: lifting.world(around.run, [rules.ORDERS], shop) for shop in shops}


def _row(around: Frame, worlds: dict[int | None, World], one: Promotion) -> dict[str, Any]:
    world = worlds.get(one.shop_id)
    event = world.events.get(calendar.promotion_key(one.name)) if world else None
    lift = lift_text(world.lift(rules.ORDERS, event)) if world is not None and event is not None else ""
    when = _("to come") if around.run and one.first_on > around.run.as_of else ""
    return {
        "one": one, "days": wording.span(one.first_on, one.last_on), "shop": one.shop.name if one.shop else _("All shops"),
        "lift": lift or _("not known yet"), "when": when,
    }  # fmt: skip


def _events(world: World | None) -> list[dict[str, str]]:
    """Return the sales and festivals of the calendar whose lift is known and not nothing, strongest first."""
    if world is None:
        return []
    found = []
    for event in world.events.values():
        if event.key.startswith(calendar.OWN):
            continue
        known = world.lift(rules.ORDERS, event)
        if known is not None and (known.low > 1 or known.high < 1 or event.is_shopping):
            found.append((known.value, {"name": wording.event(event), "lift": lift_text(known)}))
    return [row for _lift, row in sorted(found, key=lambda one: -one[0])]


def lift_text(found: Lift | None) -> str:
    """Write a lift: by how much, how sure, and from how much of the past."""
    if found is None:
        return ""
    shown = {
        "lift": formats.number(found.value, 1), "low": formats.number(found.low, 1),
        "high": formats.number(found.high, 1), "count": formats.number(len(found.occurrences)),
    }  # fmt: skip
    return (
        ngettext(
            "× %(lift)s (%(low)s–%(high)s) of a usual day, from %(count)s past occurrence",
            "× %(lift)s (%(low)s–%(high)s) of a usual day, from %(count)s past occurrences",
            len(found.occurrences),
        )
        % shown
    )
