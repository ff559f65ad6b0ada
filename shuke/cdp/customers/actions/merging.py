"""Making two customers one, and telling them apart again."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.actions.recording import index_names
from shuke.cdp.customers.models import Customer, CustomerMerge, Identity, IdentityMove, IdentityReason, MergeReason
from shuke.cdp.customers.queries import merging as queries
from shuke.cdp.customers.rules import merging as layers
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.ids import uuid7
from shuke.platform import manifest
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import seal
from shuke.platform.db.bulk import insert_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

# A merge is one transaction, which holds up every other writer while it lasts.
MOST_IDENTITIES = 10_000


@dataclass(frozen=True, slots=True)
class Split:
    """What a split did: who is a person of their own again, and what stays with the survivor, by participant."""

    customer_id: int
    survivor_id: int
    report: dict[str, Any]


@transaction.atomic
def merge(
    survivor_id: int,
    merged_id: int,
    *,
    reason: str = MergeReason.STAFF,
    by: Actor,
    now: datetime,
    chosen: dict[str, str] | None = None,
) -> CustomerMerge:
    """Make two customers one: all that is known of the merged one goes on under the survivor, for as long as it stays so.

    ``chosen`` says for fields of the profile whose value counts (``survivor`` or ``merged``); the rest is decided by
    ``rules.merging``. Of what either permitted, the strictest holds for both. The merged customer's number leads to the
    survivor from now on. ``split`` undoes all of it. Raises ``UnknownCustomer`` and ``CannotMerge``.
    """
    survivor, merged = _locked(survivor_id, merged_id)
    queries.check(survivor, merged)
    made = CustomerMerge.objects.create(
        uuid=uuid7(), survivor=survivor, merged=merged, reason=reason, merged_at=now, merged_by=by.reference, kept=b""
    )
    profile = _merge_profiles(survivor, merged, chosen, now)
    identity_ids = list(Identity.objects.filter(customer=merged).order_by("pk").values_list("pk", flat=True))
    if len(identity_ids) > MOST_IDENTITIES:
        raise errors.CannotMerge(_("This customer has too many identities to be one person."))
    _move(identity_ids, merged.pk, survivor.pk, made, by=by, now=now)
    Identity.objects.filter(pk__in=identity_ids).update(
        customer=survivor, moved_at=now, home=Coalesce("home", Value(merged.pk))
    )
    failpoint("merge.after_repoint")
    kept = {
        participant.name: participant.merge(survivor.pk, merged.pk, identity_ids, now=now)
        for participant in manifest.merge_participants()
    }
    failpoint("merge.before_tombstone")
    Customer.objects.filter(merged_into=merged).update(merged_into=survivor)
    Customer.objects.filter(pk=merged.pk).update(merged_into=survivor, changed_at=now)
    made.summary = {"identities": len(identity_ids), "fields": profile["fields"]}
    _keep(made, {"profile": profile, "participants": kept})
    made.save(update_fields=["kept", "summary"])
    _tell(vocabulary.CustomerMerged(survivor.pk, merged.pk, identity_ids, str(made.uuid)), by, now)
    summary = {"merged": merged.pk, "reason": str(reason), "identities": len(identity_ids), "fields": profile["fields"]}
    audit.record(by, "customers.merged", target=f"customers.Customer:{survivor.pk}", summary=summary, now=now)
    failpoint("merge.before_commit")
    return made


def _locked(*customer_ids: int) -> tuple[Customer, ...]:
    """Let nobody write under these customers until the commit, and return them in the order asked for.

    On PostgreSQL whoever writes facts holds the other side of this lock, so that none is written under a customer who
    is being merged or split at that moment.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.customers.moves'))")
    rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk").select_for_update()
    found = {customer.pk: customer for customer in rows}
    if len(found) < len(set(customer_ids)):
        raise errors.UnknownCustomer(_("There is no such customer."))
    return tuple(found[pk] for pk in customer_ids)


def _merge_profiles(
    survivor: Customer, merged: Customer, chosen: dict[str, str] | None, now: datetime
) -> dict[str, Any]:
    before, theirs = queries.profile_of(survivor), queries.profile_of(merged)
    decided = queries.sides_of(survivor, merged, chosen)
    after = layers.combined(before, theirs, decided)
    _write_profile(survivor, after, now)
    changed = sorted(name for name in after if after[name] != before[name])
    return {
        "before": queries.as_plain(before), "after": queries.as_plain(after), "decided": decided, "fields": changed,
    }  # fmt: skip


def _write_profile(customer: Customer, profile: dict[str, Any], now: datetime) -> None:
    renamed = customer.name != profile["name"]
    for name, value in profile.items():
        setattr(customer, name, value)
    customer.name_key, customer.changed_at = rules.name_key(customer.name), now
    customer.save(update_fields=[*profile, "name_key", "changed_at"])
    if renamed:
        index_names({customer.pk: customer.name})


def _move(identity_ids: list[int], before: int, after: int, edge: CustomerMerge, *, by: Actor, now: datetime) -> None:
    reason = str(IdentityReason.SPLIT if after == edge.merged_id else IdentityReason.MERGED)
    insert_rows(
        IdentityMove,
        ("identity_id", "from_customer", "to_customer", "reason", "merge_id", "source", "moved_at", "moved_by"),
        ((pk, before, after, reason, edge.pk, by.kind, now, by.reference) for pk in identity_ids),
    )


