"""Who is connected with whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.models import Channel, ContactPoint, Customer, Relation, RelationKind

# Seen from the other end.
INVERSE: Mapping[str, str | Promise] = {
    RelationKind.HOUSEHOLD: _("Lives in one household with"),
    RelationKind.EMPLOYER: _("Is bought for by"),
    RelationKind.REFERRER: _("Referred"),
    RelationKind.INFLUENCER: _("Influences the purchases of"),
}
# At an address of more customers than this live no families, but companies or parcel shops.
MOST_AT_HOME = 8
_SUGGESTED = 5


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation as one of its ends sees it."""

    relation: Relation
    other: Customer
    words: str | Promise


def of_customer(customer_id: int) -> QuerySet[Relation]:
    """Return the relations of a customer, from either end."""
    return Relation.objects.filter(Q(customer_id=customer_id) | Q(other_id=customer_id))


def ties_of(customer_id: int, *, limit: int = 100) -> list[Tie]:
    """Return the relations of a customer, worded from their end."""
    rows = of_customer(customer_id).select_related("customer", "other").order_by("kind", "pk")[:limit]
    return [
        Tie(row, row.other, row.get_kind_display())
        if row.customer_id == customer_id
        else Tie(row, row.customer, INVERSE[row.kind])
        for row in rows
    ]


def household_of(customer_id: int) -> list[int]:
    """Return everybody of a customer's household, the customer included: whoever is connected over any of them."""
    found, frontier = {customer_id}, {customer_id}
    while frontier:  # one round for each step that people are apart; households are small
        rows = Relation.objects.filter(
            Q(customer_id__in=frontier) | Q(other_id__in=frontier), kind=RelationKind.HOUSEHOLD
        )
        ends = {end for pair in rows.values_list("customer_id", "other_id") for end in pair}
        frontier = ends - found
        found |= ends
    return sorted(found)


def buyers_of(company_id: int) -> list[int]:
    """Return who buys for a company."""
    rows = Relation.objects.filter(other_id=company_id, kind=RelationKind.EMPLOYER)
    return list(rows.order_by("pk").values_list("customer_id", flat=True))


def at_the_same_address(customer_id: int, *, without: Collection[int] = ()) -> list[Customer]:
    """Return a few customers at the same postal address who may be one household; of shared addresses, nobody."""
    own = ContactPoint.objects.filter(customer_id=customer_id, channel=Channel.ADDRESS)
    indexes = list(own.values_list("blind_index", flat=True)[:10])
    shared = ContactPoint.objects.filter(channel=Channel.ADDRESS, blind_index__in=indexes)
    homes = shared.values("blind_index").annotate(n=Count("customer_id", distinct=True)).filter(n__lte=MOST_AT_HOME)
    there = shared.filter(blind_index__in=homes.values("blind_index")).values("customer_id")
    found = Customer.objects.filter(pk__in=there, merged_into__isnull=True, kind="person")
    return list(found.exclude(pk__in=[customer_id, *without]).order_by("pk")[:_SUGGESTED])
