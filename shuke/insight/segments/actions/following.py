"""Lists follow when customers turn out to be one person, and come back when they turn out not to be.

Who is on a list is a person's decision, so it has to survive a merge; segments by rule are computed again instead. A row
that changes hands remembers its home. Where both are on a list, the merged customer's interval ends with the merge and
is opened again by the split.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When

from shuke.cdp.customers.queries.merging import family_of
from shuke.insight.segments.models import Kind, Membership, Segment
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.manifest import Join

Kept = dict[str, Any]


def preview(survivor_id: int, merged_id: int) -> Kept:
    """Count the lists that the survivor comes on."""
    gained, _twice = _sorted_out([Join(survivor_id, merged_id)], _present([survivor_id, merged_id]))
    return {"moves": {"lists": len(gained)}}


def merge(joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
    """Put the survivors on the lists of the merged customers; remember who was on which since when."""
    held = _present({pk for join in joins for pk in (join.survivor_id, join.merged_id)})
    kept = {}
    for join in joins:
        theirs = held[join.merged_id]
        kept[join.merged_id] = {"lists": [[row.segment_id, row.entered_at.isoformat(), row.home] for row in theirs]}
    gained, twice = _sorted_out(joins, held)
    update_rows(
        Membership,
        ("customer_id", "home"),
        ((join.survivor_id, row.home or join.merged_id, row.pk) for join, row in gained),
    )
    Membership.objects.filter(pk__in=[row.pk for row in twice]).update(left_at=now)
    changes = Counter({row.segment_id: 0 for _join, row in gained})
    changes.subtract(row.segment_id for row in twice)
    _resize(changes, now)
    return {merged_id: found for merged_id, found in kept.items() if found["lists"]}


def _sorted_out(
    joins: Sequence[Join], held: defaultdict[int, list[Membership]]
) -> tuple[list[tuple[Join, Membership]], list[Membership]]:
    """Return which rows go to the survivors, and which say what a survivor's own row says."""
    gained, twice = [], []
    for join in joins:
        has = {row.segment_id for row in held[join.survivor_id]}
        fresh = [row for row in held[join.merged_id] if row.segment_id not in has]
        gained += [(join, row) for row in fresh]
        twice += [row for row in held[join.merged_id] if row.segment_id in has]
        held[join.survivor_id] += fresh
    return gained, twice


def split(survivor_id: int, merged_id: int, kept: Kept, *, now: datetime) -> Kept:
    """Give back what is at home with the merged customer, on all lists they were on; later entries stay."""
    family = family_of(merged_id)
    before = _sizes([survivor_id, merged_id, *family])
    rows = _listed().filter(customer_id__in=family_of(survivor_id), home__in=family).order_by("pk")
    on = {row.segment_id for row in _present([merged_id])[merged_id]}
    update_rows(Membership, ("customer_id", "home", "left_at"), _brought_back(rows, merged_id, on, now))
    _restore(merged_id, [row for row in kept.get("lists", ()) if (row[2] or merged_id) in family])
    after = _sizes([survivor_id, merged_id, *family])
    after.subtract(before)  # a list of equal length stays among them: other people are on it now
    _resize(after, now)
    since = _listed().filter(
        customer_id=survivor_id, home=None, left_at=None, entered_at__gt=datetime.fromisoformat(kept["merged_at"])
    )
    stays = since.count()
    return {"stays": {"lists": stays}} if stays else {}


def _brought_back(
    rows: Iterable[Membership], merged_id: int, on: set[int], now: datetime
) -> list[tuple[int, int | None, datetime | None, int]]:
    found = []
    for row in rows:
        left_at = row.left_at
        if left_at is None and row.segment_id in on:
            left_at = now
        elif left_at is None:
            on.add(row.segment_id)
        found.append((merged_id, None if row.home == merged_id else row.home, left_at, row.pk))
    return found


def _restore(merged_id: int, wanted: Sequence[Sequence[Any]]) -> None:
    """Open again what ended with the merge or since, as if it had gone on all the time."""
    own = _listed().filter(customer_id=merged_id).order_by("pk")
    on = {row.segment_id for row in own if row.left_at is None}
    closed = {(row.segment_id, row.entered_at): row for row in own if row.left_at is not None}
    known = set(Segment.objects.filter(pk__in=[row[0] for row in wanted]).values_list("pk", flat=True))
    reopened, missing = [], []
    for segment_id, entered_at, home in wanted:
        since = datetime.fromisoformat(entered_at)
        if segment_id in on or segment_id not in known:
            continue
        if row := closed.get((segment_id, since)):
            reopened.append(row.pk)
        else:
            missing.append((segment_id, merged_id, since, None, None if home == merged_id else home))
    Membership.objects.filter(pk__in=reopened).update(left_at=None)
    insert_rows(Membership, ("segment_id", "customer_id", "entered_at", "left_at", "home"), missing)


def _listed() -> QuerySet[Membership]:
    return Membership.objects.filter(segment__kind=Kind.LIST)


def _present(customer_ids: Iterable[int]) -> defaultdict[int, list[Membership]]:
    held: defaultdict[int, list[Membership]] = defaultdict(list)
    for row in _listed().filter(customer_id__in=list(customer_ids), left_at__isnull=True).order_by("pk"):
        held[row.customer_id].append(row)
    return held


def _sizes(customer_ids: Iterable[int]) -> Counter[int]:
    """Return on how many lists' rows these customers are, by list."""
    rows = _listed().filter(customer_id__in=list(customer_ids), left_at__isnull=True)
    return Counter(rows.values_list("segment_id", flat=True))


def _resize(changes: Mapping[int, int], now: datetime) -> None:
    """Correct how many are on lists, and when that was so; the copy in the warehouse follows by that."""
    if changes:
        grown = Case(*(When(pk=pk, then=Value(change)) for pk, change in changes.items()), default=Value(0))
        Segment.objects.filter(pk__in=changes).update(size=F("size") + grown, computed_at=now)
