"""Funnels: how far people came, where they left, and who they are."""

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from typing_extensions import override

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine.funnels import MOST_STEPS, ORDER, Funnel
from shuke.insight.analytics.forms import OwnForm
from shuke.insight.analytics.pages.content import Card, Column, Content, Row, Sheet, Stat
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


_STEPS = tuple(f"step{number}" for number in range(1, MOST_STEPS + 1))


class FunnelForm(OwnForm):
    """The steps of a funnel, the time between two of them, and by what it is divided. Without any step, usual ones."""

    within = forms.IntegerField(
        label=gettext_lazy("Days between two steps, at most"), min_value=1, max_value=365, required=False
    )
    divided = forms.ChoiceField(label=gettext_lazy("Divided by"), choices=list(DIVISION_LABELS.items()), required=False)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.offered = {ORDER: _("Placed an order")}
        self.offered |= {one["value"]: one["label"] for one in suggestions.suggestions("event", "")}
        usual = [name for name in _USUAL if name in self.offered]
        self._are_usual = not any(data.get(name) for name in _STEPS)
        steps = dict(zip(_STEPS, usual, strict=False)) if self._are_usual else data
        super().__init__(data)
        choices = [("", "–"), *self.offered.items()]
        for number, name in enumerate(_STEPS, 1):
            label = _("Step %(number)s") % {"number": number}
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)
            if steps.get(name):
                self.data[name] = steps[name]  # type: ignore[index]

    @property
    def step_fields(self) -> list[forms.BoundField]:
        """The fields of the steps, in order."""
        return [self[name] for name in _STEPS]

    def steps(self) -> tuple[str, ...]:
        """Return the steps that were chosen, in order."""
        self.is_valid()
        return tuple(found for name in _STEPS if (found := self.cleaned_data.get(name)))

    @override
    def chosen(self) -> tuple[tuple[str, str], ...]:
        """Return what was said, for addresses that ask for the same; usual steps are not said."""
        found = super().chosen()
        return tuple(one for one in found if one[0] not in _STEPS) if self._are_usual else found


@page("reports.view")
def funnels(request: Request) -> HttpResponse:
    """Show the funnel that the address describes; a usual one where it describes none."""
    return answer(request, "funnels", lambda frame: _shown(request, frame), FunnelForm)


def content(frame: Frame) -> Content:
    """Return a funnel as a report: how far people came, and where they left."""
    found = _figures(frame)
    if not found["rows"]:
        return Content(_("Funnels"), empty=_("Choose at least two steps"))
    columns = [
        Column(pgettext("funnel", "Step")), Column(_("Customers"), "number"), Column(_("Of the first step"), "percent", 1),
        Column(_("Of the step before"), "percent", 1), Column(_("Went no further"), "number"),
    ]  # fmt: skip
    rows = [
        Row([row["label"], row["customers"], row["of_first"], row["of_before"], row["left"]]) for row in found["rows"]
    ]
    ends = [(_("Began"), found["rows"][0]), (_("Came to the end"), found["rows"][-1])]
    return Content(
        _("Funnels"),
        stats=[
            *(Stat(label, formats.number(row["customers"])) for label, row in ends),
            Stat(_("Share"), formats.percent(found["whole"], 1)),
        ],
        cards=[[Card("funnel", _("How far they came"), found["chart"])]]
        + ([[Card("divided", _("Divided"), found["divided"])]] if found["divided"] else []),
        sheets=[Sheet("steps", _("Where they left"), columns, rows)],
    )


def _shown(request: Request, frame: Frame) -> dict[str, Any]:
    """Return what the page needs; its own fields stand on a card, not in the filter bar."""
    may_save = may(request, "segments.edit")
    return {**_figures(frame), "funnel_form": frame.own, "has_shops": False, "own_fields": [], "may_save": may_save}


def _figures(frame: Frame) -> dict[str, Any]:
    form = frame.own
    assert isinstance(form, FunnelForm)
    steps = form.steps()
    if len(steps) < 2:
        return {"rows": []}
    funnel = Funnel(steps, frame.asked.period, form.cleaned_data.get("within"))
    counts = queries.reached(funnel)
    labels = [form.offered[name] for name in steps]
    division = form.cleaned_data.get("divided") or ""
    return {
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
