"""What the customer pages need of segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.models import Tag
from shuke.insight.segments import errors
from shuke.insight.segments import queries as segments
from shuke.insight.segments.actions import lists
from shuke.insight.traits import queries as traits
from shuke.platform.staff.actor import Actor

membership = segments.membership
choices = segments.choices
list_choices = segments.list_choices


@dataclass(frozen=True, slots=True)
class Belonging:
    """A segment that a customer is in, since when, and where the reasons are shown."""

    name: str
    is_list: bool
    since: datetime
    url: str
    why_url: str


def member_ids(uuid: UUID) -> QuerySet[Any, Any]:
    """Return the present members of a segment; of one that is not there, nobody."""
    try:
        return segments.members(segments.by_uuid(uuid)).values("customer_id")
    except errors.SegmentNotFound:
        return customers.customers().none().values("pk")


def of_customer(customer_id: int, customer_uuid: UUID) -> list[Belonging]:
    """Return the segments that a customer is in, by name."""
    return [
        Belonging(
            name=found.segment.name,
            is_list=found.segment.is_list,
            since=found.entered_at,
            url=reverse("segments:detail", args=[found.segment.uuid]),
            why_url=f"{reverse('segments:explain', args=[found.segment.uuid])}?customer={customer_uuid}",
        )
        for found in segments.segments_of_customer(customer_id)
    ]


@dataclass(frozen=True, slots=True)
class Worn:
    """A tag on a customer; of one that follows a segment, where the reasons are shown."""

    tag: Tag
    why_url: str = ""


def worn(tags: Sequence[Tag], customer_uuid: UUID) -> list[Worn]:
    """Return tags with the way to their reasons; those of a group together."""
    automatic = traits.followed([tag.pk for tag in tags if tag.is_automatic])
    in_groups = sorted(tags, key=lambda tag: (tag.group_id is None, tag.group_id or 0, tag.name))
    return [
        Worn(tag, f"{reverse('segments:explain', args=[found.segment.uuid])}?customer={customer_uuid}")
        if (found := automatic.get(tag.pk))
        else Worn(tag)
        for tag in in_groups
    ]


def add_to_list(uuid: str, customer_ids: Sequence[int], *, by: Actor, now: datetime) -> int:
    """Add customers to a fixed list and return how many were not on it."""
    return lists.add_by_uuid(UUID(uuid), customer_ids, by=by, now=now)
