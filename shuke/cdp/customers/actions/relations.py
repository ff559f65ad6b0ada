"""Connecting customers with each other, and saying which of them are companies."""

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
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

# Where companies that were made by hand have their keys.
COMPANIES = "companies"


@transaction.atomic
def relate(
    customer_id: int, other_id: int, kind: str, *, note: str = "", by: Actor, now: datetime
) -> tuple[Relation, bool]:
    """Connect a customer with another as ``kind`` says; return the relation and whether it is new.

    A household is the same from both ends; only a company can be bought for. Raises ``UnknownRelation`` and
    ``UnknownCustomer``.
    """
    if kind not in RelationKind.values or customer_id == other_id:
        raise errors.UnknownRelation(_("These two cannot be connected like this."))
    found = Customer.objects.select_for_update().in_bulk([customer_id, other_id])
    if len(found) < 2:
        raise errors.UnknownCustomer(_("This customer is not here any more."))
    if kind == RelationKind.EMPLOYER and found[other_id].kind != CustomerKind.COMPANY:
        raise errors.UnknownRelation(_("This customer is not a company: say so on their page first."))
    if kind == RelationKind.HOUSEHOLD and customer_id > other_id:
        customer_id, other_id = other_id, customer_id
    made, is_new = Relation.objects.get_or_create(
        customer_id=customer_id, other_id=other_id, kind=kind,
        defaults={"note": rules.words(note, limit=200), "source": by.kind, "created_at": now, "created_by": by.reference},
    )  # fmt: skip
    if is_new:
        _note(made, "customers.related", by=by, now=now)
    return made, is_new


@transaction.atomic
def unrelate(relation_id: int, *, of: int, by: Actor, now: datetime) -> None:
    """Remove a relation of customer ``of``. Raises ``UnknownRelation``."""
    found = relations.of_customer(of).filter(pk=relation_id).first()
    if found is None:
        raise errors.UnknownRelation(_("They are not connected any more."))
    _note(found, "customers.relation_removed", by=by, now=now)
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


def _note(relation: Relation, verb: str, *, by: Actor, now: datetime) -> None:
    ends = [relation.customer_id, relation.other_id]
    _publish(ends, "relations", by=by, now=now)
    audit.record(
        by, verb, target=f"customers.Customer:{ends[0]}", summary={"other": ends[1], "kind": relation.kind}, now=now
    )


def _publish(customer_ids: list[int], field: str, *, by: Actor, now: datetime) -> None:
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    said = vocabulary.CustomerChanged(fields=[field])
    events.publish(NewEvent.of(said, customer_id=pk, occurred_at=now, by=origin) for pk in customer_ids)
