"""Lifecycle stages: how many customers stand where, and how long after the last order."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shuke.insight.value import queries
from shuke.insight.value.models import Stage
from shuke.insight.value.pages.framing import Frame, frame, nothing, people_url, segment_url
from shuke.insight.value.queries import Tally
from shuke.insight.value.rules import STAGES, ValueSettings
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats


@page("value.view")
def stages(request: Request) -> HttpResponse:
    """Show the stages with what each means in days."""
    found = frame(request, "stages")
    if found is None:
        return nothing(request)
    tallies = queries.tallies(found.people(), "stage")
    staged = [tally for code, tally in tallies.items() if code in STAGES]
    whole = Tally(sum(tally.customers for tally in staged), sum(tally.net_minor for tally in staged))
    meanings = _meanings(found.rules, found.last.gap_days)
    rows = [_row(found, code, tallies.get(code, Tally()), meanings[code], whole) for code in STAGES]
    return render(request, "value/stages.html", {
        **found.context(),
        "rows": rows,
        "chart": {
            "kind": "bar",
            "categories": [row["label"] for row in rows],
            "series": [{"name": _("Customers"), "values": [row["tally"].customers for row in rows],
                        "links": [row["url"] or None for row in rows]}],
        },
        "gap": formats.number(found.last.gap_days, 0 if found.last.gap_days == int(found.last.gap_days) else 1),
        "may_save": may(request, "segments.edit") and found.shop_id is None,
    })  # fmt: skip


def _meanings(rules: ValueSettings, gap: float) -> dict[str, str]:
    def days(gaps: float) -> str:
        return formats.number(int(gaps * gap))

    active, risk, dormant = days(rules.active_gaps), days(rules.at_risk_gaps), days(rules.dormant_gaps)
    between = _("Last order between %(low)s and %(high)s days ago.")
    return {
        "new": _("First order within the last %(days)s days.") % {"days": formats.number(rules.new_days)},
        "active": _("Last order within %(days)s days.") % {"days": active},
        "loyal": _("Active, with %(orders)s orders or more.") % {"orders": formats.number(rules.loyal_orders)},
        "at_risk": between % {"low": active, "high": risk},
        "dormant": between % {"low": risk, "high": dormant},
        "lost": _("Last order more than %(days)s days ago.") % {"days": dormant},
    }


def _row(frame: Frame, code: str, tally: Tally, meaning: str, whole: Tally) -> dict[str, Any]:
    label = str(Stage(code).label)
    return {
        "label": label,
        "tally": tally,
        "meaning": meaning,
        "share": tally.customers / whole.customers if whole.customers else None,
        "net_share": tally.net_minor / whole.net_minor if whole.net_minor > 0 else None,
        "url": people_url(frame, stage=code) if frame.shop_id is None else "",
        "segment_url": segment_url(label, stage=code),
    }
