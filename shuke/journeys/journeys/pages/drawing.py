"""Drawing a journey: the canvas, and beside it every step as a form, so that all of it works with keys and on a phone."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from shuke.journeys.journeys.actions import defining
from shuke.journeys.journeys.errors import UnknownStep
from shuke.journeys.journeys.forms import JourneyForm, form_of, leads_of, settings_said, tag_names
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.pages import showing
from shuke.journeys.journeys.queries import checking, wording
from shuke.journeys.journeys.queries.contributed import journey_steps
from shuke.journeys.journeys.rules import editing, kinds
from shuke.journeys.journeys.rules import graph as graphs
from shuke.kernel.errors import ShukeError
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_MOST_PLACES = 400


@page("journeys.edit", methods=("GET", "POST"))
def new(request: Request) -> HttpResponse:
    """Begin a journey of one's own."""
    if request.method == "POST":
        name = request.POST.get("name", "")
        try:
            made = defining.create(name, editing.laid_out(defining.EMPTY), by=request.actor, now=request.now)
        except ShukeError as refusal:
            messages.error(request, _(str(refusal.message)))
            return redirect("journeys:new")
        return redirect("journeys:draw", uuid=made.uuid)
    return render(request, "journeys/new.html", {})


@page("journeys.edit")
def draw(request: Request, uuid: UUID) -> HttpResponse:
    """Show the drawing; ``?step=`` opens a step beside it."""
    journey = showing.find(uuid)
    opened = request.GET.get("step", "")
    context = _context(request, journey)
    if opened:
        context |= _panel(journey, opened)
    return render(request, "journeys/draw.html", context)


def _context(request: Request, journey: Journey) -> dict[str, Any]:
    graph, problems = graphs.sketch(journey.draft), checking.problems_of(journey.draft)
    rows = showing.rows_of(graph, wording.names(), problems)
    return {
        "journey": journey, "tone": showing.state_tone(journey), "rows": rows, "canvas": showing.canvas(graph, rows, numbers=False),
        "problems": showing.problems_of_whole(problems), "is_ready": not problems, "step_count": len(rows),
        "wrong": sum(bool(row.problems) for row in rows), "may_run": may(request, "journeys.run"),
        "is_changed": journey.version is None or journey.version.graph != journey.draft,
    }  # fmt: skip


def _step(journey: Journey, identifier: str) -> graphs.Step:
    found = graphs.sketch(journey.draft).steps.get(identifier)
    if found is None:
        raise Http404
    return found


def _panel(journey: Journey, identifier: str, data: Any = None) -> dict[str, Any]:
    """Return what the panel of a step shows: its form, what may follow it, what is wrong."""
    graph = graphs.sketch(journey.draft)
    step = _step(journey, identifier)
    names = wording.names()
    targets = [
        (one.id, " ".join(filter(None, (wording.kind_label(one.kind), wording.line_of(one, names)))))
        for one in wording.in_order(graph)
        if one.kind not in kinds.TRIGGERS and one.id != identifier
    ]
    exits = {exit_: graph.edges.get((step.id, exit_), "") for exit_ in step.exits}
    problems = [one for one in checking.problems_of(journey.draft) if one.step == identifier]
    offered = [(one.name, str(one.label)) for one in journey_steps().values()]
    return {
        "step": step, "title": wording.kind_label(step.kind), "icon": wording.icon_of(step.kind),
        "form": form_of(step.kind, step.settings, exits, targets, data), "step_problems": [
            wording.problem_text(one.code, one.facts, one.text) for one in problems
        ],
        "exits": [(one, wording.exit_label(one)) for one in step.exits],
        "groups": [(label, [(kind, wording.kind_label(kind)) for kind in some]) for label, some in wording.GROUPS],
        "offered": offered, "triggers": [(kind, wording.kind_label(kind)) for kind in kinds.TRIGGERS],
        "is_trigger": step.kind in kinds.TRIGGERS, "tags": tag_names() if step.kind == kinds.TAG else [],
        "journey": journey, "opened": identifier,
    }  # fmt: skip


