"""What belongs to quality when customers are merged, split or erased."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from shuke.cdp.quality.actions.reading import note_changed
from shuke.cdp.quality.models import FixedValue, Flag, MatchKey, StaleCustomer, Suggestion, Verdict
from shuke.cdp.quality.queries import suggestions as queries


def merge(survivor_id: int, merged_id: int, *, now: datetime) -> dict[str, Any]:
    """Take the merged customer out of the queue; whoever was told apart from them is told apart from the survivor."""
    about = Suggestion.objects.filter(Q(low_id=merged_id) | Q(high_id=merged_id))
    about.filter(verdict=Verdict.OPEN).delete()
    Suggestion.objects.filter(
        low_id=min(survivor_id, merged_id), high_id=max(survivor_id, merged_id), verdict=Verdict.APART
    ).delete()
    inherited = [
        tuple(sorted((survivor_id, high if low == merged_id else low)))
        for low, high in queries.apart_pairs([merged_id])
        if survivor_id not in (low, high)
    ]
    decided = set(
        Suggestion.objects.filter(Q(low_id=survivor_id) | Q(high_id=survivor_id))
        .exclude(verdict=Verdict.OPEN)
        .values_list("low_id", "high_id")
    )
    added = [pair for pair in inherited if pair not in decided]
    _tell_apart(added, now)
    MatchKey.objects.filter(customer_id=merged_id).delete()
    Flag.objects.filter(customer_id=merged_id).delete()
    note_changed([survivor_id], now=now)
    return {"apart": [list(pair) for pair in added]}


def _tell_apart(pairs: Sequence[tuple[int, ...]], now: datetime) -> None:
    for pair in pairs:  # as many as people told apart from one customer
        Suggestion.objects.update_or_create(
            low_id=pair[0],
            high_id=pair[1],
            defaults={"verdict": Verdict.APART, "decided_at": now, "checked_at": now},
            create_defaults={
                "verdict": Verdict.APART, "decided_at": now, "checked_at": now, "found_at": now, "probability": 0.0,
            },
        )  # fmt: skip


def split(survivor_id: int, merged_id: int, kept: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Bring back the merged customer; whom people have told apart is not suggested again."""
    for low, high in kept.get("apart", ()):
        Suggestion.objects.filter(low_id=low, high_id=high, verdict=Verdict.APART, probability=0.0).delete()
    _tell_apart([tuple(sorted((survivor_id, merged_id)))], now)
    note_changed([survivor_id, merged_id], now=now)
    return {}


@transaction.atomic
def erase(customer_ids: Sequence[int]) -> dict[str, int]:
    """Remove everything about people that could say who they were."""
    either = Q(low_id__in=customer_ids) | Q(high_id__in=customer_ids)
    removed = {
        "match_keys": MatchKey.objects.filter(customer_id__in=customer_ids).delete()[0],
        "flags": Flag.objects.filter(customer_id__in=customer_ids).delete()[0],
        "fixed_values": FixedValue.objects.filter(customer_id__in=customer_ids).delete()[0],
        "suggestions": Suggestion.objects.filter(either).exclude(verdict=Verdict.MERGED).delete()[0],
    }
    Suggestion.objects.filter(either).update(levels=[])
    StaleCustomer.objects.filter(customer_id__in=customer_ids).delete()
    return {name: count for name, count in removed.items() if count}
