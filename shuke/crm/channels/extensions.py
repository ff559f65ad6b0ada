"""What channels hold about people, and for how long."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import queries as customers
from shuke.crm.channels import queries
from shuke.crm.channels.actions import onsite, outbox, receiving

_AT_ONCE = 500


class MessagesPersonalData:
    """Messages that were shown instead of sent, and what providers said about those that were sent."""

    name = "channels"
    fields = frozenset(
        {
            "channels.OutboxMessage.sealed",
            "channels.OutboxMessage.subjects",
            "channels.OnsiteMessage.sealed",
            "channels.OnsiteMessage.mark",
            "channels.Receipt.sealed",
            "channels.Receipt.subjects",
        }
    )

    def export(self, customer_ids: list[int]) -> dict[str, Any]:
        """Return what was shown to their addresses and what providers said of them, while it is kept."""
        addresses = _addresses(customer_ids)
        messages = [queries.shown(one) for one in queries.outbox_to(addresses)]
        said = [(one, queries.opened_receipt(one)) for one in queries.receipts_about(addresses)]
        return {
            "outbox": [
                {"at": one.message.created_at, "channel": one.message.channel, "address": one.address} | one.content
                for one in messages
                if one
            ],
            "in_the_shop": [
                {"at": one.created_at, "shown_at": one.shown_at} | (queries.onsite_content(one) or {})
                for one in queries.onsite_to(addresses)
            ],
            "receipts": [
                {"at": one.occurred_at, "what": one.what, "code": one.code} | details for one, details in said
            ],
        }

    def erase(self, customer_ids: list[int], *, now: datetime) -> dict[str, int]:  # noqa: ARG002  the port's
        """Remove what was shown, empty what was said. Asks the customers' tables whose they are, so it comes before those."""
        addresses = _addresses(customer_ids)
        found = {
            "outbox_messages": outbox.forget(addresses) + onsite.forget(addresses),
            "receipts_emptied": receiving.forget(addresses),
        }
        return {noun: count for noun, count in found.items() if count}


def _addresses(customer_ids: list[int]) -> set[str]:
    contacts = {one.value for found in customers.contacts_of(customer_ids).values() for one in found}
    held = {identity.value for one in customer_ids for identity in customers.identities_of(one)}
    # On the company's own channels people are named by their public id.
    own = {str(uuid) for uuid in customers.uuids_of(customer_ids).values()}
    return {value for value in contacts | held | own if value}


class OldOutbox:
    """Messages of the outbox."""

    name = "outbox"
    label = _("Messages of the outbox")
    help = _("Messages that were shown instead of sent. That a message was decided upon and why stays.")
    usual_days = 30
    least_days = 1

    def count(self, before: datetime) -> int:
        """Return how many were shown before a moment."""
        return queries.outbox_before(before).count() + queries.onsite_before(before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:  # noqa: ARG002  the port hands it to all
        """Remove some of them."""
        return outbox.remove_some(before, limit=_AT_ONCE) or onsite.remove_some(before, limit=_AT_ONCE)


class OldReceipts:
    """What providers said about messages, word for word."""

    name = "receipts"
    label = _("Receipts of providers")
    help = _("What providers said about messages, with address and words. That a message arrived or came back stays.")
    usual_days = 180
    least_days = 7

    def count(self, before: datetime) -> int:
        """Return how many came before a moment."""
        return queries.receipts_before(before).count()

    def remove_some(self, before: datetime, *, now: datetime) -> int:  # noqa: ARG002  the port hands it to all
        """Empty some of them."""
        return receiving.empty_some(before, limit=_AT_ONCE)
