"""Creating, changing, archiving and copying segments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shuke.insight.segments import errors, queries
from shuke.insight.segments.actions import compute, lists
from shuke.insight.segments.models import Kind, Segment, State
from shuke.insight.segments.rules.writing import plain
from shuke.kernel.ids import uuid7
from shuke.platform.audit.actions import record
from shuke.platform.manifest import uses_of
from shuke.platform.staff.actor import Actor

NAME_LENGTH = 120


@transaction.atomic
def create(*, name: str, rule: Any, description: str = "", by: Actor, now: datetime) -> Segment:
    """Save a rule under a name and have its members computed. Raises ``InvalidRule`` and ``NameTaken``."""
    parsed, _book = queries.checked(rule)
    segment = _insert(Kind.RULE, name=name, description=description, rule=plain(parsed), by=by, now=now)
    record(by, "segments.created", target=_target(segment), summary={"kind": Kind.RULE.value}, now=now)
    compute.ask(segment, by=by, now=now)
    return segment


@transaction.atomic
def create_list(
    *, name: str, customer_ids: Sequence[int] = (), description: str = "", by: Actor, now: datetime
) -> Segment:
    """Save a list, which holds exactly whom people put on it. Raises ``NameTaken``."""
    segment = _insert(Kind.LIST, name=name, description=description, rule=None, by=by, now=now)
    record(by, "segments.created", target=_target(segment), summary={"kind": Kind.LIST.value}, now=now)
    if customer_ids:
        transaction.on_commit(lambda: lists.add(segment, customer_ids, by=by, now=now))
    return segment


@transaction.atomic
def update(
    segment: Segment, *, name: str, rule: Any = None, description: str = "", by: Actor, now: datetime
) -> Segment:
    """Change a segment's name, description or rule; a changed rule is computed anew.

    Raises ``InvalidRule`` (also where the rule would rest on itself) and ``NameTaken``.
    """
    changed = [key for key, value in (("name", name), ("description", description)) if getattr(segment, key) != value]
    if not segment.is_list and rule is not None:
        said = plain(queries.checked(rule, own=segment.uuid)[0])
        if said != segment.rule:
            changed.append("rule")
            segment.rule, segment.rule_changed_at = said, now
    segment.name, segment.description, segment.changed_at = name.strip(), description, now
    _save(segment)
    record(by, "segments.changed", target=_target(segment), summary={"fields": changed}, now=now)
    if "rule" in changed:
        compute.ask(segment, by=by, now=now)
    return segment


@transaction.atomic
def archive(segment: Segment, *, by: Actor, now: datetime) -> None:
    """Take a segment out of use; its history stays. Raises ``SegmentInUse`` while something rests on it."""
    if users := [use.label for use in uses_of(f"segment:{segment.uuid}") if use.is_blocking]:
        raise errors.SegmentInUse(users)
    Segment.objects.filter(pk=segment.pk).update(state=State.ARCHIVED, changed_at=now)
    record(by, "segments.archived", target=_target(segment), now=now)


@transaction.atomic
def restore(segment: Segment, *, by: Actor, now: datetime) -> None:
    """Put an archived segment back into use. Raises ``NameTaken``, and ``InvalidRule`` if it rests on what is gone."""
    if not segment.is_list:
        queries.checked(segment.rule, own=segment.uuid)
    segment.state, segment.changed_at = State.ACTIVE, now
    _save(segment)
    record(by, "segments.restored", target=_target(segment), now=now)
    if not segment.is_list:
        compute.ask(segment, by=by, now=now)


def duplicate(segment: Segment, *, by: Actor, now: datetime) -> Segment:
    """Save a copy under a free name and return it; of a list, with its members."""
    name = _free_name(segment.name)
    if not segment.is_list:
        return create(name=name, rule=segment.rule, description=segment.description, by=by, now=now)
    ids = list(queries.members(segment).values_list("customer_id", flat=True))
    return create_list(name=name, customer_ids=ids, description=segment.description, by=by, now=now)


def _insert(
    kind: Kind, *, name: str, description: str, rule: dict[str, Any] | None, by: Actor, now: datetime
) -> Segment:
    segment = Segment(
        uuid=uuid7(), name=name.strip(), description=description, kind=kind, rule=rule, created_by=by.reference,
        created_by_label=by.label, created_at=now, changed_at=now, rule_changed_at=now,
        size=0 if kind is Kind.LIST else None,
    )  # fmt: skip
    _save(segment)
    return segment


def _save(segment: Segment) -> None:
    try:
        with transaction.atomic():
            segment.save()
    except IntegrityError:
        if Segment.objects.filter(name=segment.name, state=State.ACTIVE).exclude(pk=segment.pk).exists():
            raise errors.NameTaken(segment.name) from None
        raise


def _free_name(name: str) -> str:
    taken = set(Segment.objects.filter(state=State.ACTIVE).values_list("name", flat=True))
    for number in range(1, len(taken) + 2):
        suffix = _(" (copy)") if number == 1 else _(" (copy %(number)s)") % {"number": number}
        if (candidate := name[: NAME_LENGTH - len(suffix)] + suffix) not in taken:
            return candidate
    raise AssertionError("there are more candidates than names")


def _target(segment: Segment) -> str:
    return f"segments.Segment:{segment.pk}"
