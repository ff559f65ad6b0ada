"""What journeys rest on: segments, lists and attributes that must not disappear while one is in use."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from shuke.insight.segments import queries as segments
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import Journey
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph
from shuke.platform.manifest import Use


def uses() -> list[Use]:
    """Return what the journeys that are not put away rest on."""
    found: list[Use] = []
    for journey in queries.journeys().select_related("version"):
        drawn = [graphs.sketch(journey.draft)]
        if journey.version is not None:
            drawn.append(queries.graph_of(journey.version))
        named = sorted({what for graph in drawn for what in _named(graph)})
        found += [Use(what, _label(journey), reverse("journeys:detail", args=[journey.uuid])) for what in named]
    return found


def _label(journey: Journey) -> str:
    return _("Journey “%(name)s”") % {"name": journey.name}


def _named(graph: Graph) -> Iterator[str]:
    for step in graph.of_kind(kinds.ENTERED, kinds.LEFT):
        yield f"segment:{step.settings.get('segment')}"
    for step in graph.of_kind(kinds.LIST):
        yield f"segment:{step.settings.get('list')}"
    for step in graph.of_kind(kinds.ATTRIBUTE):
        yield f"attribute:{step.settings.get('attribute')}"
    rules = [step.settings.get("rule") for step in graph.of_kind(kinds.CHECK)]
    for rule in (*rules, graph.settings.rule):
        if rule:
            yield from segments.named_by(rule)
