"""Making two customers one, and telling them apart again."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.actions.recording import index_names
from shuke.cdp.customers.models import Customer, CustomerMerge, Identity, IdentityMove, IdentityReason, MergeReason
from shuke.cdp.customers.queries import merging as queries
from shuke.cdp.customers.rules import merging as layers
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.errors import ShukeError
from shuke.kernel.ids import uuid7
from shuke.platform import manifest
from shuke.platform.audit import actions as audit
from shuke.platform.crypto.sealing import seal
from shuke.platform.db.bulk import hand_over, insert_rows, update_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.manifest import Join
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """A merge that somebody asks for.

    ``chosen`` says for fields of the profile whose value counts (``survivor`` or ``merged``); the rest is decided by
    ``rules.merging``.
    """

    survivor_id: int
    merged_id: int
    chosen: Mapping[str, str] | None = None


Outcome: TypeAlias = CustomerMerge | ShukeError


def merge(
    survivor_id: int,
    merged_id: int,
    *,
    reason: str = MergeReason.STAFF,
    by: Actor,
    now: datetime,
    chosen: Mapping[str, str] | None = None,
) -> CustomerMerge:
    """Make two customers one: ``merge_together`` of a single pair. Raises ``UnknownCustomer`` and ``CannotMerge``."""
    [made] = merge_together([Wanted(survivor_id, merged_id, chosen)], reason=reason, by=by, now=now)
    if isinstance(made, ShukeError):
        raise made
    return made


@transaction.atomic
def merge_together(
    wanted: Sequence[Wanted], *, reason: str = MergeReason.STAFF, by: Actor, now: datetime
) -> list[Outcome]:
    """Make customers one, pair by pair in order, in one transaction; return for each the merge or why it was refused.

    All that is known of a merged customer goes on under the survivor, for as long as it stays so. Of what either
    permitted, the strictest holds for both. The merged customer's number leads to the survivor from now on. ``split``
    undoes each of it. The number of queries does not depend on how many pairs there are, only on how long the chains
    among them. Whoever has many keeps the transaction short by handing them over in batches (``platform.db.pacing``).
    """
    customers = _locked({pk for one in wanted for pk in (one.survivor_id, one.merged_id)})
    return [
        outcome
        for some in layers.rounds(wanted, lambda one: (one.survivor_id, one.merged_id))
        for outcome in _merge_round(some, customers, reason=reason, by=by, now=now)
    ]


def _merge_round(
    wanted: Sequence[Wanted], customers: Mapping[int, Customer], *, reason: str, by: Actor, now: datetime
) -> list[Outcome]:
    """Carry out merges of which none takes up where another leaves off, but that several may go to one survivor."""
    identities = _identities_of([one.merged_id for one in wanted])
    outcomes: list[Outcome] = []
    edges, joins, profiles = [], [], {}
    for one in wanted:
        ids = identities.get(one.merged_id, [])
        if refusal := _refusal(one, customers, ids):
            outcomes.append(refusal)
            continue
        survivor, merged = customers[one.survivor_id], customers[one.merged_id]
        profiles[merged.pk] = _merge_profiles(survivor, merged, one.chosen, now)
        merged.merged_into, merged.changed_at = survivor, now
        joins.append(Join(survivor.pk, merged.pk, ids))
        edge = CustomerMerge(
            uuid=uuid7(), survivor=survivor, merged=merged, reason=reason, merged_at=now, merged_by=by.reference,
            summary={"identities": len(ids), "fields": profiles[merged.pk]["fields"]},
        )  # fmt: skip
        edges.append(edge)
        outcomes.append(edge)
    if edges:
        _carry_out(edges, joins, profiles, by=by, now=now)
    return outcomes


def _identities_of(customer_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = Identity.objects.filter(customer_id__in=customer_ids).order_by("pk")
    for customer_id, pk in rows.values_list("customer_id", "pk"):
        found.setdefault(customer_id, []).append(pk)
    return found


def _refusal(one: Wanted, customers: Mapping[int, Customer], identity_ids: Sequence[int]) -> ShukeError | None:
    survivor, merged = customers.get(one.survivor_id), customers.get(one.merged_id)
    if survivor is None or merged is None:
        return errors.UnknownCustomer(_("There is no such customer."))
    if len(identity_ids) > MOST_IDENTITIES:
        return errors.CannotMerge(_("This customer has too many identities to be one person."))
    try:
        queries.check(survivor, merged)
    except errors.CannotMerge as refusal:
        return refusal
    return None


def _carry_out(
    edges: Sequence[CustomerMerge],
    joins: Sequence[Join],
    profiles: Mapping[int, dict[str, Any]],
    *,
    by: Actor,
    now: datetime,
) -> None:
    heirs = {join.merged_id: join.survivor_id for join in joins}
    survivors = {edge.survivor_id: edge.survivor for edge in edges}
    renamed = {edge.survivor_id: edge.survivor for edge in edges if "name" in edge.summary["fields"]}
    _write_profiles(survivors.values(), renamed.values())
    Identity.objects.filter(customer_id__in=heirs).update(moved_at=now)
    hand_over(Identity, "customer_id", heirs, home="home")
    failpoint("merge.after_repoint")
    kept = {part.name: part.merge(joins, now=now) for part in manifest.merge_participants()}
    failpoint("merge.before_tombstone")
    hand_over(Customer, "merged_into", heirs)
    merged = ((survivor_id, now, merged_id) for merged_id, survivor_id in heirs.items())
    update_rows(Customer, ("merged_into_id", "changed_at"), merged)
    for edge in edges:
        of = {name: found[edge.merged_id] for name, found in kept.items() if edge.merged_id in found}
        _keep(edge, {"profile": profiles[edge.merged_id], "participants": of})
    _insert_edges(edges)
    _move(joins, edges, IdentityReason.MERGED, by=by, now=now)
    _tell(
        [
            vocabulary.CustomerMerged(edge.survivor_id, edge.merged_id, list(join.identity_ids), str(edge.uuid))
            for edge, join in zip(edges, joins, strict=True)
        ],
        by,
        now,
    )
    said = [
        (
            f"customers.Customer:{edge.survivor_id}",
            {"merged": edge.merged_id, "reason": str(edge.reason)} | edge.summary,
        )
        for edge in edges
    ]
    audit.record_each(by, "customers.merged", said, now=now)
    failpoint("merge.before_commit")


def _locked(customer_ids: Collection[int]) -> dict[int, Customer]:
    """Let nobody write under these customers until the commit, and return those there are.

    On PostgreSQL whoever writes facts holds the other side of this lock, so that none is written under a customer who
    is being merged or split at that moment.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.customers.moves'))")
    rows = Customer.objects.filter(pk__in=customer_ids).order_by("pk").select_for_update()
    return {customer.pk: customer for customer in rows}


