"""What belongs to customers themselves follows a merge, and comes back with a split.

Rows that change hands remember their ``home``: whose they are once every merge is undone. A split gives back what is at
home with the merged customer or with somebody merged into them, so merges may be undone in any order. It looks for it
with everybody who is part of the survivor: what the survivor had already stayed where an earlier merge had brought it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.models import ContactPoint, CustomerTag, Relation, RelationKind, Tag
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.events.actions import Provenance
from shuke.platform.db.bulk import update_rows
from shuke.platform.manifest import Join

Kept = dict[str, Any]


class Consents:
    """Permission: the strictest choice of either holds for both, from the merge on and after a split.

    Comes first, while it is still visible whose addresses are whose.
    """

    name = "customers.consents"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Return nothing to move: records belong to addresses."""
        return {"moves": {}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
        """Let the strictest choice hold for both."""
        pairs = [(join.survivor_id, join.merged_id) for join in joins]
        tightened = consents.strictest_for_each(pairs, by=_by(now))
        return {join.merged_id: {"tightened": count} for join, count in zip(joins, tightened, strict=True)}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Let what was chosen meanwhile hold for both."""
        [changed] = consents.strictest_for_each([(survivor_id, merged_id)], by=_by(now))
        return {"stays": {"consents": changed}} if changed else {}


class Contacts:
    """Addresses. One that both have stays with each of them."""

    name = "customers.contacts"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the addresses that the survivor gains."""
        return {"moves": {"contacts": len(self._gained([Join(survivor_id, merged_id)])[merged_id])}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
        """Give the survivors the addresses they do not have."""
        gained = self._gained(joins)
        rows = [(join.survivor_id, home or join.merged_id, pk) for join in joins for pk, home in gained[join.merged_id]]
        update_rows(ContactPoint, ("customer_id", "home"), rows)
        return {merged_id: {"moved": len(moved)} for merged_id, moved in gained.items()}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back what is at home there, with what arrived under those identities since."""
        theirs = ContactPoint.objects.filter(
            customer_id__in=family_of(survivor_id), home__in=family_of(merged_id)
        ).order_by("pk")
        held = ContactPoint.objects.filter(customer_id=merged_id).values_list("channel", "blind_index")
        has = {(channel, bytes(index)) for channel, index in held}
        back: list[int] = []
        twice: list[int] = []
        for pk, channel, index in theirs.values_list("pk", "channel", "blind_index"):
            (twice if (channel, bytes(index)) in has else back).append(pk)
            has.add((channel, bytes(index)))
        ContactPoint.objects.filter(pk__in=twice).delete()
        ContactPoint.objects.filter(pk__in=back).update(customer_id=merged_id)
        ContactPoint.objects.filter(customer_id=merged_id, home=merged_id).update(home=None)
        return {}

    def _gained(self, joins: Sequence[Join]) -> dict[int, list[tuple[int, int | None]]]:
        """Return by merged customer the rows (with their homes) that the survivor does not have."""
        held = defaultdict(list)
        found = ContactPoint.objects.filter(customer_id__in=_ends(joins)).order_by("pk")
        for owner, pk, home, channel, index in found.values_list("customer_id", "pk", "home", "channel", "blind_index"):
            held[owner].append((pk, home, (channel, bytes(index))))
        gained = {}
        for join in joins:
            has = {address for _pk, _home, address in held[join.survivor_id]}
            fresh = [row for row in held[join.merged_id] if row[2] not in has]
            held[join.survivor_id] += fresh
            gained[join.merged_id] = [(pk, home) for pk, home, _address in fresh]
        return gained


class Tags:
    """Tags. One that both carry, or that excludes one the survivor carries, stays where it is."""

    name = "customers.tags"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the tags that the survivor gains."""
        held = self._held([survivor_id, merged_id])
        return {"moves": {"tags": len(_tags_gained(held[survivor_id], held[merged_id]))}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
        """Put the merged customers' tags on the survivors; remember them all as they were."""
        held, kept, moved = self._held(_ends(joins)), {}, []
        for join in joins:
            own, theirs = held[join.survivor_id], held[join.merged_id]
            kept[join.merged_id] = {
                "tags": [[row.tag_id, row.tagged_at.isoformat(), row.tagged_by, row.home] for row in theirs]
            }
            gained = _tags_gained(own, theirs)
            moved += [(join.survivor_id, row.home or join.merged_id, row.pk) for row in gained]
            own += gained
        update_rows(CustomerTag, ("customer_id", "home"), moved)
        return kept

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give the tags back, those too that somebody took off meanwhile; what was put on meanwhile stays."""
        family = family_of(merged_id)
        theirs = CustomerTag.objects.filter(customer_id__in=family_of(survivor_id), home__in=family).order_by("pk")
        carried = set(CustomerTag.objects.filter(customer_id=merged_id).values_list("tag_id", flat=True))
        back: list[int] = []
        twice: list[int] = []
        for pk, tag_id in theirs.values_list("pk", "tag_id"):
            (twice if tag_id in carried else back).append(pk)
            carried.add(tag_id)
        CustomerTag.objects.filter(pk__in=twice).delete()
        CustomerTag.objects.filter(pk__in=back).update(customer_id=merged_id)
        CustomerTag.objects.filter(customer_id=merged_id, home=merged_id).update(home=None)
        self._restore(merged_id, [row for row in kept.get("tags", ()) if (row[3] or merged_id) in family])
        since = CustomerTag.objects.filter(customer_id=survivor_id, home=None, tagged_at__gt=kept["merged_at"])
        names = list(since.order_by("tag__name").values_list("tag__name", flat=True))
        return {"stays": {"tags": len(names)}, "tags": names} if names else {}

    def _restore(self, merged_id: int, rows: list[list[Any]]) -> None:
        carried = set(CustomerTag.objects.filter(customer_id=merged_id).values_list("tag_id", flat=True))
        wanted = {row[0]: row for row in rows if row[0] not in carried}
        for tag_id in Tag.objects.filter(pk__in=wanted).values_list("pk", flat=True):
            _tag, at, who, home = wanted[tag_id]
            own = None if home in (None, merged_id) else home
            CustomerTag.objects.create(
                customer_id=merged_id, tag_id=tag_id, tagged_at=datetime.fromisoformat(at), tagged_by=who, home=own
            )

    def _held(self, customer_ids: Sequence[int]) -> defaultdict[int, list[CustomerTag]]:
        held = defaultdict(list)
        for row in CustomerTag.objects.filter(customer_id__in=customer_ids).select_related("tag__group").order_by("pk"):
            held[row.customer_id].append(row)
        return held


def _tags_gained(own: Sequence[CustomerTag], theirs: Sequence[CustomerTag]) -> list[CustomerTag]:
    has = {row.tag_id for row in own}
    taken = {row.tag.group_id for row in own if row.tag.group is not None and row.tag.group.is_exclusive}
    return [row for row in theirs if row.tag_id not in has and row.tag.group_id not in taken]


class Relations:
    """Households, companies, referrers. What connects the two with each other rests while they are one."""

    name = "customers.relations"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the relations that the survivor gains."""
        held = self._held([survivor_id, merged_id])
        return {"moves": {"relations": len(_relations_gained(held, survivor_id, merged_id))}}

    def merge(self, joins: Sequence[Join], *, now: datetime) -> dict[int, Kept]:
        """Connect the survivors where the merged customers were connected."""
        held, kept, moved = self._held(_ends(joins)), {}, []
        for join in joins:
            gained = _relations_gained(held, join.survivor_id, join.merged_id)
            for row in gained:
                _reconnect(row, join.merged_id, join.survivor_id)
                held[join.merged_id].remove(row)
                # Each step of a row is written: where two would change places, they do so one after the other.
                moved.append(_ends_of(row))
            held[join.survivor_id] += gained
            kept[join.merged_id] = {"moved": len(gained)}
        update_rows(Relation, _ENDS, moved)
        return kept

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back the ends that are at home there."""
        family, holders = set(family_of(merged_id)), set(family_of(survivor_id))
        theirs = Q(customer_id__in=holders, customer_home__in=family) | Q(other_id__in=holders, other_home__in=family)
        rows = list(Relation.objects.filter(theirs).order_by("pk"))
        for row in rows:
            if row.customer_id in holders and row.customer_home in family:
                row.customer_id = merged_id
                row.customer_home = None if row.customer_home == merged_id else row.customer_home
            if row.other_id in holders and row.other_home in family:
                row.other_id = merged_id
                row.other_home = None if row.other_home == merged_id else row.other_home
            _put_in_order(row)
        there = self._saying_the_same(rows, merged_id)
        back, resting = _apart([*there, *rows])
        for row in resting:
            _go_home(row)
        update_rows(Relation, _ENDS, map(_ends_of, (*resting, *back)))
        return {}

    def _saying_the_same(self, back: Sequence[Relation], merged_id: int) -> list[Relation]:
        """Return what stands already where relations come back; what was said since gives way to what was said before."""
        coming = {_sense(row): row for row in sorted(back, key=_is_home)}
        moved = {row.pk for row in back}
        there = [row for row in self._held([merged_id])[merged_id] if row.pk not in moved and _sense(row) in coming]
        since = [row.pk for row in there if _is_home(row) and _is_home(coming[_sense(row)])]
        Relation.objects.filter(pk__in=since).delete()
        return [row for row in there if row.pk not in since]

    def _held(self, customer_ids: Sequence[int]) -> defaultdict[int, list[Relation]]:
        held, wanted = defaultdict(list), set(customer_ids)
        either = Q(customer_id__in=wanted) | Q(other_id__in=wanted)
        for row in Relation.objects.filter(either).order_by("pk"):
            for end in {row.customer_id, row.other_id} & wanted:
                held[end].append(row)
        return held


_ENDS = ("customer_id", "other_id", "customer_home", "other_home")


def _ends_of(row: Relation) -> tuple[int | None, ...]:
    return (row.customer_id, row.other_id, row.customer_home, row.other_home, row.pk)


def _relations_gained(held: dict[int, list[Relation]], survivor_id: int, merged_id: int) -> list[Relation]:
    """Return what connects the merged customer with others and says something new of the survivor."""
    has = {_meaning(row, survivor_id) for row in held[survivor_id]}
    between = {survivor_id, merged_id}
    return [
        row
        for row in held[merged_id]
        if {row.customer_id, row.other_id} != between and _meaning(row, merged_id) not in has
    ]


def _reconnect(row: Relation, merged_id: int, survivor_id: int) -> None:
    if row.customer_id == merged_id:
        row.customer_id, row.customer_home = survivor_id, row.customer_home or merged_id
    else:
        row.other_id, row.other_home = survivor_id, row.other_home or merged_id
    _put_in_order(row)


def _apart(rows: Sequence[Relation]) -> tuple[list[Relation], list[Relation]]:
    """Tell relations that may stand from those that would say the same again and rest: what is at home comes first."""
    first: dict[tuple[int, int, str], Relation] = {}
    for row in sorted(rows, key=lambda row: (not _is_home(row), row.pk)):
        first.setdefault(_sense(row), row)
    kept = {row.pk for row in first.values()}
    return list(first.values()), [row for row in rows if row.pk not in kept]


def _is_home(row: Relation) -> bool:
    return row.customer_home is None and row.other_home is None


def _go_home(row: Relation) -> None:
    row.customer_id, row.customer_home = row.customer_home or row.customer_id, None
    row.other_id, row.other_home = row.other_home or row.other_id, None
    _put_in_order(row)


def _sense(row: Relation) -> tuple[int, int, str]:
    return (row.customer_id, row.other_id, row.kind)


def _meaning(row: Relation, end: int) -> tuple[str, bool, int]:
    """What a relation says of one of its ends: the kind, the direction (a household has none), and to whom."""
    is_first = row.customer_id == end
    return (row.kind, is_first or row.kind == RelationKind.HOUSEHOLD, row.other_id if is_first else row.customer_id)


def _put_in_order(row: Relation) -> None:
    if row.kind == RelationKind.HOUSEHOLD and row.customer_id > row.other_id:
        row.customer_id, row.other_id = row.other_id, row.customer_id
        row.customer_home, row.other_home = row.other_home, row.customer_home


def _ends(joins: Sequence[Join]) -> list[int]:
    return sorted({pk for join in joins for pk in (join.survivor_id, join.merged_id)})


def _by(now: datetime) -> Provenance:
    return Provenance(source="customers", actor="system:customers", now=now)
