"""What belongs to customers themselves follows a merge, and comes back with a split.

Rows that change hands remember their ``home``: whose they are once every merge is undone. A split gives back what is at
home with the merged customer or with somebody merged into them, so merges may be undone in any order.
"""

from datetime import datetime
from typing import Any

from django.db.models import Value
from django.db.models.functions import Coalesce

from shuke.cdp.customers.actions import consents
from shuke.cdp.customers.models import ContactPoint, CustomerTag, Relation, RelationKind, Tag
from shuke.cdp.customers.queries.merging import family_of
from shuke.cdp.events.actions import Provenance

Kept = dict[str, Any]


class Consents:
    """Permission: the strictest choice of either holds for both, from the merge on and after a split.

    Comes first, while it is still visible whose addresses are whose.
    """

    name = "customers.consents"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Return nothing to move: records belong to addresses."""
        return {"moves": {}}

    def merge(self, survivor_id: int, merged_id: int, identity_ids: list[int], *, now: datetime) -> Kept:
        """Let the strictest choice hold for both."""
        changed = consents.strictest_for_both(survivor_id, merged_id, by=_by(now))
        return {"tightened": changed}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Let what was chosen meanwhile hold for both."""
        changed = consents.strictest_for_both(survivor_id, merged_id, by=_by(now))
        return {"stays": {"consents": changed}} if changed else {}


class Contacts:
    """Addresses. One that both have stays with each of them."""

    name = "customers.contacts"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the addresses that the survivor gains."""
        return {"moves": {"contacts": self._gained(survivor_id, merged_id).count()}}

    def merge(self, survivor_id: int, merged_id: int, identity_ids: list[int], *, now: datetime) -> Kept:
        """Give the survivor the addresses they do not have."""
        gained = list(self._gained(survivor_id, merged_id).values_list("pk", flat=True))
        rows = ContactPoint.objects.filter(pk__in=gained)
        return {"moved": rows.update(customer_id=survivor_id, home=Coalesce("home", Value(merged_id)))}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back what is at home there, with what arrived under those identities since."""
        theirs = ContactPoint.objects.filter(customer_id=survivor_id, home__in=family_of(merged_id))
        held = ContactPoint.objects.filter(customer_id=merged_id).values_list("channel", "blind_index")
        again = {(channel, bytes(index)) for channel, index in held}
        rows = list(theirs.values_list("pk", "channel", "blind_index"))
        twice = [pk for pk, channel, index in rows if (channel, bytes(index)) in again]
        ContactPoint.objects.filter(pk__in=twice).delete()
        ContactPoint.objects.filter(pk__in=[row[0] for row in rows]).update(customer_id=merged_id)
        ContactPoint.objects.filter(customer_id=merged_id, home=merged_id).update(home=None)
        return {}

    def _gained(self, survivor_id: int, merged_id: int) -> Any:
        held = ContactPoint.objects.filter(customer_id=survivor_id).values_list("channel", "blind_index")
        has = {(channel, bytes(index)) for channel, index in held}
        rows = ContactPoint.objects.filter(customer_id=merged_id).values_list("pk", "channel", "blind_index")
        gained = [pk for pk, channel, index in rows if (channel, bytes(index)) not in has]
        return ContactPoint.objects.filter(pk__in=gained)


