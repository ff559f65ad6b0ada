"""Messages and refusals as staff look at them: lists, how well they arrive, and what a policy would have done."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Count, Q, QuerySet

from shuke.cdp.customers.queries import merging
from shuke.crm.messaging.models import COUNTED, Message, Result, SendDecision, Stage, State
from shuke.crm.messaging.queries import standing
from shuke.crm.messaging.rules.policy import Policy
from shuke.crm.messaging.rules.simulating import Past, replay

Row = TypeVar("Row", Message, SendDecision)
# More candidates than this are not replayed while somebody waits: the newest count.
MOST_REPLAYED = 50_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed by."""

    state: str = ""
    channel: str = ""
    cause: str = ""
    reason: str = ""
    customer_id: int | None = None


def read(said: Mapping[str, str], customer_id: int | None = None) -> Filters:
    """Return filters from the address of a page; what is none is left out."""
    state = said.get("state", "")
    return Filters(
        state if state in State.values else "", said.get("channel", "")[:16], said.get("cause", "")[:16],
        said.get("reason", "")[:64], customer_id,
    )  # fmt: skip


def messages(filters: Filters) -> QuerySet[Message]:
    """Return messages, for a page to cut."""
    found = Message.objects.select_related("customer").defer("context")
    if filters.state:
        found = found.filter(state=filters.state)
    return _narrowed(found, filters).filter(**({"reason": filters.reason} if filters.reason else {}))


def refusals(filters: Filters) -> QuerySet[SendDecision]:
    """Return candidates that were refused when they were asked for, for a page to cut."""
    found = SendDecision.objects.select_related("customer").filter(stage=Stage.REQUEST, result=Result.DENY)
    return _narrowed(found, filters).filter(**({"first_reason": filters.reason} if filters.reason else {}))


def _narrowed(found: "QuerySet[Row]", filters: Filters) -> "QuerySet[Row]":
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.cause:
        kind, _colon, number = filters.cause.partition(":")
        found = found.filter(cause_kind=kind, **({"cause_id": int(number)} if number.isdecimal() else {}))
    if filters.customer_id is not None:
        found = found.filter(customer_id__in=merging.family_of(filters.customer_id))
    return found


@dataclass(frozen=True, slots=True)
class Health:
    """How messages of one channel or mail domain fared."""

    name: str
    sent: int
    delivered: int
    bounced: int
    failed: int
    unknown: int
    complained: int
    unsubscribed: int
    opened: int
    clicked: int

    def share(self, count: int) -> float | None:
        """Return a count as a share of what was sent, None where nothing was."""
        return count / self.sent if self.sent else None

    @property
    def rates(self) -> dict[str, float | None]:
        """Return each count as a share."""
        names = ("delivered", "bounced", "failed", "unknown", "complained", "unsubscribed", "opened", "clicked")
        return {name: self.share(getattr(self, name)) for name in names}


def health(by: str, *, since: datetime, limit: int = 20) -> list[Health]:
    """Return how messages sent since a moment fared, by ``channel`` or by ``domain``, the largest first."""
    sent = Message.objects.filter(sent_at__gte=since).exclude(**{by: ""})
    counts = {
        "n": Count("pk", filter=Q(state__in=COUNTED)),
        "failed": Count("pk", filter=Q(state=State.FAILED)),
        "unknown": Count("pk", filter=Q(state=State.UNKNOWN)),
        "opened": Count("pk", filter=Q(opened_at__isnull=False, is_open_by_proxy=False)),
    } | {
        name: Count("pk", filter=Q(**{f"{name}_at__isnull": False}))
        for name in ("delivered", "bounced", "complained", "unsubscribed", "clicked")
    }
    rows = sent.values(by).annotate(**counts).order_by("-n", by)[:limit]
    return [
        Health(
            row[by], row["n"] + row["failed"], row["delivered"], row["bounced"], row["failed"], row["unknown"],
            row["complained"], row["unsubscribed"], row["opened"], row["clicked"],
        )
        for row in rows
    ]  # fmt: skip


def held_back(*, since: datetime) -> list[tuple[str, int]]:
    """Return for which reasons candidates and messages were held back since a moment, the most frequent first."""
    denied = SendDecision.objects.filter(decided_at__gte=since, result=Result.DENY).values_list("first_reason")
    return [(reason, count) for reason, count in denied.annotate(n=Count("pk")).order_by("-n", "first_reason")]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What two policies do with the same candidates; ``is_cut``: there were more than are looked at."""

    rows: list[tuple[str, int, int]]
    candidates: int
    is_cut: bool


def simulate(draft: Policy, *, now: datetime, days: int = 30) -> Simulated:
    """Return what the policy in force and a draft would have done with the candidates of the last days, by reason."""
    asked = SendDecision.objects.filter(stage=Stage.REQUEST, decided_at__gte=now - timedelta(days=days))
    columns = (
        "customer_id", "channel", "purpose", "template", "decided_at", "reasons", "facts", "customer__birthday",
    )  # fmt: skip
    rows = list(asked.exclude(customer=None).order_by("-decided_at", "-pk").values_list(*columns)[: MOST_REPLAYED + 1])
    is_cut = len(rows) > MOST_REPLAYED
    past = [
        Past(pk, channel, purpose, template, at, reasons, facts.get("zones", ()), birthday)
        for pk, channel, purpose, template, at, reasons, facts, birthday in reversed(rows[:MOST_REPLAYED])
    ]
    today, then = replay(past, standing.policy().policy), replay(past, draft)
    reasons = sorted(today.keys() | then.keys(), key=lambda one: (bool(one), -max(today[one], then[one]), one))
    return Simulated([(one, today[one], then[one]) for one in reasons], len(past), is_cut)


def totals(*, since: datetime) -> Counter[str]:
    """Return how many messages stand where, of those asked for since a moment."""
    rows = Message.objects.filter(created_at__gte=since).values_list("state").annotate(n=Count("pk")).order_by()
    return Counter(dict(rows))
