"""Customers over the API."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from shuke.cdp.customers import actions, queries
from shuke.cdp.customers.actions import PersonRecord, consents, upserting
from shuke.cdp.customers.actions.relations import Tie
from shuke.cdp.customers.models import Customer, CustomerKind, MergeReason, RelationKind
from shuke.cdp.customers.queries import consents as evidence
from shuke.cdp.customers.queries import relations, wording
from shuke.cdp.events.actions import Provenance
from shuke.platform.company import actions as company
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
Text = Annotated[str, Field(max_length=200)]
TagName = Annotated[str, Field(min_length=1, max_length=64)]


class ExternalId(Schema):
    """The id under which a shop knows a customer."""

    shop: str
    id: str


class CustomerOut(Schema):
    """A customer with contact details in clear."""

    id: UUID
    kind: CustomerKind
    name: str
    emails: list[str]
    phones: list[str]
    addresses: list[str]
    external_ids: list[ExternalId]
    country: str
    region: str
    city: str
    language: str
    birthday: date | None
    tags: list[str]
    first_seen_at: datetime
    changed_at: datetime


class RelationOut(Schema):
    """How one customer stands to another, read from this one's end."""

    customer: UUID = Field(description="The other end.")
    kind: RelationKind
    direction: Literal["to", "from"] = Field(
        description="`to`: this customer stands so to the other (was referred by them); `from`: the other way round."
    )
    note: str


class RelationIn(Schema, extra="forbid"):
    """How one customer stands to another: `employer` means that `customer` buys for the company `other`."""

    customer: UUID
    other: UUID
    kind: RelationKind
    note: str = Field("", max_length=200)


