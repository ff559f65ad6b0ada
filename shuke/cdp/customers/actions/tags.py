"""Putting tags on customers and taking them off, and looking after the tags themselves."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shuke.cdp.customers import errors, queries, rules
from shuke.cdp.customers.models import CustomerTag, Tag
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.platform.audit import actions as audit
from shuke.platform.db.bulk import insert_rows
from shuke.platform.manifest import uses_of
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
def put(
    label: Tag,
    customer_ids: Sequence[int],
    *,
    by: Actor,
    now: datetime,
    follows_rule: bool = False,
    is_first: bool = False,
) -> int:
    """Put a tag on a chunk of customers without auditing, for jobs that audit once; return how many lacked it.

    Of an exclusive group, other tags are taken off. Raises ``TagFollowsRule`` for an automatic tag unless its rule asks
    (``follows_rule``); ``is_first`` says that it looks for the first time, so that nothing happened to these people.
    """
    _require_by_hand(label, follows_rule=follows_rule)
    existing = queries.existing_locked(customer_ids)
    having = set(CustomerTag.objects.filter(tag=label, customer_id__in=existing).values_list("customer_id", flat=True))
    fresh = [customer_id for customer_id in existing if customer_id not in having]
    _make_room(label, fresh, by=by, now=now)
    rows = ((customer_id, label.pk, now, by.reference) for customer_id in fresh)
    insert_rows(CustomerTag, ("customer_id", "tag_id", "tagged_at", "tagged_by"), rows)
    _publish(vocabulary.CustomerTagged(tag_id=label.pk, tag=label.name), fresh, by=by, now=now, is_first=is_first)
    return len(fresh)


def put_many(wanted: Mapping[str, Collection[int]], *, by: Provenance, tagged_by: str) -> tuple[set[int], int]:
    """Put tags, by name (made if there is none), on customers as a source says that they have them.

    Nothing is taken off: where a tag follows a rule, or the customer has another one of its exclusive group, it is left
    out. Runs in the caller's transaction in a number of queries that does not depend on how many there are. Returns whom
    that changed, and how many tags were left out. Publishes ``customer.tagged``.
    """
    named = {name: clean for name in wanted if (clean := rules.words(name, limit=64))}
    known = _tags_named(set(named.values()), now=by.now)
    pairs = {(known[clean].pk, pk) for name, clean in named.items() for pk in wanted[name]}
    ids = {pk for _tag, pk in pairs}
    rows = CustomerTag.objects.filter(customer_id__in=ids).values_list("tag_id", "tag__group_id", "customer_id")
    held: set[tuple[int, int | None, int]] = set(rows)
    pairs -= {(tag_id, pk) for tag_id, _group, pk in held}
    taken: set[tuple[int | None, int]] = {(group, pk) for _tag, group, pk in held}
    by_id, fresh = {tag.pk: tag for tag in known.values()}, []
    for tag_id, pk in sorted(pairs):
        tag = by_id[tag_id]
        group = tag.group_id if tag.group is not None and tag.group.is_exclusive else None
        if not tag.is_automatic and (group is None or (group, pk) not in taken):
            fresh.append((tag_id, pk))
            taken.add((group, pk))
    insert_rows(
        CustomerTag, ("tag_id", "customer_id", "tagged_at", "tagged_by"), ((*one, by.now, tagged_by) for one in fresh)
    )
    told = {tag.pk: vocabulary.CustomerTagged(tag_id=tag.pk, tag=tag.name) for tag in known.values()}
    events.publish(NewEvent.of(told[tag_id], customer_id=pk, occurred_at=by.now, by=by) for tag_id, pk in fresh)
    return {pk for _tag, pk in fresh}, len(pairs) - len(fresh)


def _tags_named(names: set[str], *, now: datetime) -> dict[str, Tag]:
    """Return tags by name with their groups, making those that are missing."""
    known = {tag.name: tag for tag in Tag.objects.select_related("group").filter(name__in=names)}
    missing = sorted(names - known.keys())
    if not missing:
        return known
    made = [Tag(name=name, color=rules.tag_color(name), created_at=now) for name in missing]
    Tag.objects.bulk_create(made, ignore_conflicts=True)
    return known | {tag.name: tag for tag in Tag.objects.select_related("group").filter(name__in=missing)}


def take_back(customer_ids: Sequence[int], *, tagged_by: str) -> int:
    """Take off the tags that an import put on customers; its undo tells of it. Runs in the caller's transaction."""
    return CustomerTag.objects.filter(customer_id__in=customer_ids, tagged_by=tagged_by).delete()[0]


def _make_room(label: Tag, customer_ids: list[int], *, by: Actor, now: datetime) -> None:
    """Take the other tags of an exclusive group off."""
    if label.group is None or not label.group.is_exclusive:
        return
    others = CustomerTag.objects.filter(tag__group=label.group, customer_id__in=customer_ids).exclude(tag=label)
    rows = list(others.order_by("tag_id", "customer_id").values_list("pk", "tag_id", "tag__name", "customer_id"))
    CustomerTag.objects.filter(pk__in=[row[0] for row in rows]).delete()
    for (tag_id, name), part in groupby(rows, key=lambda row: (row[1], row[2])):
        said = vocabulary.CustomerUntagged(tag_id=tag_id, tag=name)
        _publish(said, [row[3] for row in part], by=by, now=now)


