"""Trying a draft on what really happened."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from shuke.journeys.journeys.forms import ReplayForm
from shuke.journeys.journeys.pages import showing
from shuke.journeys.journeys.queries import checking, replaying, tracing, wording
from shuke.journeys.journeys.rules import graph as graphs
from shuke.platform.http.pages import page
from shuke.platform.http.request import Request


@page("journeys.edit")
def replay(request: Request, uuid: UUID) -> HttpResponse:
    """Show what the draft would have done over the last days; nothing is written and nothing leaves."""
    journey = showing.find(uuid)
    problems = checking.problems_of(journey.draft)
    form = ReplayForm(request.GET or None, initial={"days": 30})
    context = {
        "journey": journey,
        "form": form,
        "problems": showing.problems_of_whole(problems),
        "has_problems": bool(problems),
    }
    if not problems:
        graph = graphs.read(journey.draft)
        context["can_replay"] = bool(replaying.trigger_names(graph))
        if form.is_bound and form.is_valid() and context["can_replay"]:
            days = form.cleaned_data["days"]
            found = replaying.replay(graph, journey=str(journey.uuid), days=days, until=request.now)
            context |= {"found": found, "days": days, **_words(graph, found)}
    return render(request, "journeys/replay.html", context)


def _words(graph: graphs.Graph, found: replaying.Replayed) -> dict[str, object]:
    names, counts = wording.names(), dict(replaying.steps_in(found))
    steps = [
        (
            wording.kind_label(step.kind),
            wording.line_of(step, names),
            wording.icon_of(step.kind),
            counts.get(step.id, 0),
        )
        for step in wording.in_order(graph)
        if step.exits and step.id != graph.trigger.id
    ]
    sends = [
        (wording.line_of(graph.steps[step], names), number, _reasons(found.gate.get(step, {})))
        for step, number in found.sends.items()
    ]
    refused = [(wording.REFUSALS.get(reason, reason), number) for reason, number in found.refused.most_common()]
    return {"steps": steps, "sends": sends, "refused": refused}


def _reasons(gate: dict[str, int] | object) -> list[tuple[str, int]]:
    assert isinstance(gate, dict)
    ranked = sorted(gate.items(), key=lambda pair: -pair[1])
    return [(tracing.gate_words(reason), number) for reason, number in ranked]
