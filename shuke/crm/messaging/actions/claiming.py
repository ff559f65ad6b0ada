"""Taking due messages to send them: the gate is asked again, and this answer binds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction

from shuke.cdp.customers import queries as customers
from shuke.cdp.customers.queries.reaching import Place
from shuke.crm.channels import queries as channels
from shuke.crm.messaging.actions.requesting import HOLDS_FOR, decision_row, facts_of, store_decisions, suppress
from shuke.crm.messaging.models import PENDING, Message, SendDecision, Stage, State
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.queries.gathering import Asked, Gathered, gather
from shuke.crm.messaging.rules.gate import Verdict, decide
from shuke.crm.messaging.rules.policy import MARKETING, SERVICE, SURVEY, TRANSACTIONAL, UNASKED
from shuke.platform.crypto.blind_index import index_key
from shuke.platform.db.bulk import update_rows
from shuke.platform.db.failpoint import failpoint

# What was asked for goes first, whatever else waits.
_ORDER = (TRANSACTIONAL, SERVICE, MARKETING, SURVEY)
LEASE = timedelta(minutes=3)
_CLAIMED = (
    "state", "decision_id", "attempts", "first_try_at", "worker", "lease_until", "sent_at", "waits_for", "account_id",
    "contact_id", "identity_id", "address_index", "index_key", "template_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until the approval runs out, and where it goes."""

    message: Message
    place: Place | None
    decision_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look for due messages came to; ``seen`` counts them all, those that wait on or were refused too."""

    taken: list[Claimed]
    seen: int


@transaction.atomic
def claim(worker: str, *, limit: int, is_journal_replayed: bool, now: datetime) -> Claim:
    """Take due messages, those asked for first, and decide about each anew in the same transaction."""
    scopes = standing.stopped_scopes()
    if "all" in scopes or not is_journal_replayed:
        return Claim([], 0)
    due = _due(scopes, limit, now)
    if not due:
        return Claim([], 0)
    customers.existing_locked(sorted({one.customer_id for one in due if one.customer_id}))
    asked = [
        Asked(one.customer_id or 0, one.channel, one.template, one.cause_kind, one.cause_id, one.expires_at)
        for one in due
    ]
    gathered = gather(asked, now=now, is_journal_replayed=is_journal_replayed, besides=[one.pk for one in due])
    verdicts = _verdicts(due, gathered, now)
    denied = {
        one.pk: (verdicts[at], facts_of(gathered, at, verdicts[at]))
        for at, one in enumerate(due)
        if not verdicts[at].is_allowed
    }
    suppress([one for one in due if one.pk in denied], denied, gathered.in_force.number, now=now)
    _put_off(due, verdicts)
    taken = _take(due, verdicts, gathered, worker, now)
    failpoint("messaging.claiming")
    return Claim(taken, len(due))


def _due(scopes: frozenset[str], limit: int, now: datetime) -> list[Message]:
    """Return messages to look at, locked; on PostgreSQL those that another worker holds are passed over."""
    found: list[Message] = []
    stopped = [scope.removeprefix("channel:") for scope in scopes if scope.startswith("channel:")]
    can_skip = connection.features.has_select_for_update_skip_locked
    for purpose in _ORDER:
        if len(found) < limit:
            rows = Message.objects.select_for_update(skip_locked=can_skip).filter(
                state__in=PENDING, is_paused=False, purpose=purpose, due_at__lte=now
            )  # fmt: skip
            found += rows.exclude(channel__in=stopped).order_by("due_at", "pk")[: limit - len(found)]
    return found


def _verdicts(due: Sequence[Message], gathered: Gathered, now: datetime) -> list[Verdict]:
    """Ask the gate of each, the more valuable first: what one of them takes of a person's slots the next does not have."""
    verdicts: dict[int, Verdict] = {}
    for at in sorted(range(len(due)), key=lambda at: (-due[at].value, due[at].pk)):
        one = due[at]
        history = gathered.histories.setdefault(one.customer_id or 0, standing.History())
        facts = replace(
            gathered.facts[at], sent=history.sent, same_template_at=history.templates.get(one.template), is_binding=True
        )
        verdicts[at] = decide(facts, gathered.in_force.policy, now=now)
        if verdicts[at].answer == "allow":
            history.templates[one.template] = now
            if facts.purpose in UNASKED:
                history.sent = [*history.sent, (one.channel, now)]
    return [verdicts[at] for at in range(len(due))]


def _put_off(due: Sequence[Message], verdicts: Sequence[Verdict]) -> None:
    rows = [
        (said.until, said.waits_for, one.pk)
        for one, said in zip(due, verdicts, strict=True)
        if said.answer == "wait" and said.until is not None
    ]
    update_rows(Message, ("due_at", "waits_for"), rows)


def _take(
    due: Sequence[Message], verdicts: Sequence[Verdict], gathered: Gathered, worker: str, now: datetime
) -> list[Claimed]:
    allowed = [at for at, said in enumerate(verdicts) if said.answer == "allow"]
    if not allowed:
        return []
    policy = gathered.in_force.number
    store_decisions([
        decision_row(
            due[at], gathered.facts[at], verdicts[at], customer_id=due[at].customer_id, stage=Stage.CLAIM,
            attempt=due[at].attempts + 1, policy=policy, kept=facts_of(gathered, at, verdicts[at]), now=now,
        )
        for at in allowed
    ])  # fmt: skip
    keys = [due[at].key for at in allowed]
    made = SendDecision.objects.filter(key__in=keys, stage=Stage.CLAIM, decided_at=now).order_by("attempt")
    decisions = dict(made.values_list("key", "pk"))
    accounts = {channel: channels.accounts(channel)[0].pk for channel in {due[at].channel for at in allowed}}
    number, taken, rows = index_key(), [], []
    for at in allowed:
        one, reached, what = due[at], gathered.places[at], gathered.whats[due[at].template]
        place, decision_id = reached.place if reached else None, decisions[one.key]
        one.attempts, one.first_try_at = one.attempts + 1, one.first_try_at or now
        one.state, one.worker, one.sent_at = State.CLAIMED, worker, now
        one.account_id, one.template_version, one.decision_id = accounts[one.channel], what.version_id, decision_id
        rows.append(
            (
                State.CLAIMED, decision_id, one.attempts, one.first_try_at, worker, now + LEASE, now, "", one.account_id,
                place.contact_id if place else None, place.identity_id if place else None, place.index if place else None,
                number, what.version_id, one.pk,
            )
        )  # fmt: skip
        taken.append(Claimed(one, place, decision_id, now + HOLDS_FOR))
    update_rows(Message, _CLAIMED, rows)
    return taken
