"""Keeping what people permitted, as evidence: the only door through which consent comes in."""

import json
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from shuke.cdp.customers.actions import suppressing
from shuke.cdp.customers.engine.addresses import mailbox_indexes
from shuke.cdp.customers.models import ConsentAction, ConsentRecord, ConsentState, NoticeVersion, Purpose
from shuke.cdp.customers.queries import consents as queries
from shuke.cdp.customers.rules import consent as rules
from shuke.cdp.customers.rules import people
from shuke.cdp.events import actions as events
from shuke.cdp.events.actions import NewEvent, Provenance
from shuke.kernel.ids import uuid7
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.crypto.sealing import seal
from shuke.platform.db import journal
from shuke.platform.db.bulk import insert_rows
from shuke.vocabulary import customers as vocabulary

_COLUMNS = (
    "uuid", "subject", "channel", "address_index", "index_key", "customer_id", "identity_id", "purpose", "topic", "action",
    "legal_basis", "jurisdiction", "notice_id", "method", "evidence", "evidence_digest", "actor", "source", "occurred_at",
    "recorded_at", "valid_until", "idempotency_key", "previous_hash", "hash", "import_id",
)  # fmt: skip
_STATE_COLUMNS = (
    "subject", "channel", "address_index", "index_key", "purpose", "topic", "action", "since", "valid_until", "record_id",
)  # fmt: skip

Status = Literal["recorded", "repeated", "refused"]
# What stands for an address: by channel and index, then by purpose and topic.
Known: TypeAlias = defaultdict[tuple[str, bytes], dict[tuple[str, str], str]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says a person decided about one address.

    ``channel``, ``purpose``, ``action`` and ``method`` are codes of ``ConsentChannel``, ``Purpose``, ``ConsentAction``
    and ``rules.consent.METHODS``. ``evidence`` names what proves it (``form``, ``url``, ``wording``, ``message_id``,
    ``document`` …; an ``ip`` may be beside it) and is sealed. ``key`` makes repeating harmless; without one, the same
    choice at the same moment from the same source is taken for a repetition.
    """

    channel: str
    address: str
    purpose: str
    action: str
    method: str
    occurred_at: datetime
    topic: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    legal_basis: str = "consent"
    jurisdiction: str = ""
    notice_id: int | None = None
    valid_until: datetime | None = None
    customer_id: int | None = None
    identity_id: int | None = None
    region: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement; ``reason`` is a code where it was refused (``rules.consent`` and ``_refusal``)."""

    status: Status
    record_id: int | None = None
    reason: str = ""


@dataclass(slots=True)
class _Choice:
    """A statement on its way into the records."""

    said: Statement
    index: bytes
    indexes: list[bytes]
    at: int
    subject: UUID
    key: str = ""
    uuid: UUID = field(default_factory=uuid7)
    customer_ids: tuple[int, ...] = ()

    @property
    def scope(self) -> tuple[UUID, str, str]:
        return (self.subject, self.said.purpose, self.said.topic)


def record(statements: Sequence[Statement], *, by: Provenance) -> list[Outcome]:
    """Keep statements as evidence, in the caller's transaction, and return what became of each, in order.

    A grant without evidence is refused, except for what a contract allows anyway. Saying no to marketing also
    suppresses the address; a later grant by the person's own hand lifts that again. Repeating changes nothing.
    Publishes ``consent.*`` and ``contact.*`` for the customers who have the address.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs inside a transaction")
    outcomes: list[Outcome | None] = [None] * len(statements)
    choices = []
    notices = _known_notices(statements)
    for at, said in enumerate(statements):
        indexes = mailbox_indexes(rules.ADDRESS_OF.get(said.channel, ""), said.address, region=said.region)
        if reason := _refusal(said, has_address=bool(indexes), notices=notices):
            outcomes[at] = Outcome("refused", reason=reason)
        else:
            choices.append(_Choice(said, indexes[0], indexes, at, uuid7()))
    if choices:
        _lock_chain()
        _find_subjects(choices)
        fresh = _without_repetitions(choices, outcomes, by)
        journal.append((_entry(choice) for choice in fresh if choice.said.action in rules.REFUSING), now=by.now)
        ids = _append(fresh, by)
        _update_states(fresh)
        _follow_up(fresh, ids, by)
        for choice in fresh:
            outcomes[choice.at] = Outcome("recorded", ids[choice.uuid])
        _answer_repetitions(choices, outcomes)
    return [outcome or Outcome("repeated") for outcome in outcomes]


def _refusal(said: Statement, *, has_address: bool, notices: set[int]) -> str:
    known = {
        "unknown_channel": said.channel in rules.ADDRESS_OF,
        "unknown_purpose": said.purpose in Purpose.values,
        "unknown_action": said.action in ConsentAction.values,
        "unknown_method": said.method in rules.METHODS,
        "bad_address": has_address,
        "unknown_notice": said.notice_id is None or said.notice_id in notices,
    }
    wrong = next((reason for reason, is_right in known.items() if not is_right), "")
    return wrong or rules.refusal(purpose=said.purpose, action=said.action, method=said.method, evidence=said.evidence)


def _known_notices(statements: Sequence[Statement]) -> set[int]:
    named = {said.notice_id for said in statements if said.notice_id is not None}
    return set(NoticeVersion.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else set()


def _entry(choice: _Choice) -> dict[str, Any]:
    said = choice.said
    return {
        "fact": "refusal", "uuid": str(choice.uuid), "channel": said.channel, "index": choice.index.hex(),
        "purpose": said.purpose, "topic": said.topic, "action": said.action, "method": said.method,
        "occurred_at": _iso(said.occurred_at),
    }  # fmt: skip


def restore(entry: Mapping[str, Any], *, by: Provenance) -> int:
    """Keep a refusal again that the journal speaks of, by the index of its address; return how many records that made."""
    occurred_at = datetime.fromisoformat(entry["occurred_at"])
    said = Statement(
        entry["channel"], "", entry["purpose"], entry["action"], entry["method"], occurred_at, entry["topic"],
        key=f"restored:{entry['uuid']}",
    )  # fmt: skip
    if ConsentRecord.objects.filter(uuid=entry["uuid"]).exists():
        return 0
    index = bytes.fromhex(entry["index"])
    choice = _Choice(said, index, [index], 0, uuid7())
    _lock_chain()
    _find_subjects([choice])
    fresh = _without_repetitions([choice], [None], by)
    if fresh:
        ids = _append(fresh, by)
        _update_states(fresh)
        _follow_up(fresh, ids, by)
    return len(fresh)


def _lock_chain() -> None:
    """Let one writer at a time add to the chain: on SQLite there is only one anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('shuke.customers.consents'))")


