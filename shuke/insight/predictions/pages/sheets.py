"""One prediction on one page: how it did at past days, what to trust, who it concerns, when it was learned."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.models import Prediction, Report
from shuke.insight.predictions.pages import chancelike, habitlike, parts, worthlike
from shuke.insight.predictions.pages.framing import ICONS, PURPOSES, Frame, frame
from shuke.insight.predictions.pages.parts import Sheet
from shuke.insight.predictions.queries import wording
from shuke.platform.http import mask
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_SHOWN = 15
_CALM, _STRANGE = 0.1, 0.25
# What a prediction can be saved as a segment by, and which column ranks people on its page.
_RULES: dict[str, tuple[str, str, Any]] = {
    rules.CHURN: ("predictions.churn_risk", "at_least", 70),
    rules.PROPENSITY: ("predictions.propensity", "at_least", 50),
    rules.PRICE: ("predictions.reduced_share", "at_least", 50),
}
_RANKED = {
    rules.LTV: "ltv_minor", rules.CHURN: "churn_risk", rules.PROPENSITY: "propensity", rules.PRICE: "reduced_share",
}  # fmt: skip


@page("predictions.view")
def sheet(request: Request, prediction: str) -> HttpResponse:
    """Show everything about one prediction."""
    if prediction not in rules.KINDS:
        raise Http404
    around = frame(request, prediction)
    report = queries.report_of(around.run, prediction)
    return render(request, "predictions/sheet.html", {
        **around.context(),
        "prediction": prediction,
        "title": Prediction(prediction).label,
        "icon": ICONS[prediction],
        "purpose": PURPOSES[prediction],
        "report": report,
        "refusal": wording.refusal(report.refusal) if report and not report.is_ready else "",
        "sheet": _filled(request, around, prediction, report) if report and report.is_ready else None,
        "facts": _facts(around, report) if report else [],
        "drift": _drift(around, prediction) if report and report.is_ready else None,
        "segment_url": _segment_url(prediction) if report and report.is_ready and may(request, "segments.edit") else "",
    })  # fmt: skip


def _filled(request: Request, around: Frame, prediction: str, report: Report) -> Sheet:
    found = report.findings
    assert around.run is not None
    if prediction in {rules.CHURN, rules.PROPENSITY}:
        made = chancelike.filled(found, prediction)
    elif prediction == rules.LTV:
        made = worthlike.worth(found, around.currency)
    elif prediction == rules.NEXT_ORDER:
        made = worthlike.next_order(found, around.run.as_of)
    else:
        make = {
            rules.REPLENISHMENT: habitlike.replenishment,
            rules.TIMING: habitlike.timing,
            rules.PRICE: habitlike.price,
        }
        made = make[prediction](found)
    _add_people(request, made, around, prediction)
    return made


def _facts(around: Frame, report: Report) -> list[tuple[str, str]]:
    """Return what a prediction rests on."""
    run = around.learned
    assert run is not None
    found = report.findings
    facts = [
        (_("Orders"), formats.number(run.orders)),
        (_("Customers who ordered"), formats.number(run.customers)),
        (_("Period"), f"{formats.day(run.first_on)} – {formats.day(run.as_of)}" if run.first_on else "–"),
        (_("Last trained"), formats.moment(run.began_at)),
        (_("Version"), f"#{run.pk}"),
    ]
    if found.get("learned_from"):
        facts.insert(3, (_("Learned from"), " · ".join(parts.day(one) for one in found["learned_from"])))
    if around.run is not None and around.run.pk != run.pk:
        facts.append((_("Last scored"), formats.moment(around.run.began_at)))
    return facts


def _drift(around: Frame, prediction: str) -> dict[str, Any] | None:
    """Return how far today's customers differ from those learned from; None where that is not watched."""
    rows = queries.drift_of(around.run, prediction) if around.run else []
    if not rows:
        return None
    furthest = rows[0]["index"]
    tone, word = (
        ("good", _("calm"))
        if furthest < _CALM
        else ("warn", _("some drift"))
        if furthest < _STRANGE
        else ("bad", _("strong drift"))
    )
    shown = [(str(wording.WATCHED.get(row["what"], row["what"])), parts.number(row["index"], 3)) for row in rows]
    return {"rows": shown, "tone": tone, "word": word}


def _add_people(request: Request, made: Sheet, around: Frame, prediction: str) -> None:
    if prediction == rules.REPLENISHMENT:
        _add_due(request, made)
    elif (column := _RANKED.get(prediction)) is not None:
        scores = queries.top(column, limit=_SHOWN)
        names = _names(request, [score.customer_id for score in scores])
        made.people_title = _("Highest today")
        made.people_head = [str(Prediction(prediction).label)]
        made.people = [
            {**names[score.customer_id], "figures": [_written(score, column, around.currency)]}
            for score in scores if score.customer_id in names
        ]  # fmt: skip


def _add_due(request: Request, made: Sheet) -> None:
    items = queries.due_first(_SHOWN)
    names = _names(request, [item.customer_id for item in items])
    made.people_title, made.people_head = _("Due first"), [_("Product"), _("Due")]
    made.people = [
        {**names[item.customer_id], "figures": [item.product.title, formats.day(item.due_on)]}
        for item in items if item.customer_id in names
    ]  # fmt: skip


def _written(score: Any, column: str, currency: str) -> str:
    value = getattr(score, column)
    if column != "ltv_minor":
        return formats.percent(value)
    span = {"low": formats.money_short(score.ltv_low, currency), "high": formats.money_short(score.ltv_high, currency)}
    return _("%(value)s (%(low)s to %(high)s)") % {"value": formats.money_short(value, currency), **span}


def _names(request: Request, ids: list[int]) -> dict[int, dict[str, str]]:
    """Return names and addresses of pages; names are masked for those who may not see contacts."""
    may_see = may(request, "customers.view_contacts")
    return {
        pk: {
            "name": (customer.name if may_see else mask.name(customer.name)) or f"#{pk}",
            "url": _address("web:customer", customer.uuid),
        }
        for pk, customer in customers.cards_of(ids).items()
    }


def _address(route: str, *args: Any) -> str:
    try:
        return reverse(route, args=args)
    except NoReverseMatch:  # a house without that domain
        return ""


def _segment_url(prediction: str) -> str:
    clause = _RULES.get(prediction)
    address = _address("segments:new")
    if clause is None or not address:
        return ""
    field, op, value = clause
    rule = {"all": [{"field": field, "op": op, "value": value}]}
    return f"{address}?{urlencode({'rule': json.dumps(rule), 'name': Prediction(prediction).label})}"
