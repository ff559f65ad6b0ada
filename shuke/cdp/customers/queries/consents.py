"""Questions about permission: what is known, why, and whether the evidence is whole."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from pydantic import BaseModel

from shuke.cdp.customers.engine.addresses import mailbox_indexes
from shuke.cdp.customers.models import (
    ConsentRecord,
    ConsentState,
    ContactPoint,
    ContactStatus,
    Customer,
    NoticeVersion,
    Suppression,
)
from shuke.cdp.customers.rules import CONTACT_CONTEXT, region_of_zone
from shuke.cdp.customers.rules import consent as rules
from shuke.platform.company import queries as company
from shuke.platform.crypto.blind_index import is_changing
from shuke.platform.crypto.sealing import unseal

SETTINGS = "customers.consent"
# What the page of a customer always answers, asked or not.
ALWAYS_SHOWN = (rules.MARKETING, rules.SERVICE)
_CHAINED = (
    "uuid", "subject", "channel", "customer_id", "identity_id", "purpose", "topic", "action", "legal_basis",
    "jurisdiction", "notice_id", "method", "evidence_digest", "actor", "source", "occurred_at", "recorded_at",
    "valid_until", "idempotency_key", "import_id",
)  # fmt: skip


class ConsentSettings(BaseModel):
    """How strictly permission is read."""

    # Marketing by e-mail needs a confirmed grant (double opt-in).
    email_needs_confirmation: bool = True


def settings() -> ConsentSettings:
    """Return how strictly the company reads permission."""
    return company.settings_of(SETTINGS, ConsentSettings)


# --- folding


@dataclass(frozen=True, slots=True)
class Folded:
    """Where one (address, purpose, topic) stands, with the names under which the projection keeps it."""

    subject: UUID
    channel: str
    address_index: bytes
    index_key: int
    purpose: str
    topic: str
    standing: rules.Standing

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return everything that the projection has to hold, to compare."""
        held = self.standing
        return (
            self.subject, self.channel, self.address_index, self.purpose, self.topic, held.action, held.since,
            held.valid_until, held.order,
        )  # fmt: skip


def folded(subjects: set[UUID]) -> list[Folded]:
    """Return where permission stands for some addresses, from their records alone, in one query."""
    records: dict[tuple[UUID, str, str], list[ConsentRecord]] = {}
    for record in ConsentRecord.objects.filter(subject__in=subjects).defer("evidence").order_by("pk"):
        records.setdefault((record.subject, record.purpose, record.topic), []).append(record)
    found = []
    for (subject, purpose, topic), some in records.items():
        standing = rules.state_of(as_evidence(record) for record in some)
        assert standing is not None
        last = some[-1]
        index = bytes(last.address_index)
        found.append(Folded(subject, last.channel, index, last.index_key, purpose, topic, standing))
    return found


def as_evidence(record: ConsentRecord) -> rules.Evidence:
    """Return a record as the fold reads it."""
    return rules.Evidence(record.action, record.occurred_at, record.recorded_at, record.pk, record.valid_until)


def states_of_subjects(subjects: set[UUID]) -> list[Folded]:
    """Return what the projection holds for some addresses."""
    return [
        Folded(
            row.subject, row.channel, bytes(row.address_index), row.index_key, row.purpose, row.topic,
            rules.Standing(row.action, row.since, row.record_id, row.valid_until),
        )
        for row in ConsentState.objects.filter(subject__in=subjects)
    ]  # fmt: skip


def subjects_in_batches(size: int) -> Iterator[set[UUID]]:
    """Yield every address that somebody spoke of, or that the projection holds, in batches."""
    last: UUID | None = None
    spoken = ConsentRecord.objects.values_list("subject", flat=True).distinct().order_by("subject")
    while some := list((spoken.filter(subject__gt=last) if last else spoken)[:size]):
        yield set(some)
        last = some[-1]
    strays = ConsentState.objects.exclude(subject__in=ConsentRecord.objects.values("subject"))
    if unknown := set(strays.values_list("subject", flat=True)):
        yield unknown


# --- the chain


def chained_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the hash of a record covers, written the same way whichever database it comes from."""
    return {name: _plain(facts[name]) for name in _CHAINED}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value) if isinstance(value, UUID) else value


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of following the chain: how many records, and the first that does not fit, if one does not."""

    count: int
    broken_at: int | None = None


def verify_chain(*, batch: int = 2_000) -> Verified:
    """Follow the chain from its first record to its last."""
    previous, count, last = rules.first_hash(), 0, 0
    while rows := list(ConsentRecord.objects.filter(pk__gt=last).order_by("pk")[:batch]):
        for record in rows:
            if not _fits(record, previous):
                return Verified(count, record.pk)
            previous, count, last = bytes(record.hash), count + 1, record.pk
    return Verified(count)


