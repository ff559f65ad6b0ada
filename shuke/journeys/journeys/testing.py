"""Journeys for tests, made and switched on through the actions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction

from shuke.cdp.events.actions import NewEvent, Subscriber, deliver, publish
from shuke.journeys.journeys.actions import advancing, defining, hearing
from shuke.journeys.journeys.models import Journey
from shuke.platform.staff.actor import Actor

BY = Actor.system("test")


def drawn(
    *steps: tuple[str, str, Mapping[str, Any]], edges: Sequence[str] = (), trigger: Mapping[str, Any] | None = None,
    **settings: Any,
) -> dict[str, Any]:  # fmt: skip
    """Draw a journey: steps of (id, kind, settings) one after the other, unless ``edges`` ("from exit to") say otherwise.

    It begins with an order unless a ``trigger`` says otherwise, and ends in a step called ``end``.
    """
    said = trigger or {"kind": "event", "settings": {"event": "order.placed"}}
    rows = [{"id": "start", **said}, *({"id": i, "kind": k, "settings": dict(s)} for i, k, s in steps)]
    rows.append({"id": "end", "kind": "end", "settings": {}})
    names = [str(row["id"]) for row in rows]
    lines = list(edges) or [f"{a} next {b}" for a, b in pairwise(names)]
    arrows = [dict(zip(("from", "exit", "to"), one.split(), strict=True)) for one in lines]
    usual = {"holdout": 0, "reentry": "always"}
    return {"settings": usual | settings, "steps": rows, "edges": arrows}


def switched_on(graph: Mapping[str, Any], *, name: str = "Journey", now: datetime) -> Journey:
    """Make a journey and switch it on."""
    journey = defining.create(name, graph, by=BY, now=now)
    defining.publish(journey, by=BY, now=now)
    journey.refresh_from_db()
    return journey


def said(name: str, customer_id: int, at: datetime, **properties: Any) -> NewEvent:
    """An event of somebody, as it would be published."""
    return NewEvent(
        name=name, customer_id=customer_id, occurred_at=at, received_at=at, source="test", actor="system:test",
        properties=properties,
    )  # fmt: skip


def happened(*events: NewEvent, now: datetime) -> None:
    """Publish events and let journeys hear them at a moment."""
    _hear(now)
    with transaction.atomic():
        publish(events)
    while _hear(now):
        pass


def _hear(now: datetime) -> int:
    """Hand over what journeys wait for, as the dispatcher does, with a clock of the test's."""
    wanted = dict.fromkeys(hearing.wanted_names(), lambda events: hearing.hear(events, now=now))
    return deliver(now=now, subscribers=[Subscriber("journeys.chosen", wanted, skips_history=True)])


def moved(now: datetime) -> None:
    """Move everybody who is due, until nobody is."""
    while advancing.move_due(now=now):
        pass
