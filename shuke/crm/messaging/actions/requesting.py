"""Asking for messages: the only way in. Every candidate gets a decision, the allowed ones become messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries import merging
from shuke.crm.messaging.actions.telling import tell_suppressed
from shuke.crm.messaging.actions.waking import wake
from shuke.crm.messaging.errors import BadCandidate
from shuke.crm.messaging.models import Message, Result, SendDecision, Stage, State
from shuke.crm.messaging.queries.gathering import Asked, Gathered, gather
from shuke.crm.messaging.queries.standing import History
from shuke.crm.messaging.rules.arbitration import Waiting, displaced
from shuke.crm.messaging.rules.candidates import Candidate, Requested, problem
from shuke.crm.messaging.rules.gate import Facts, Verdict, caps_for, decide
from shuke.crm.messaging.rules.policy import UNASKED
from shuke.kernel.ids import uuid7
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.db.bulk import insert_rows

__all__ = ["Candidate", "Requested", "request"]

# What fits a short transaction.
AT_ONCE = 400
# How long an answer holds before the gate is asked again; a message waits longer, its decision does not.
HOLDS_FOR = timedelta(seconds=60)
_DECIDED = (
    "key", "stage", "attempt", "customer_id", "cause_kind", "cause_id", "step", "variant", "channel", "purpose", "topic",
    "template", "result", "reasons", "first_reason", "facts", "policy", "value", "decided_at", "expires_at",
)  # fmt: skip
_MESSAGE = (
    "uuid", "key", "decision_id", "customer_id", "cause_kind", "cause_id", "step", "variant", "channel", "purpose",
    "topic", "template", "template_version", "language", "context", "value", "contact_id", "identity_id", "address_index",
    "index_key", "domain", "state", "reason", "detail", "due_at", "expires_at", "waits_for", "is_paused", "attempts", "worker",
    "provider_id", "created_at", "is_open_by_proxy", "clicks",
)  # fmt: skip


def request(candidates: Sequence[Candidate], *, now: datetime) -> list[Requested]:
    """Decide about candidates and return the answers in their order: the allowed ones are messages from now on.

    A key that is known gets its first answer again. Works in short transactions of some hundred candidates each, inside
    the caller's if there is one. Raises ``BadCandidate``, which names the first that is none, before anything is decided.
    """
    for at, one in enumerate(candidates):
        if wrong := problem(one):
            raise BadCandidate(_("Candidate %(at)s is no message: %(field)s."), at=at, field=wrong)
    answers: list[Requested] = []
    for start in range(0, len(candidates), AT_ONCE):
        answers += _request_some(candidates[start : start + AT_ONCE], now)
    return answers


@dataclass(slots=True)
class _Judged:
    """A candidate with what the gate says of it."""

    candidate: Candidate
    customer_id: int
    verdict: Verdict
    due_at: datetime
    facts: Facts
    at: int
    loses_to: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def _request_some(candidates: Sequence[Candidate], now: datetime) -> list[Requested]:
    known = _known([one.key for one in candidates])
    fresh: dict[str, Candidate] = {}
    for one in candidates:
        if one.key not in known:
            fresh.setdefault(one.key, one)
    made = _decide_and_store(list(fresh.values()), now) if fresh else {}
    answers, seen = [], set(known)
    for one in candidates:
        answer = known.get(one.key) or made[one.key]
        answers.append(_again(answer) if one.key in seen else answer)
        seen.add(one.key)
    return answers


def _known(keys: Sequence[str]) -> dict[str, Requested]:
    """Return the first answers to keys that were asked before, in two queries."""
    rows = SendDecision.objects.filter(key__in=keys, stage=Stage.REQUEST).values_list("key", "result", "reasons")
    found = {key: Requested(key, result == Result.ALLOW, tuple(reasons)) for key, result, reasons in rows}
    if not found:
        return {}
    messages = Message.objects.filter(key__in=list(found)).values_list("key", "uuid", "due_at", "waits_for")
    for key, uuid, due_at, waits_for in messages:
        found[key] = Requested(key, True, (), uuid.hex, due_at, waits_for)
    return found


def _again(answer: Requested) -> Requested:
    return Requested(
        answer.key, answer.is_allowed, answer.reasons, answer.message, answer.due_at, answer.waits_for, is_repeated=True
    )


def _decide_and_store(fresh: Sequence[Candidate], now: datetime) -> dict[str, Requested]:
    survivors = merging.survivors_of({one.customer_id for one in fresh})
    asked = [
        Asked(
            survivors.get(one.customer_id, one.customer_id), one.channel, one.template, one.cause_kind, one.cause_id,
            one.expires_at,
        )
        for one in fresh
    ]  # fmt: skip
    gathered = gather(asked, now=now)
    judged = [
        _judge(one, who.customer_id, gathered, at, now) for at, (one, who) in enumerate(zip(fresh, asked, strict=True))
    ]
    losers = _arbitrate(judged, gathered)
    ids = _store_decisions(judged, gathered, now)
    uuids = _store_messages(judged, gathered, ids, now)
    _displace(losers, gathered, now)
    allowed = [one for one in judged if one.verdict.is_allowed]
    if allowed:
        wake(now=now, at=min(one.due_at for one in allowed))
    return {
        one.candidate.key: Requested(
            one.candidate.key, one.verdict.is_allowed, one.verdict.reasons, uuids.get(one.candidate.key, ""),
            one.due_at if one.verdict.is_allowed else None, one.verdict.waits_for,
        )
        for one in judged
    }  # fmt: skip


def _judge(one: Candidate, customer_id: int, gathered: Gathered, at: int, now: datetime) -> _Judged:
    """Ask the gate as of the moment when the message is due: what is quiet now may not be quiet then."""
    moment = max(now, one.not_before or now)
    facts = gathered.facts[at]
    verdict = decide(facts, gathered.in_force.policy, now=moment)
    return _Judged(one, customer_id, verdict, max(moment, verdict.until or moment), facts, at)


def _arbitrate(judged: Sequence[_Judged], gathered: Gathered) -> dict[int, str]:
    """Let the more valuable have a person's slots; return who of those waiting makes room, with the key of the winner."""
    losers: dict[int, str] = {}
    policy = gathered.in_force.policy
    for one in sorted(judged, key=lambda one: (-one.candidate.value, one.at)):
        if not one.verdict.is_allowed or one.facts.purpose not in UNASKED:
            continue
        history = gathered.histories.get(one.customer_id) or History()
        waiting = [other for other in history.waiting if other.order not in losers]
        gone = displaced(
            caps_for(one.facts, policy), one.facts.channel, one.candidate.value, waiting, history.sent, now=one.due_at
        )
        if gone is None:
            one.verdict = Verdict("deny", ("arbitration",))
            one.loses_to = {"instead": [other.key for other in waiting][:5]}
            continue
        losers |= {other.order: one.candidate.key for other in gone}
        holds = Waiting(-1 - one.at, one.candidate.key, one.facts.channel, one.candidate.value, one.due_at)
        history.waiting = [other for other in waiting if other not in gone] + [holds]
        gathered.histories[one.customer_id] = history
    return losers


