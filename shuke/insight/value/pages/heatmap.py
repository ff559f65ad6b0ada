"""The heat-map: recency against frequency and amount, every cell a door to its customers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.insight.value import actions, queries
from shuke.insight.value.models import Group
from shuke.insight.value.pages.framing import Frame, frame, nothing, people_url, segment_url
from shuke.insight.value.pages.listing import listed
from shuke.insight.value.pages.wording import GROUP_ACTION, GROUP_MEANING, GROUP_TONE
from shuke.insight.value.queries import Tally
from shuke.insight.value.rules import GROUPS, SCORES
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

AXES = ("fm", "f", "m")
MEASURES = ("customers", "net", "average")


@page("value.view")
def heatmap(request: Request) -> HttpResponse:
    """Show the map and the groups that it is made of."""
    found = frame(request, "heatmap")
    if found is None:
        return nothing(request)
    axis = _among(request, "axis", AXES)
    measure = _among(request, "measure", MEASURES)
    people = found.people()
    tallies = queries.tallies(people, "rfm_group")
    buyers = sum((tally.customers for code, tally in tallies.items() if code != Group.PROSPECT))
    net = sum((tally.net_minor for code, tally in tallies.items() if code != Group.PROSPECT))
    return render(request, "value/heatmap.html", {
        **found.context(),
        "axis": axis,
        "measure": measure,
        "axes": [(name, label, name == axis) for name, label in zip(AXES, _axis_names(), strict=True)],
        "measures": [(name, label, name == measure) for name, label in zip(MEASURES, _measure_names(), strict=True)],
        "map": _map(found, people, axis, measure),
        "groups": [_group_row(found, code, tallies.get(code, Tally()), buyers, net) for code in GROUPS],
        "prospects": tallies.get(Group.PROSPECT, Tally()),
        "prospects_url": "" if found.shop_id else people_url(found, group="prospect"),
        "buyers": buyers,
        "net": net,
        "may_save": may(request, "segments.edit") and found.shop_id is None,
        "may_recompute": may(request, "value.configure"),
    })  # fmt: skip


@page("value.configure", methods=("POST",))
def recompute(request: Request) -> HttpResponse:
    """Queue a computation and show its progress."""
    job = actions.ask_for_recompute(now=request.now, by=request.actor)
    messages.info(request, _("Scores are being computed."))
    return redirect("web:job", job.pk) if may(request, "jobs.view") else redirect("value:heatmap")


@page("value.view")
def people(request: Request) -> HttpResponse:
    """Show the most valuable customers of a cell of one shop's map."""
    found = frame(request, "heatmap")
    if found is None:
        return nothing(request)
    column = next((name for name in AXES if name in request.GET), "fm")
    r, score = _score(request, "r"), _score(request, column)
    rows = queries.members(found.people(), r=r, column=column, score=score)
    return render(request, "value/people.html", {
        **found.context(), **listed(request, rows), "title": _cell_name(found, r, column, score),
        "back_url": f"{request.path.rsplit('people', 1)[0]}?shop={found.shop_id or ''}&axis={column}",
    })  # fmt: skip


def _map(frame: Frame, people: Any, axis: str, measure: str) -> dict[str, Any]:
    cells = queries.cells(people, axis)
    ranges = queries.bin_ranges(people)
    return {
        "kind": "grid",
        "x_name": dict(zip(AXES, _axis_names(), strict=True))[axis],
        "y_name": _("Recency"),
        "categories": [_column_label(axis, score, ranges, frame.currency) for score in SCORES],
        "format": "number" if measure == "customers" else "money",
        "digits": 0,
        "currency": frame.currency,
        "series": [
            {
                "name": _row_label(r, ranges["r"].get(r)),
                **_map_row(frame, r, axis, measure, [cells.get((r, score), Tally()) for score in SCORES]),
            }
            for r in reversed(SCORES)
        ],
    }


def _map_row(frame: Frame, r: int, axis: str, measure: str, tallies: list[Tally]) -> dict[str, Any]:
    figure = {"customers": "customers", "net": "net_minor", "average": "average_minor"}[measure]
    return {
        "values": [
            getattr(tally, figure) if tally.customers else (0 if measure == "customers" else None) for tally in tallies
        ],
        "links": [
            people_url(frame, r=r, **{axis: score}) if tally.customers else None
            for score, tally in zip(SCORES, tallies, strict=True)
        ],
        "details": [_detail(frame, r, axis, score, tally) for score, tally in zip(SCORES, tallies, strict=True)],
    }


def _detail(frame: Frame, r: int, axis: str, score: int, tally: Tally) -> str:
    facts = {
        "customers": formats.number(tally.customers),
        "net": formats.money(tally.net_minor, frame.currency),
        "cell": _cell_name(frame, r, axis, score),
    }
    return _("%(cell)s: %(customers)s customers, %(net)s net revenue") % facts


def _cell_name(frame: Frame, r: int | None, axis: str, score: int | None) -> str:
    if r and score and axis == "fm":
        code = frame.rules.group_at(r, score)
        return _("%(group)s (R %(r)s, FM %(score)s)") % {"group": Group(code).label, "r": r, "score": score}
    return _("R %(r)s, %(axis)s %(score)s") % {"r": r or "–", "axis": axis.upper(), "score": score or "–"}


def _row_label(r: int, span: tuple[int, int] | None) -> str:
    if span is None:
        return str(r)
    low, high = span
    if low == high:
        return _("%(score)s · %(days)s days") % {"score": r, "days": formats.number(low)}
    return _("%(score)s · %(low)s–%(high)s days") % {
        "score": r,
        "low": formats.number(low),
        "high": formats.number(high),
    }


def _column_label(axis: str, score: int, ranges: dict[str, Any], currency: str) -> str:
    span = ranges.get(axis, {}).get(score)
    if axis == "fm" or span is None:
        return str(score)
    low, high = span
    write = formats.number if axis == "f" else lambda minor: formats.money_short(minor, currency)
    text = write(low) if low == high else f"{write(low)}–{write(high)}"
    return f"{score} · {text}"


def _group_row(frame: Frame, code: str, tally: Tally, buyers: int, net: int) -> dict[str, Any]:
    label = str(Group(code).label)
    return {
        "code": code,
        "label": label,
        "tone": GROUP_TONE[code],
        "meaning": GROUP_MEANING[code],
        "action": GROUP_ACTION[code],
        "tally": tally,
        "share": tally.customers / buyers if buyers else None,
        "net_share": tally.net_minor / net if net > 0 else None,
        "url": people_url(frame, group=code) if frame.shop_id is None else "",
        "segment_url": segment_url(label, group=code),
    }


def _axis_names() -> tuple[str, str, str]:
    return _("Frequency and amount"), _("Frequency"), _("Amount")


def _measure_names() -> tuple[str, str, str]:
    return _("Customers"), _("Net revenue"), _("Average per customer")


def _among(request: Request, name: str, allowed: tuple[str, ...]) -> str:
    asked = request.GET.get(name, "")
    return asked if asked in allowed else allowed[0]


def _score(request: Request, name: str) -> int | None:
    asked = request.GET.get(name, "")
    return int(asked) if asked in {"1", "2", "3", "4", "5"} else None
