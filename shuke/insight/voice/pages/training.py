"""How right what was learned is, on texts it did not learn from."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.voice import actions
from shuke.insight.voice.models import Run, Sentiment
from shuke.insight.voice.pages import wording
from shuke.insight.voice.pages.framing import frame
from shuke.platform.audit import actions as audit
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("voice.view")
def report(request: Request) -> HttpResponse:
    """Show what the last training found, or why it learned nothing."""
    around = frame(request, "training")
    run: Run | None = around["run"]
    context = {**around, "refusal": wording.refusal(run.refusal) if run and not run.is_ready else ""}
    if run and run.is_ready:
        context |= _shown(run)
    return render(request, "voice/training.html", context)


@page("voice.train", methods=("POST",))
def start(request: Request) -> HttpResponse:
    """Queue a training."""
    job = actions.ask_for_training(now=request.now, by=request.actor)
    audit.record(request.actor, "voice.training_asked", target=f"jobs.Job:{job.pk}", now=request.now)
    messages.info(request, _("It is learning from your texts."))
    return redirect("voice:training")


def _shown(run: Run) -> dict[str, Any]:
    found = run.findings
    names = [str(Sentiment(one).label) for one in found["classes"]]
    return {
        "found": found, "basis": wording.basis(found), "verdicts": wording.verdicts(found),
        "accuracy": formats.percent(found["accuracy"], 1), "between": _between(found["low"], found["high"]),
        "ece": formats.percent(found["ece"], 1),
        "confusion_head": names,
        "confusion": [(name, row) for name, row in zip(names, found["confusion"], strict=True)],
        "parts": [
            (title, [{**one, "name": wording.part(one["name"]), "between": _between(one["low"], one["high"])} for one in found[key]])
            for title, key in ((_("By language"), "languages"), (_("By category of the product"), "categories"))
        ],
        "calibration": {
            "kind": "line", "format": "percent", "categories": [formats.percent(one["certain"], 0) for one in found["bins"]],
            "x_name": _("how certain it was"), "y_name": _("how often it was right"),
            "series": [
                {"name": _("was right"), "values": [one["right"] for one in found["bins"]]},
                {"name": _("said it would be"), "values": [one["certain"] for one in found["bins"]]},
            ],
        },
    }  # fmt: skip


def _between(low: float, high: float) -> str:
    return _("%(low)s to %(high)s") % {"low": formats.percent(low, 1), "high": formats.percent(high, 1)}