def facts_of(gathered: Gathered, at: int, verdict: Verdict) -> dict[str, Any]:
    """Return what a decision rested on, for whoever asks why: numbers and moments, nothing that says who it is."""
    facts, place = gathered.facts[at], gathered.places[at]
    kept: dict[str, Any] = {"zones": list(facts.zones[:3]), "sent": len(facts.sent or ())}
    if place is not None:
        kept |= {"address": place.place.contact_id or place.place.identity_id, "consent": place.record_id}
        kept |= {"said": place.action} if place.action else {}
    if verdict.until is not None:
        kept["until"] = verdict.until.isoformat()
    return kept


def _store_decisions(judged: Sequence[_Judged], gathered: Gathered, now: datetime) -> dict[str, int]:
    rows = [
        decision_row(
            one.candidate, one.facts, one.verdict, customer_id=one.customer_id, stage=Stage.REQUEST, attempt=0,
            policy=gathered.in_force.number, kept=facts_of(gathered, one.at, one.verdict) | one.loses_to, now=now,
        )
        for one in judged
    ]  # fmt: skip
    insert_rows(SendDecision, _DECIDED, rows)
    made = SendDecision.objects.filter(key__in=[one.candidate.key for one in judged], stage=Stage.REQUEST)
    return dict(made.values_list("key", "pk"))


