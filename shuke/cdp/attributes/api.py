"""Attributes over the API."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from shuke.cdp.attributes import actions, queries
from shuke.cdp.attributes.actions import Choice, Definition, Kind, Limits, Said
from shuke.cdp.attributes.errors import PATTERN_LABELS
from shuke.cdp.attributes.models import Attribute
from shuke.cdp.attributes.rules.kinds import plain
from shuke.cdp.customers import queries as customers
from shuke.cdp.events.actions import Provenance
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.request import Request

router = Router()


class ChoiceBody(Schema, extra="forbid"):
    """One of the values to choose from."""

    code: str = Field(min_length=1, max_length=200)
    labels: dict[str, str] = Field({}, description="What it is called, by language code.")


class AttributeIn(Schema, extra="forbid"):
    """A definition."""

    code: str = Field(min_length=1, max_length=64, description="Small letters, digits, underscores. It never changes.")
    kind: Kind
    labels: dict[str, str] = Field({}, description="What it is called, by language code (`en`, `zh-hans`).")
    description: str = Field("", max_length=500)
    is_personal: bool = Field(
        True, description="Kept encrypted, masked by role, never in the warehouse, not to be asked about by segments."
    )
    least: float | None = Field(None, description="Of numbers, and of money in minor units.")
    most: float | None = None
    shortest: int | None = Field(None, ge=1, le=500, description="Of texts, in characters.")
    longest: int | None = Field(None, ge=1, le=500)
    pattern: str = Field("", description="Of texts: " + ", ".join(f"`{name}`" for name in PATTERN_LABELS) + ".")
    choices: list[ChoiceBody] = Field([], max_length=200)
    source_order: list[str] = Field([], max_length=50, description="Sources, the one whose word counts most first.")


class AttributeOut(Schema):
    """A definition as it is now."""

    code: str
    kind: Kind
    state: str
    labels: dict[str, str]
    description: str
    is_personal: bool
    is_computed: bool
    choices: list[ChoiceBody]
    source_order: list[str]
    changed_at: datetime


class ValuesIn(Schema, extra="forbid"):
    """What a source says of one customer."""

    customer: UUID
    values: dict[str, Any] = Field(
        max_length=200,
        description="By code; null takes back what was said. Money in minor units. Unknown codes are kept as undeclared.",
    )
    said_at: Moment | None = Field(None, description="When it was said; an older word never replaces a newer one.")


class ValuesBatch(Schema, extra="forbid"):
    """Values of many customers, from one source."""

    source: str = Field(
        "api",
        max_length=64,
        pattern=r"^(api|shop|collector|file)(:[\w.-]+)?$",
        description="Who says it: `api`, `shop:web`.",
    )
    historical: bool = Field(False, description="Write as history: nothing live reacts.")
    items: list[Annotated[ValuesIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class ValueOut(Schema):
    """The value in force of one attribute."""

    code: str
    value: Any
    source: str
    said_at: datetime


@router.get("/attributes", operation_id="attributes.list", response=list[AttributeOut], **needs("customers:read"))
def list_attributes(request: Request, state: str = "active") -> list[AttributeOut]:
    """List the definitions in a state: `active`, `undeclared` (arrived without a definition) or `archived`."""
    return [_shown(one) for one in queries.definitions(state=state)]


@router.post("/attributes", operation_id="attributes.define", response=AttributeOut, **needs("customers:write"))
def define_attribute(request: Request, body: AttributeIn) -> AttributeOut:
    """Define an attribute, or change the definition that has this code."""
    definition = Definition(
        kind=body.kind, labels=body.labels, description=body.description, is_personal=body.is_personal,
        source_order=body.source_order,
        limits=Limits(
            least=body.least, most=body.most, shortest=body.shortest, longest=body.longest, pattern=body.pattern
        ),
        choices=[Choice(one.code, one.labels) for one in body.choices],
    )  # fmt: skip
    found = queries.by_code([body.code]).get(body.code)
    if found is not None and not found.is_computed:
        return _shown(actions.change(found, definition, by=request.actor, now=request.now))
    return _shown(actions.create(body.code, definition, by=request.actor, now=request.now))


@router.post("/attributes/values", operation_id="attributes.set", response=BatchResult, **needs("customers:write"))
def set_values(request: Request, body: ValuesBatch) -> BatchResult:
    """Set values of customers. One that does not fit is refused, its neighbours are taken."""
    by = Provenance(source="api", actor=request.actor.reference, now=request.now, historical=body.historical)
    results: list[ItemResult] = []
    for chunk in batches.chunks(batches.sound(body.items)):
        known = customers.numbers_of({item.customer for item in chunk.values()})
        results += [
            batches.refused(index, "customer", _("There is no such customer."))
            for index, item in chunk.items()
            if item.customer not in known
        ]
        there = {index: item for index, item in chunk.items() if item.customer in known}
        said = [Said(known[item.customer], item.values, said_at=item.said_at) for item in there.values()]
        outcome = actions.set_values(said, source=body.source, by=by)
        refused: dict[int, list[actions.Refused]] = {}
        for one in outcome.refused:
            refused.setdefault(one.index, []).append(one)
        for place, (index, item) in enumerate(there.items()):
            if place in refused:
                errors = [batches.ItemError(field=one.name, message=str(one.why)) for one in refused[place]]
                results.append(ItemResult(index=index, status="refused", id=str(item.customer), errors=errors))
            else:
                is_changed = known[item.customer] in outcome.changed
                results.append(batches.done(index, "updated" if is_changed else "unchanged", item.customer))
    return batches.report(body.items, results)


@router.get(
    "/customers/{uuid:customer_id}/attributes", operation_id="attributes.get", response=list[ValueOut],
    **needs("customers:read"),
)  # fmt: skip
def get_values(request: Request, customer_id: UUID) -> list[ValueOut]:
    """Return the values in force of one customer, the encrypted ones in clear."""
    customer = customers.by_uuid(customer_id)
    return [
        ValueOut(code=one.attribute.code, value=plain(one.value), source=one.source, said_at=one.said_at)
        for one in queries.values_of([customer.pk]).get(customer.pk, [])
    ]


def _shown(attribute: Attribute) -> AttributeOut:
    return AttributeOut(
        code=attribute.code, kind=attribute.value_kind, state=attribute.state, labels=attribute.labels,
        description=attribute.description, is_personal=attribute.is_personal, is_computed=attribute.is_computed,
        choices=[ChoiceBody(**one) for one in attribute.choices], source_order=attribute.source_order,
        changed_at=attribute.changed_at,
    )  # fmt: skip
