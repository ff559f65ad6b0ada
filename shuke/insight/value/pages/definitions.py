"""The definitions behind the scores, with a look at their effect before they are saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.value import actions, queries
from shuke.insight.value.forms import DefinitionsForm
from shuke.insight.value.pages.framing import tabs
from shuke.insight.value.queries import Tally
from shuke.insight.value.rules import GROUPS, NO_TIER, STAGES, TIERS, ValueSettings
from shuke.platform.company import queries as company
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("value.configure", methods=("GET", "POST"))
def definitions(request: Request) -> HttpResponse:
    """Show, try out and save the definitions."""
    currency = company.company().currency
    form = DefinitionsForm(request.POST or None, currency=currency, settings=queries.settings())
    effect = None
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["settings"]
        if "try" not in request.POST:
            return _save(request, chosen)
        effect = _effect(chosen)
    last = queries.computation()
    return render(request, "value/definitions.html", {
        "tabs": tabs(request, "definitions", None), "form": form, "currency": currency, "effect": effect,
        "gap": last.gap_days if last else None, "as_of": last.as_of if last else None,
        "coverage": queries.coverage(queries.people()) if last else None,
        "limit_names": _limit_names(currency),
        "limit_places": _limit_places(form, _limit_names(currency)),
    })  # fmt: skip


def _limit_names(currency: str) -> list[str]:
    return [
        _("Recency: at most, days"),
        _("Frequency: at least, orders"),
        _("Amount: at least, %(currency)s") % {"currency": currency},
    ]


def _limit_places(form: DefinitionsForm, names: list[str]) -> list[dict[str, Any]]:
    """Return the fixed limits a row at a time, named by their place."""
    places = zip(*form.limit_rows, strict=True)
    return [
        {"label": _("Limit %(place)s") % {"place": place}, "fields": list(zip(names, fields, strict=True))}
        for place, fields in enumerate(places, 1)
    ]


def _save(request: Request, chosen: ValueSettings) -> HttpResponse:
    if actions.configure(chosen, by=request.actor, now=request.now):
        messages.success(request, _("The definitions are saved. Scores are being computed with them."))
    else:
        messages.info(request, _("Nothing was different."))
    return redirect("value:definitions")


def _effect(chosen: ValueSettings) -> dict[str, Any] | None:
    """Return the sizes of groups and stages as they are and as they would be; None without sales."""
    last = queries.computation()
    day = last.as_of if last else warehouse.data_until()
    if day is None:
        return None
    before, after = queries.people(as_of=day), queries.people(as_of=day, rules=chosen)
    return {
        "groups": _compared(before, after, "rfm_group", GROUPS, queries.group_labels()),
        "stages": _compared(before, after, "stage", STAGES, queries.stage_labels()),
        "tiers": _compared(before, after, "tier", (*TIERS, NO_TIER), queries.tier_labels()),
    }


def _compared(
    before: Any, after: Any, column: str, codes: tuple[str, ...], labels: dict[str, str]
) -> list[dict[str, Any]]:
    was, would_be = queries.tallies(before, column), queries.tallies(after, column)
    return [
        {"label": labels[code], "was": was.get(code, Tally()).customers, "now": would_be.get(code, Tally()).customers,
         "change": would_be.get(code, Tally()).customers - was.get(code, Tally()).customers}
        for code in codes
    ]  # fmt: skip