class RelationBatch(Schema, extra="forbid"):
    """Relations to make."""

    items: list[Annotated[RelationIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class KindIn(Schema, extra="forbid"):
    """Whether a customer is a person or a company."""

    kind: CustomerKind


class CustomerPage(Schema):
    """One page of a list of customers."""

    items: list[CustomerOut]
    next: str | None


class CustomerIn(Schema, extra="forbid"):
    """What a shop says about one customer. What is left out or empty is left as it is."""

    external_id: str = Field("", max_length=200, description="The shop's own id: the strongest key.")
    email: str = Field("", max_length=320, description="The second key.")
    phone: str = Field("", max_length=64, description="The third key; with country code, or of the shop's country.")
    name: Text = ""
    country: Annotated[str, Field(max_length=80)] = ""
    region: Annotated[str, Field(max_length=80)] = ""
    city: Annotated[str, Field(max_length=80)] = ""
    address: Annotated[str, Field(max_length=500)] = ""
    postcode: Annotated[str, Field(max_length=20)] = ""
    language: Annotated[str, Field(max_length=10)] = ""
    birthday: date | None = None
    first_seen_at: Moment | None = Field(None, description="When the shop first met them; with time zone.")
    tags: list[TagName] = Field([], max_length=50, description="Tags to add. Tags are never taken off here.")


class CustomerBatch(Schema, extra="forbid"):
    """Customers of one shop."""

    shop: str = Field(min_length=1, max_length=200, description="Code or name of the shop; a new name opens a shop.")
    historical: bool = Field(False, description="Write as history: nothing live reacts, and only gaps are filled.")
    items: list[Annotated[CustomerIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class CustomerFilter(Schema):
    """Which customers to list."""

    shop: str = Field("", max_length=64, description="With `external_id`: the shop's code.")
    external_id: str = Field("", max_length=200)
    email: str = Field("", max_length=320, description="Exactly this address, however it is written.")
    phone: str = Field("", max_length=64, description="Exactly this number, however it is written.")
    tag: str = Field("", max_length=64, description="Carries this tag.")
    changed_since: Moment | None = None


@router.get("/customers", operation_id="customers.list", response=CustomerPage, **needs("customers:read"))
def list_customers(
    request: Request, filters: Query[CustomerFilter], cursor: Cursor = "", limit: Limit = 100
) -> dict[str, Any]:
    """List customers in the order in which they were made."""
    found = queries.matching(**filters.dict())
    rows, following = walk(found, cursor, limit)
    return answer(_shown(rows), following)


@router.get(
    "/customers/{uuid:customer_id}", operation_id="customers.get", response=CustomerOut, **needs("customers:read")
)
def get_customer(request: Request, customer_id: UUID) -> CustomerOut:
    """Return one customer."""
    return _shown([queries.by_uuid(customer_id)])[0]


@router.post("/customers/batch", operation_id="customers.upsert", response=BatchResult, **needs("customers:write"))
def upsert_customers(request: Request, body: CustomerBatch) -> BatchResult:
    """Create or update customers of a shop.

    A customer is found by external id, then e-mail, then phone. Two existing customers are never joined.
    """
    actor, now = request.actor, request.now
    shop = company.shop_for_api(body.shop, now=now)
    by = Provenance(source="api", actor=actor.reference, now=now, historical=body.historical)
    results: list[ItemResult] = []
    for chunk in batches.chunks(batches.sound(body.items)):
        said = [upserting.Said(_person(item), tuple(item.tags)) for item in chunk.values()]
        with transaction.atomic():
            outcomes = actions.upsert(said, namespace=shop.code, by=by, actor=actor)
        results += [_result(index, outcome) for index, outcome in zip(chunk, outcomes, strict=True)]
    return batches.report(body.items, results)


class MergeIn(Schema, extra="forbid"):
    """Two customers who are one person."""

    survivor: UUID = Field(description="Who goes on; the id of a customer.")
    merged: UUID = Field(description="Who becomes part of the survivor; this id leads to the survivor from now on.")
    fields: dict[
        Literal["name", "country", "region", "city", "language", "birthday"], Literal["survivor", "merged"]
    ] = Field({}, description="Whose value counts; what is left out is decided by clearness and age.")


class MergeOut(Schema):
    """A merge."""

    merge: UUID = Field(description="What to undo the merge by.")
    customer: UUID = Field(description="The survivor.")
    identities: int = Field(description="How many identities changed hands.")


class SplitIn(Schema, extra="forbid"):
    """A merge to undo."""

    merge: UUID


class SplitOut(Schema):
    """What a split did."""

    customer: UUID = Field(description="Who is a customer of their own again.")
    survivor: UUID
    stays: dict[str, Any] = Field(
        description="What was done to the merged person since, which stays with the survivor."
    )


@router.post("/customers/merge", operation_id="customers.merge", response=MergeOut, **needs("customers:write"))
def merge_customers(request: Request, body: MergeIn) -> MergeOut:
    """Make two customers one. Of what either permitted, the strictest holds for both."""
    survivor, merged = queries.by_uuid(body.survivor), queries.by_uuid(body.merged)
    made = actions.merge(
        survivor.pk,
        merged.pk,
        reason=MergeReason.API,
        by=request.actor,
        now=request.now,
        chosen={str(name): str(side) for name, side in body.fields.items()},
    )
    return MergeOut(merge=made.uuid, customer=survivor.uuid, identities=made.summary["identities"])


@router.post("/customers/split", operation_id="customers.split", response=SplitOut, **needs("customers:write"))
def split_customers(request: Request, body: SplitIn) -> SplitOut:
    """Undo a merge: both are who they were, with what has arrived under the identities of each since."""
    done = actions.split(body.merge, by=request.actor, now=request.now)
    uuids = queries.uuids_of([done.customer_id, done.survivor_id])
    return SplitOut(customer=uuids[done.customer_id], survivor=uuids[done.survivor_id], stays=done.report)


class ConsentIn(Schema, extra="forbid"):
    """What one person decided about one address, with what proves it."""

    channel: Literal["email", "sms", "call", "post"]
    address: str = Field(max_length=500, description="The address as your system writes it.")
    purpose: Literal["marketing", "service", "transactional", "survey", "profiling", "third_party", "cross_border"]
    topic: str = Field("", max_length=64, description="A newsletter or brand, where the choice is about one only.")
    action: Literal["requested", "granted", "confirmed", "withdrawn", "refused", "objected", "expired"]
    method: Literal[
        "web_form", "checkout", "in_store", "wechat_auth", "sms_reply", "call_recorded", "one_click_post", "mail_link",
        "preference_page", "provider_webhook", "api", "import",
    ] = Field(description="How the choice was made. Only the person's own hand lifts a suppression.")  # fmt: skip
    occurred_at: Moment
    evidence: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=2_000)]] = Field(
        {}, max_length=20,
        description="What could be shown: `form`, `url`, `wording`, `message_id`, `message`, `document`, `recording` or "
        "`reference`; an `ip` may be beside it. A grant without it is refused.",
    )  # fmt: skip
    notice: UUID | None = Field(None, description="The version of the notice that was shown.")
    jurisdiction: str = Field("", max_length=2, description="ISO 3166 code of the country whose law applies.")
    valid_until: Moment | None = None
    key: str = Field("", max_length=160, description="Your id of the decision: sending it again changes nothing.")


class ConsentBatch(Schema, extra="forbid"):
    """Decisions of people."""

    source: str = Field("api", min_length=1, max_length=48, description="Which of your systems says so.")
    items: list[Annotated[ConsentIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class PermissionOut(Schema):
    """What is known about one address, channel, purpose and topic. Ask again at the moment of sending."""

    address: str
    channel: str
    purpose: str
    topic: str
    state: str
    since: datetime | None
    is_permitted: bool
    reasons: list[str]


@router.get(
    "/customers/{uuid:customer_id}/permissions", operation_id="consents.get", response=list[PermissionOut],
    **needs("consents:read"),
)  # fmt: skip
def get_permissions(request: Request, customer_id: UUID) -> list[PermissionOut]:
    """Return what is known about writing to a customer, with every reason against it."""
    customer = queries.by_uuid(customer_id)
    value_of = {contact.id: contact.value for contact in queries.contacts_of([customer.pk]).get(customer.pk, [])}
    return [
        PermissionOut(
            address=value_of[one.contact_id], channel=one.known.channel, purpose=one.known.purpose, topic=one.known.topic,
            state=one.known.action or "", since=one.known.since, is_permitted=one.is_permitted, reasons=list(one.reasons),
        )
        for one in evidence.permissions_of(customer.pk, now=request.now)
    ]  # fmt: skip


@router.post("/consents/batch", operation_id="consents.record", response=BatchResult, **needs("consents:write"))
def record_consents(request: Request, body: ConsentBatch) -> BatchResult:
    """Keep decisions of people as evidence. Nothing is ever changed or removed; a "no" also suppresses the address."""
    by = Provenance(source=body.source, actor=request.actor.reference, now=request.now)
    notices = {one.uuid: one.pk for one in evidence.notices()}
    results: list[ItemResult] = []
    for chunk in batches.chunks(batches.sound(body.items)):
        said = [_statement(item, notices) for item in chunk.values()]
        with transaction.atomic():
            outcomes = consents.record(said, by=by)
        results += [_consent_result(index, outcome) for index, outcome in zip(chunk, outcomes, strict=True)]
    return batches.report(body.items, results)


def _statement(item: ConsentIn, notices: dict[UUID, int]) -> consents.Statement:
    # A notice that is not here is no notice: 0 is nobody's number, and the door refuses it with its reason.
    notice_id = notices.get(item.notice, 0) if item.notice else None
    return consents.Statement(**item.dict(exclude={"notice"}), notice_id=notice_id)


def _consent_result(index: int, outcome: consents.Outcome) -> ItemResult:
    if outcome.status == "refused":
        field = {"bad_address": "address", "unknown_notice": "notice"}.get(outcome.reason, "evidence")
        return batches.refused(index, field, wording.refusal(outcome.reason))
    status: Literal["created", "unchanged"] = "created" if outcome.status == "recorded" else "unchanged"
    return batches.done(index, status, outcome.record_id)


def _person(item: CustomerIn) -> PersonRecord:
    return PersonRecord(**item.dict(exclude={"tags"}))


def _result(index: int, outcome: upserting.Upserted) -> ItemResult:
    if outcome.status == "refused":
        return batches.refused(
            index,
            "external_id",
            _("No key: give an external id, an e-mail address or a phone number that is not masked."),
        )
    return batches.done(index, outcome.status, outcome.uuid)


def _shown(customers: list[Customer]) -> list[CustomerOut]:
    ids = [customer.pk for customer in customers]
    contacts, keys, tags = queries.contacts_of(ids), queries.external_ids_of(ids), queries.tags_of(ids)
    return [
        CustomerOut(
            id=customer.uuid, kind=CustomerKind(customer.kind), name=customer.name, country=customer.country, region=customer.region, city=customer.city,
            language=customer.language, birthday=customer.birthday, first_seen_at=customer.first_seen_at,
            changed_at=customer.changed_at,
            emails=[contact.value for contact in contacts.get(customer.pk, []) if contact.channel == "email"],
            phones=[contact.value for contact in contacts.get(customer.pk, []) if contact.channel == "phone"],
            addresses=[contact.value for contact in contacts.get(customer.pk, []) if contact.channel == "address"],
            external_ids=[ExternalId(shop=key.namespace, id=key.value) for key in keys.get(customer.pk, [])],
            tags=[tag.name for tag in tags.get(customer.pk, [])],
        )
        for customer in customers
    ]  # fmt: skip


@router.get(
    "/customers/{uuid:customer_id}/relations", operation_id="customers.relations", response=list[RelationOut],
    **needs("customers:read"),
)  # fmt: skip
def list_relations(request: Request, customer_id: UUID) -> list[RelationOut]:
    """Return with whom a customer is connected, and how."""
    found = queries.by_uuid(customer_id)
    return [
        RelationOut(
            customer=tie.other.uuid, kind=RelationKind(tie.relation.kind), note=tie.relation.note,
            direction="to" if tie.relation.customer_id == found.pk else "from",
        )
        for tie in relations.ties_of(found.pk)
    ]  # fmt: skip


@router.post("/customers/relations", operation_id="customers.relate", response=BatchResult, **needs("customers:write"))
def relate_customers(request: Request, body: RelationBatch) -> BatchResult:
    """Connect customers with each other. A connection that is there already is left as it is."""
    items = batches.sound(body.items)
    known = queries.numbers_of({end for item in items.values() for end in (item.customer, item.other)})
    ties = [
        Tie(known.get(item.customer, 0), known.get(item.other, -1), item.kind, item.note) for item in items.values()
    ]
    results = [
        batches.refused(index, "other", done.refusal)
        if done.relation is None
        else batches.done(index, "created" if done.is_new else "unchanged", done.relation.pk)
        for index, done in zip(items, actions.relate_many(ties, by=request.actor, now=request.now), strict=True)
    ]
    return batches.report(body.items, results)


@router.post(
    "/customers/{uuid:customer_id}/kind",
    operation_id="customers.set_kind",
    response=CustomerOut,
    **needs("customers:write"),
)
def set_kind(request: Request, customer_id: UUID, body: KindIn) -> CustomerOut:
    """Say that a customer is a company account, or a person."""
    found = queries.by_uuid(customer_id)
    actions.set_kind(found.pk, body.kind, by=request.actor, now=request.now)
    return _shown([queries.by_uuid(customer_id)])[0]
