"""Questions about merges: who is merged into whom, what a merge would do, what it did."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors
from shuke.cdp.customers.models import Customer, CustomerMerge, Identity, IdentityMove
from shuke.cdp.customers.rules import merging as rules
from shuke.platform import manifest
from shuke.platform.crypto.sealing import unseal

KEPT_CONTEXT = b"customers.merge"
# The fields whose value staff choose, and who should go on if they do not say.
CHOSEN, survivor_first = rules.CHOSEN, rules.survivor_first


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of a preview: both values, which one the rules would take, and whether the two differ."""

    field: str
    survivor: Any
    merged: Any
    side: str

    @property
    def differs(self) -> bool:
        """Whether there is anything to choose."""
        return self.survivor != self.merged and bool(self.survivor) and bool(self.merged)

    @property
    def value(self) -> Any:
        """Return what the survivor will have."""
        return (self.merged or self.survivor) if self.side == rules.MERGED else (self.survivor or self.merged)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do. ``moves`` counts, by noun, what the survivor gains."""

    survivor: Customer
    merged: Customer
    choices: list[Choice]
    moves: dict[str, int]


@dataclass(frozen=True, slots=True)
class SplitPreview:
    """What undoing a merge would give back (by noun), and to whom."""

    merge: CustomerMerge
    holder: Customer
    identities: list[Identity]
    others: list[int] = field(default_factory=list)


def family_of(customer_id: int) -> list[int]:
    """Return a customer and everybody who is merged into them at the moment."""
    return [customer_id, *Customer.objects.filter(merged_into_id=customer_id).values_list("pk", flat=True)]


def survivors_of(customer_ids: Iterable[int]) -> dict[int, int]:
    """Return for those of ``customer_ids`` that are merged who they are now."""
    merged = Customer.objects.filter(pk__in=list(customer_ids), merged_into__isnull=False)
    return dict(merged.values_list("pk", "merged_into_id"))


def merge_by_uuid(uuid: UUID) -> CustomerMerge:
    """Return a merge by its public id. Raises ``UnknownMerge``."""
    found = CustomerMerge.objects.select_related("survivor", "merged").filter(uuid=uuid).first()
    if found is None:
        raise errors.UnknownMerge(_("There is no such merge."))
    return found


def merges_of(customer_id: int) -> list[CustomerMerge]:
    """Return the merges that a customer took part in, or that somebody merged into them did, newest first."""
    family = family_of(customer_id)
    rows = CustomerMerge.objects.filter(survivor_id__in=family) | CustomerMerge.objects.filter(merged_id__in=family)
    return list(rows.select_related("survivor", "merged").order_by("-merged_at", "-pk"))


def live_below(root_id: int) -> list[CustomerMerge]:
    """Return the merges in force that make up a customer, oldest first: the edges of the tree below them."""
    family = family_of(root_id)
    return list(CustomerMerge.objects.filter(merged_id__in=family, split_at__isnull=True).order_by("pk"))


def below(customer_id: int, edges: Sequence[CustomerMerge]) -> list[int]:
    """Return a customer and everybody whom ``edges`` merge into them, directly or through others."""
    found = [customer_id]
    for pk in found:
        found += [edge.merged_id for edge in edges if edge.survivor_id == pk]
    return found


def preview(survivor_id: int, merged_id: int, *, chosen: dict[str, str] | None = None) -> Preview:
    """Return what merging two customers would do. Raises ``UnknownCustomer`` and ``CannotMerge``."""
    found = Customer.objects.in_bulk([survivor_id, merged_id])
    survivor, merged = _pair(found, survivor_id, merged_id)
    decided = sides_of(survivor, merged, chosen)
    choices = [Choice(f, getattr(survivor, f), getattr(merged, f), decided[f]) for f in rules.CHOSEN]
    moves = {"identities": Identity.objects.filter(customer_id=merged_id).count()}
    for participant in manifest.merge_participants():
        for noun, count in participant.preview(survivor_id, merged_id).get("moves", {}).items():
            moves[noun] = moves.get(noun, 0) + count
    return Preview(survivor, merged, choices, {noun: count for noun, count in moves.items() if count})


def _pair(found: dict[int, Customer], survivor_id: int, merged_id: int) -> tuple[Customer, Customer]:
    survivor, merged = found.get(survivor_id), found.get(merged_id)
    if survivor is None or merged is None:
        raise errors.UnknownCustomer(_("There is no such customer."))
    check(survivor, merged)
    return survivor, merged


def check(survivor: Customer, merged: Customer) -> None:
    """Raise ``CannotMerge`` if these two cannot become one."""
    if survivor.pk == merged.pk:
        raise errors.CannotMerge(_("These are one customer already."))
    if survivor.merged_into_id or merged.merged_into_id:
        raise errors.CannotMerge(_("One of them has been merged meanwhile. Look at both again."))
    if survivor.erased_at or merged.erased_at:
        raise errors.CannotMerge(_("One of them has been erased, so nobody can tell whether they are the same."))
    if survivor.kind != merged.kind:
        raise errors.CannotMerge(_("One is a person and the other a company."))


def sides_of(survivor: Customer, merged: Customer, chosen: Mapping[str, str] | None) -> dict[str, rules.Side]:
    """Return for each field whose value counts."""
    is_newer = merged.changed_at > survivor.changed_at
    return rules.sides(profile_of(survivor), profile_of(merged), merged_is_newer=is_newer, chosen=chosen)


def profile_of(customer: Customer) -> dict[str, Any]:
    """Return the fields of a customer that a merge decides about."""
    return {name: getattr(customer, name) for name in rules.FIELDS}


def split_preview(merge: CustomerMerge) -> SplitPreview:
    """Return what undoing a merge would give back. Raises ``CannotSplit``."""
    if merge.split_at is not None:
        raise errors.CannotSplit(_("This merge has been undone already."))
    holder_id = merge.survivor.merged_into_id or merge.survivor_id
    family = below(merge.merged_id, live_below(holder_id))
    identities = Identity.objects.filter(customer_id=holder_id, home__in=family).order_by("type", "namespace", "pk")
    return SplitPreview(merge, Customer.objects.get(pk=holder_id), list(identities), family[1:])


def moves_of(identity_ids: Iterable[int]) -> dict[int, list[IdentityMove]]:
    """Return how identities changed hands, oldest first."""
    found: dict[int, list[IdentityMove]] = {}
    for move in IdentityMove.objects.filter(identity_id__in=list(identity_ids)).order_by("pk"):
        found.setdefault(move.identity_id, []).append(move)
    return found


def latest_move() -> int:
    """Return a number that grows whenever an identity changes hands: what remembered customers are good under."""
    return IdentityMove.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


# --- what a merge keeps


def kept_of(merge: CustomerMerge) -> dict[str, Any]:
    """Return what undoing a merge takes. Raises ``CannotSplit`` where that has been erased."""
    if not merge.kept:
        raise errors.CannotSplit(_("What it takes to undo this merge has been erased."))
    found: dict[str, Any] = json.loads(unseal(bytes(merge.kept), context=KEPT_CONTEXT))
    return found


def as_plain(profile: dict[str, Any]) -> dict[str, Any]:
    """Return a profile as JSON can hold it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in profile.items()}


def from_plain(plain: dict[str, Any]) -> dict[str, Any]:
    """Return the profile that ``as_plain`` wrote."""
    read = {
        "birthday": date.fromisoformat,
        "first_seen_at": datetime.fromisoformat,
        "restricted_at": datetime.fromisoformat,
    }
    return {name: read[name](value) if name in read and value else value for name, value in plain.items()}


def identity_counts(customer_ids: Iterable[int]) -> dict[int, int]:
    """Return how many identities each customer has."""
    rows: QuerySet[Any, Any] = Identity.objects.filter(customer_id__in=list(customer_ids)).values("customer_id")
    return {row["customer_id"]: row["n"] for row in rows.annotate(n=Count("pk")).order_by()}
