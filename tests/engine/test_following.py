"""When the readers of the log are brought what is new in it."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import transaction

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent
from shuke.cdp.warehouse import actions as warehouse
from shuke.config.runtime import Following

pytestmark = [pytest.mark.engine, pytest.mark.django_db]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was called, in order."""
    heard: list[str] = []
    monkeypatch.setattr(events, "deliver", lambda **_said: heard.append("told") or 0)
    monkeypatch.setattr(warehouse, "catch_up", lambda **_said: heard.append("loaded"))
    return heard


def publish(*, historical: bool) -> None:
    at = datetime(2024, 5, 1, tzinfo=UTC)
    with transaction.atomic():
        events.publish([
            NewEvent(
                name="order.placed", customer_id=None, occurred_at=at, received_at=at, source="test",
                actor="system:test", properties={}, historical=historical,
            )
        ])  # fmt: skip


def test_history_waits_until_its_stream_pauses(calls: list[str]):
    following = Following(threading.Event())
    following.look()
    calls.clear()

    publish(historical=True)
    following.look()
    publish(historical=True)
    following.look()
    assert calls == []

    following.look()
    assert calls == ["told", "loaded"]


def test_live_events_are_told_at_once_even_amid_history(calls: list[str]):
    following = Following(threading.Event())
    following.look()
    calls.clear()

    publish(historical=True)
    publish(historical=False)
    following.look()

    assert calls == ["told"]


def test_history_that_never_pauses_is_handed_on_after_a_while(calls: list[str], monkeypatch: pytest.MonkeyPatch):
    following = Following(threading.Event())
    following.look()
    calls.clear()
    monkeypatch.setattr("shuke.config.runtime.HISTORY_AT_LEAST_EVERY", datetime.resolution)

    publish(historical=True)
    following.look()

    assert calls == ["told", "loaded"]