def _keep(edge: CustomerMerge, kept: dict[str, Any]) -> None:
    edge.kept = seal(json.dumps(kept, ensure_ascii=False), context=queries.KEPT_CONTEXT)


def _tell(said: Any, by: Actor, now: datetime) -> None:
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    events.publish([NewEvent.of(said, customer_id=said.survivor_id, occurred_at=now, by=origin)])


@transaction.atomic
def split(merge_uuid: UUID, *, by: Actor, now: datetime) -> Split:
    """Undo a merge completely: the merged customer is who they were, with all that has arrived under their ids since.

    What was done to the merged person stays with the survivor and is in the report. Of what was permitted, the stricter
    holds for both. Merges may be undone in any order. Raises ``UnknownMerge`` and ``CannotSplit``.
    """
    edge = queries.merge_by_uuid(merge_uuid)
    holder_id = edge.survivor.merged_into_id or edge.survivor_id
    holder, _survivor, merged = _locked(holder_id, edge.survivor_id, edge.merged_id)
    edge = CustomerMerge.objects.select_related("survivor", "merged").get(pk=edge.pk)
    if edge.split_at is not None or merged.merged_into_id != holder.pk:
        raise errors.CannotSplit(_("This merge has been undone already."))
    kept = queries.kept_of(edge)
    edges = queries.live_below(holder.pk)
    family = queries.below(merged.pk, edges)
    identity_ids = list(
        Identity.objects.filter(customer=holder, home__in=family).order_by("pk").values_list("pk", flat=True)
    )
    changed = _split_profiles(edge, edges, now)
    Customer.objects.filter(pk__in=family[1:]).update(merged_into=merged)
    Customer.objects.filter(pk=merged.pk).update(merged_into=None, changed_at=now)
    if "restricted_at" in changed and merged.restricted_at is None:
        # One person asked to be left alone; nobody can tell any more which of the two it was.
        Customer.objects.filter(pk=merged.pk).update(restricted_at=holder.restricted_at)
    _move(identity_ids, holder.pk, merged.pk, edge, by=by, now=now)
    Identity.objects.filter(pk__in=identity_ids).update(customer=merged, moved_at=now)
    Identity.objects.filter(customer=merged, home=merged.pk).update(home=None)
    failpoint("split.after_repoint")
    report = {"customers.profile": {"stays": {"fields": len(changed)}, "fields": changed}} if changed else {}
    report |= _split_participants(holder.pk, merged.pk, identity_ids, kept=kept, edge=edge, now=now)
    failpoint("split.before_tombstone")
    edge.split_at, edge.split_by, edge.split_report = now, by.reference, report
    edge.kept = b""
    edge.save(update_fields=["split_at", "split_by", "split_report", "kept"])
    _tell(vocabulary.CustomerSplit(holder.pk, merged.pk, identity_ids, str(edge.uuid)), by, now)
    summary = {"split": merged.pk, "identities": len(identity_ids)}
    audit.record(by, "customers.split", target=f"customers.Customer:{holder.pk}", summary=summary, now=now)
    failpoint("split.before_commit")
    return Split(merged.pk, holder.pk, report)


def _split_participants(
    holder_id: int,
    merged_id: int,
    identity_ids: list[int],
    *,
    kept: dict[str, Any],
    edge: CustomerMerge,
    now: datetime,
) -> dict[str, Any]:
    report = {}
    for participant in manifest.merge_participants():
        own = kept["participants"].get(participant.name, {}) | {"merged_at": edge.merged_at.isoformat()}
        if stays := participant.split(holder_id, merged_id, identity_ids, own, now=now):
            report[participant.name] = stays
    return report


def _split_profiles(edge: CustomerMerge, edges: list[CustomerMerge], now: datetime) -> list[str]:
    """Take one layer out of the survivor's profile and carry what changes up to whoever they are merged into.

    Returns the fields that were changed on top since, which stay.
    """
    changed: set[str] = set()
    above: CustomerMerge | None = edge
    while above is not None:  # as many steps as merges lie upon each other
        survivor = Customer.objects.get(pk=above.survivor_id)
        changed |= set(_relay(survivor, [e for e in edges if e.survivor_id == survivor.pk], edge, now))
        above = next((e for e in edges if e.merged_id == survivor.pk), None)
    return sorted(changed)


def _relay(survivor: Customer, own: list[CustomerMerge], removed: CustomerMerge, now: datetime) -> list[str]:
    kept_of = {edge.pk: queries.kept_of(edge) for edge in own}
    merged = Customer.objects.in_bulk([edge.merged_id for edge in own])
    found = [
        layers.Layer(
            before=queries.from_plain(kept_of[edge.pk]["profile"]["before"]),
            after=queries.from_plain(kept_of[edge.pk]["profile"]["after"]),
            decided=kept_of[edge.pk]["profile"]["decided"],
            merged=queries.profile_of(merged[edge.merged_id]),
            is_removed=edge.pk == removed.pk,
        )
        for edge in own
    ]
    current = queries.profile_of(survivor)
    profile, on_top = layers.relay(found, current)
    _write_profile(survivor, profile, now)
    for edge, layer in zip(own, found, strict=True):
        if edge.pk != removed.pk:
            plain = {"before": queries.as_plain(layer.before), "after": queries.as_plain(layer.after)}
            kept_of[edge.pk]["profile"] |= plain
            _keep(edge, kept_of[edge.pk])
            edge.save(update_fields=["kept"])
    return on_top