def decision_row(
    of: Any, facts: Facts, verdict: Verdict, *, customer_id: int | None, stage: Stage, attempt: int, policy: int,
    kept: Mapping[str, Any], now: datetime,
) -> tuple[Any, ...]:  # fmt: skip
    """Return a decision as its table holds it; ``of`` is a candidate or a message."""
    first = verdict.reasons[0][:64] if verdict.reasons else ""
    return (
        of.key, stage, attempt, customer_id, of.cause_kind, of.cause_id, of.step, of.variant, of.channel, facts.purpose,
        facts.topic, of.template, Result.ALLOW if verdict.is_allowed else Result.DENY, list(verdict.reasons), first,
        dict(kept), policy, of.value, now, now + HOLDS_FOR,
    )  # fmt: skip


def store_decisions(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add decisions, made by ``decision_row``, in the caller's transaction."""
    insert_rows(SendDecision, _DECIDED, rows)


def _store_messages(
    judged: Sequence[_Judged], gathered: Gathered, ids: Mapping[str, int], now: datetime
) -> dict[str, str]:
    rows, uuids, number = [], {}, index_key()
    for one in judged:
        if not one.verdict.is_allowed:
            continue
        said, what, reached = one.candidate, gathered.whats[one.candidate.template], gathered.places[one.at]
        person = gathered.people[one.customer_id]
        place, uuid = reached.place if reached else None, uuid7()
        uuids[said.key] = uuid.hex
        is_paused = f"{said.cause_kind}:{said.cause_id}" in (one.facts.stops or ())
        rows.append(
            (
                uuid, said.key, ids[said.key], one.customer_id, said.cause_kind, said.cause_id, said.step, said.variant,
                said.channel, what.purpose, what.topic, said.template, what.version_id,
                said.language or person.language[:10], dict(said.context), said.value,
                place.contact_id if place else None, place.identity_id if place else None, place.index if place else None,
                number, "", State.APPROVED, "", "", one.due_at, said.expires_at, one.verdict.waits_for, is_paused, 0, "", "",
                now, False, 0,
            )
        )  # fmt: skip
    insert_rows(Message, _MESSAGE, rows)
    return uuids


def _displace(losers: Mapping[int, str], gathered: Gathered, now: datetime) -> None:
    """Suppress messages that made room, each with a decision that names who came in its place."""
    if not losers:
        return
    held = list(Message.objects.filter(pk__in=[pk for pk in losers if pk > 0], state=State.APPROVED))
    verdict = Verdict("deny", ("arbitration",))
    suppress(
        held, {one.pk: (verdict, {"instead": [losers[one.pk]]}) for one in held}, gathered.in_force.number, now=now
    )


def suppress(
    messages: Sequence[Message], why: Mapping[int, tuple[Verdict, Mapping[str, Any]]], policy: int, *, now: datetime
) -> None:
    """Take messages out with a decision for each, in the caller's transaction; publishes ``message.suppressed``."""
    if not messages:
        return
    rows = []
    for one in messages:
        verdict, kept = why[one.pk]
        facts = Facts(one.channel, one.purpose, one.topic)
        attempt = one.attempts + 1
        rows.append(
            decision_row(
                one, facts, verdict, customer_id=one.customer_id, stage=Stage.CLAIM, attempt=attempt, policy=policy,
                kept=kept, now=now,
            )
        )  # fmt: skip
    store_decisions(rows)
    keys = [one.key for one in messages]
    taken = SendDecision.objects.filter(key__in=keys, stage=Stage.CLAIM, result=Result.DENY).order_by("attempt")
    decided = dict(taken.values_list("key", "pk"))
    for one in messages:
        one.decision_id, one.state, one.waits_for = decided[one.key], State.SUPPRESSED, ""
        one.reason = why[one.pk][0].reasons[0][:64]
        one.worker, one.lease_until = "", None
    Message.objects.bulk_update(
        messages, ["decision_id", "state", "reason", "waits_for", "worker", "lease_until"], batch_size=500
    )
    tell_suppressed(messages, now=now)
