"""What holds now: the policy in force, what stops everything, how often people were written to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from shuke.crm.messaging.models import COUNTED, Message, PolicyVersion, State, Stop, Wish
from shuke.crm.messaging.rules.arbitration import Waiting
from shuke.crm.messaging.rules.policy import UNASKED, Policy


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy in force with its number; 0 is what holds until somebody decides."""

    number: int
    policy: Policy


def policy() -> InForce:
    """Return the contact policy in force."""
    found = PolicyVersion.objects.order_by("-number").first()
    return InForce(found.number, Policy.model_validate(found.values)) if found else InForce(0, Policy())


def versions(limit: int = 50) -> list[PolicyVersion]:
    """Return versions of the policy, newest first."""
    return list(PolicyVersion.objects.order_by("-number")[:limit])


def stops() -> list[Stop]:
    """Return everything that keeps messages back now."""
    return list(Stop.objects.order_by("scope"))


def stopped_scopes() -> frozenset[str]:
    """Return what is stopped now."""
    return frozenset(Stop.objects.values_list("scope", flat=True))


def wishes(customer_ids: Sequence[int]) -> dict[int, tuple[datetime | None, int | None]]:
    """Return until when people want nothing and how much a week at most, for those who said so."""
    rows = Wish.objects.filter(customer_id__in=customer_ids).values_list("customer_id", "paused_until", "most_per_week")
    return {pk: (until, most) for pk, until, most in rows}


@dataclass(slots=True)
class History:
    """What one person was sent lately, and what waits for them."""

    sent: list[tuple[str, datetime]] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    # When each template went to them last, or is due.
    templates: dict[str, datetime] = field(default_factory=dict)


def histories(
    customer_ids: Sequence[int], policy: Policy, *, now: datetime, besides: Sequence[int] = ()
) -> dict[int, History]:
    """Return what counts against the caps, by customer, in one query; messages in ``besides`` are left out."""
    reach = max(policy.longest_cap, timedelta(hours=policy.same_template_hours))
    lately = Q(state__in=COUNTED, sent_at__gt=now - reach) | Q(state=State.APPROVED)
    rows = Message.objects.filter(lately, customer_id__in=customer_ids).exclude(pk__in=besides)
    columns = ("pk", "customer_id", "key", "channel", "purpose", "template", "state", "sent_at", "due_at", "value")
    found: dict[int, History] = {}
    for pk, customer_id, key, channel, purpose, template, state, sent_at, due_at, value in rows.values_list(*columns):
        history = found.setdefault(customer_id, History())
        at = sent_at if state in COUNTED else max(due_at, now)
        if state in COUNTED or not besides:  # right before sending only what has left counts
            history.templates[template] = max(history.templates.get(template, at), at)
        if purpose not in UNASKED:
            continue
        if state in COUNTED:
            history.sent.append((channel, sent_at))
        else:
            history.waiting.append(Waiting(pk, key, channel, value, due_at))
    return found