@transaction.atomic
def take_off(label: Tag, customer_ids: Sequence[int], *, by: Actor, now: datetime, follows_rule: bool = False) -> int:
    """Take a tag off a chunk of customers without auditing; return how many had it. Raises ``TagFollowsRule``."""
    _require_by_hand(label, follows_rule=follows_rule)
    tagged = CustomerTag.objects.filter(tag=label, customer_id__in=customer_ids).select_for_update()
    having = sorted(tagged.values_list("customer_id", flat=True))
    CustomerTag.objects.filter(tag=label, customer_id__in=having).delete()
    _publish(vocabulary.CustomerUntagged(tag_id=label.pk, tag=label.name), having, by=by, now=now)
    return len(having)


def _require_by_hand(label: Tag, *, follows_rule: bool) -> None:
    if label.is_automatic and not follows_rule:
        text = _("“%(name)s” follows a rule: it cannot be put on or taken off by hand.")
        raise errors.TagFollowsRule(text % {"name": label.name})


def _publish(
    said: vocabulary.CustomerTagged | vocabulary.CustomerUntagged, customer_ids: list[int], *, by: Actor, now: datetime,
    is_first: bool = False,
) -> None:  # fmt: skip
    if customer_ids:
        origin = Provenance(source=by.kind, actor=by.reference, now=now, historical=is_first)
        events.publish(NewEvent.of(said, customer_id=pk, occurred_at=now, by=origin) for pk in customer_ids)


def tag_named(name: str, *, now: datetime) -> Tag:
    """Return the tag called ``name``, made if there is none. Raises ``BadTagName``."""
    clean = _clean(name)
    defaults = {"created_at": now, "color": rules.tag_color(clean)}
    return Tag.objects.select_related("group").get_or_create(name=clean, defaults=defaults)[0]


@transaction.atomic
def create_tag(name: str, color: str, group_id: int | None = None, *, by: Actor, now: datetime) -> Tag:
    """Make a tag. Raises ``TagNameTaken``, ``BadTagName`` and ``UnknownTagGroup``."""
    clean = _clean(name)
    if Tag.objects.filter(name=clean).exists():
        raise errors.TagNameTaken(_("There is a tag of that name already."))
    group = queries.tag_group(group_id) if group_id else None
    label = Tag.objects.create(name=clean, color=_color(color), group=group, created_at=now)
    audit.record(by, "customers.tag_created", target=f"customers.Tag:{label.pk}", summary={"name": clean}, now=now)
    return label


@transaction.atomic
def change_tag(tag_id: int, *, name: str, color: str, group_id: int | None = None, by: Actor, now: datetime) -> Tag:
    """Give a tag another name, colour and group.

    Raises ``TagNameTaken``, ``BadTagName``, ``UnknownTag``, ``UnknownTagGroup``, and ``TagGroupConflict`` where somebody
    has it together with a tag that it would exclude.
    """
    label = queries.tag(tag_id)
    before = label.name
    group = queries.tag_group(group_id) if group_id else None
    if group is not None and group.is_exclusive and label.group_id != group.pk:
        require_exclusive([label, *queries.tags_in(group)])
    label.name, label.color, label.group = _clean(name), _color(color), group
    try:
        with transaction.atomic():
            label.save(update_fields=["name", "color", "group"])
    except IntegrityError:
        raise errors.TagNameTaken(_("There is a tag of that name already.")) from None
    summary = {"name": label.name, "before": before, "color": label.color, "group": group.pk if group else None}
    audit.record(by, "customers.tag_changed", target=f"customers.Tag:{label.pk}", summary=summary, now=now)
    return label


def require_exclusive(tags: Sequence[Tag]) -> None:
    """Raise ``TagGroupConflict`` unless tags can exclude each other: nobody has two of them, and none follows a rule."""
    if automatic := [label.name for label in tags if label.is_automatic]:
        refusal = _("Tags that follow a rule cannot exclude others: %(names)s.")
        raise errors.TagGroupConflict(refusal % {"names": ", ".join(automatic)})
    held = CustomerTag.objects.filter(tag__in=tags).values("customer_id").annotate(n=Count("pk")).filter(n__gt=1)
    if several := held.count():
        text = ngettext(
            "%(count)d customer has several of these tags. Take them off first.",
            "%(count)d customers have several of these tags. Take them off first.",
            several,
        )
        raise errors.TagGroupConflict(text % {"count": several})


@transaction.atomic
def set_automatic(tag_id: int, *, is_automatic: bool) -> Tag:
    """Say whether a tag follows a rule from now on. Raises ``UnknownTag``, and ``TagGroupConflict`` in an exclusive group."""
    label = queries.tag(tag_id)
    if is_automatic and label.group is not None and label.group.is_exclusive:
        raise errors.TagGroupConflict(
            _("A tag that follows a rule cannot be in a group whose tags exclude each other.")
        )
    label.is_automatic = is_automatic
    label.save(update_fields=["is_automatic"])
    return label


def require_unused(tag_id: int) -> None:
    """Raise ``TagInUse`` while something rests on a tag."""
    if labels := [use.label for use in uses_of(f"tag:{tag_id}") if use.is_blocking]:
        raise errors.TagInUse(_("This tag is used by: %(names)s") % {"names": ", ".join(labels)})


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
    """Remove a tag that is on nobody (any more). What is still on somebody is taken off first, with its events.

    Raises ``TagInUse`` while something rests on it.
    """
    label = queries.tag(tag_id)
    require_unused(tag_id)
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
