from datetime import datetime

import pytest
from django.db import transaction

from shuke.cdp.events import actions, queries
from shuke.cdp.events.actions import NewEvent, Subscriber
from shuke.cdp.events.models import Subscription
from shuke.cdp.events.queries import Envelope

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


def publish(now: datetime, *names: str, historical: bool = False) -> None:
    with transaction.atomic():
        actions.publish(
            NewEvent(
                name=name,
                customer_id=n,
                occurred_at=now,
                received_at=now,
                source="test",
                actor="system:test",
                properties={},
                historical=historical,
            )
            for n, name in enumerate(names)
        )
    actions.number_committed()


def test_delivers_in_order_once_to_each_subscriber(now):
    publish(now, "order.placed", "order.placed", "customer.tagged", "order.refunded", "order.placed")
    calls: list[tuple[str, int]] = []
    listener = Subscriber(
        "loyalty",
        {
            "order.placed": lambda events: calls.append(("placed", len(events))),
            "order.refunded": lambda events: calls.append(("refunded", len(events))),
        },
    )

    assert actions.deliver(now=now, subscribers=[listener]) == 4
    assert actions.deliver(now=now, subscribers=[listener]) == 0

    assert calls == [("placed", 2), ("refunded", 1), ("placed", 1)]
    assert queries.cursor_of("loyalty") == queries.last_position()


def test_one_failing_subscriber_is_retried_and_stops_nobody(now):
    publish(now, "order.placed", "order.refunded")
    heard: list[str] = []
    broken = [True]

    def refunded(events: list[Envelope]) -> None:
        if broken[0]:
            raise ValueError("no such account")
        heard.append("late refund")

    weak = Subscriber("weak", {"order.placed": lambda events: heard.append("weak placed"), "order.refunded": refunded})
    strong = Subscriber("strong", {"order.refunded": lambda events: heard.append("strong refund")})

    assert actions.deliver(now=now, subscribers=[weak, strong]) == 2
    assert Subscription.objects.get(name="weak").error == "ValueError: no such account"
    broken[0] = False
    assert actions.deliver(now=now, subscribers=[weak, strong]) == 1

    assert heard == ["weak placed", "strong refund", "late refund"]
    assert Subscription.objects.get(name="weak").error == ""


def test_who_only_reacts_skips_history_and_what_was_before(now):
    publish(now, "order.placed")
    heard: list[int] = []
    live = Subscriber("alerts.live", {"order.placed": lambda events: heard.append(len(events))}, skips_history=True)

    actions.deliver(now=now, subscribers=[live])
    publish(now, "order.placed", "order.placed", historical=True)
    publish(now, "order.placed")
    actions.deliver(now=now, subscribers=[live])

    assert heard == [1]


def test_goes_on_after_a_full_batch(now, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(actions, "_DELIVERED_AT_ONCE", 2)
    publish(now, *["order.placed"] * 5)
    heard: list[int] = []
    listener = Subscriber("a", {"order.placed": lambda events: heard.extend(event.position or 0 for event in events)})

    while actions.deliver(now=now, subscribers=[listener]):
        pass

    assert heard == sorted(set(heard))
    assert len(heard) == 5


def test_hands_neighbours_with_one_handler_over_together(now):
    publish(now, "order.placed", "order.refunded", "order.placed")
    heard: list[list[str]] = []

    def count(events: list[Envelope]) -> None:
        heard.append([event.name for event in events])

    actions.deliver(now=now, subscribers=[Subscriber("value", {"order.placed": count, "order.refunded": count})])

    assert heard == [["order.placed", "order.refunded", "order.placed"]]


def test_knows_live_events_from_history(now):
    publish(now, "order.placed", historical=True)
    assert not queries.holds_live(after=0)

    publish(now, "order.placed")

    assert queries.holds_live(after=1)
    assert not queries.holds_live(after=queries.last_position())
