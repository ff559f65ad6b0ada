"""When, how many and whether to go on. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

STAGES = (0.01, 0.10, 1.0)
# How long a part of a guarded campaign is watched before the next.
WATCHED = timedelta(minutes=30)
# The highest shares that are taken for usual; and how unlikely more than that must be to stop.
USUAL: Mapping[str, float] = {"bounced": 0.05, "complained": 0.003, "unsubscribed": 0.02, "failed": 0.10}
STOP_AT = 0.01
# A message of a campaign means nothing any more after these.
EXPIRES = timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Why a campaign stopped itself."""

    kind: str
    count: int
    sent: int
    usual: float


def alarm(sent: int, found: Mapping[str, int]) -> Alarm | None:
    """Return what happens more often than is usual and chance explains, None if nothing does.

    >>> alarm(100, {"bounced": 20}), alarm(100, {"bounced": 6, "complained": 1})
    (Alarm(kind='bounced', count=20, sent=100, usual=0.05), None)
    """
    from scipy.stats import binom

    for kind, usual in USUAL.items():
        count = found.get(kind, 0)
        if count and sent and float(binom.sf(count - 1, sent, usual)) < STOP_AT:
            return Alarm(kind, count, sent, usual)
    return None


def room(
    *,
    per_hour: int | None,
    asked_last_hour: int,
    budget_minor: int | None,
    cost_per_thousand: int,
    allowed: int,
    most: int,
) -> int:
    """Return how many more may be asked for now, by the rate and by the budget.

    >>> room(per_hour=100, asked_last_hour=40, budget_minor=None, cost_per_thousand=0, allowed=0, most=500)
    60
    >>> room(per_hour=None, asked_last_hour=0, budget_minor=1_000, cost_per_thousand=5_000, allowed=190, most=500)
    10
    """
    free = most if per_hour is None else max(0, per_hour - asked_last_hour)
    if budget_minor is not None and cost_per_thousand > 0:
        free = min(free, max(0, budget_minor * 1_000 // cost_per_thousand - allowed))
    return min(free, most)


def hour_where(moment: datetime, hour: int, minute: int, zones: Sequence[str]) -> datetime:
    """Return the first moment from ``moment`` on at which it is a time of day where somebody is.

    >>> from datetime import UTC
    >>> hour_where(datetime(2026, 3, 1, 12, tzinfo=UTC), 9, 30, ["Asia/Shanghai"]).isoformat()
    '2026-03-02T01:30:00+00:00'
    """
    here = moment.astimezone(ZoneInfo(zones[0]))
    at = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if at < here:
        at = (here + timedelta(days=1)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at.astimezone(moment.tzinfo)


def key_of(campaign_id: int, customer_id: int) -> str:
    """Return the key under which somebody is asked for, at most once."""
    return f"campaign:{campaign_id}:customer:{customer_id}"
