"""Who is kept out of analysis at their own wish."""

from dataclasses import dataclass

from shuke.cdp.customers.models import Customer, Identity


@dataclass(frozen=True, slots=True)
class Withheld:
    """Customers whose data is restricted, with everything they are known under."""

    customers: frozenset[int]
    identities: frozenset[int]


def withheld() -> Withheld:
    """Return who is restricted now: few, so that they are read anew for every load."""
    customers = frozenset(Customer.objects.filter(restricted_at__isnull=False).values_list("pk", flat=True))
    if not customers:
        return Withheld(customers, frozenset())
    return Withheld(customers, identities_of(customers))


def identities_of(customer_ids: frozenset[int]) -> frozenset[int]:
    """Return the ids of everything that some customers are known under."""
    return frozenset(Identity.objects.filter(customer_id__in=customer_ids).values_list("pk", flat=True))