def _merge_profiles(
    survivor: Customer, merged: Customer, chosen: Mapping[str, str] | None, now: datetime
) -> dict[str, Any]:
    """Give the survivor the profile of both, in memory, and return what undoing that takes."""
    before, theirs = queries.profile_of(survivor), queries.profile_of(merged)
    decided = queries.sides_of(survivor, merged, chosen)
    after = layers.combined(before, theirs, decided)
    _assume(survivor, after, now)
    changed = sorted(name for name in after if after[name] != before[name])
    return {
        "before": queries.as_plain(before), "after": queries.as_plain(after), "decided": decided, "fields": changed,
    }  # fmt: skip


def _assume(customer: Customer, profile: Mapping[str, Any], now: datetime) -> None:
    for name, value in profile.items():
        setattr(customer, name, value)
    customer.name_key, customer.changed_at = rules.name_key(customer.name), now


def _write_profiles(customers: Collection[Customer], renamed: Collection[Customer]) -> None:
    columns = (*layers.FIELDS, "name_key", "changed_at")
    update_rows(Customer, columns, ((*(getattr(one, name) for name in columns), one.pk) for one in customers))
    if renamed:
        index_names({one.pk: one.name for one in renamed})


def _insert_edges(edges: Sequence[CustomerMerge]) -> None:
    columns = (
        "uuid", "survivor_id", "merged_id", "reason", "merged_at", "merged_by", "kept", "summary", "split_by",
        "split_report",
    )  # fmt: skip
    insert_rows(CustomerMerge, columns, ([getattr(edge, name) for name in columns] for edge in edges))
    found = CustomerMerge.objects.filter(uuid__in=[edge.uuid for edge in edges])
    numbers = dict(found.values_list("uuid", "pk"))
    for edge in edges:
        edge.pk = numbers[edge.uuid]


