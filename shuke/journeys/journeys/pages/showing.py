"""What several pages of journeys show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from shuke.cdp.customers import queries as customers
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.errors import Problem, UnknownJourney
from shuke.journeys.journeys.models import Journey, JourneyState
from shuke.journeys.journeys.queries import wording
from shuke.journeys.journeys.queries.counting import AtStep
from shuke.journeys.journeys.rules.graph import Graph
from shuke.platform.http import mask
from shuke.platform.http.pages import may
from shuke.platform.http.request import Request
from shuke.platform.ui import formats

TONES: Mapping[str, str] = {"on": "good", "paused": "warn", "draft": "neutral", "archived": "neutral"}


def find(uuid: UUID) -> Journey:
    """Return a journey, or answer that there is none."""
    try:
        return queries.by_uuid(uuid)
    except UnknownJourney as refusal:
        raise Http404(str(refusal)) from refusal


@dataclass(frozen=True, slots=True)
class Row:
    """A step as the list beside the canvas shows it."""

    id: str
    kind: str
    title: str
    line: str
    icon: str
    exits: list[tuple[str, str, str, int]]
    problems: list[str]
    numbers: AtStep
    is_trigger: bool


def rows_of(
    graph: Graph, names: wording.Names, problems: Iterable[Problem] = (), numbers: Mapping[str, AtStep] | None = None
) -> list[Row]:
    """Return the steps as one reads them, each with its exits: name, words, the title of where it leads, how many went there."""
    wrong: dict[str, list[str]] = {}
    for one in problems:
        wrong.setdefault(one.step, []).append(wording.problem_text(one.code, one.facts, one.text))
    counted = numbers or {}
    rows = []
    for step in wording.in_order(graph):
        here = counted.get(step.id, AtStep())
        exits = []
        for exit_ in step.exits:
            there = graph.steps.get(graph.edges.get((step.id, exit_), ""))
            title = wording.kind_label(there.kind) if there else ""
            line = wording.line_of(there, names) if there else ""
            words = f"{title}: {line}" if line else title
            exits.append((exit_, wording.exit_label(exit_), words, here.passed.get(exit_, 0)))
        rows.append(Row(
            step.id, step.kind, wording.kind_label(step.kind), wording.line_of(step, names), wording.icon_of(step.kind),
            exits, wrong.get(step.id, []), here, step.id == graph.trigger.id,
        ))  # fmt: skip
    return rows


def problems_of_whole(problems: Iterable[Problem]) -> list[str]:
    """Return what is wrong with the whole rather than with a step, in words."""
    return [wording.problem_text(one.code, one.facts, one.text) for one in problems if not one.step]


def canvas(graph: Graph, rows: Iterable[Row], *, numbers: bool) -> dict[str, Any]:
    """Return what the island draws: steps with words and places, arrows with words and numbers."""
    listed = list(rows)
    nodes = [
        {
            "id": row.id, "title": row.title, "line": row.line, "icon": row.icon, "x": graph.steps[row.id].x, "y": graph.steps[row.id].y,
            "group": _group(row), "problem": bool(row.problems),
            "note": _numbers(row) if numbers else "",
        }
        for row in listed
    ]  # fmt: skip
    edges = [
        {
            "from": start, "to": end,
            "label": _arrow(start, exit_, listed, numbers=numbers),
        }
        for (start, exit_), end in graph.edges.items()
    ]  # fmt: skip
    return {"nodes": nodes, "edges": edges}


def _group(row: Row) -> str:
    from shuke.journeys.journeys.rules import kinds

    if row.is_trigger:
        return "trigger"
    if row.kind in kinds.WAITS:
        return "wait"
    if row.kind in kinds.BRANCHES:
        return "branch"
    return "end" if row.kind == kinds.END else "action"


def _numbers(row: Row) -> str:
    words = []
    if row.numbers.standing:
        words.append(_("%(count)s here") % {"count": formats.number(row.numbers.standing)})
    if row.numbers.stuck:
        words.append(_("%(count)s stuck") % {"count": formats.number(row.numbers.stuck)})
    return " · ".join(words)


def _arrow(start: str, exit_: str, rows: list[Row], *, numbers: bool) -> str:
    row = next(one for one in rows if one.id == start)
    words, count = next((label, count) for name, label, _there, count in row.exits if name == exit_)
    shown = "" if exit_ == "next" else words
    return f"{shown} {formats.number(count)}".strip() if numbers and count else shown


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as these pages name them."""

    name: str
    url: str


def people_named(request: Request, customer_ids: Iterable[int]) -> dict[int, Person]:
    """Return what to call customers, masked as the viewer may see them, in one query."""
    clear = may(request, "customers.view_contacts")
    found = {}
    for pk, card in customers.cards_of(customer_ids).items():
        name = (
            (card.name if clear else mask.name(card.name)) if card.name else _("Customer %(number)s") % {"number": pk}
        )
        found[pk] = Person(name, _customer_url(card.uuid))
    return found


def _customer_url(uuid: UUID) -> str:
    try:
        return reverse("web:customer", args=[uuid])
    except NoReverseMatch:
        return ""


def state_tone(journey: Journey) -> str:
    """Return the tone of the badge that says how a journey stands."""
    return TONES[JourneyState(journey.state).value]
