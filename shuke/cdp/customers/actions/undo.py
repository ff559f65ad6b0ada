"""Taking back what an import brought, as far as nothing else has come to rest on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError

from shuke.cdp.customers import queries
from shuke.cdp.customers.models import ContactPoint, Customer, Identity
from shuke.cdp.events import queries as events


@dataclass(frozen=True, slots=True)
class Removal:
    """What an undo did: the customers that are gone, and those that stay with the reason (``rules`` below).

    Reasons: ``not_created`` (by that import), ``identities``, ``contacts``, ``tags``, ``merges``, ``events``, ``facts``.
    """

    removed: tuple[int, ...]
    kept: tuple[tuple[int, str], ...]


@transaction.atomic
def remove_created_by(import_id: int, customer_ids: Sequence[int]) -> Removal:
    """Remove those of ``customer_ids`` whom the import made and on whom nothing else rests; say who stays and why.

    The caller takes its own facts (orders, refunds) away first, removes the import's events and publishes
    ``import.rows_undone``. Call with chunks of some hundreds.
    """
    reasons = queries.holds_on(customer_ids, import_id=import_id)
    candidates = [pk for pk in customer_ids if pk not in reasons]
    try:
        with transaction.atomic():
            Customer.objects.filter(pk__in=candidates).delete()
    except ProtectedError as protected:
        for fact in protected.protected_objects:
            customer_id = getattr(fact, "customer_id", None)
            if customer_id is None:
                raise
            reasons[customer_id] = "facts"
        candidates = [pk for pk in candidates if pk not in reasons]
        Customer.objects.filter(pk__in=candidates).delete()
    return Removal(tuple(candidates), tuple((pk, reasons[pk]) for pk in customer_ids if pk in reasons))


@transaction.atomic
def remove_additions(import_id: int, *, limit: int = 500) -> list[int]:
    """Take contact points and identities that the import added to customers it did not make; return those customers.

    Identities under which other facts arrived stay. Call until it returns nothing. Gaps in names and places that the
    import filled stay filled.
    """
    points = ContactPoint.objects.filter(import_id=import_id).exclude(customer__import_id=import_id)
    found = list(points.order_by("pk").values_list("pk", "customer_id")[:limit])
    ContactPoint.objects.filter(pk__in=[pk for pk, _ in found]).delete()
    return sorted({customer_id for _, customer_id in found} | _remove_identities(import_id, limit))


def _remove_identities(import_id: int, limit: int) -> set[int]:
    added = Identity.objects.filter(import_id=import_id, customer__isnull=False).exclude(customer__import_id=import_id)
    rows = dict(added.order_by("pk").values_list("pk", "customer_id")[:limit])
    held = events.identities_beyond_import(list(rows), import_id=import_id)
    try:
        with transaction.atomic():
            Identity.objects.filter(pk__in=rows.keys() - held).delete()
    except ProtectedError as protected:
        held |= {pk for fact in protected.protected_objects if (pk := getattr(fact, "identity_id", None)) is not None}
        Identity.objects.filter(pk__in=rows.keys() - held).delete()
    # What is held stays, and is no longer the import's: a second call must not stumble over it.
    Identity.objects.filter(pk__in=held).update(import_id=None)
    return {customer_id for pk, customer_id in rows.items() if pk not in held}
