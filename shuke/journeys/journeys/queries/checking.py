"""Whether what a journey refers to is there: segments, lists, templates, tags, attributes, steps of other domains."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from shuke.cdp.attributes import queries as attributes
from shuke.crm.templates import queries as templates
from shuke.insight.segments import queries as segments
from shuke.journeys.journeys.errors import InvalidJourney, Problem
from shuke.journeys.journeys.queries.contributed import journey_steps
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph, Step
from shuke.kernel.errors import ShukeError


def problems_of(said: Any) -> list[Problem]:
    """Return everything that keeps a journey from being switched on; nothing if it can be."""
    try:
        graph = graphs.read(said)
    except InvalidJourney as refusal:
        return list(refusal.problems)
    return list(_missing(graph))


def _missing(graph: Graph) -> Iterator[Problem]:
    named = _named_segments(graph)
    known = {str(one.uuid): one for one in segments.existing(sorted(_well_formed(named.values())))}
    for name, uuid in named.items():
        found = known.get(uuid)
        wants_list = graph.steps[name].kind == kinds.LIST
        if found is None or found.state != "active" or (wants_list and not found.is_list):
            yield Problem(name, "missing_list" if wants_list else "missing_segment")
    codes = {str(step.settings["attribute"]): step.id for step in graph.of_kind(kinds.ATTRIBUTE)}
    for code in codes.keys() - attributes.by_code(codes).keys():
        yield Problem(codes[code], "missing_attribute", {"code": code})
    yield from _of_templates(graph)
    yield from _of_rules(graph)
    for step in graph.steps.values():
        if kinds.is_contributed(step.kind):
            yield from _of_contributed(step)


def _named_segments(graph: Graph) -> dict[str, str]:
    found = {step.id: str(step.settings["segment"]) for step in graph.of_kind(kinds.ENTERED, kinds.LEFT)}
    return found | {step.id: str(step.settings["list"]) for step in graph.of_kind(kinds.LIST)}


def _well_formed(uuids: Any) -> Iterator[str]:
    for one in uuids:
        try:
            yield str(UUID(one))
        except ValueError:
            continue


def _of_templates(graph: Graph) -> Iterator[Problem]:
    sends = graph.of_kind(kinds.SEND)
    known = templates.found(sorted({str(step.settings["template"]) for step in sends})) if sends else {}
    for step in sends:
        found = known.get(str(step.settings["template"]))
        if found is None or found.published_id is None or found.is_archived:
            yield Problem(step.id, "missing_template")
        elif found.channel != step.settings["channel"]:
            yield Problem(step.id, "template_channel", {"channel": found.channel})


def _of_rules(graph: Graph) -> Iterator[Problem]:
    rules = [(step.id, step.settings["rule"]) for step in graph.of_kind(kinds.CHECK)]
    if graph.settings.rule:
        rules.append(("", graph.settings.rule))
    for step, rule in rules:
        try:
            segments.checked(rule)
        except ShukeError as refusal:
            yield Problem(step, "rule", {"reason": str(refusal)})


def _of_contributed(step: Step) -> Iterator[Problem]:
    offered = journey_steps().get(step.kind)
    if offered is None:
        yield Problem(step.id, "no_step_kind", {"kind": step.kind})
        return
    for one in offered.inputs:
        if one.is_required and step.settings.get(one.name) in (None, ""):
            yield Problem(step.id, "setting", {"setting": str(one.label), "why": "missing"})
    for words in offered.problems(step.settings):
        yield Problem(step.id, "setting", {"setting": str(offered.label), "why": words})
