"""Journeys over the API: which there are, and sending customers on one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Router, Schema

from shuke.cdp.customers import queries as customers
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.actions import entering
from shuke.journeys.journeys.actions.entering import Entrant
from shuke.journeys.journeys.models import Journey, JourneyState
from shuke.kernel.ids import uuid7
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
MOST_ENTRANTS = 1_000
Plain = str | int | float | bool | None


class JourneyOut(Schema):
    """A journey."""

    id: UUID
    name: str
    state: str = Field(description="`draft`, `on`, `paused` or `archived`.")
    version: int | None = Field(description="The version that those who enter are put on; null while there is none.")
    created_at: datetime
    changed_at: datetime


class JourneyPage(Schema):
    """One page of a list of journeys."""

    items: list[JourneyOut]
    next: str | None


class EntrantIn(Schema, extra="forbid"):
    """A customer to send on a journey."""

    customer: UUID
    key: Annotated[str, Field("", max_length=60, description="Sending the same key again changes nothing.")]
    context: dict[str, Plain] = Field(
        default_factory=dict,
        max_length=50,
        description="What messages may name, and conditions compare with. No addresses.",
    )


class EntrantsIn(Schema, extra="forbid"):
    """Customers to send on a journey."""

    entrants: list[EntrantIn] = Field(min_length=1, max_length=MOST_ENTRANTS)


class EnteredOut(Schema):
    """What came of it."""

    began: int
    held: int = Field(description="Put into the comparison group by chance: nothing will reach them.")
    refused: dict[str, int] = Field(
        description="Not let in, by reason: `inside`, `before`, `rule`, `loop`, `gone`, `failed`."
    )
    unknown: int = Field(description="There is no such customer.")


@router.get("/journeys", operation_id="journeys.list", response=JourneyPage, **needs("journeys:read"))
def list_journeys(request: Request, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """List the journeys that are not put away, oldest first."""
    rows, following = walk(
        Journey.objects.exclude(state=JourneyState.ARCHIVED).select_related("version"), cursor, limit
    )
    return answer([_shown(row) for row in rows], following)


@router.post(
    "/journeys/{uuid:journey_id}/enter", operation_id="journeys.enter", response=EnteredOut, **needs("journeys:write")
)
def enter_journey(request: Request, journey_id: UUID, body: EntrantsIn) -> EnteredOut:
    """Send customers on a journey that is on, whatever else sets it off."""
    journey = queries.by_uuid(journey_id)
    known = customers.numbers_of(one.customer for one in body.entrants)
    entrants = [
        Entrant(known[one.customer], f"api:{one.key or uuid7()}:{known[one.customer]}", one.context)
        for one in body.entrants
        if one.customer in known
    ]
    found = entering.enter(journey, entrants, now=request.now)
    unknown = sum(one.customer not in known for one in body.entrants)
    return EnteredOut(began=found.began, held=found.held, refused=dict(found.refused), unknown=unknown)


def _shown(journey: Journey) -> JourneyOut:
    return JourneyOut(
        id=journey.uuid, name=journey.name, state=journey.state, version=journey.version.number if journey.version else None,
        created_at=journey.created_at, changed_at=journey.changed_at,
    )  # fmt: skip
