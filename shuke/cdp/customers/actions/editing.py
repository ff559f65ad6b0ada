"""Correcting by hand what is known about a customer."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, queries, rules
from shuke.cdp.customers.actions.recording import index_names
from shuke.cdp.customers.models import Customer
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

EDITABLE = ("name", "country", "region", "city", "language", "birthday")
_LIMITS = {"name": rules.MAX_NAME_CHARS, "country": 80, "region": 80, "city": 80, "language": 10}


@transaction.atomic
def edit(customer_id: int, changes: dict[str, str | date | None], *, by: Actor, now: datetime) -> list[str]:
    """Set fields of a customer by hand and return the names of those that changed.

    Unlike sources, staff may also empty a field. Publishes ``customer.changed`` and audits, both naming fields only.
    Raises ``UnknownCustomer``.
    """
    customer = queries.customers().select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise errors.UnknownCustomer(_("This customer is not here any more."))
    changed = []
    for name in EDITABLE:
        if name not in changes:
            continue
        value = changes[name]
        if isinstance(value, str):
            value = rules.words(value, limit=_LIMITS[name])
        if getattr(customer, name) != value:
            setattr(customer, name, value)
            changed.append(name)
    if changed:
        _write(customer, changed, by=by, now=now)
    return changed


def _write(customer: Customer, changed: list[str], *, by: Actor, now: datetime) -> None:
    customer.name_key, customer.changed_at = rules.name_key(customer.name), now
    customer.save(update_fields=[*changed, "name_key", "changed_at"])
    if "name" in changed:
        index_names({customer.pk: customer.name})
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    said = vocabulary.CustomerChanged(fields=sorted(changed))
    events.publish([NewEvent.of(said, customer_id=customer.pk, occurred_at=now, by=origin)])
    summary = {"fields": sorted(changed)}
    audit.record(by, "customers.edited", target=f"customers.Customer:{customer.pk}", summary=summary, now=now)
