"""Everything the tables of customers hold about one person, for the archive they may ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from shuke.cdp.customers import rules
from shuke.cdp.customers.models import (
    ContactPoint,
    ContactReveal,
    Customer,
    CustomerMerge,
    CustomerTag,
    Identity,
    IdentityMove,
    NameWord,
    Relation,
)
from shuke.cdp.customers.queries import consents
from shuke.platform.crypto.sealing import unseal

# Keys that are themselves contact details stand in the table as blind indexes: shown as what they are.
_BLIND = frozenset({"email", "phone"})
# What is shorter stands in a thousand other places by chance.
_LEAST_CHARACTERS = 4


def person(customer_id: int) -> list[int]:
    """Return everybody of whom a person is made up, the survivor first, whichever of them is asked for.

    A request may have been received before its customer was merged into another.
    """
    survivor_id = survivor_of(customer_id)
    found, level = [survivor_id], [survivor_id]
    while level := list(
        Customer.objects.filter(merged_into_id__in=level).exclude(pk__in=found).values_list("pk", flat=True)
    ):
        found += level
    return found


def held_about(customer_ids: Sequence[int]) -> dict[str, Any]:
    """Return what is held, in sections, readable."""
    reach = consents.reach_of(customer_ids)
    return {
        "profile": [_profile(row) for row in Customer.objects.filter(pk__in=customer_ids).order_by("pk")],
        "contacts": [_contact(row) for row in ContactPoint.objects.filter(customer_id__in=customer_ids).order_by("pk")],
        "identities": [_identity(row) for row in Identity.objects.filter(customer_id__in=customer_ids).order_by("pk")],
        "name_search": sorted(set(NameWord.objects.filter(customer_id__in=customer_ids).values_list("word", flat=True))),
        "tags": list(
            CustomerTag.objects.filter(customer_id__in=customer_ids).order_by("pk").values("tag__name", "tagged_at")
        ),
        "relations": list(
            (Relation.objects.filter(customer_id__in=customer_ids) | Relation.objects.filter(other_id__in=customer_ids))
            .order_by("pk").values("kind", "note", "source", "created_at")
        ),
        "consents": [_consent(row) for row in consents.records_about(reach)],
        "suppressions": [
            {"channel": one.channel, "scope": one.scope, "reason": one.reason, "since": one.created_at}
            for _index, one in reach.suppressions
        ],
        "reveals": list(
            ContactReveal.objects.filter(customer_id__in=customer_ids).order_by("pk")
            .values("revealed_at", "channel", "staff", "reason")
        ),
        "merges": list(
            CustomerMerge.objects.filter(merged_id__in=customer_ids).order_by("pk")
            .values("merged_at", "reason", "merged_by", "split_at")
        ),
        "identity_moves": list(
            IdentityMove.objects.filter(identity__customer_id__in=customer_ids).order_by("pk").values("moved_at", "reason")
        ),
    }  # fmt: skip


def _profile(row: Customer) -> dict[str, Any]:
    return {
        "id": str(row.uuid), "name": row.name, "country": row.country, "region": row.region, "city": row.city,
        "language": row.language, "birthday": row.birthday, "first_seen_at": row.first_seen_at,
        "restricted_at": row.restricted_at,
    }  # fmt: skip


def _contact(row: ContactPoint) -> dict[str, Any]:
    return {
        "kind": row.channel, "address": unseal(bytes(row.sealed), context=rules.CONTACT_CONTEXT), "status": row.status,
        "known_since": row.created_at,
    }  # fmt: skip


def _identity(row: Identity) -> dict[str, Any]:
    shown = "" if row.type in _BLIND else row.value
    return {
        "type": row.type,
        "namespace": row.namespace,
        "value": shown,
        "source": row.source,
        "known_since": row.created_at,
    }


def _consent(row: Any) -> dict[str, Any]:
    return {
        "occurred_at": row.occurred_at, "channel": row.channel, "purpose": row.purpose, "topic": row.topic,
        "action": row.action, "method": row.method, "source": row.source,
        "notice": row.notice.text if row.notice else "", "evidence": consents.evidence_of(row),
    }  # fmt: skip


def clear_values(customer_ids: Sequence[int]) -> set[str]:
    """Return, in lower case, what somebody would write who means this person: addresses, names, keys in shops."""
    told = {contact.value for contact in consents.reach_of(customer_ids).contacts}
    told |= set(Customer.objects.filter(pk__in=customer_ids).values_list("name", flat=True))
    keys = Identity.objects.filter(customer_id__in=customer_ids).exclude(type__in=_BLIND)
    told |= set(keys.values_list("value", flat=True))
    return {value.casefold() for value in told if len(value) >= _LEAST_CHARACTERS}


def survivor_of(customer_id: int) -> int:
    """Return the customer into whom this one was merged, or themselves."""
    seen = {customer_id}
    while (
        above := Customer.objects.filter(pk=customer_id).values_list("merged_into_id", flat=True).first()
    ) is not None:
        if above in seen:
            break
        seen.add(above)
        customer_id = above
    return customer_id


def merges_out_of(customer_ids: Sequence[int]) -> list[UUID]:
    """Return the merges in force that make these customers part of somebody who is not among them, newest first."""
    edges = CustomerMerge.objects.filter(merged_id__in=customer_ids, split_at__isnull=True)
    return list(edges.exclude(survivor_id__in=customer_ids).order_by("-pk").values_list("uuid", flat=True))


def not_yet_erased(uuids: Sequence[UUID]) -> list[int]:
    """Return those of these customers that are here and not erased."""
    found = Customer.objects.filter(uuid__in=uuids, erased_at__isnull=True)
    return list(found.order_by("pk").values_list("pk", flat=True))


def inactive_since(moment: datetime) -> QuerySet[Customer]:
    """Return customers, not erased, about whom nothing was written since a moment."""
    return Customer.objects.filter(changed_at__lt=moment, erased_at__isnull=True, merged_into__isnull=True)
