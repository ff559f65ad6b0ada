"""What is learned, what is not and why, how lists are used, and what they earn."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.recommendations import queries, rules
from shuke.insight.recommendations.actions import learning
from shuke.insight.recommendations.models import Run
from shuke.insight.recommendations.pages.framing import frame
from shuke.insight.recommendations.queries import lift, wording
from shuke.platform.audit.actions import record
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_DAYS = 90


@page("recommendations.view")
def overview(request: Request) -> HttpResponse:
    """Show the state of every kind of list, how lists are used, and what they earn."""
    around = frame(request, "overview")
    since = request.now - timedelta(days=_DAYS)
    earned = lift.lift(since=since)
    return render(request, "recommendations/overview.html", {
        **around,
        "lines": _lines(around["run"]) if around["run"] else [],
        "sizes": queries.list_sizes(),
        "uses": [
            {"label": wording.PLACEMENTS.get(one.placement, one.placement), "use": one,
             "rate": one.clicked / one.shown if one.shown else None}
            for one in lift.uses(since=since)
        ],
        "attributed": lift.attributed(since=since),
        "lift": earned,
        "missing": wording.refusal(earned.missing),
        "differences": _differences(earned, request.company.currency),
        "settings": queries.settings(),
        "days": _DAYS,
    })  # fmt: skip


@page("recommendations.train", methods=("POST",))
def train(request: Request) -> HttpResponse:
    """Queue a run and go back to the overview."""
    job = learning.ask(now=request.now, by=request.actor)
    record(request.actor, "recommendations.training_asked", target=f"jobs.Job:{job.pk}", summary={}, now=request.now)
    messages.info(request, _("Recommendations are being learned."))
    return redirect("recommendations:overview")


def _lines(run: Run) -> list[dict[str, Any]]:
    """Return the state of each kind of list, from what the run found."""
    parts = (
        (rules.REPEAT, rules.REPEAT), (rules.DISCOVERY, rules.DISCOVERY), (rules.ALSO_BOUGHT, "basket"),
        (rules.SIMILAR, rules.SIMILAR), (rules.TRENDING, "crowd"), (rules.BESTSELLERS, "crowd"),
    )  # fmt: skip
    return [
        {
            "label": wording.KINDS[kind],
            "refusal": wording.refusal(run.findings[part]["refusal"]) if part in run.findings else "",
            "headline": _headline(kind, run.findings.get(part, {})),
        }
        for kind, part in parts
    ]


def _headline(kind: str, found: dict[str, Any]) -> str:
    if not found or found["refusal"]:
        return ""
    if kind in rules.PERSONAL:
        last, by = found["rows"][-1], rules.JUDGED_BY[kind]
        base = max(one[by]["value"] for name, one in last["others"].items() if name in BASELINES[kind])
        ours = last["ours"][by]["value"]
        if kind == rules.REPEAT:
            return _("order of what was bought, of at most 1: %(ours)s; the best simple rule: %(base)s") % {
                "ours": formats.number(ours, 3), "base": formats.number(base, 3),
            }  # fmt: skip
        return _("finds %(ours)s of what was bought; the best simple rule: %(base)s") % {
            "ours": formats.percent(ours, 1), "base": formats.percent(base, 1),
        }  # fmt: skip
    if kind == rules.ALSO_BOUGHT:
        return _("more than chance: pairs %(pairs)s, triples %(triples)s") % {
            "pairs": formats.number(found["pairs"]), "triples": formats.number(found["triples"]),
        }  # fmt: skip
    if kind == rules.SIMILAR:
        return _("for %(products)s products, from %(looks)s looks and from purchases") % {
            "products": formats.number(found["products"]), "looks": formats.number(found["looks"]),
        }  # fmt: skip
    return _("from %(orders)s orders, of all, by shop and by country") % {"orders": formats.number(found["orders"])}


BASELINES = {
    rules.REPEAT: ("frequency", "recency", "popular"), rules.DISCOVERY: ("popular", "popular_recent"),
}  # fmt: skip


def _differences(found: lift.Lift, currency: str) -> list[dict[str, Any]]:
    if found.clicked is None or found.ordered is None or found.spent is None:
        return []
    shares = ((_("People who clicked"), found.clicked), (_("People who ordered"), found.ordered))
    rows = [
        {
            "label": label, "treated": formats.percent(one.treated, 1), "held_out": formats.percent(one.held_out, 1),
            "difference": _span(*(_points(each) for each in (one.value, one.low, one.high))), "is_clear": one.is_clear,
            "is_better": one.value > 0,
        }
        for label, one in shares
    ]  # fmt: skip
    spent = found.spent
    money = [
        formats.money(round(each), currency)
        for each in (spent.treated, spent.held_out, spent.value, spent.low, spent.high)
    ]
    rows.append({
        "label": _("Spent by a person"), "treated": money[0], "held_out": money[1], "difference": _span(*money[2:]),
        "is_clear": spent.is_clear, "is_better": spent.value > 0,
    })  # fmt: skip
    return rows


def _points(value: float) -> str:
    return f"{'+' if value >= 0 else '−'}{formats.number(abs(value) * 100, 1)}"


def _span(value: str, low: str, high: str) -> str:
    return _("%(value)s (%(low)s to %(high)s)") % {"value": value, "low": low, "high": high}
