"""Tags that follow a segment."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers import actions as customers
from shuke.cdp.customers import queries as people
from shuke.insight.segments import queries as segments
from shuke.insight.segments.models import Segment
from shuke.insight.traits import errors
from shuke.insight.traits.models import AutomaticTag
from shuke.platform.audit import actions as audit
from shuke.platform.jobs import actions as jobs
from shuke.platform.jobs.models import Job
from shuke.platform.staff.actor import Actor

JOB = "traits.tag"
_AT_ONCE = 500
_SYSTEM = Actor.system("traits")


@transaction.atomic
def bind(tag_name: str, segment: Segment, *, by: Actor, now: datetime) -> AutomaticTag:
    """Let the tag of a name (made if there is none) follow a segment from now on.

    Whoever has the tag and is no member loses it. Raises ``TagRefused`` for lists, tags that follow a segment already,
    and segments that ask for this very tag; ``TagGroupConflict`` for a tag that excludes others.
    """
    if segment.is_list:
        raise errors.TagRefused(_("A list changes by hand; a tag can follow a segment only."))
    label = customers.tag_named(tag_name, now=now)
    if AutomaticTag.objects.filter(tag=label).exists():
        raise errors.TagRefused(_("This tag follows a segment already."))
    if label.pk in segments.tags_behind(segment):
        raise errors.TagRefused(_("The segment asks for this very tag."))
    customers.set_automatic(label.pk, is_automatic=True)
    made = AutomaticTag.objects.create(tag=label, segment=segment, created_by=by.reference, created_at=now)
    summary = {"tag": label.name, "segment": str(segment.uuid)}
    audit.record(by, "traits.tag_bound", target=f"customers.Tag:{label.pk}", summary=summary, now=now)
    ask_for_tag(made, by=by, now=now)
    return made


@transaction.atomic
def release(automatic: AutomaticTag, *, by: Actor, now: datetime) -> None:
    """Let a tag be put on by hand again; whoever has it keeps it."""
    customers.set_automatic(automatic.tag_id, is_automatic=False)
    summary = {"tag": automatic.tag.name, "segment": str(automatic.segment.uuid)}
    audit.record(by, "traits.tag_released", target=f"customers.Tag:{automatic.tag_id}", summary=summary, now=now)
    automatic.delete()


def ask_for_tag(automatic: AutomaticTag, *, by: Actor | None, now: datetime) -> Job:
    """Queue the next look at who has to carry a tag."""
    key = f"{JOB}:{automatic.pk}"
    return jobs.enqueue(JOB, now=now, by=by, dedupe_key=key, repeat_if_running=True, automatic_id=automatic.pk)


def follow(automatic: AutomaticTag, *, now: datetime) -> tuple[int, int]:
    """Put a tag on the members of its segment and take it off everybody else; return how many of each.

    The members are those the segment shows, as last worked out. Each change is announced once; the first look announces
    nothing. A segment that asks for this very tag by now is left alone.
    """
    if automatic.segment.computed_at is None or automatic.tag_id in segments.tags_behind(automatic.segment):
        return 0, 0
    members = set(segments.listed_ids(automatic.segment))
    carrying = set(people.carrying(automatic.tag_id))
    put = off = 0
    is_first = automatic.computed_at is None
    for chunk in _chunks(sorted(members - carrying)):
        put += customers.put(automatic.tag, chunk, by=_SYSTEM, now=now, follows_rule=True, is_first=is_first)
    for chunk in _chunks(sorted(carrying - members)):
        off += customers.take_off(automatic.tag, chunk, by=_SYSTEM, now=now, follows_rule=True)
    AutomaticTag.objects.filter(pk=automatic.pk).update(computed_at=now, customers=len(members))
    return put, off


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
