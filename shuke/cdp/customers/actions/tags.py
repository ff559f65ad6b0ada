"""Putting tags on customers and taking them off, and looking after the tags themselves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, queries, rules
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.db.bulk import insert_rows
from shuke.platform.staff.actor import Actor
from shuke.vocabulary import customers as vocabulary

# One write transaction stays well below a tenth of a second.
CHUNK_CUSTOMERS = 1_000


@transaction.atomic
def tag(customer_ids: Sequence[int], name: str, *, by: Actor, now: datetime) -> int:
    """Put the tag called ``name`` (made if there is none) on customers; return how many did not have it.

    Publishes ``customer.tagged`` for those, and audits. For thousands of customers use a job, chunk by chunk.
    """
    label = tag_named(name, now=now)
    count = put(label, customer_ids, by=by, now=now)
    if count:
        audit.record(by, "customers.tagged", target=f"customers.Tag:{label.pk}", summary={"customers": count}, now=now)
    return count


@transaction.atomic
def untag(customer_ids: Sequence[int], tag_id: int, *, by: Actor, now: datetime) -> int:
    """Take a tag off customers; return how many had it. Publishes ``customer.untagged`` for those, and audits."""
    label = queries.tag(tag_id)
    count = take_off(label, customer_ids, by=by, now=now)
    if count:
        audit.record(
            by, "customers.untagged", target=f"customers.Tag:{label.pk}", summary={"customers": count}, now=now
        )
    return count


@transaction.atomic
def put(label: Tag, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Put a tag on a chunk of customers without auditing, for jobs that audit once; return how many lacked it."""
    existing = queries.existing_locked(customer_ids)
    having = set(CustomerTag.objects.filter(tag=label, customer_id__in=existing).values_list("customer_id", flat=True))
    fresh = [customer_id for customer_id in existing if customer_id not in having]
    rows = ((customer_id, label.pk, now, by.reference) for customer_id in fresh)
    insert_rows(CustomerTag, ("customer_id", "tag_id", "tagged_at", "tagged_by"), rows)
    _publish(vocabulary.CustomerTagged(tag_id=label.pk, tag=label.name), fresh, by=by, now=now)
    return len(fresh)


@transaction.atomic
def take_off(label: Tag, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Take a tag off a chunk of customers without auditing; return how many had it."""
    tagged = CustomerTag.objects.filter(tag=label, customer_id__in=customer_ids).select_for_update()
    having = sorted(tagged.values_list("customer_id", flat=True))
    CustomerTag.objects.filter(tag=label, customer_id__in=having).delete()
    _publish(vocabulary.CustomerUntagged(tag_id=label.pk, tag=label.name), having, by=by, now=now)
    return len(having)


def _publish(
    said: vocabulary.CustomerTagged | vocabulary.CustomerUntagged, customer_ids: list[int], *, by: Actor, now: datetime
) -> None:
    if customer_ids:
        origin = Provenance(source=by.kind, actor=by.reference, now=now)
        events.publish(NewEvent.of(said, customer_id=pk, occurred_at=now, by=origin) for pk in customer_ids)


def tag_named(name: str, *, now: datetime) -> Tag:
    """Return the tag called ``name``, made if there is none. Raises ``BadTagName``."""
    clean = _clean(name)
    return Tag.objects.get_or_create(name=clean, defaults={"created_at": now, "color": rules.tag_color(clean)})[0]


@transaction.atomic
def create_tag(name: str, color: str, *, by: Actor, now: datetime) -> Tag:
    """Make a tag. Raises ``TagNameTaken`` and ``BadTagName``."""
    clean = _clean(name)
    if Tag.objects.filter(name=clean).exists():
        raise errors.TagNameTaken(_("There is a tag of that name already."))
    label = Tag.objects.create(name=clean, color=_color(color), created_at=now)
    audit.record(by, "customers.tag_created", target=f"customers.Tag:{label.pk}", summary={"name": clean}, now=now)
    return label


@transaction.atomic
def change_tag(tag_id: int, *, name: str, color: str, by: Actor, now: datetime) -> Tag:
    """Give a tag another name and colour. Raises ``TagNameTaken``, ``BadTagName`` and ``UnknownTag``."""
    label = queries.tag(tag_id)
    before = label.name
    label.name, label.color = _clean(name), _color(color)
    try:
        with transaction.atomic():
            label.save(update_fields=["name", "color"])
    except IntegrityError:
        raise errors.TagNameTaken(_("There is a tag of that name already.")) from None
    summary = {"name": label.name, "before": before, "color": label.color}
    audit.record(by, "customers.tag_changed", target=f"customers.Tag:{label.pk}", summary=summary, now=now)
    return label


def strip_tag(tag_id: int, *, by: Actor, now: datetime) -> int:
    """Take the tag off a chunk of those who have it; return how many. Call until it returns 0, then ``delete_tag``."""
    label = queries.tag(tag_id)
    some = CustomerTag.objects.filter(tag=label).order_by("customer_id").values_list("customer_id", flat=True)
    return take_off(label, list(some[:CHUNK_CUSTOMERS]), by=by, now=now)


def pour_tag(tag_id: int, into_id: int, *, by: Actor, now: datetime) -> int:
    """Give a chunk of those who have one tag another instead; return how many. Call until it returns 0."""
    label, into = queries.tag(tag_id), queries.tag(into_id)
    with transaction.atomic():
        some = CustomerTag.objects.filter(tag=label).order_by("customer_id").values_list("customer_id", flat=True)
        chunk = list(some[: CHUNK_CUSTOMERS // 2])
        put(into, chunk, by=by, now=now)
        return take_off(label, chunk, by=by, now=now)


@transaction.atomic
def delete_tag(tag_id: int, *, by: Actor, now: datetime) -> None:
    """Remove a tag that is on nobody (any more). What is still on somebody is taken off first, with its events."""
    label = queries.tag(tag_id)
    while strip_tag(tag_id, by=by, now=now):
        pass
    audit.record(by, "customers.tag_deleted", target=f"customers.Tag:{tag_id}", summary={"name": label.name}, now=now)
    label.delete()


def _clean(name: str) -> str:
    clean = rules.words(name, limit=65)
    if not 1 <= len(clean) <= 64:
        raise errors.BadTagName(_("A tag needs a name of at most 64 characters."))
    return clean


def _color(color: str) -> str:
    return color if color in rules.TAG_COLORS else rules.TAG_COLORS[0]