def _find_subjects(choices: list[_Choice]) -> None:
    """Give every choice the name under which the chain knows its address, the same for one address."""
    indexes = {index for choice in choices for index in choice.indexes}
    rows = ConsentState.objects.filter(address_index__in=indexes).values_list("channel", "address_index", "subject")
    known = {(channel, bytes(index)): subject for channel, index, subject in rows}
    for choice in choices:
        keys = [(choice.said.channel, index) for index in choice.indexes]
        choice.subject = next((known[key] for key in keys if key in known), choice.subject)
        known[keys[0]] = choice.subject
    owners = queries.owners_of({(rules.ADDRESS_OF[c.said.channel], index) for c in choices for index in c.indexes})
    for choice in choices:
        kind = rules.ADDRESS_OF[choice.said.channel]
        choice.customer_ids = tuple(sorted({pk for index in choice.indexes for pk in owners.get((kind, index), ())}))


def _without_repetitions(choices: list[_Choice], outcomes: list[Outcome | None], by: Provenance) -> list[_Choice]:
    for choice in choices:
        choice.key = _key_of(choice, by)
    seen = dict(
        ConsentRecord.objects.filter(idempotency_key__in=[c.key for c in choices]).values_list("idempotency_key", "pk")
    )
    fresh: dict[str, _Choice] = {}
    for choice in choices:
        if choice.key in seen:
            outcomes[choice.at] = Outcome("repeated", seen[choice.key])
        else:
            fresh.setdefault(choice.key, choice)
    return list(fresh.values())


def _answer_repetitions(choices: list[_Choice], outcomes: list[Outcome | None]) -> None:
    """Point repetitions inside the batch at the record their first occurrence made."""
    made = {choice.key: outcomes[choice.at] for choice in choices if outcomes[choice.at] is not None}
    for choice in choices:
        first = made.get(choice.key)
        if outcomes[choice.at] is None and first is not None:
            outcomes[choice.at] = Outcome("repeated", first.record_id)


def _key_of(choice: _Choice, by: Provenance) -> str:
    """Return what makes a repetition recognisable, hashed: a caller's key may be made of anything."""
    said = choice.said
    own = (
        said.channel,
        str(choice.subject),
        said.purpose,
        said.topic,
        said.action,
        said.method,
        _iso(said.occurred_at),
    )
    return sha256(repr((by.source, said.key) if said.key else (by.source, *own)).encode()).hexdigest()


