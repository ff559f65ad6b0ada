"""Whose messages they are: merging, splitting, forgetting."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from shuke.cdp.customers.queries import reaching
from shuke.crm.messaging.actions.requesting import suppress
from shuke.crm.messaging.models import PENDING, Message, Wish
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
    _merge_wishes(joins, kept)
    return kept


def _merge_wishes(joins: Sequence[Join], kept: dict[int, dict[str, Any]]) -> None:
    """Let the stricter wish of two people hold for the one they are; what each wished before is remembered."""
    ids = [pk for join in joins for pk in (join.survivor_id, join.merged_id)]
    held = Wish.objects.in_bulk(ids)
    stricter: dict[int, Wish] = {}
    for join in joins:
        theirs, own = held.get(join.merged_id), held.get(join.survivor_id)
        if theirs is None:
            continue
        kept[join.merged_id]["wish"] = [_plain(own), _plain(theirs)]
        both = [one for one in (own, theirs) if one is not None]
        untils = [one.paused_until for one in both if one.paused_until is not None]
        mosts = [one.most_per_week for one in both if one.most_per_week is not None]
        wish = Wish(
            customer_id=join.survivor_id, paused_until=max(untils, default=None), most_per_week=min(mosts, default=None),
            changed_at=max(one.changed_at for one in both),
        )  # fmt: skip
        held[join.survivor_id] = stricter[join.survivor_id] = wish
    _save_wishes(stricter.values())


def _save_wishes(wishes: Iterable[Wish]) -> None:
    Wish.objects.bulk_create(
        wishes, update_conflicts=True, unique_fields=["customer"],
        update_fields=["paused_until", "most_per_week", "changed_at"],
    )  # fmt: skip


def _plain(wish: Wish | None) -> list[Any] | None:
    if wish is None:
        return None
    return [wish.paused_until and wish.paused_until.isoformat(), wish.most_per_week, wish.changed_at.isoformat()]


def _give_wishes_back(survivor_id: int, merged_id: int, kept: list[Any]) -> None:
    """Let both wish again what they wished before, unless the survivor has chosen anew since."""
    before, theirs = kept
    now_held = Wish.objects.filter(customer_id=survivor_id).first()
    told = {said[2] for said in (before, theirs) if said}
    if now_held is not None and now_held.changed_at.isoformat() in told:
        now_held.delete()
        if before:
            _save_wishes([_wish(survivor_id, before)])
    _save_wishes([_wish(merged_id, theirs)])


def _wish(customer_id: int, said: list[Any]) -> Wish:
    until = datetime.fromisoformat(said[0]) if said[0] else None
    return Wish(
        customer_id=customer_id, paused_until=until, most_per_week=said[1], changed_at=datetime.fromisoformat(said[2])
    )


def split(survivor_id: int, merged_id: int, kept: dict[str, Any]) -> dict[str, Any]:
    """Give back what was the merged customer's; what was sent since stays with the survivor."""
    Message.objects.filter(customer_id=survivor_id, pk__in=kept.get("messages", ())).update(customer_id=merged_id)
    if "wish" in kept:
        _give_wishes_back(survivor_id, merged_id, kept["wish"])
    return {}


@transaction.atomic
def erase(customer_ids: Collection[int], *, now: datetime) -> dict[str, int]:
    """Stop what has not left, and empty what messages spoke of; that they were sent stays, under the bare number."""
    held = list(Message.objects.select_for_update().filter(customer_id__in=customer_ids, state__in=PENDING))
    verdict = Verdict("deny", ("erased",))
    suppress(held, {one.pk: (verdict, {}) for one in held}, standing.policy().number, now=now)
    Wish.objects.filter(customer_id__in=customer_ids).delete()
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
