"""Connecting customers with each other, and saying which of them are companies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, rules
from shuke.cdp.customers.actions.resolution import resolve
from shuke.cdp.customers.models import Customer, CustomerKind, Relation, RelationKind
from shuke.cdp.customers.queries import relations
from shuke.cdp.customers.rules import PersonRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.errors import ShukeError
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

# Where companies that were made by hand have their keys.
COMPANIES = "companies"


@dataclass(frozen=True, slots=True)
class Tied:
    """What became of a relation that was asked for: the relation, or why there is none."""

    relation: Relation | None
    is_new: bool = False
    refusal: ShukeError | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    """A relation that is asked for: ``customer_id`` stands to ``other_id`` as ``kind`` says."""

    customer_id: int
    other_id: int
    kind: str
    note: str = ""

    @property
    def ends(self) -> tuple[int, int]:
        """The ends as stored: a household is the same from both, the lower id comes first."""
        if self.kind == RelationKind.HOUSEHOLD and self.customer_id > self.other_id:
            return self.other_id, self.customer_id
        return self.customer_id, self.other_id


def relate(
    customer_id: int, other_id: int, kind: str, *, note: str = "", by: Actor, now: datetime
) -> tuple[Relation, bool]:
    """Connect a customer with another as ``kind`` says; return the relation and whether it is new.

    A household is the same from both ends; only a company can be bought for. Raises ``UnknownRelation`` and
    ``UnknownCustomer``.
    """
    done = relate_many([Tie(customer_id, other_id, kind, note)], by=by, now=now)[0]
    if done.relation is None:
        assert done.refusal is not None
        raise done.refusal
    return done.relation, done.is_new


@transaction.atomic
def relate_many(ties: Sequence[Tie], *, by: Actor, now: datetime) -> list[Tied]:
    """Connect customers with each other; return what became of each, in order. One that cannot be loses no other."""
    ids = sorted({end for tie in ties for end in tie.ends})
    found = Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk").in_bulk()
    refusals = [_why_not(tie, found) for tie in ties]
    wanted = {(*tie.ends, tie.kind): tie for tie, refusal in zip(ties, refusals, strict=True) if refusal is None}
    before = _stored(ids)
    fresh = {key: tie for key, tie in wanted.items() if key not in before}
    Relation.objects.bulk_create(
        Relation(
            customer_id=one, other_id=other, kind=kind, note=rules.words(tie.note, limit=200), source=by.kind,
            created_at=now, created_by=by.reference,
        )
        for (one, other, kind), tie in fresh.items()
    )  # fmt: skip
    if fresh:
        _publish(sorted({end for key in fresh for end in key[:2]}), "relations", by=by, now=now)
        summary = {"relations": len(fresh), "kinds": sorted({key[2] for key in fresh})}
        first = next(iter(fresh))
        audit.record(by, "customers.related", target=f"customers.Customer:{first[0]}", summary=summary, now=now)
    stored = _stored(ids)
    return [
        Tied(stored[*tie.ends, tie.kind], is_new=(*tie.ends, tie.kind) in fresh)
        if refusal is None
        else Tied(None, refusal=refusal)
        for tie, refusal in zip(ties, refusals, strict=True)
    ]


def _stored(ids: Sequence[int]) -> dict[tuple[int, int, str], Relation]:
    rows = Relation.objects.filter(customer_id__in=ids, other_id__in=ids)
    return {(row.customer_id, row.other_id, row.kind): row for row in rows}


def _why_not(tie: Tie, found: Mapping[int, Customer]) -> ShukeError | None:
    if tie.kind not in RelationKind.values or tie.customer_id == tie.other_id:
        return errors.UnknownRelation(_("These two cannot be connected like this."))
    if tie.customer_id not in found or tie.other_id not in found:
        return errors.UnknownCustomer(_("This customer is not here any more."))
    if tie.kind == RelationKind.EMPLOYER and found[tie.other_id].kind != CustomerKind.COMPANY:
        return errors.UnknownRelation(_("This customer is not a company: say so on their page first."))
    return None


@transaction.atomic
def unrelate(relation_id: int, *, of: int, by: Actor, now: datetime) -> None:
    """Remove a relation of customer ``of``. Raises ``UnknownRelation``."""
    found = relations.of_customer(of).filter(pk=relation_id).first()
    if found is None:
        raise errors.UnknownRelation(_("They are not connected any more."))
    ends = [found.customer_id, found.other_id]
    _publish(ends, "relations", by=by, now=now)
    summary = {"other": ends[1], "kind": found.kind}
    audit.record(by, "customers.relation_removed", target=f"customers.Customer:{ends[0]}", summary=summary, now=now)
    found.delete()


@transaction.atomic
def set_kind(customer_id: int, kind: str, *, by: Actor, now: datetime) -> bool:
    """Say that a customer is a person or a company; return whether that is new.

    Raises ``UnknownCustomer``, and ``UnknownRelation`` for a company that people buy for.
    """
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None or kind not in CustomerKind.values:
        raise errors.UnknownCustomer(_("This customer is not here any more."))
    if customer.kind == kind:
        return False
    if Relation.objects.filter(other=customer, kind=RelationKind.EMPLOYER).exists():
        raise errors.UnknownRelation(_("People buy for this company: disconnect them first."))
    Customer.objects.filter(pk=customer_id).update(kind=kind, changed_at=now)
    _publish([customer_id], "kind", by=by, now=now)
    target = f"customers.Customer:{customer_id}"
    audit.record(by, "customers.kind_changed", target=target, summary={"kind": kind}, now=now)
    return True


@transaction.atomic
def create_company(name: str, *, by: Actor, now: datetime) -> Customer:
    """Make a company account by hand. Raises ``UnknownCustomer`` without a name."""
    clean = rules.words(name, limit=rules.MAX_NAME_CHARS)
    if not clean:
        raise errors.UnknownCustomer(_("A company needs a name."))
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    made = resolve([PersonRecord(external_id=uuid4().hex, name=clean)], namespace=COMPANIES, by=origin)[0]
    assert made is not None
    set_kind(made.customer_id, CustomerKind.COMPANY, by=by, now=now)
    return Customer.objects.get(pk=made.customer_id)


def _publish(customer_ids: list[int], field: str, *, by: Actor, now: datetime) -> None:
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    said = vocabulary.CustomerChanged(fields=[field])
    events.publish(NewEvent.of(said, customer_id=pk, occurred_at=now, by=origin) for pk in customer_ids)
