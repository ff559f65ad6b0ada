"""Texts over the API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db import transaction
from ninja import Field, Router, Schema

from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.insight.voice import actions, queries
from shuke.insight.voice.actions import TextRecord
from shuke.insight.voice.errors import BadText
from shuke.insight.voice.models import Text
from shuke.insight.voice.queries.words import body_of
from shuke.platform.company import actions as company
from shuke.platform.http.api import batches
from shuke.platform.http.api.auth import needs
from shuke.platform.http.api.batches import BatchResult, ItemResult, OneByOne, Status
from shuke.platform.http.api.fields import Moment
from shuke.platform.http.api.lists import Cursor, Limit, answer, walk
from shuke.platform.http.request import Request

router = Router()
_STATUS: dict[str, Status] = {"created": "created", "changed": "updated", "unchanged": "unchanged"}
_WORDS: dict[int, Literal["negative", "neutral", "positive"]] = {-1: "negative", 0: "neutral", 1: "positive"}


class WriterIn(Schema, extra="forbid"):
    """Who wrote it. Found or made like a customer of a batch; without any key nobody's."""

    external_id: str = Field("", max_length=200)
    email: str = Field("", max_length=320)
    phone: str = Field("", max_length=64)
    name: str = Field("", max_length=200)


class TextIn(Schema, extra="forbid"):
    """Something a customer wrote. Sent again with the same kind and id, it replaces what was said before."""

    external_id: str = Field(min_length=1, max_length=200)
    kind: Literal["review", "survey", "ticket"] = "review"
    body: str = Field(min_length=1, max_length=20_000)
    written_at: Moment
    language: Literal["", "zh", "en", "other"] = Field("", description="Left out, it is found.")
    rating: int | None = Field(None, ge=1, le=5, description="Stars.")
    product: str = Field("", max_length=120, description="The product's external id in that shop.")
    customer: WriterIn | None = None


class TextBatch(Schema, extra="forbid"):
    """Texts of one shop."""

    shop: str = Field(min_length=1, max_length=200, description="Code or name of the shop; a new name opens a shop.")
    items: list[Annotated[TextIn, OneByOne]] = Field(min_length=1, max_length=batches.MOST_ITEMS)


class TextOut(Schema):
    """A text with what is told of it."""

    id: UUID
    kind: str
    external_id: str
    shop: str | None
    customer: UUID | None
    product: str | None
    language: str
    rating: int | None
    written_at: datetime
    body: str
    sentiment: Literal["negative", "neutral", "positive"] | None
    judged_by: str = Field(description="`person`, `model`, `stars`, or empty where nobody said yet.")
    certainty: float | None = Field(description="How probable the sentiment is in the eyes of what was learned.")


class TextPage(Schema):
    """One page of texts."""

    items: list[TextOut]
    next: str | None


@router.get("/texts", operation_id="texts.list", response=TextPage, **needs("texts:read"))
def list_texts(request: Request, cursor: Cursor = "", limit: Limit = 100) -> dict[str, Any]:
    """List texts in the order in which they came in."""
    rows, following = walk(queries.texts(), cursor, limit)
    return answer([_shown(one) for one in rows], following)


@router.post("/texts/batch", operation_id="texts.take", response=BatchResult, **needs("texts:write"))
def take_texts(request: Request, body: TextBatch) -> BatchResult:
    """Take what customers wrote, each text once per kind and id."""
    actor, now = request.actor, request.now
    shop = company.shop_for_api(body.shop, now=now)
    by = Provenance(source="api", actor=actor.reference, now=now)
    results: list[ItemResult] = []
    records: dict[int, TextRecord] = {}
    for index, item in batches.sound(body.items).items():
        record = _record(item)
        try:
            actions.check(record, now=now)
        except BadText as refusal:
            results.append(batches.refused(index, refusal.field, refusal))
        else:
            records[index] = record
    for chunk in batches.chunks(records):
        with transaction.atomic():
            outcomes = actions.take(shop, list(chunk.values()), source=f"api:{shop.code}"[:64], by=by)
        for index, outcome in zip(chunk, outcomes, strict=True):
            results.append(batches.done(index, _STATUS[outcome.action], outcome.external_id))
    return batches.report(body.items, results)


def _record(item: TextIn) -> TextRecord:
    person = PersonRecord(**item.customer.dict()) if item.customer and any(item.customer.dict().values()) else None
    return TextRecord(**item.dict(exclude={"customer"}), person=person)


def _shown(one: Text) -> TextOut:
    return TextOut(
        id=one.uuid, kind=one.kind, external_id=one.external_id, shop=one.shop.code if one.shop else None,
        customer=one.customer.uuid if one.customer else None, product=one.product.external_id if one.product else None,
        language=one.language, rating=one.rating, written_at=one.written_at, body=body_of(one),
        sentiment=_WORDS[one.sentiment] if one.sentiment is not None else None, judged_by=one.judge, certainty=one.certainty,
    )  # fmt: skip
