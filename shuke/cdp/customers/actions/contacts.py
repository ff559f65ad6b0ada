"""Contact details by hand: looking at them, adding, removing, and saying whether they work."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, queries, rules
from shuke.cdp.customers.engine import addresses
from shuke.cdp.customers.models import ContactPoint, ContactReveal, ContactStatus
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.company import queries as company
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.crypto.sealing import seal
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

MOST_REVEALS_AN_HOUR = 30
REVEAL_REASONS = {
    "answering": _("Answering them"), "delivery": _("A delivery"), "identity": _("Checking who they are"),
    "correcting": _("Correcting their data"), "other": _("Something else"),
}  # fmt: skip


def reveal(customer_id: int, contact_id: int, *, reason: str, by: Actor, now: datetime) -> queries.Contact:
    """Return one address in clear, and keep who looked, at what kind, why.

    Nobody looks at more than thirty within an hour: further tries are refused and stand in the audit log. Raises
    ``UnknownCustomer``, ``NoReason`` and ``TooManyReveals``.
    """
    if reason not in REVEAL_REASONS:
        raise errors.NoReason(_("Say why you need to see it."))
    with transaction.atomic():
        contact = queries.find_contact(customer_id, contact_id)
        if contact is None:
            raise errors.UnknownCustomer(_("This address is not here any more."))
        recent = ContactReveal.objects.filter(staff=by.reference, revealed_at__gt=now - timedelta(hours=1))
        target, summary = f"customers.Customer:{customer_id}", {"channel": contact.channel, "contact": contact_id}
        is_too_many = recent.count() >= MOST_REVEALS_AN_HOUR
        if is_too_many:
            audit.record(by, "customers.reveals_exceeded", target=target, summary=summary, now=now)
        else:
            ContactReveal.objects.create(
                customer_id=customer_id, contact_id=contact_id, channel=contact.channel, staff=by.reference, reason=reason,
                revealed_at=now,
            )  # fmt: skip
            audit.record(by, "customers.contact_revealed", target=target, summary=summary | {"reason": reason}, now=now)
    if is_too_many:
        raise errors.TooManyReveals(
            _(
                "You have looked at %(most)s addresses within an hour. Wait a while, or ask an administrator for an export."
            )
            % {"most": MOST_REVEALS_AN_HOUR}
        )
    return contact


@transaction.atomic
def add_contact(customer_id: int, kind: str, written: str, *, by: Actor, now: datetime) -> int:
    """Add an address by hand and return its id. Publishes ``customer.changed``, audits. Raises ``BadAddress``.

    It is a way to reach the person; they are not recognised by it until a source says so.
    """
    found = company.find_company()
    region = rules.region_of_zone(found.time_zone) if found else ""
    address = addresses.read(kind, written, region=region) if kind in addresses.PURPOSES else None
    if address is None:
        raise errors.BadAddress(_("This is no address that could be written to."))
    try:
        with transaction.atomic():
            made = ContactPoint.objects.create(
                customer_id=customer_id, channel=kind, sealed=seal(address.shown, context=rules.CONTACT_CONTEXT),
                blind_index=address.index, mailbox_index=address.mailbox, tail_index=address.tail, index_key=index_key(),
                created_at=now,
            )  # fmt: skip
    except IntegrityError as twice:
        raise errors.BadAddress(_("The customer has this address already.")) from twice
    _tell(customer_id, kind, "customers.contact_added", by, now)
    return made.pk


@transaction.atomic
def remove_contact(customer_id: int, contact_id: int, *, by: Actor, now: datetime) -> None:
    """Remove an address; what was permitted or suppressed about it stays. Publishes, audits. Raises ``UnknownCustomer``."""
    point = _point(customer_id, contact_id)
    point.delete()
    _tell(customer_id, point.channel, "customers.contact_removed", by, now)


@transaction.atomic
def set_status(customer_id: int, contact_id: int, status: str, *, by: Actor, now: datetime) -> None:
    """Say whether an address works. Audits. Raises ``UnknownCustomer``, ``BadAddress``."""
    if status not in ContactStatus.values:
        raise errors.BadAddress(_("There is no such state."))
    point = _point(customer_id, contact_id)
    point.status, point.status_at, point.status_method = status, now, by.kind
    point.save(update_fields=["status", "status_at", "status_method"])
    _tell(customer_id, point.channel, "customers.contact_verified", by, now)


def _point(customer_id: int, contact_id: int) -> ContactPoint:
    found = ContactPoint.objects.filter(customer_id=customer_id, pk=contact_id).first()
    if found is None:
        raise errors.UnknownCustomer(_("This address is not here any more."))
    return found


def _tell(customer_id: int, kind: str, verb: str, by: Actor, now: datetime) -> None:
    origin = Provenance(source=by.kind, actor=by.reference, now=now)
    said = vocabulary.CustomerChanged(fields=[kind])
    events.publish([NewEvent.of(said, customer_id=customer_id, occurred_at=now, by=origin)])
    audit.record(by, verb, target=f"customers.Customer:{customer_id}", summary={"channel": kind}, now=now)
