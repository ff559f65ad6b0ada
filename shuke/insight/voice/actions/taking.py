"""Taking texts in: what a shop, a survey or a service desk says that somebody wrote. The door for every source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

from django.utils.translation import gettext_lazy as _

from shuke.cdp.catalog import queries as catalog
from shuke.cdp.customers import actions as customers
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.insight.voice import rules
from shuke.insight.voice.errors import BadText
from shuke.insight.voice.models import Judge, Kind, Label, Text
from shuke.insight.voice.queries.words import SEALED_AS
from shuke.kernel.ids import uuid7
from shuke.platform.company.models import Shop
from shuke.platform.crypto.keys import key
from shuke.platform.crypto.sealing import seal
from shuke.platform.jobs.actions import enqueue
from shuke.vocabulary.voice import TextReceived

JUDGE = "voice.judge"
# Texts come in batches; one look serves them all.
PATIENCE = timedelta(seconds=20)
# A clock may run ahead; what is said to be written later than that is a mistake.
_AHEAD = timedelta(days=1)
CREATED, CHANGED, UNCHANGED = "created", "changed", "unchanged"


@dataclass(frozen=True, slots=True)
class TextRecord:
    """Something that somebody wrote. ``product`` is the shop's id; whose it is: an id and identity of ours, or a person."""

    external_id: str
    body: str
    written_at: datetime
    kind: str = Kind.REVIEW.value
    language: str = ""
    rating: int | None = None
    product: str = ""
    customer_id: int | None = None
    identity_id: int | None = None
    person: PersonRecord | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one text."""

    external_id: str
    text_id: int
    action: str


def check(record: TextRecord, *, now: datetime) -> None:
    """Raise ``BadText``, naming the field, if a text cannot be taken."""
    if not record.external_id or len(record.external_id) > 200:
        raise BadText(_("An id of 1 to 200 characters is needed."), field="external_id")
    if not record.body.strip():
        raise BadText(_("There are no words in it."), field="body")
    if len(record.body) > rules.MOST_CHARS:
        raise BadText(_("It is longer than 20,000 characters."), field="body")
    if record.kind not in Kind.values:
        raise BadText(_("The kind is review, survey or ticket."), field="kind")
    if record.language and record.language not in rules.LANGUAGES:
        raise BadText(_("The language is zh, en or other; leave it out to have it found."), field="language")
    if record.rating is not None and not 1 <= record.rating <= 5:
        raise BadText(_("Stars are whole numbers from 1 to 5."), field="rating")
    if record.written_at > now + _AHEAD:
        raise BadText(_("It cannot have been written in the future."), field="written_at")


def take(shop: Shop | None, records: Sequence[TextRecord], *, source: str, by: Provenance) -> list[Outcome]:
    """Keep texts, each once per source, kind and id; one that was sent before and says something else replaces it.

    Set-based, in the caller's transaction. The words are sealed; the log hears that there is a text, not what it says.
    Raises ``BadText``; whoever takes many asks ``check`` of each before.
    """
    for record in records:
        check(record, now=by.now)
    said = {(record.kind, record.external_id): record for record in records}
    owners = _owners(shop, list(said.values()), by)
    wanted = {record.product for record in said.values() if record.product}
    products = catalog.ids_by_external_id(shop, wanted) if shop and wanted else {}
    ids = [external_id for _kind, external_id in said]
    stored = {(one.kind, one.external_id): one for one in Text.objects.filter(source=source, external_id__in=ids)}
    made: list[Text] = []
    changed: list[Text] = []
    rewritten: list[int] = []
    for place, record in said.items():
        fresh = _text(record, owners.get(place, (None, None)), products.get(record.product), by)
        fresh.shop, fresh.source = shop, source
        known = stored.get(place)
        if known is None:
            made.append(fresh)
        elif _differs(known, fresh):
            if bytes(known.mark) != fresh.mark:
                rewritten.append(known.pk)
            changed.append(_replaced(known, fresh))
    # Labels are about words; these are others now.
    Label.objects.filter(text_id__in=rewritten).delete()
    Text.objects.bulk_create(made, batch_size=200)
    Text.objects.bulk_update(changed, _REPLACED, batch_size=100)
    if made or changed:
        _tell(made, by)
        enqueue(JUDGE, now=by.now, run_at=by.now + PATIENCE, dedupe_key=JUDGE, repeat_if_running=True)
    return _outcomes(records, made, changed, stored)


_REPLACED = (
    "sealed", "mark", "language", "rating", "written_at", "product", "customer", "identity", "sentiment", "judge",
    "certainty", "is_unsure", "run",
)  # fmt: skip


def mark_of(body: str) -> bytes:
    """Return a keyed digest of what a text says."""
    return blake2b(" ".join(body.split()).casefold().encode(), digest_size=16, key=key("voice-digest")).digest()


def _owners(
    shop: Shop | None, records: Sequence[TextRecord], by: Provenance
) -> dict[tuple[str, str], tuple[int | None, int | None]]:
    """Return customer and identity of each text; people who are named are found, or become known."""
    found: dict[tuple[str, str], tuple[int | None, int | None]] = {
        (one.kind, one.external_id): (one.customer_id, one.identity_id) for one in records
    }
    named = [one for one in records if one.person is not None and one.customer_id is None]
    if named:
        people = [one.person for one in named if one.person is not None]
        for one, resolved in zip(
            named, customers.resolve(people, namespace=shop.code if shop else "", by=by), strict=True
        ):
            if resolved is not None:
                found[one.kind, one.external_id] = (resolved.customer_id, resolved.identity_id)
    return found


def _text(record: TextRecord, owner: tuple[int | None, int | None], product: int | None, by: Provenance) -> Text:
    body = record.body.replace("\x00", "").strip()
    stars = rules.of_stars(record.rating)
    return Text(
        uuid=uuid7(), kind=record.kind, external_id=record.external_id, customer_id=owner[0],
        identity_id=owner[1], product_id=product, language=record.language or rules.language_of(body), rating=record.rating,
        written_at=record.written_at, received_at=by.now, sealed=seal(body, context=SEALED_AS), mark=mark_of(body),
        sentiment=stars, judge=Judge.NOBODY if stars is None else Judge.STARS,
    )  # fmt: skip


def _differs(known: Text, fresh: Text) -> bool:
    if bytes(known.mark) != fresh.mark or known.rating != fresh.rating or known.written_at != fresh.written_at:
        return True
    return any(
        getattr(fresh, name) is not None and getattr(fresh, name) != getattr(known, name)
        for name in ("product_id", "customer_id")
    )


def _replaced(known: Text, fresh: Text) -> Text:
    """Take over what is said now. What people said of the old words stays only where the words are the same."""
    is_same = bytes(known.mark) == fresh.mark
    for name in ("sealed", "mark", "language", "rating", "written_at"):
        setattr(known, name, getattr(fresh, name))
    for name in ("product_id", "customer_id", "identity_id"):
        if getattr(fresh, name) is not None:
            setattr(known, name, getattr(fresh, name))
    if not (is_same and known.judge == Judge.PERSON):
        known.sentiment, known.judge, known.certainty = fresh.sentiment, fresh.judge, None
        known.is_unsure, known.run = False, None
    return known


def _tell(made: Iterable[Text], by: Provenance) -> None:
    events.publish([
        NewEvent.of(
            TextReceived(one.pk, one.kind, one.language, one.rating, one.product_id),
            customer_id=one.customer_id, identity_id=one.identity_id, occurred_at=one.written_at, by=by,
        )
        for one in made
    ])  # fmt: skip


def _outcomes(
    records: Sequence[TextRecord], made: Sequence[Text], changed: Sequence[Text], stored: dict[tuple[str, str], Text]
) -> list[Outcome]:
    new = {(one.kind, one.external_id): one.pk for one in made}
    touched = {one.pk for one in changed}
    found, seen = [], Counter[tuple[str, str]]()
    for record in records:
        place = (record.kind, record.external_id)
        seen[place] += 1
        if place in new:
            action, pk = CREATED if seen[place] == 1 else UNCHANGED, new[place]
        else:
            pk = stored[place].pk
            action = CHANGED if pk in touched else UNCHANGED
        found.append(Outcome(record.external_id, pk, action))
    return found