class Tags:
    """Tags. One that both carry, or that excludes one the survivor carries, stays where it is."""

    name = "customers.tags"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the tags that the survivor gains."""
        return {"moves": {"tags": len(self._gained(survivor_id, merged_id))}}

    def merge(self, survivor_id: int, merged_id: int, identity_ids: list[int], *, now: datetime) -> Kept:
        """Put the merged customer's tags on the survivor; remember them all as they were."""
        before = CustomerTag.objects.filter(customer_id=merged_id).order_by("pk")
        rows = list(before.values_list("tag_id", "tagged_at", "tagged_by", "home"))
        gained = CustomerTag.objects.filter(pk__in=self._gained(survivor_id, merged_id))
        gained.update(customer_id=survivor_id, home=Coalesce("home", Value(merged_id)))
        return {"tags": [[tag, at.isoformat(), who, home] for tag, at, who, home in rows]}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give the tags back, those too that somebody took off meanwhile; what was put on meanwhile stays."""
        family = family_of(merged_id)
        theirs = CustomerTag.objects.filter(customer_id=survivor_id, home__in=family)
        carried = CustomerTag.objects.filter(customer_id=merged_id).values_list("tag_id", flat=True)
        theirs.filter(tag_id__in=list(carried)).delete()
        theirs.update(customer_id=merged_id)
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

    def _gained(self, survivor_id: int, merged_id: int) -> list[int]:
        held = CustomerTag.objects.filter(customer_id=survivor_id)
        has = set(held.values_list("tag_id", flat=True))
        taken = set(held.filter(tag__group__is_exclusive=True).values_list("tag__group_id", flat=True))
        rows = CustomerTag.objects.filter(customer_id=merged_id).values_list("pk", "tag_id", "tag__group_id")
        return [pk for pk, tag_id, group in rows if tag_id not in has and group not in taken]


class Relations:
    """Households, companies, referrers. What connects the two with each other rests while they are one."""

    name = "customers.relations"

    def preview(self, survivor_id: int, merged_id: int) -> Kept:
        """Count the relations that the survivor gains."""
        return {"moves": {"relations": len(self._gained(survivor_id, merged_id))}}

    def merge(self, survivor_id: int, merged_id: int, identity_ids: list[int], *, now: datetime) -> Kept:
        """Connect the survivor where the merged customer was connected."""
        gained = self._gained(survivor_id, merged_id)
        for row in gained:
            if row.customer_id == merged_id:
                row.customer_id, row.customer_home = survivor_id, row.customer_home or merged_id
            else:
                row.other_id, row.other_home = survivor_id, row.other_home or merged_id
        _write_relations(gained)
        return {"moved": len(gained)}

    def split(self, survivor_id: int, merged_id: int, identity_ids: list[int], kept: Kept, *, now: datetime) -> Kept:
        """Give back the ends that are at home there."""
        family = set(family_of(merged_id))
        rows = list(Relation.objects.filter(customer_id=survivor_id, customer_home__in=family))
        rows += Relation.objects.filter(other_id=survivor_id, other_home__in=family)
        for row in rows:
            if row.customer_id == survivor_id and row.customer_home in family:
                row.customer_id = merged_id
                row.customer_home = None if row.customer_home == merged_id else row.customer_home
            else:
                row.other_id = merged_id
                row.other_home = None if row.other_home == merged_id else row.other_home
        _write_relations(rows)
        return {}

    def _gained(self, survivor_id: int, merged_id: int) -> list[Relation]:
        own = Relation.objects.filter(customer_id=survivor_id) | Relation.objects.filter(other_id=survivor_id)
        has = {_meaning(row, survivor_id) for row in own}
        rows = Relation.objects.filter(customer_id=merged_id) | Relation.objects.filter(other_id=merged_id)
        between = {survivor_id, merged_id}
        return [
            row
            for row in rows.order_by("pk")
            if {row.customer_id, row.other_id} != between and _meaning(row, merged_id) not in has
        ]


def _meaning(row: Relation, end: int) -> tuple[str, bool, int]:
    """What a relation says of one of its ends: the kind, the direction (a household has none), and to whom."""
    is_first = row.customer_id == end
    return (row.kind, is_first or row.kind == RelationKind.HOUSEHOLD, row.other_id if is_first else row.customer_id)


def _write_relations(rows: list[Relation]) -> None:
    for row in rows:
        if row.kind == RelationKind.HOUSEHOLD and row.customer_id > row.other_id:
            row.customer_id, row.other_id = row.other_id, row.customer_id
            row.customer_home, row.other_home = row.other_home, row.customer_home
    Relation.objects.bulk_update(rows, ["customer", "other", "customer_home", "other_home"], batch_size=100)


def _by(now: datetime) -> Provenance:
    return Provenance(source="customers", actor="system:customers", now=now)
