"""What a policy would have done with the candidates of the past."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shuke.crm.messaging.rules import hours
from shuke.crm.messaging.rules.policy import ASKED, UNASKED, Policy, exceeded

# Reasons that follow from the policy; all others stand whatever it says.
OF_POLICY = ("frequency_cap:", "quiet_hours", "same_template", "under_age", "arbitration")


@dataclass(frozen=True, slots=True)
class Past:
    """One candidate as it was asked for."""

    customer_id: int
    channel: str
    purpose: str
    template: str
    at: datetime
    reasons: Sequence[str]
    zones: Sequence[str]
    birthday: date | None = None

    @property
    def fixed(self) -> list[str]:
        """Return the reasons that no policy takes away."""
        return [one for one in self.reasons if not one.startswith(OF_POLICY) and one != "expired"]


def replay(past: Iterable[Past], policy: Policy) -> Counter[str]:
    """Return how many candidates a policy lets go ("" at once, "waits:quiet_hours" later) or refuses, by first reason.

    Candidates come in the order in which they were asked for. Which of two was worth more is not looked at: the first
    takes the slot.
    """
    counts: Counter[str] = Counter()
    sent: dict[int, list[tuple[str, datetime]]] = {}
    templates: dict[tuple[int, str], datetime] = {}
    for one in past:
        said, leaves_at = _said(
            one, policy, sent.get(one.customer_id, ()), templates.get((one.customer_id, one.template))
        )
        counts[said] += 1
        if said and not said.startswith("waits:"):
            continue
        templates[one.customer_id, one.template] = leaves_at
        if one.purpose in UNASKED:
            sent.setdefault(one.customer_id, []).append((one.channel, leaves_at))
    return counts


def _said(
    one: Past, policy: Policy, sent: Sequence[tuple[str, datetime]], last: datetime | None
) -> tuple[str, datetime]:
    if one.fixed:
        return one.fixed[0], one.at
    leaves_at = one.at
    if one.purpose in UNASKED:
        if one.birthday is not None and (one.at.date() - one.birthday).days < policy.least_age * 365.25:
            return "under_age", one.at
        if one.channel in policy.quiet_channels and one.zones:
            leaves_at = hours.next_allowed(one.at, one.zones, policy.quiet_from, policy.quiet_until)
        if cap := exceeded(policy.caps, one.channel, sent, now=leaves_at):
            return cap.code, one.at
    is_again = last is not None and (leaves_at - last).total_seconds() < policy.same_template_hours * 3600
    if one.purpose not in ASKED and is_again:
        return "same_template", one.at
    if leaves_at > one.at:
        return ("quiet_hours", one.at) if policy.when_quiet == "drop" else ("waits:quiet_hours", leaves_at)
    return "", leaves_at
