"""What messages offer to others: they follow merges, show what was sent to a person, and forget."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shuke.crm.messaging.actions import people
from shuke.crm.messaging.models import Message, SendDecision, Wish
from shuke.platform.manifest import Join


class MessageMerging:
    """Messages follow a merge: how often a person is written to is counted for the person."""

    name = "messaging.messages"

    def preview(self, survivor_id: int, merged_id: int) -> dict[str, Any]:  # noqa: ARG002  the port's
        """Count what the survivor gains."""
        return {"moves": {"messages": Message.objects.filter(customer_id=merged_id).count()}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, dict[str, Any]]:  # noqa: ARG002
        """Give the survivors every message."""
        return people.merge(joins)

    def split(
        self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: dict[str, Any], *, now: datetime
    ) -> dict[str, Any]:
        """Give back what was the merged customer's."""
        del identity_ids, now
        return people.split(survivor_id, merged_id, kept)


class MessagesPersonalData:
    """Messages: when which was sent or refused, and what it spoke of."""

    name = "messaging"
    fields = frozenset({"messaging.Message.context", "messaging.Message.address_index", "messaging.Message.detail"})

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return every message to a person and every one that was refused, with what became of it."""
        messages = Message.objects.filter(customer_id__in=customer_ids).order_by("pk")
        refused = SendDecision.objects.filter(customer_id__in=customer_ids, result="deny", stage="request").order_by(
            "pk"
        )
        return {
            "messages": [
                {
                    "channel": one.channel, "purpose": one.purpose, "topic": one.topic, "template": one.template,
                    "state": one.state, "reason": one.reason, "about": one.context, "carrier_said": one.detail,
                    "created_at": one.created_at, "sent_at": one.sent_at, "delivered_at": one.delivered_at,
                    "opened_at": one.opened_at, "clicked_at": one.clicked_at, "unsubscribed_at": one.unsubscribed_at,
                }
                for one in messages
            ],
            "message_wishes": [
                {"nothing_until": one.paused_until, "most_per_week": one.most_per_week, "said_at": one.changed_at}
                for one in Wish.objects.filter(customer_id__in=customer_ids)
            ],
            "messages_refused": [
                {"channel": one.channel, "purpose": one.purpose, "reasons": one.reasons, "decided_at": one.decided_at}
                for one in refused
            ],
        }  # fmt: skip

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:
        """Stop what has not left and empty the rest."""
        return people.erase(customer_ids, now=now)


class MessageIndexes:
    """The index under which permission for a message's address is kept follows that of its contact point."""

    name = "messaging"

    def remaining(self, number: int) -> int:
        """Return how many messages are under an earlier key though their address is not."""
        return people.behind(number).count()

    def stranded(self, number: int) -> int:
        """Return how many messages went to addresses that nobody holds any more."""
        return Message.objects.exclude(address_index=None).exclude(index_key=number).count() - self.remaining(number)

    def move_some(self, number: int, *, limit: int) -> int:
        """Put a batch of messages under the key that their contact points are under."""
        return people.follow_index(number, limit=limit)
