"""Forgetting a person, and keeping their data out of use, as far as the tables of customers go."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote_plus
from uuid import uuid4

from django.db import transaction
from django.db.models import Q, QuerySet

from shuke.cdp.customers.actions import consents, suppressing
from shuke.cdp.customers.actions.taking_in import KIND as FILES
from shuke.cdp.customers.actions.taking_in import RECORD as IMAGES
from shuke.cdp.customers.models import (
    ContactPoint,
    ContactReveal,
    Customer,
    CustomerMerge,
    CustomerTag,
    Identity,
    NameWord,
    Relation,
    SavedView,
)
from shuke.cdp.customers.queries import consents as evidence
from shuke.cdp.customers.queries import personal
from shuke.cdp.customers.rules import consent as rules
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.db.bulk import update_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.imports import actions as imports
from shuke.platform.imports.actions import images
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

ERASED = "erased:"
_BLANK = {"name": "", "name_key": "", "region": "", "city": "", "birthday": None}


def erase(customer_ids: Sequence[int], *, now: datetime) -> dict[str, int]:
    """Take away whatever says who these customers (one person) were; return counts. Repeating it does nothing.

    Their addresses go, and stay suppressed by blind index, so that the same address arriving again does not reach
    anybody. Keys become meaningless, facts keep them. Permissions are withdrawn, evidence is emptied. Publishes
    ``customer.erased``.
    """
    by = Provenance("privacy", "system:privacy", now)
    emptied = imports.empty_refusals(FILES, personal.clear_values(customer_ids))
    removed = _forget_behaviour(customer_ids, now)
    failpoint("erasure.customers_behaviour")
    with transaction.atomic():
        doomed = list(Customer.objects.select_for_update().filter(pk__in=customer_ids, erased_at__isnull=True))
        counts = {
            "permissions_withdrawn": consents.withdraw_everything(customer_ids, by=by),
            "addresses_suppressed": _suppress(customer_ids, by),
            "evidence_emptied": consents.forget_evidence(customer_ids),
            "views_removed": _remove_views(customer_ids),
            "contacts_removed": ContactPoint.objects.filter(customer_id__in=customer_ids).delete()[0],
            "images_removed": images.forget(IMAGES, customer_ids),
            "names_removed": NameWord.objects.filter(customer_id__in=customer_ids).delete()[0],
            "tags_removed": CustomerTag.objects.filter(customer_id__in=customer_ids).delete()[0],
            "relations_removed": _relations(customer_ids).delete()[0],
            "reasons_emptied": ContactReveal.objects.filter(customer_id__in=customer_ids).exclude(reason="").update(reason=""),
            "merges_sealed_off": _merges(customer_ids).exclude(kept=b"").update(kept=b""),
            "keys_made_meaningless": _blank_identities(customer_ids),
            "profiles_emptied": Customer.objects.filter(pk__in=[one.pk for one in doomed]).update(
                **_BLANK, erased_at=now, changed_at=now
            ),
        }  # fmt: skip
        failpoint("erasure.customers_before_commit")
        if doomed:
            said = vocabulary.CustomerErased(sorted(one.pk for one in doomed))
            events.publish([NewEvent.of(said, customer_id=customer_ids[0], occurred_at=now, by=by)])
    return {
        name: count
        for name, count in (counts | {"behaviour_removed": removed, "refused_rows_emptied": emptied}).items()
        if count
    }


def _forget_behaviour(customer_ids: Sequence[int], now: datetime) -> int:
    """Remove what they did under any device they were seen from, also before they became known."""
    devices = list(Identity.objects.filter(customer_id__in=customer_ids).values_list("pk", flat=True))
    removed = 0
    while True:
        with transaction.atomic():
            some = events.forget_behaviour(customer_ids, devices, now=now)
        if not some:
            return removed
        removed += some


def _suppress(customer_ids: Sequence[int], by: Provenance) -> int:
    """Keep marketing away from every address, by its index alone."""
    reach = evidence.reach_of(customer_ids)
    return suppressing.write(
        [
            suppressing.Blocked(channel, contact.index, "marketing", "erased")
            for contact in reach.contacts
            for channel, kind in rules.ADDRESS_OF.items()
            if kind == contact.kind
        ],
        by=by,
    )


def _remove_views(customer_ids: Sequence[int]) -> int:
    """Remove saved lists of colleagues that search for exactly this person."""
    told = personal.clear_values(customer_ids)
    views = SavedView.objects.values_list("pk", "query")
    doomed = [pk for pk, query in views if any(value in unquote_plus(query).casefold() for value in told)]
    return SavedView.objects.filter(pk__in=doomed).delete()[0]


def _relations(customer_ids: Sequence[int]) -> QuerySet[Relation]:
    return Relation.objects.filter(Q(customer_id__in=customer_ids) | Q(other_id__in=customer_ids))


def _merges(customer_ids: Sequence[int]) -> QuerySet[CustomerMerge]:
    return CustomerMerge.objects.filter(Q(survivor_id__in=customer_ids) | Q(merged_id__in=customer_ids))


def _blank_identities(customer_ids: Sequence[int]) -> int:
    """Replace every key by one that means nothing: facts still point at it, and no record finds it again."""
    held = Identity.objects.filter(customer_id__in=customer_ids).exclude(value__startswith=ERASED)
    return update_rows(
        Identity, ("value",), [(f"{ERASED}{uuid4().hex}", pk) for pk in held.values_list("pk", flat=True)]
    )


@transaction.atomic
def restrict(customer_ids: Sequence[int], *, is_restricted: bool, by: Actor, now: datetime) -> int:
    """Keep people's data, and use it neither for analysis nor for marketing; or use it again. Return how many changed.

    Publishes ``customer.restricted``, by which the warehouse lets go of them or takes them back.
    """
    found = Customer.objects.filter(pk__in=customer_ids, erased_at__isnull=True, restricted_at__isnull=is_restricted)
    changed = list(found.order_by("pk").select_for_update().values_list("pk", flat=True))
    Customer.objects.filter(pk__in=changed).update(restricted_at=now if is_restricted else None)
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    said = vocabulary.CustomerRestricted(is_restricted)
    events.publish([NewEvent.of(said, customer_id=pk, occurred_at=now, by=origin) for pk in changed])
    return len(changed)
