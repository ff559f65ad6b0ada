"""Whose messages they are: merging, splitting, forgetting."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from shuke.cdp.customers.queries import reaching
from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.models import PENDING, Message
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.gate import Verdict
from shuke.platform.db.bulk import hand_over, update_rows
from shuke.platform.manifest import Join


def merge(joins: Sequence[Join]) -> dict[int, dict[str, Any]]:
    """Give the survivors every message, so that caps count for one person; remember whose they were."""
    heirs = {join.merged_id: join.survivor_id for join in joins}
    kept: dict[int, dict[str, Any]] = {merged_id: {"messages": []} for merged_id in heirs}
    for merged_id, pk in Message.objects.filter(customer_id__in=heirs).order_by("pk").values_list("customer_id", "pk"):
        kept[merged_id]["messages"].append(pk)
    hand_over(Message, "customer_id", heirs)
    return kept


def split(survivor_id: int, merged_id: int, kept: dict[str, Any]) -> dict[str, Any]:
    """Give back what was the merged customer's; what was sent since stays with the survivor."""
    Message.objects.filter(customer_id=survivor_id, pk__in=kept.get("messages", ())).update(customer_id=merged_id)
    return {}


@transaction.atomic
def erase(customer_ids: Collection[int], *, now: datetime) -> dict[str, int]:
    """Stop what has not left, and empty what messages spoke of; that they were sent stays, under the bare number."""
    held = list(Message.objects.select_for_update().filter(customer_id__in=customer_ids, state__in=PENDING))
    verdict = Verdict("deny", ("erased",))
    suppress(held, {one.pk: (verdict, {}) for one in held}, standing.policy().number, now=now)
    theirs = Message.objects.filter(customer_id__in=customer_ids)
    full = theirs.exclude(context={}, detail="", address_index=None, contact_id=None, identity_id=None)
    emptied = full.update(context={}, detail="", address_index=None, contact_id=None, identity_id=None)
    return {"messages_stopped": len(held), "messages_emptied": emptied}


def behind(number: int) -> QuerySet[Message]:
    """Return messages whose index is of an earlier key though that of their contact point is of this one."""
    return Message.objects.exclude(address_index=None).exclude(index_key=number).filter(
        contact_id__in=reaching.contacts_under(number)
    )  # fmt: skip


@transaction.atomic
def follow_index(number: int, *, limit: int) -> int:
    """Give a batch of messages the index of their contact points; return how many."""
    some = list(behind(number).order_by("pk").values_list("pk", "contact_id")[:limit])
    indexes = reaching.indexes_of([contact_id for _pk, contact_id in some if contact_id])
    rows = [(indexes[contact_id], number, pk) for pk, contact_id in some if contact_id in indexes]
    return update_rows(Message, ("address_index", "index_key"), rows)
