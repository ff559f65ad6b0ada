"""Saying in the log what became of messages."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.crm.messaging.models import Message
from shuke.vocabulary import messaging as vocabulary


def tell(
    messages: Iterable[Message], said: Callable[[Message], Any], *, now: datetime, at: datetime | None = None
) -> int:
    """Publish an event about each message, in the caller's transaction."""
    by = provenance(now)
    return events.publish(
        NewEvent.of(said(one), customer_id=one.customer_id, occurred_at=at or now, by=by) for one in messages
    )


def provenance(now: datetime) -> Provenance:
    """Return where what messaging notices comes from."""
    return Provenance(source="messaging", actor="system:messaging", now=now)


def common(one: Message) -> dict[str, Any]:
    """Return what every event says of its message."""
    return {
        "key": one.key, "channel": one.channel, "cause_kind": one.cause_kind, "cause_id": one.cause_id, "step": one.step,
        "variant": one.variant,
    }  # fmt: skip


def tell_suppressed(messages: Iterable[Message], *, now: datetime) -> int:
    """Publish that messages were taken out after all."""
    return tell(messages, lambda one: vocabulary.MessageSuppressed(**common(one), reason=one.reason), now=now)