def _append(choices: list[_Choice], by: Provenance) -> dict[UUID, int]:
    """Add records to the chain and return their ids."""
    last = ConsentRecord.objects.order_by("-pk").values_list("hash", flat=True).first()
    previous, rows, number = bytes(last) if last is not None else rules.first_hash(), [], index_key()
    for choice in choices:
        said = choice.said
        text = _evidence_text(said)
        digest = rules.evidence_digest(text) if text else None
        customer_id = said.customer_id or (choice.customer_ids[0] if len(choice.customer_ids) == 1 else None)
        facts = {
            "uuid": choice.uuid, "subject": choice.subject, "channel": said.channel, "customer_id": customer_id,
            "identity_id": said.identity_id, "purpose": said.purpose, "topic": said.topic, "action": said.action,
            "legal_basis": said.legal_basis, "jurisdiction": said.jurisdiction[:2].upper(), "notice_id": said.notice_id,
            "method": said.method, "evidence_digest": digest, "actor": by.actor, "source": by.source,
            "occurred_at": said.occurred_at, "recorded_at": by.now, "valid_until": said.valid_until,
            "idempotency_key": choice.key, "import_id": by.import_id,
        }  # fmt: skip
        current = rules.chained(previous, queries.chained_facts(facts))
        row = facts | {
            "address_index": choice.index, "index_key": number, "previous_hash": previous, "hash": current,
            "evidence": seal(text, context=rules.EVIDENCE_CONTEXT) if text else None,
        }  # fmt: skip
        rows.append([row[name] for name in _COLUMNS])
        previous = current
    insert_rows(ConsentRecord, _COLUMNS, rows)
    made = ConsentRecord.objects.filter(uuid__in=[choice.uuid for choice in choices])
    return dict(made.values_list("uuid", "pk"))


def _evidence_text(said: Statement) -> str:
    kept = {name: value for name, value in said.evidence.items() if value not in (None, "")}
    if not kept:
        return ""
    return json.dumps(kept | {"salt": secrets.token_hex(16)}, ensure_ascii=False, sort_keys=True, default=str)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _update_states(choices: list[_Choice]) -> None:
    """Bring the projection up to date with the records of every (address, purpose, topic) that was spoken of."""
    _write_states(queries.folded({choice.subject for choice in choices}))


def _write_states(found: Iterable[queries.Folded]) -> int:
    rows = list(found)
    ConsentState.objects.filter(subject__in={row.subject for row in rows}).delete()
    return insert_rows(
        ConsentState,
        _STATE_COLUMNS,
        (
            (
                row.subject, row.channel, row.address_index, row.index_key, row.purpose, row.topic, row.standing.action,
                row.standing.since, row.standing.valid_until, row.standing.order,
            )
            for row in rows
        ),
    )  # fmt: skip


def _follow_up(choices: list[_Choice], ids: Mapping[UUID, int], by: Provenance) -> None:
    """Suppress whom a "no" speaks of, lift what a later "yes" by the person's own hand takes back, and tell."""
    refused, granted = [], []
    for choice in choices:
        said = choice.said
        scope = rules.scope_of(said.purpose, said.topic)
        if said.action in rules.REFUSING and scope:
            reason = rules.reason_of(said.action, said.method)
            blocked = suppressing.Blocked(said.channel, choice.index, scope, reason, others=tuple(choice.indexes[1:]))
            refused.append(blocked)
        elif said.action in rules.GRANTING and said.method in rules.BY_PERSON:
            granted.append((choice.indexes, ids[choice.uuid]))
    _publish(choices, ids, by)
    suppressing.write(refused, by=by)
    suppressing.lift_through(granted, by=by)


def _publish(choices: list[_Choice], ids: Mapping[UUID, int], by: Provenance) -> None:
    said = [
        NewEvent.of(_told(choice, ids[choice.uuid]), customer_id=pk, occurred_at=choice.said.occurred_at, by=by)
        for choice in choices
        for pk in choice.customer_ids or (None,)
    ]
    events.publish(said)


def _told(choice: _Choice, record_id: int) -> Any:
    said = choice.said
    common = (record_id, said.channel, said.purpose, said.topic, said.method)
    if said.action == rules.REQUESTED:
        return vocabulary.ConsentRequested(*common)
    if said.action in rules.GRANTING:
        return vocabulary.ConsentGranted(*common, is_confirmed=said.action == rules.CONFIRMED)
    return vocabulary.ConsentWithdrawn(*common, how=said.action)


# --- other ways in which permission changes


def stop_reply(channel: str, address: str, text: str, *, by: Provenance, message_id: str = "") -> bool:
    """Take a reply for what it is: after a stop word, marketing to this address ends. Return whether it was one."""
    if not rules.is_stop_word(text):
        return False
    said = Statement(
        channel=channel, address=address, purpose=rules.MARKETING, action=rules.WITHDRAWN, method="sms_reply",
        occurred_at=by.now, evidence={"message_id": message_id, "message": people.words(text, limit=40)},
    )  # fmt: skip
    record([said], by=by)
    return True


