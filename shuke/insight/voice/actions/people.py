"""Whose texts they are: merging, splitting, forgetting."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from shuke.insight.voice.models import Text
from shuke.platform.db.bulk import hand_over
from shuke.platform.jobs.actions import enqueue
from shuke.platform.manifest import Join

TRAIN = "voice.train"


def merge(joins: Sequence[Join]) -> dict[int, dict[str, Any]]:
    """Give the survivors every text; remember those that no identity leads back."""
    heirs = {join.merged_id: join.survivor_id for join in joins}
    kept: dict[int, dict[str, Any]] = {merged_id: {"texts": []} for merged_id in heirs}
    alone = Text.objects.filter(customer_id__in=heirs, identity=None).order_by("pk")
    for merged_id, pk in alone.values_list("customer_id", "pk"):
        kept[merged_id]["texts"].append(pk)
    hand_over(Text, "customer_id", heirs)
    return kept


def split(survivor_id: int, merged_id: int, identity_ids: Collection[int], kept: dict[str, Any]) -> dict[str, Any]:
    """Give back what arrived under the merged customer's identities, before the merge or since."""
    held = Text.objects.filter(customer_id=survivor_id)
    held.filter(identity_id__in=identity_ids).update(customer_id=merged_id)
    held.filter(pk__in=kept.get("texts", ()), identity=None).update(customer_id=merged_id)
    return {}


@transaction.atomic
def erase(customer_ids: Collection[int], *, now: datetime) -> dict[str, int]:
    """Remove everything that some customers wrote; what was learned from it is learned anew without it."""
    return forget(Text.objects.filter(customer_id__in=customer_ids).values_list("pk", flat=True), now=now)


@transaction.atomic
def forget(text_ids: Collection[int], *, now: datetime) -> dict[str, int]:
    """Remove texts with their labels. If any was learned from, a training is queued: a model keeps traces of words."""
    doomed = list(text_ids)
    if not doomed:
        return {}
    was_seen = Text.objects.filter(pk__in=doomed, run__isnull=False).exists()
    Text.objects.filter(pk__in=doomed).delete()
    if was_seen:
        enqueue(TRAIN, now=now, dedupe_key=TRAIN, repeat_if_running=True)
    return {"texts": len(doomed)}