@page("journeys.edit", methods=("GET", "POST"))
def step(request: Request, uuid: UUID, step: str) -> HttpResponse:
    """Show and change what a step is told, and where its exits lead."""
    journey = showing.find(uuid)
    if request.method == "GET":
        return render(request, "journeys/_panel_step.html", _panel(journey, step))
    panel = _panel(journey, step, request.POST)
    form = panel["form"]
    if not form.is_valid():
        return render(request, "journeys/draw.html", _context(request, journey) | panel, status=422)
    draft = editing.change(journey.draft, step, settings_said(form), leads_of(form))
    return _keep(request, journey, draft, step)


@page("journeys.edit", methods=("POST",))
def add(request: Request, uuid: UUID) -> HttpResponse:
    """Put a new step behind an exit of another."""
    journey = showing.find(uuid)
    kind, after, exit_ = (request.POST.get(name, "") for name in ("kind", "after", "exit"))
    if (kind not in kinds.KINDS and kind not in journey_steps()) or kind in kinds.TRIGGERS:
        raise Http404
    if exit_ not in _step(journey, after).exits:
        raise Http404
    draft, made = editing.add(journey.draft, kind, after=after, exit_=exit_, settings=kinds.USUAL.get(kind, {}))
    return _keep(request, journey, editing.laid_out(draft), made)


@page("journeys.edit", methods=("POST",))
def turn(request: Request, uuid: UUID, step: str) -> HttpResponse:
    """Make the start another kind of start."""
    journey, kind = showing.find(uuid), request.POST.get("kind", "")
    if kind not in kinds.TRIGGERS or _step(journey, step).kind not in kinds.TRIGGERS:
        raise Http404
    return _keep(request, journey, editing.turn_into(journey.draft, step, kind), step)


@page("journeys.edit", methods=("POST",))
def remove(request: Request, uuid: UUID, step: str) -> HttpResponse:
    """Take a step out; what led to it leads on."""
    journey = showing.find(uuid)
    if _step(journey, step).kind in kinds.TRIGGERS:
        raise Http404
    return _keep(request, journey, editing.laid_out(editing.remove(journey.draft, step)), "")


@page("journeys.edit", methods=("POST",))
def place(request: Request, uuid: UUID) -> HttpResponse:
    """Keep where somebody put steps on the canvas; "tidy" puts them in order again."""
    journey = showing.find(uuid)
    if request.POST.get("tidy"):
        return _keep(request, journey, editing.laid_out(journey.draft), "")
    try:
        said = json.loads(request.POST.get("places", ""))
        places = {str(key): (int(x), int(y)) for key, (x, y) in list(said.items())[:_MOST_PLACES]}
    except (ValueError, TypeError, AttributeError, OverflowError):
        return HttpResponse(status=422)
    if any(abs(one) > 100_000 for pair in places.values() for one in pair):
        return HttpResponse(status=422)
    defining.revise(journey, editing.place(journey.draft, places), by=request.actor, now=request.now)
    return HttpResponse(status=204)


@page("journeys.edit", methods=("GET", "POST"))
def settings(request: Request, uuid: UUID) -> HttpResponse:
    """Show and change what holds for the whole journey."""
    journey = showing.find(uuid)
    said = journey.draft.get("settings") or {}
    form = JourneyForm(request.POST or None, initial=JourneyForm.initial_of(said) | {"name": journey.name})
    if request.method == "POST" and form.is_valid():
        defining.rename(journey, form.cleaned_data["name"], by=request.actor, now=request.now)
        return _keep(request, journey, {**journey.draft, "settings": form.said()}, "")
    context = {"journey": journey, "form": form}
    return render(request, "journeys/settings.html", context, status=422 if form.is_bound else 200)


def _keep(request: Request, journey: Journey, draft: Any, opened: str) -> HttpResponse:
    try:
        defining.revise(journey, draft, by=request.actor, now=request.now)
    except (ShukeError, UnknownStep) as refusal:
        messages.error(request, _(str(refusal.message)) % refusal.facts)
    response = redirect("journeys:draw", uuid=journey.uuid)
    if opened:
        response["Location"] += f"?step={opened}"
    return response
