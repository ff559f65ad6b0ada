"""The list of journeys, and one of them: how it runs and what it earned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from shuke.cdp.events import queries as events
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.pages import showing
from shuke.journeys.journeys.queries import checking, counting, wording
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules import kinds
from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import may, page
from shuke.platform.http.request import Request

_LATELY = timedelta(days=30)


@page("journeys.view")
def journeys(request: Request) -> HttpResponse:
    """List journeys with how they run."""
    archived = request.GET.get("state") == "archived"
    shown = paginate(queries.journeys(archived=archived).select_related("version"), request, keys=("name", "id"))
    lines = counting.lines_of(shown.rows, since=request.now - _LATELY)
    names = wording.names()
    rows = [(one, lines[one.pk], showing.state_tone(one), _starts(one, names)) for one in shown.rows]
    context = {
        "rows": rows, "page": shown, "archived": archived, "may_edit": may(request, "journeys.edit"),
    }  # fmt: skip
    return render(request, "journeys/list.html", context)


def _starts(journey: Journey, names: wording.Names) -> str:
    trigger = graphs.sketch(journey.version.graph if journey.version else journey.draft).trigger
    line = wording.line_of(trigger, names)
    return f"{wording.kind_label(trigger.kind)}: {line}" if line else wording.kind_label(trigger.kind)


@page("journeys.view")
def journey(request: Request, uuid: UUID) -> HttpResponse:
    """Show a journey: as it runs, with numbers at every step; a draft as it is drawn."""
    found = showing.find(uuid)
    names = wording.names()
    graph = queries.graph_of(found.version) if found.version else graphs.sketch(found.draft)
    problems = checking.problems_of(found.draft) if found.version is None else []
    numbers = counting.steps_of(found.version) if found.version else {}
    rows = showing.rows_of(graph, names, problems, numbers)
    context: dict[str, Any] = {
        "journey": found, "tone": showing.state_tone(found), "rows": rows, "canvas": showing.canvas(graph, rows, numbers=True),
        "problems": showing.problems_of_whole(problems), "has_problems": bool(problems), "settings": graph.settings,
        "is_changed": found.version is not None and found.version.graph != found.draft,
        "may_edit": may(request, "journeys.edit"), "may_run": may(request, "journeys.run"),
        "versions": queries.versions_of(found), "currency": request.company.currency, **_results(found, graph, request, names),
    }  # fmt: skip
    return render(request, "journeys/detail.html", context)


def _results(journey: Journey, graph: graphs.Graph, request: Request, names: wording.Names) -> dict[str, Any]:
    """Return what the journey came to, where it has run."""
    if journey.version is None:
        return {}
    line = counting.lines_of([journey], since=request.now - _LATELY)[journey.pk]
    refused = counting.refusals_of(journey, now=request.now)
    experiments = [
        (wording.line_of(step, names), counting.experiment_of(journey.version, step.id))
        for step in graph.of_kind(kinds.EXPERIMENT)
    ]
    goal = graph.settings.goal
    return {
        "line": line, "result": counting.result_of(journey, holdout=graph.settings.holdout),
        "refused": [(wording.REFUSALS.get(reason, reason), number) for reason, number in refused.items()],
        "experiments": experiments, "goal": events.label_of(goal.event) if goal else "",
        "hook": journey.hook if graph.trigger.kind == kinds.WEBHOOK else "",
    }  # fmt: skip
