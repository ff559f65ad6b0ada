"""The communication plan: what each journey sends to whom, how often and by which channel, and whom it reached lately."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shuke.insight.value import queries as value
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import Journey, JourneyState, Visit
from shuke.journeys.journeys.queries import wording
from shuke.journeys.journeys.rules import graph as graphs
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph, Settings
from shuke.kernel.errors import ShukeError

_LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One journey in the plan: who, what, how often, by which channels, and messages of the last 30 days by value tier."""

    journey: Journey
    whom: str
    what: list[str]
    how_often: str
    channels: list[str]
    tiers: list[int]
    total: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All journeys that are on or could be switched on, with the tiers as columns."""

    tiers: list[tuple[str, str]]
    lines: list[Line]
    totals: list[int]


def plan(*, now: datetime) -> Plan:
    """Return the plan. The number of queries does not depend on how many journeys there are."""
    tiers = list(value.tier_labels().items())
    journeys = list(queries.journeys().select_related("version"))
    reached = _reached(now)
    names = wording.names()
    lines = []
    for journey in journeys:
        is_on = journey.state == JourneyState.ON and journey.version is not None
        graph = queries.graph_of(journey.version) if is_on and journey.version else graphs.sketch(journey.draft)
        counts = [reached.get((journey.pk, code), 0) for code, _label in tiers]
        lines.append(_line(journey, graph, names, counts))
    lines.sort(key=lambda one: (one.journey.state != JourneyState.ON, one.journey.name.casefold()))
    return Plan(
        [(code, str(label)) for code, label in tiers],
        lines,
        [sum(column) for column in zip(*(one.tiers for one in lines), strict=True)],
    )


def _reached(now: datetime) -> dict[tuple[int, str], int]:
    """Count the messages of the last 30 days that were let through, by journey and by the tier their people are in today."""
    found: dict[tuple[int, str], int] = defaultdict(int)
    rows = (
        Visit.objects.filter(left_at__gte=now - _LATELY, note="allowed")
        .order_by()
        .values_list("run__journey_id", "run__customer__standing__tier")
        .annotate(n=Count("pk"))
    )
    for journey_id, tier, number in rows:
        found[journey_id, tier or "none"] += number
    return dict(found)


def _line(journey: Journey, graph: Graph, names: wording.Names, counts: list[int]) -> Line:
    sends = graph.of_kind(kinds.SEND)
    channels = list(dict.fromkeys(wording.exit_label(str(one.settings.get("channel", ""))) for one in sends))
    what = list(dict.fromkeys(names.templates.get(str(one.settings.get("template")), "–") for one in sends))
    return Line(journey, _whom(graph, names), what, how_often(graph.settings), channels, counts, sum(counts))


def _whom(graph: Graph, names: wording.Names) -> str:
    """Say who enters: what sets it off, and the condition of the entry."""
    line = wording.line_of(graph.trigger, names)
    words = [f"{wording.kind_label(graph.trigger.kind)}: {line}" if line else wording.kind_label(graph.trigger.kind)]
    if graph.settings.rule:
        try:
            words.append(wording.rule_words(graph.settings.rule))
        except ShukeError as refusal:
            words.append(str(refusal))
    return " · ".join(words)


def how_often(settings: Settings) -> str:
    """Say how often somebody may go through a journey."""
    if settings.reentry == "never":
        return _("once")
    if settings.reentry == "always":
        return _("as often as it happens")
    days = settings.reentry_days
    return ngettext("at most every %(n)s day", "at most every %(n)s days", days) % {"n": days}