def is_whole(record: ConsentRecord) -> bool:
    """Whether a record is as it was written, follows the one before it and is followed by the one after it."""
    before = ConsentRecord.objects.filter(pk__lt=record.pk).order_by("-pk").values_list("hash", flat=True).first()
    after = (
        ConsentRecord.objects.filter(pk__gt=record.pk).order_by("pk").values_list("previous_hash", flat=True).first()
    )
    is_followed = after is None or rules.is_same(after, record.hash)
    return is_followed and _fits(record, bytes(before) if before is not None else rules.first_hash())


def _fits(record: ConsentRecord, previous: bytes) -> bool:
    if record.evidence is not None and record.evidence_digest is not None:
        text = unseal(bytes(record.evidence), context=rules.EVIDENCE_CONTEXT)
        if not rules.is_same(rules.evidence_digest(text), record.evidence_digest):
            return False
    expected = rules.chained(previous, chained_facts({name: getattr(record, name) for name in _CHAINED}))
    return rules.is_same(record.previous_hash, previous) and rules.is_same(record.hash, expected)


def evidence_of(record: ConsentRecord) -> dict[str, Any]:
    """Return the evidence of a record in clear, {} where there is none or it was erased. The caller audits."""
    if record.evidence is None:
        return {}
    found: dict[str, Any] = json.loads(unseal(bytes(record.evidence), context=rules.EVIDENCE_CONTEXT))
    found.pop("salt", None)
    return found


# --- whose address


def mailbox() -> Coalesce:
    """Return the expression for the index under which permission for a contact point is kept."""
    return Coalesce("mailbox_index", "blind_index")


def owners_of(keys: Iterable[tuple[str, bytes]]) -> dict[tuple[str, bytes], list[int]]:
    """Return the customers who have an address, by (kind, mailbox index), in one query."""
    wanted = set(keys)
    indexes = {index for _kind, index in wanted}
    points = ContactPoint.objects.filter(Q(blind_index__in=indexes) | Q(mailbox_index__in=indexes))
    found: dict[tuple[str, bytes], list[int]] = {}
    for kind, own, shared, customer_id in points.values_list("channel", "blind_index", "mailbox_index", "customer_id"):
        found.setdefault((kind, bytes(shared if shared is not None else own)), []).append(customer_id)
    return {key: ids for key, ids in found.items() if key in wanted}


@dataclass(frozen=True, slots=True)
class Reached:
    """An address of a person in clear, with the index under which its permission is kept."""

    id: int
    customer_id: int
    kind: str
    value: str
    index: bytes
    status: str


@dataclass(frozen=True, slots=True)
class HeldState:
    """A row of the projection, for an address of the person."""

    channel: str
    index: bytes
    purpose: str
    topic: str
    action: str
    since: datetime
    valid_until: datetime | None
    record_id: int


@dataclass(frozen=True, slots=True)
class Reach:
    """All addresses of some customers (one person), with what was said and what is suppressed about them."""

    contacts: list[Reached]
    states: list[HeldState]
    suppressions: list[tuple[bytes, Suppression]]


def reach_of(customer_ids: Sequence[int]) -> Reach:
    """Return everything known about reaching a person, in three queries."""
    contacts: list[Reached] = []
    primary: dict[tuple[str, bytes], bytes] = {}
    for point in ContactPoint.objects.filter(customer_id__in=customer_ids).order_by("channel", "pk"):
        value = unseal(bytes(point.sealed), context=CONTACT_CONTEXT)
        held = bytes(point.mailbox_index if point.mailbox_index is not None else point.blind_index)
        contacts.append(Reached(point.pk, point.customer_id, point.channel, value, held, point.status))
        primary |= {(point.channel, index): held for index in [held, *mailbox_indexes(point.channel, value)]}
    indexes = {index for _kind, index in primary}
    states = []
    for row in ConsentState.objects.filter(address_index__in=indexes).order_by("channel", "purpose", "topic"):
        index = primary.get((rules.ADDRESS_OF[row.channel], bytes(row.address_index)))
        if index is not None:
            said = (row.action, row.since, row.valid_until, row.record_id)
            states.append(HeldState(row.channel, index, row.purpose, row.topic, *said))
    active = suppressions().filter(address_index__in=indexes)
    found = [(primary.get((rules.ADDRESS_OF[one.channel], bytes(one.address_index))), one) for one in active]
    return Reach(contacts, states, [(index, one) for index, one in found if index is not None])


def has_refused(customer_ids: Iterable[int]) -> bool:
    """Whether anything may have been refused for an address of these customers: a cheap question before ``reach_of``."""
    if is_changing():  # what was said may stand under an earlier key, which only the open address leads to
        return True
    points = ContactPoint.objects.filter(customer_id__in=list(customer_ids))
    refused = ConsentState.objects.filter(action__in=rules.REFUSING, address_index__in=points.values_list(mailbox()))
    return refused.exists()


