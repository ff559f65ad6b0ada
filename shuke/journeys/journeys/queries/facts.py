"""What the machine asks about people: who fulfils a rule, who can be reached, where they live."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from shuke.cdp.customers import queries as customers
from shuke.crm.messaging import queries as messaging
from shuke.insight.segments import queries as segments
from shuke.insight.segments.errors import NothingToAnalyse
from shuke.journeys.journeys.engine import Ask, Facts
from shuke.journeys.journeys.rules import kinds
from shuke.journeys.journeys.rules.graph import Graph
from shuke.kernel import places
from shuke.platform.company import queries as company


def known_of(graph: Graph, customer_ids: Collection[int]) -> Facts:
    """Return what is known before anything is asked: zones, if a step looks at the clock."""
    wants_zones = bool(graph.of_kind(kinds.UNTIL)) or any(
        step.settings.get("hours") for step in graph.of_kind(kinds.SEND)
    )
    home = company.company().time_zone
    return Facts(home, {}, {}, zones_of(customer_ids, home) if wants_zones else {})


def answer(facts: Facts, asks: Sequence[Ask], graph: Graph, *, now: datetime) -> Facts:
    """Return facts with what was asked for: one question for each step that asks."""
    members, channels = dict(facts.members), dict(facts.channels)
    for ask in asks:
        step = graph.steps[ask.step]
        if step.kind == kinds.CHECK:
            members[ask.step] = members_of(step.settings["rule"], ask.customer_ids, now=now)
        else:
            channels[ask.step] = reachable(ask.customer_ids, step.settings, now=now)
    return Facts(facts.default_zone, members, channels, facts.zones)


def members_of(rule: Any, customer_ids: Collection[int], *, now: datetime) -> Collection[int]:
    """Return those of some customers whom a rule finds. Raises ``InvalidRule`` where it cannot be read any more."""
    return segments.matching_among(rule, customer_ids, as_of=_day(now))


def _day(now: datetime) -> date:
    """Return the day on which rules are asked: where the data ends, or today where there is none yet."""
    try:
        return segments.today()
    except NothingToAnalyse:
        return now.date()


def reachable(
    customer_ids: Collection[int], settings: Mapping[str, Any], *, now: datetime
) -> Mapping[int, Sequence[str]]:
    """Return by which channels people may be written to for a purpose."""
    purpose, topic = str(settings.get("purpose") or "marketing"), str(settings.get("topic") or "")
    return messaging.reachable_channels(sorted(customer_ids), purpose, topic, now)


def zones_of(customer_ids: Collection[int], home: str) -> dict[int, str]:
    """Return the time zones of people whose country tells; of a country with several the company's, if it is one of them."""
    rows = customers.customers().filter(pk__in=list(customer_ids)).values_list("pk", "country")
    found = {pk: _zone(country, home) for pk, country in rows if country}
    return {pk: zone for pk, zone in found.items() if zone != home}


@lru_cache(maxsize=1_024)
def _zone(country: str, home: str) -> str:
    zones = places.zones_of(places.territory_of(country))
    return home if not zones or home in zones else zones[0]
