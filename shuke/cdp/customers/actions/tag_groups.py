"""Drawers of tags."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import errors, queries, rules
from shuke.cdp.customers.actions.tags import require_exclusive
from shuke.cdp.customers.models import TagGroup
from shuke.platform.audit import actions as audit
from shuke.platform.staff.actor import Actor


@transaction.atomic
def create_group(name: str, *, is_exclusive: bool, by: Actor, now: datetime) -> TagGroup:
    """Make a group of tags. Raises ``BadTagName`` and ``TagGroupConflict``."""
    clean = _clean(name, own=None)
    made = TagGroup.objects.create(name=clean, is_exclusive=is_exclusive, created_at=now)
    _note(by, "customers.tag_group_created", made, now)
    return made


@transaction.atomic
def change_group(group_id: int, name: str, *, is_exclusive: bool, by: Actor, now: datetime) -> TagGroup:
    """Rename a group, or let its tags exclude each other from now on.

    Raises ``UnknownTagGroup``, ``BadTagName``, and ``TagGroupConflict`` while somebody has two of its tags.
    """
    group = queries.tag_group(group_id)
    if is_exclusive and not group.is_exclusive:
        require_exclusive(queries.tags_in(group))
    group.name, group.is_exclusive = _clean(name, own=group_id), is_exclusive
    group.save(update_fields=["name", "is_exclusive"])
    _note(by, "customers.tag_group_changed", group, now)
    return group


@transaction.atomic
def delete_group(group_id: int, *, by: Actor, now: datetime) -> None:
    """Remove a group; its tags stay, without one. Raises ``UnknownTagGroup``."""
    group = queries.tag_group(group_id)
    _note(by, "customers.tag_group_deleted", group, now)
    group.delete()


def _clean(name: str, *, own: int | None) -> str:
    clean = rules.words(name, limit=65)
    if not 1 <= len(clean) <= 64:
        raise errors.BadTagName(_("A group needs a name of at most 64 characters."))
    if TagGroup.objects.filter(name=clean).exclude(pk=own or 0).exists():
        raise errors.TagGroupConflict(_("There is a group of that name already."))
    return clean


def _note(by: Actor, verb: str, group: TagGroup, now: datetime) -> None:
    summary = {"name": group.name, "exclusive": group.is_exclusive}
    audit.record(by, verb, target=f"customers.TagGroup:{group.pk}", summary=summary, now=now)
