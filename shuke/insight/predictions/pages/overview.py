"""All predictions at a glance, and the button that learns them anew."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.insight.predictions import queries, rules
from shuke.insight.predictions.actions import running
from shuke.insight.predictions.models import Prediction, Report
from shuke.insight.predictions.pages import parts
from shuke.insight.predictions.pages.framing import ICONS, PURPOSES, frame
from shuke.insight.predictions.queries import wording
from shuke.platform.audit.actions import record
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("predictions.view")
def overview(request: Request) -> HttpResponse:
    """Show what is predicted, what is not and why, and what the scores come to."""
    around = frame(request, "")
    found = queries.reports(around.run)
    scored = around.run is not None and around.run.scored > 0
    return render(request, "predictions/overview.html", {
        **around.context(),
        "lines": [_line(kind, found.get(kind)) for kind in rules.KINDS],
        "totals": queries.totals() if scored else None,
    })  # fmt: skip


@page("predictions.train", methods=("POST",))
def train(request: Request) -> HttpResponse:
    """Queue a training and go back to where it was asked for."""
    job = running.ask_for_training(now=request.now, by=request.actor)
    record(request.actor, "predictions.training_asked", target=f"jobs.Job:{job.pk}", summary={}, now=request.now)
    messages.info(request, _("Predictions are being learned."))
    asked = request.POST.get("prediction", "")
    return redirect("predictions:sheet", asked) if asked in rules.KINDS else redirect("predictions:overview")


def _line(kind: str, report: Report | None) -> dict[str, Any]:
    return {
        "kind": kind, "label": Prediction(kind).label, "icon": ICONS[kind], "purpose": PURPOSES[kind],
        "url": reverse("predictions:sheet", args=[kind]), "report": report,
        "refusal": wording.refusal(report.refusal) if report and not report.is_ready else "",
        "headline": _headline(kind, report.findings["rows"]) if report and report.is_ready else "",
    }  # fmt: skip


def _headline(kind: str, rows: list[dict[str, Any]]) -> str:
    """Return how it did at the latest past day, beside the simple rule."""
    last = rows[-1]
    if kind in {rules.CHURN, rules.PROPENSITY}:
        shown = {"ours": formats.percent(last["auc"], 1), "rule": formats.percent(last["auc_recency"], 1)}
        return _("ranks %(ours)s of pairs right; days since the last order: %(rule)s") % shown
    if kind == rules.NEXT_ORDER:
        shown = {"ours": parts.number(last["mae"], 1), "rule": parts.number(last["mae_constant"], 1)}
        return _("misses by %(ours)s days; one number for all: %(rule)s") % shown
    if kind == rules.LTV:
        shown = {"ours": formats.change(last["bias"] or 0), "rule": formats.change(last["bias_pace"] or 0)}
        return _("sum off by %(ours)s; pace so far: %(rule)s") % shown
    if kind == rules.REPLENISHMENT:
        return _("what was due was bought %(times)s times as often as other things") % {
            "times": parts.number(last["times"], 1)
        }
    if kind == rules.TIMING:
        shown = {"ours": formats.percent(last["hit"], 1), "rule": formats.percent(last["hit_crowd"], 1)}
        return _("%(ours)s of orders in their three hours; in everybody's: %(rule)s") % shown
    shown = {"ours": parts.number(last["brier"], 3), "rule": parts.number(last["brier_constant"], 3)}
    return _("squared error %(ours)s; one share for all: %(rule)s") % shown
