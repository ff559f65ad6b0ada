"""Segments and lists over the API."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Query, Router, Schema, Status

from shuke.cdp.customers import queries as customers
from shuke.insight.segments import queries
from shuke.insight.segments.actions import define, lists
from shuke.insight.segments.models import Segment
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
MOST_MEMBERS = 1_000
Rule = Annotated[
    dict[str, Any] | str,
    Field(
        description='A rule, such as `{"all": [{"field": "value.group", "op": "is", "value": ["champions"]}]}`, '
        'or the same as text: `value.group is ["champions"]`.'
    ),
]


class SegmentOut(Schema):
    """A segment, whose members follow from its rule, or a list, whose members were chosen."""

    id: UUID
    name: str
    description: str
    kind: Literal["rule", "list"]
    rule: dict[str, Any] | None
    size: int | None = Field(description="Members at the last computation; null before the first.")
    as_of: date | None = Field(description="The day the last computation speaks of.")
    computed_at: datetime | None
    created_at: datetime
    changed_at: datetime


class SegmentPage(Schema):
    """One page of a list of segments."""

    items: list[SegmentOut]
    next: str | None


class MemberOut(Schema):
    """A present member."""

    customer: UUID
    external_ids: dict[str, str] = Field(description="The shop's own id, by the shop's code.")
    entered_at: datetime


class MemberPage(Schema):
    """One page of members."""

    items: list[MemberOut]
    next: str | None


class PreviewIn(Schema, extra="forbid"):
    """A rule to try."""

    rule: Rule
    as_of: date | None = Field(None, description="The day to evaluate on; the last day with data if left out.")


class PreviewOut(Schema):
    """What a rule would find."""

    count: int
    sample: list[UUID] = Field(description="Ten of the customers.")
    sentence: str
    as_of: date


class SegmentIn(Schema, extra="forbid"):
    """A segment to save, or with `kind` list an empty list."""

    name: str = Field(min_length=1, max_length=120)
    description: str = Field("", max_length=1000)
    kind: Literal["rule", "list"] = "rule"
    rule: Rule | None = None


class MembersIn(Schema, extra="forbid"):
    """Customers to put on a list or to take off it."""

    customers: list[UUID] = Field(min_length=1, max_length=MOST_MEMBERS)


class ChangedOut(Schema):
    """How many members changed."""

    changed: int


class SegmentFilter(Schema):
    """Which segments to list."""

    kind: Literal["", "rule", "list"] = ""
    text: str = Field("", max_length=120, description="Part of the name or description.")


@router.get("/segments", operation_id="segments.list", response=SegmentPage, **needs("segments:read"))
def list_segments(
    request: Request, filters: Query[SegmentFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List the segments and lists in use, oldest first."""
    rows, following = walk(queries.segments(kind=filters.kind, text=filters.text), cursor, limit)
    return answer([_shown(row) for row in rows], following)


@router.post("/segments", operation_id="segments.create", response={201: SegmentOut}, **needs("segments:write"))
def create_segment(request: Request, body: SegmentIn) -> Status[SegmentOut]:
    """Save a segment; its members are computed in the background."""
    said: dict[str, Any] = {"name": body.name, "description": body.description, "by": request.actor, "now": request.now}
    made = define.create_list(**said) if body.kind == "list" else define.create(**said, rule=body.rule or {})
    return Status(201, _shown(made))


@router.post("/segments/preview", operation_id="segments.preview", response=PreviewOut, **needs("segments:read"))
def preview_segment(request: Request, body: PreviewIn) -> PreviewOut:
    """Evaluate a rule without saving it."""
    found = queries.previewed(body.rule, as_of=body.as_of)
    uuids = customers.uuids_of(found.sample)
    return PreviewOut(count=found.count, sample=list(uuids.values()), sentence=found.sentence, as_of=found.as_of)


@router.get("/segments/{uuid:segment_id}", operation_id="segments.get", response=SegmentOut, **needs("segments:read"))
def get_segment(request: Request, segment_id: UUID) -> SegmentOut:
    """Return one segment."""
    return _shown(queries.by_uuid(segment_id))


@router.get(
    "/segments/{uuid:segment_id}/members",
    operation_id="segments.members",
    response=MemberPage,
    **needs("segments:read"),
)
def list_members(request: Request, segment_id: UUID, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """List the members of the last computation."""
    rows, following = walk(queries.members(queries.by_uuid(segment_id)), cursor, limit, keys=("customer_id",))
    keys = customers.external_ids_of([row.customer_id for row in rows])
    items = [
        MemberOut(
            customer=row.customer.uuid,
            external_ids={key.namespace: key.value for key in keys.get(row.customer_id, [])},
            entered_at=row.entered_at,
        )
        for row in rows
    ]
    return answer(items, following)


@router.post(
    "/segments/{uuid:segment_id}/members/add",
    operation_id="segments.add",
    response=ChangedOut,
    **needs("segments:write"),
)
def add_members(request: Request, segment_id: UUID, body: MembersIn) -> ChangedOut:
    """Put customers on a list. Unknown customers are passed over."""
    ids = customers.ids_of(body.customers)
    return ChangedOut(changed=lists.add(queries.by_uuid(segment_id), ids, by=request.actor, now=request.now))


@router.post(
    "/segments/{uuid:segment_id}/members/remove",
    operation_id="segments.remove",
    response=ChangedOut,
    **needs("segments:write"),
)
def remove_members(request: Request, segment_id: UUID, body: MembersIn) -> ChangedOut:
    """Take customers off a list."""
    ids = customers.ids_of(body.customers)
    return ChangedOut(changed=lists.remove(queries.by_uuid(segment_id), ids, by=request.actor, now=request.now))


def _shown(segment: Segment) -> SegmentOut:
    return SegmentOut(
        id=segment.uuid, name=segment.name, description=segment.description, kind="list" if segment.is_list else "rule",
        rule=segment.rule, size=segment.size, as_of=segment.as_of, computed_at=segment.computed_at,
        created_at=segment.created_at, changed_at=segment.changed_at,
    )  # fmt: skip