def strictest_for_each(pairs: Sequence[tuple[int, int]], *, by: Provenance) -> list[int]:
    """Let the strictest choice of two people who become one hold for all their addresses; return how many it changed.

    What one of them refused for a channel and purpose is refused for the other's addresses of that channel too, and
    stays so if the two are told apart again. Pairs (survivor, merged) are taken one after the other, each with what the
    ones before it changed, in a number of queries that does not depend on how many there are.
    """
    ids = {pk for pair in pairs for pk in pair}
    if not queries.has_refused(ids):
        return [0] * len(pairs)
    reach = queries.reach_of(sorted(ids))
    known: Known = defaultdict(dict)
    for state in reach.states:
        known[state.channel, state.index][state.purpose, state.topic] = state.action
    contacts: dict[int, list[queries.Reached]] = defaultdict(list)
    for contact in reach.contacts:
        contacts[contact.customer_id].append(contact)
    said: list[tuple[int, Statement]] = []
    for at, (survivor_id, merged_id) in enumerate(pairs):
        has = {(contact.kind, contact.index) for contact in contacts[survivor_id]}
        both = contacts[survivor_id] + [one for one in contacts[merged_id] if (one.kind, one.index) not in has]
        said += [(at, statement) for statement in _tightening(both, known, by)]
        contacts[survivor_id] = [replace(contact, customer_id=survivor_id) for contact in both]
    outcomes = record([statement for _at, statement in said], by=by) if said else []
    changed = [0] * len(pairs)
    for (at, _statement), outcome in zip(said, outcomes, strict=True):
        changed[at] += outcome.status == "recorded"
    return changed


def _tightening(contacts: Sequence[queries.Reached], known: Known, by: Provenance) -> list[Statement]:
    """Return what has to be said of the addresses of one person for the strictest choice to hold; ``known`` then is so."""
    strictest: dict[tuple[str, str, str], str] = {}
    reached = [(channel, one) for one in contacts for channel, kind in rules.ADDRESS_OF.items() if kind == one.kind]
    for channel, contact in reached:
        for (purpose, topic), action in known[channel, contact.index].items():
            at = (channel, purpose, topic)
            strictest[at] = rules.stricter(strictest[at], action) if at in strictest else action
    statements = []
    for (channel, purpose, topic), action in strictest.items():
        for of, contact in reached:
            states = known[of, contact.index]
            if action not in rules.REFUSING or of != channel:
                continue
            if rules.is_looser(states.get((purpose, topic)), action):
                states[purpose, topic] = action
                statements.append(
                    Statement(
                        channel=channel, address=contact.value, purpose=purpose, topic=topic, action=action,
                        method="merge", occurred_at=by.now, customer_id=contact.customer_id,
                    )
                )  # fmt: skip
    return statements


def withdraw_everything(customer_ids: Sequence[int], *, by: Provenance) -> int:
    """Withdraw whatever was granted for the addresses of people who are being erased; return how many it was."""
    reach = queries.reach_of(customer_ids)
    value_of = {(contact.kind, contact.index): contact.value for contact in reach.contacts}
    statements = [
        Statement(
            channel=state.channel, address=value_of[kind, state.index], purpose=state.purpose, topic=state.topic,
            action=rules.WITHDRAWN, method="erasure", occurred_at=by.now,
        )
        for state in reach.states
        if state.action in rules.GRANTING and (kind := rules.ADDRESS_OF[state.channel]) and (kind, state.index) in value_of
    ]  # fmt: skip
    return len(record(statements, by=by)) if statements else 0


def forget_evidence(customer_ids: Sequence[int]) -> int:
    """Empty the evidence of erased people's records: what was decided, when and how stays; the chain still holds."""
    mailboxes = {contact.index for contact in queries.reach_of(customer_ids).contacts}
    about = Q(customer_id__in=customer_ids) | Q(address_index__in=mailboxes)
    return ConsentRecord.objects.filter(about, evidence__isnull=False).update(evidence=None)


def rebuild_consent_state(*, batch: int = 500) -> int:
    """Make the projection anew from the records, a batch of addresses per transaction; return how many rows differed."""
    differing = 0
    for subjects in queries.subjects_in_batches(batch):
        differing += _rebuild_some(subjects)
    return differing


def _rebuild_some(subjects: set[UUID]) -> int:
    with transaction.atomic():
        _lock_chain()
        before = {state.identity for state in queries.states_of_subjects(subjects)}
        found = queries.folded(subjects)
        after = {row.identity for row in found}
        if before != after:
            _write_states(found)
        return len(before ^ after)
