"""What belongs to quality when customers are merged, split or erased."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from django.db import transaction
from django.db.models import Q

from shuke.cdp.quality.actions.reading import note_changed
from shuke.cdp.quality.models import FixedValue, Flag, MatchKey, StaleCustomer, Suggestion, Verdict
from shuke.platform.db.bulk import insert_rows, update_rows

Pair: TypeAlias = tuple[int, int]


def merge(pairs: Sequence[Pair], *, now: datetime) -> dict[int, dict[str, Any]]:
    """Take merged customers out of the queue; whoever was told apart from them is told apart from their survivors."""
    ends = {pk for pair in pairs for pk in pair}
    merged = [merged_id for _survivor, merged_id in pairs]
    decided = _decided(ends)
    apart: dict[int, set[int]] = defaultdict(set)
    for (low, high), verdict in decided.items():
        if verdict == Verdict.APART:
            apart[low].add(high)
            apart[high].add(low)
    added: dict[int, list[Pair]] = {}
    reunited = []
    for survivor_id, merged_id in pairs:
        reunited.append(_ordered(survivor_id, merged_id))
        decided.pop(reunited[-1], None)
        others = [_ordered(survivor_id, other) for other in sorted(apart[merged_id] - {survivor_id})]
        added[merged_id] = [pair for pair in others if pair not in decided]
        for low, high in added[merged_id]:
            decided[low, high] = str(Verdict.APART)
            apart[low].add(high)
            apart[high].add(low)
    _forget_pairs(merged, reunited)
    # Whoever was told apart on the way and became one person after all is not told apart.
    _tell_apart([pair for some in added.values() for pair in some if pair in decided], now)
    MatchKey.objects.filter(customer_id__in=merged).delete()
    Flag.objects.filter(customer_id__in=merged).delete()
    note_changed({survivor_id for survivor_id, _merged in pairs}, now=now)
    return {merged_id: {"apart": [list(pair) for pair in some]} for merged_id, some in added.items()}


def _ordered(one: int, other: int) -> Pair:
    return (min(one, other), max(one, other))


def _decided(customer_ids: Collection[int]) -> dict[Pair, str]:
    """Return what was decided about pairs with these customers, by pair."""
    either = Q(low_id__in=customer_ids) | Q(high_id__in=customer_ids)
    rows = Suggestion.objects.filter(either).exclude(verdict=Verdict.OPEN)
    return {(low, high): verdict for low, high, verdict in rows.values_list("low_id", "high_id", "verdict")}


def _forget_pairs(merged: Sequence[int], reunited: Sequence[Pair]) -> None:
    """Remove what waits to be decided about merged customers, and that they are not who they are now."""
    about = Suggestion.objects.filter(Q(low_id__in=merged) | Q(high_id__in=merged))
    about.filter(verdict=Verdict.OPEN).delete()
    apart = about.filter(verdict=Verdict.APART).values_list("pk", "low_id", "high_id")
    wrong = [pk for pk, low, high in apart if (low, high) in set(reunited)]
    Suggestion.objects.filter(pk__in=wrong).delete()


def _tell_apart(pairs: Sequence[Pair], now: datetime) -> None:
    """Remember that the two of each pair are different people, whatever was thought of them before."""
    if not pairs:
        return
    ends = {pk for pair in pairs for pk in pair}
    rows = Suggestion.objects.filter(low_id__in=ends, high_id__in=ends).values_list("low_id", "high_id", "pk")
    known = {(low, high): pk for low, high, pk in rows}
    decided = (str(Verdict.APART), now, now)
    update_rows(Suggestion, _VERDICT, ((*decided, known[pair]) for pair in dict.fromkeys(pairs) if pair in known))
    insert_rows(
        Suggestion,
        ("low_id", "high_id", *_VERDICT, "found_at", "probability", "levels", "conflicts", "has_conflict", "decided_by",
         "was_automatic"),
        ((*pair, *decided, now, 0.0, [], [], False, "", False) for pair in dict.fromkeys(pairs) if pair not in known),
    )  # fmt: skip


_VERDICT = ("verdict", "decided_at", "checked_at")


def split(survivor_id: int, merged_id: int, kept: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Bring back the merged customer; whom people have told apart is not suggested again."""
    for low, high in kept.get("apart", ()):
        Suggestion.objects.filter(low_id=low, high_id=high, verdict=Verdict.APART, probability=0.0).delete()
    _tell_apart([_ordered(survivor_id, merged_id)], now)
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