def suppressions() -> QuerySet[Suppression]:
    """Return the suppressions in force; what has expired is filtered where a moment is known."""
    return Suppression.objects.filter(lifted_at__isnull=True)


# --- permission as known


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether an address may be used for a purpose as far as is known, with every reason against it."""

    contact_id: int
    known: rules.Known
    record_id: int | None
    reasons: tuple[str, ...]
    suppressions: tuple[Suppression, ...] = ()

    @property
    def is_permitted(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


def permissions_of(customer_id: int, *, now: datetime) -> list[Permission]:
    """Return what is known about writing to a customer, per address, channel, purpose and topic.

    Not a licence to send: whoever sends asks again at that moment, with everything that only then is known.
    """
    reach = reach_of([customer_id])
    retired, strict = _records_to_ask_again(reach), settings().email_needs_confirmation
    is_restricted = Customer.objects.filter(pk=customer_id, restricted_at__isnull=False).exists()
    found = []
    for contact in reach.contacts:
        for channel in (channel for channel, kind in rules.ADDRESS_OF.items() if kind == contact.kind):
            at = (channel, contact.index)
            states = {(s.purpose, s.topic): s for s in reach.states if (s.channel, s.index) == at}
            blocks = [one for index, one in reach.suppressions if (one.channel, index) == at and _is_in_force(one, now)]
            for purpose, topic in dict.fromkeys([*((purpose, "") for purpose in ALWAYS_SHOWN), *states]):
                state = states.get((purpose, topic))
                known = rules.Known(
                    channel=channel, purpose=purpose, topic=topic, action=state.action if state else None,
                    since=state.since if state else None, valid_until=state.valid_until if state else None,
                    must_ask_again=bool(state and state.record_id in retired),
                    scopes=frozenset(one.scope for one in blocks),
                    is_unusable=contact.status in {ContactStatus.INVALID, ContactStatus.REASSIGNED},
                    is_restricted=is_restricted,
                )  # fmt: skip
                reasons = rules.why_not(known, now=now, email_needs_confirmation=strict)
                relevant = tuple(one for one in blocks if rules.covers(one.scope, purpose, topic))
                record_id = state.record_id if state else None
                found.append(Permission(contact.id, known, record_id, reasons, relevant))
    return found


def _is_in_force(one: Suppression, now: datetime) -> bool:
    return one.expires_at is None or one.expires_at > now


def _records_to_ask_again(reach: Reach) -> set[int]:
    """Records of this person that rest on a notice which was retired so that everybody is asked again."""
    ids = [state.record_id for state in reach.states]
    found = ConsentRecord.objects.filter(pk__in=ids, notice__retired_at__isnull=False, notice__must_ask_again=True)
    return set(found.values_list("pk", flat=True))


def records_of(customer_id: int) -> list[ConsentRecord]:
    """Return every record about a customer's addresses, newest first, with its notice."""
    return records_about(reach_of([customer_id]))


def records_about(reach: Reach) -> list[ConsentRecord]:
    """Return every record about some addresses, newest first, with its notice."""
    indexes = {index for one in reach.contacts for index in [one.index, *mailbox_indexes(one.kind, one.value)]}
    found = ConsentRecord.objects.filter(address_index__in=indexes).select_related("notice")
    return list(found.order_by("-occurred_at", "-pk"))


def find_record(customer_id: int, record_id: int) -> ConsentRecord | None:
    """Return a record if it is about this customer."""
    return next((record for record in records_of(customer_id) if record.pk == record_id), None)


# --- notices and suppressions


def notices() -> list[NoticeVersion]:
    """Return every version of every notice, newest first."""
    return list(NoticeVersion.objects.order_by("retired_at", "-published_at", "-pk"))


def find_notice(uuid: UUID) -> NoticeVersion | None:
    """Return one version of a notice."""
    return NoticeVersion.objects.filter(uuid=uuid).first()


def suppressions_of_address(kind: str, written: str) -> list[Suppression]:
    """Return everything that was ever suppressed about an address, newest first; only the whole address finds it."""
    found = company.find_company()
    region = region_of_zone(found.time_zone) if found else ""
    indexes = mailbox_indexes(kind, written, region=region)
    return list(Suppression.objects.filter(address_index__in=indexes).order_by("-created_at", "-pk")) if indexes else []


def suppression_counts() -> list[tuple[str, str, int]]:
    """Return how many addresses are suppressed now, by channel and reason."""
    rows = suppressions().values("channel", "reason").annotate(n=Count("pk")).order_by("channel", "-n")
    return [(row["channel"], row["reason"], row["n"]) for row in rows]


def channels_of(kind: str) -> list[str]:
    """Return the ways to reach a person that use one kind of address: texts and calls share the phone number."""
    return [channel for channel, of in rules.ADDRESS_OF.items() if of == kind]