def _move(joins: Sequence[Join], edges: Sequence[CustomerMerge], reason: str, *, by: Actor, now: datetime) -> None:
    """Write down which identities went from whom to whom."""
    insert_rows(
        IdentityMove,
        ("identity_id", "from_customer", "to_customer", "reason", "merge_id", "source", "moved_at", "moved_by"),
        (
            (pk, join.merged_id, join.survivor_id, str(reason), edge.pk, by.kind, now, by.reference)
            for join, edge in zip(joins, edges, strict=True)
            for pk in join.identity_ids
        ),
    )


def _keep(edge: CustomerMerge, kept: dict[str, Any]) -> None:
    edge.kept = seal(json.dumps(kept, ensure_ascii=False), context=queries.KEPT_CONTEXT)


def _tell(said: Sequence[Any], by: Actor, now: datetime) -> None:
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    events.publish([NewEvent.of(one, customer_id=one.survivor_id, occurred_at=now, by=origin) for one in said])


@transaction.atomic
def split(merge_uuid: UUID, *, by: Actor, now: datetime) -> Split:
    """Undo a merge completely: the merged customer is who they were, with all that has arrived under their ids since.

    What was done to the merged person stays with the survivor and is in the report. Of what was permitted, the stricter
    holds for both. Merges may be undone in any order. Raises ``UnknownMerge`` and ``CannotSplit``.
    """
    edge = queries.merge_by_uuid(merge_uuid)
    holder_id = edge.survivor.merged_into_id or edge.survivor_id
    found = _locked({holder_id, edge.survivor_id, edge.merged_id})
    holder, merged = found[holder_id], found[edge.merged_id]
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
    _move([Join(merged.pk, holder.pk, identity_ids)], [edge], IdentityReason.SPLIT, by=by, now=now)
    Identity.objects.filter(pk__in=identity_ids).update(customer=merged, moved_at=now)
    Identity.objects.filter(customer=merged, home=merged.pk).update(home=None)
    failpoint("split.after_repoint")
    report = {"customers.profile": {"stays": {"fields": len(changed)}, "fields": changed}} if changed else {}
    report |= _split_participants(holder.pk, merged.pk, identity_ids, kept=kept, edge=edge, now=now)
    failpoint("split.before_tombstone")
    edge.split_at, edge.split_by, edge.split_report = now, by.reference, report
    edge.kept = b""
    edge.save(update_fields=["split_at", "split_by", "split_report", "kept"])
    _tell([vocabulary.CustomerSplit(holder.pk, merged.pk, identity_ids, str(edge.uuid))], by, now)
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
    renamed = [survivor] if survivor.name != profile["name"] else []
    _assume(survivor, profile, now)
    _write_profiles([survivor], renamed)
    for edge, layer in zip(own, found, strict=True):
        if edge.pk != removed.pk:
            plain = {"before": queries.as_plain(layer.before), "after": queries.as_plain(layer.after)}
            kept_of[edge.pk]["profile"] |= plain
            _keep(edge, kept_of[edge.pk])
            edge.save(update_fields=["kept"])
    return on_top
