"""Everything the gate has to know of many candidates at once, in a number of queries that does not depend on how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shuke.cdp.customers.queries import reaching
from shuke.cdp.customers.queries.reaching import Reaching, Someone
from shuke.crm.messaging.queries import standing, templates
from shuke.crm.messaging.queries.standing import History, InForce
from shuke.crm.messaging.queries.templates import What
from shuke.crm.messaging.rules import hours
from shuke.crm.messaging.rules.candidates import stops_for
from shuke.crm.messaging.rules.gate import Facts
from shuke.platform.company import queries as company

# Shown where the person is already, or sent to the company's own systems: no address, no consent.
WITHOUT_ADDRESS = frozenset({"onsite", "webhook"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One candidate, as far as the gate is concerned."""

    customer_id: int
    channel: str
    template: str
    cause_kind: str = ""
    cause_id: int = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is known about some candidates, each found by its place among those asked about."""

    in_force: InForce
    facts: list[Facts]
    places: list[Reaching | None]
    whats: Mapping[str, What]
    histories: dict[int, History]
    people: Mapping[int, Someone]


Reach = Mapping[tuple[str, str, str], Mapping[int, list[Reaching]]]


def gather(
    asked: Sequence[Asked], *, now: datetime, is_journal_replayed: bool = True, besides: Sequence[int] = ()
) -> Gathered:
    """Return the facts of candidates; ``besides`` are messages that do not count, since they are what is asked about."""
    in_force, scopes = standing.policy(), standing.stopped_scopes()
    whats = templates.what_of({one.template for one in asked})
    ids = sorted({one.customer_id for one in asked})
    people = reaching.people(ids)
    wishes = standing.wishes(ids)
    histories = standing.histories(ids, in_force.policy, now=now, besides=besides)
    reach = _reach(asked, whats, now)
    found = company.find_company()
    zone = found.time_zone if found else "UTC"
    facts, places = [], []
    for one in asked:
        what, person = whats.get(one.template), people.get(one.customer_id)
        place = _place(one, what, reach)
        places.append(place)
        history = histories.get(one.customer_id, History())
        facts.append(
            Facts(
                channel=one.channel, purpose=what.purpose if what else "", topic=what.topic if what else "",
                stops=stops_for(scopes, one.channel, one.cause_kind, one.cause_id),
                is_journal_replayed=is_journal_replayed, template_problem=_template_problem(one, what),
                is_erased=person.is_erased if person else None,
                is_restricted=person.is_restricted if person else None, birthday=person.birthday if person else None,
                zones=hours.zones_of(person.country, zone) if person else (zone,),
                has_address=place is not None or one.channel in WITHOUT_ADDRESS,
                permission=place.reasons if place else (() if one.channel in WITHOUT_ADDRESS else None),
                paused_until=wishes.get(one.customer_id, (None, None))[0],
                most_per_week=wishes.get(one.customer_id, (None, None))[1], expires_at=one.expires_at, sent=history.sent, same_template_at=history.templates.get(one.template),
            )
        )  # fmt: skip
    return Gathered(in_force, facts, places, whats, histories, people)


def _reach(asked: Sequence[Asked], whats: Mapping[str, What], now: datetime) -> Reach:
    """Ask once for every channel, purpose and topic among the candidates: a campaign has one."""
    wanted: dict[tuple[str, str, str], set[int]] = {}
    for one in asked:
        what = whats.get(one.template)
        if what is not None and one.channel in reaching.CHANNELS:
            wanted.setdefault((one.channel, what.purpose, what.topic), set()).add(one.customer_id)
    return {
        (channel, purpose, topic): reaching.reaching(
            sorted(ids), channel=channel, purpose=purpose, topic=topic, now=now
        )
        for (channel, purpose, topic), ids in wanted.items()
    }


def _place(one: Asked, what: What | None, reach: Reach) -> Reaching | None:
    if what is None:
        return None
    found = reach.get((one.channel, what.purpose, what.topic), {}).get(one.customer_id)
    return found[0] if found else None


def _template_problem(one: Asked, what: What | None) -> str:
    if what is None:
        return "unknown_template"
    if what.problem:
        return what.problem
    return "" if what.channel == one.channel else "wrong_channel"
