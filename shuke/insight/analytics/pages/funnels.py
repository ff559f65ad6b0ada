"""Funnels: how far people came, where they left, and who they are."""

import json
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine.funnels import MOST_STEPS, ORDER, Funnel
from shuke.insight.analytics.pages.framing import Frame, answer
from shuke.insight.analytics.queries import funnels as queries
from shuke.insight.segments.queries import suggestions
from shuke.insight.value import queries as value
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

_USUAL = ("Product Viewed", "Product Added", ORDER)
DIVISION_LABELS = {
    "": gettext_lazy("Not divided"), "country": gettext_lazy("Country"), "rfm_group": gettext_lazy("RFM group"),
    "tier": gettext_lazy("Value tier"),
}  # fmt: skip


class FunnelForm(forms.Form):
    """The steps of a funnel, the time between two of them, and by what it is divided."""

    within = forms.IntegerField(
        label=gettext_lazy("Days between two steps, at most"), min_value=1, max_value=365, required=False
    )
    divided = forms.ChoiceField(label=gettext_lazy("Divided by"), choices=list(DIVISION_LABELS.items()), required=False)

    def __init__(self, data: Any, *, steps: list[tuple[str, str]]) -> None:
        super().__init__(data)
        for number in range(1, MOST_STEPS + 1):
            label = _("Step %(number)s") % {"number": number}
            self.fields[f"step{number}"] = forms.ChoiceField(label=label, choices=[("", "–"), *steps], required=False)

    @property
    def step_fields(self) -> list[forms.BoundField]:
        """The fields of the steps, in order."""
        return [self[f"step{number}"] for number in range(1, MOST_STEPS + 1)]

    def steps(self) -> tuple[str, ...]:
        """Return the steps that were chosen, in order."""
        said = self.cleaned_data
        return tuple(name for number in range(1, MOST_STEPS + 1) if (name := said.get(f"step{number}")))


@page("reports.view")
def funnels(request: Request) -> HttpResponse:
    """Show the funnel that the address describes; a usual one where it describes none."""
    return answer(request, "funnels", lambda frame: _figures(request, frame))


def _figures(request: Request, frame: Frame) -> dict[str, Any]:
    offered = {ORDER: _("Placed an order")}
    offered |= {one["value"]: one["label"] for one in suggestions.suggestions("event", "")}
    usual = [name for name in _USUAL if name in offered]
    asked = {f"step{number}": name for number, name in enumerate(usual, 1)} | request.GET.dict()
    form = FunnelForm(asked, steps=list(offered.items()))
    form.is_valid()
    shown = {"form": form, "has_shops": False, "funnel_form": form, "may_save": may(request, "segments.edit")}
    steps = form.steps()
    if len(steps) < 2:
        return {**shown, "form": frame.form, "rows": []}
    funnel = Funnel(steps, frame.asked.period, form.cleaned_data.get("within"))
    counts = queries.reached(funnel)
    labels = [offered[name] for name in steps]
    division = form.cleaned_data.get("divided") or ""
    return {
        **shown,
        "form": frame.form,
        "rows": _rows(funnel, labels, counts),
        "whole": rules.ratio(counts[-1], counts[0]),
        "chart": _chart(labels, counts, [_opened(funnel.reached(step), label) for step, label in enumerate(labels)]),
        "divided": _divided(funnel, labels, division) if division else None,
    }


def _rows(funnel: Funnel, labels: list[str], counts: list[int]) -> list[dict[str, Any]]:
    befores = [None, *(before for before, _after in pairwise(counts))]
    lost = [before - after for before, after in pairwise(counts)]
    return [
        {
            "label": label,
            "customers": count,
            "of_first": rules.ratio(count, counts[0]),
            "of_before": rules.ratio(count, before) if before is not None else None,
            "url": _opened(funnel.reached(step), label),
            "left": lost[step] if step < len(lost) else None,
            "left_url": _opened(funnel.left_after(step), _("Left after: %(step)s") % {"step": label})
            if step < len(lost)
            else "",
        }
        for step, (label, count, before) in enumerate(zip(labels, counts, befores, strict=True))
    ]


def _opened(rule: dict[str, Any], name: str) -> str:
    """Return the form of a new segment, filled in: it counts, shows samples and saves."""
    return f"{reverse('segments:new')}?{urlencode({'rule': json.dumps(rule), 'name': name[:120]})}"


def _chart(labels: list[str], counts: list[int], links: list[str]) -> dict[str, Any]:
    return {
        "kind": "bar",
        "horizontal": True,
        "categories": labels,
        "series": [{"name": _("Customers"), "values": counts, "links": links}],
    }


def _divided(funnel: Funnel, labels: list[str], division: str) -> dict[str, Any]:
    """Return, for each part, the share that came as far as each step."""
    labels_of = {"rfm_group": value.group_labels, "tier": value.tier_labels}
    named = labels_of[division]() if division in labels_of else {}
    parts = queries.reached_by(funnel, division)
    return {
        "kind": "grid",
        "y_name": DIVISION_LABELS[division],
        "categories": labels,
        "format": "percent",
        "digits": 0,
        "total_name": labels[0],
        "total": [counts[0] for counts in parts.values()],
        "series": [
            {
                "name": named.get(part) or (formats.country(part) if part else _("Not known")),
                "values": [rules.ratio(count, counts[0]) for count in counts],
                "details": [formats.number(count) for count in counts],
            }
            for part, counts in parts.items()
        ],
    }
