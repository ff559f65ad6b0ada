"""Questions about messages: what the gate would say, what became of what was asked for, and why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from shuke.cdp.customers.queries import merging, reaching
from shuke.crm.channels.queries import CHANNELS
from shuke.crm.messaging.errors import UnknownMessage
from shuke.crm.messaging.models import Message, Result, SendDecision, Stage, State
from shuke.crm.messaging.queries.gathering import WITHOUT_ADDRESS, Asked, gather
from shuke.crm.messaging.rules.arbitration import displaced
from shuke.crm.messaging.rules.gate import caps_for, decide
from shuke.crm.messaging.rules.policy import UNASKED

_AT_ONCE = 2_000


def count_by_reason(
    customer_ids: Sequence[int], channel: str, template: str, now: datetime, *, value: float = 0.0
) -> dict[str, int]:
    """Return what the gate would say now, counted: "" for allowed, "waits:quiet_hours", else the first reason. Writes nothing."""
    counts: Counter[str] = Counter()
    for start in range(0, len(customer_ids), _AT_ONCE):
        asked = [Asked(pk, channel, template) for pk in customer_ids[start : start + _AT_ONCE]]
        gathered = gather(asked, now=now)
        policy = gathered.in_force.policy
        for one, facts in zip(asked, gathered.facts, strict=True):
            verdict = decide(facts, policy, now=now)
            history = gathered.histories.get(one.customer_id)
            if verdict.is_allowed and history and facts.purpose in UNASKED:
                at = verdict.until or now
                if displaced(caps_for(facts, policy), channel, value, history.waiting, history.sent, now=at) is None:
                    counts["arbitration"] += 1
                    continue
            waits = f"waits:{verdict.waits_for}" if verdict.waits_for else ""
            counts[verdict.reasons[0] if verdict.reasons else waits] += 1
    return dict(counts)


def reachable_channels(customer_ids: Sequence[int], purpose: str, topic: str, now: datetime) -> dict[int, list[str]]:
    """Return by customer the channels on which they may be written to now for a purpose and topic, as permission stands.

    Hours and caps are not looked at: they pass. Whoever may not be reached at all has an empty list.
    """
    ids = list(dict.fromkeys(customer_ids))
    people = reaching.people(ids)
    here = {pk for pk, one in people.items() if not (one.is_erased or one.is_merged or one.is_restricted)}
    found: dict[int, list[str]] = {pk: [] for pk in ids}
    for channel in CHANNELS:
        if channel in WITHOUT_ADDRESS:
            if channel == "onsite":
                for pk in here:
                    found[pk].append(channel)
            continue
        places = reaching.reaching(ids, channel=channel, purpose=purpose, topic=topic, now=now)
        for pk, some in places.items():
            if pk in here and not some[0].reasons:
                found[pk].append(channel)
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages of a cause stand where, and how many candidates were refused, by first reason."""

    states: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0

    @property
    def asked(self) -> int:
        """Return how many candidates there were."""
        return sum(self.states.values()) + sum(self.refused.values())


def states_of(cause_kind: str, cause_id: int, step: str | None = None, variant: str | None = None) -> Counted:
    """Return where everything stands that a cause (or one step of it) asked for, in three queries."""
    own = Q(cause_kind=cause_kind, cause_id=cause_id)
    if step is not None:
        own &= Q(step=step)
    if variant is not None:
        own &= Q(variant=variant)
    messages = Message.objects.filter(own)
    states = dict(messages.values_list("state").annotate(n=Count("pk")).order_by())
    denied = SendDecision.objects.filter(own, stage=Stage.REQUEST, result=Result.DENY)
    refused = dict(denied.values_list("first_reason").annotate(n=Count("pk")).order_by())
    marks = ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
    sums = messages.aggregate(**{name: Count("pk", filter=Q(**{f"{name}_at__isnull": False})) for name in marks})
    return Counted(states, refused, **sums)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one candidate stands; ``reasons`` where it was refused or taken out."""

    key: str
    state: str
    reasons: tuple[str, ...]
    message: str = ""
    sent_at: datetime | None = None


def outcome_of(keys: Sequence[str]) -> dict[str, Outcome]:
    """Return by key what became of candidates: the state of their message, or "denied"; unknown keys are missing."""
    found = {}
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        denied = SendDecision.objects.filter(key__in=some, stage=Stage.REQUEST, result=Result.DENY)
        for key, reasons in denied.values_list("key", "reasons"):
            found[key] = Outcome(key, "denied", tuple(reasons))
        rows = Message.objects.filter(key__in=some).values_list("key", "state", "decision__reasons", "uuid", "sent_at")
        for key, state, reasons, uuid, sent_at in rows:
            found[key] = Outcome(key, state, tuple(reasons), uuid.hex, sent_at)
    return found


def by_uuid(uuid: UUID) -> Message:
    """Return a message by its public id. Raises ``UnknownMessage``."""
    found = Message.objects.select_related("decision", "customer").filter(uuid=uuid).first()
    if found is None:
        raise UnknownMessage(_("There is no such message."))
    return found


def decisions_about(key: str) -> list[SendDecision]:
    """Return every decision about one candidate, the first first."""
    return list(SendDecision.objects.filter(key=key).order_by("pk"))


def decisions_of(customer_id: int, cause_kind: str, cause_id: int, step: str | None = None) -> list[SendDecision]:
    """Return every decision about a person for one cause, newest first, whoever they were merged with."""
    own: dict[str, Any] = {"cause_kind": cause_kind, "cause_id": cause_id}
    if step is not None:
        own["step"] = step
    family = merging.family_of(customer_id)
    return list(SendDecision.objects.filter(customer_id__in=family, **own).order_by("-pk"))


def messages_of(customer_id: int, limit: int = 20) -> list[Message]:
    """Return the latest messages to a person, whoever they were merged with."""
    found = Message.objects.filter(customer_id__in=merging.family_of(customer_id)).select_related("decision")
    return list(found.order_by("-created_at", "-pk")[:limit])


def refusals_of(customer_id: int, limit: int = 20) -> list[SendDecision]:
    """Return the latest candidates that a person was refused, whoever they were merged with."""
    found = SendDecision.objects.filter(
        customer_id__in=merging.family_of(customer_id), stage=Stage.REQUEST, result=Result.DENY
    )
    return list(found.order_by("-decided_at", "-pk")[:limit])


def pending(cause_kind: str, cause_id: int) -> int:
    """Return how many messages of a cause have still to leave."""
    waiting = (State.APPROVED, State.DEFERRED, State.CLAIMED, State.SENDING)
    return Message.objects.filter(cause_kind=cause_kind, cause_id=cause_id, state__in=waiting).count()
