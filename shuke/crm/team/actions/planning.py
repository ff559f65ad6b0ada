"""Making the list of a day: who has a reason, who may be called, whom chance holds out, who calls whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from shuke.crm.team import queries
from shuke.crm.team.models import Arm, Entry, EntryState
from shuke.crm.team.queries import calling, finding
from shuke.crm.team.rules import FOLLOW_UP, SELLING, TeamSettings
from shuke.crm.team.rules.dealing import Chosen, deal, in_turn, is_held
from shuke.insight.predictions import queries as predictions
from shuke.insight.value import queries as value
from shuke.kernel.ids import uuid7
from shuke.platform.company import queries as company
from shuke.platform.db.bulk import insert_rows
from shuke.platform.jobs import queries as jobs
from shuke.platform.jobs.actions import enqueue
from shuke.platform.notices import actions as notices

KIND, JOB = "team.list", "team.plan"
_LOOKED_AT_ONCE = 500
STALE_DAYS = 7
_SOON = timedelta(minutes=2)
_COLUMNS = (
    "uuid", "day", "customer_id", "arm", "staff_id", "reason", "reasons", "worth_minor", "state", "outcome", "note",
    "follow_up_on", "is_followed", "listed_at", "called_at", "called_by", "revenue_minor", "after_call_minor", "is_settled",
)  # fmt: skip
ONE = gettext_noop("%(count)s customer to call today")
MANY = gettext_noop("%(count)s customers to call today")


@dataclass(frozen=True, slots=True)
class Planned:
    """What a list came to: calls, held out, and of how many with a reason who might have been called."""

    calls: int
    held: int


def today(now: datetime) -> date:
    """Return the day at the company."""
    return now.astimezone(ZoneInfo(company.company().time_zone)).date()


def is_due(*, now: datetime) -> bool:
    """Whether it is time for a list and there is none yet.

    The first predictions of all are waited for; of data that ended long ago no list is made unasked.
    """
    local = now.astimezone(ZoneInfo(company.company().time_zone))
    if local.hour < queries.settings().hour or Entry.objects.filter(day=local.date()).exists():
        return False
    look = queries.look()
    if look is None or (local.date() - look.as_of).days > STALE_DAYS:
        return False
    return not _is_learning_first(now)


def ask_if_due(*, now: datetime) -> None:
    """Have the list made once somebody has looked who is over the line, instead of at the next quarter of an hour."""
    if is_due(now=now):
        enqueue(JOB, now=now, dedupe_key=f"{JOB}:now")


def _is_learning_first(now: datetime) -> bool:
    if predictions.last_run() is not None:
        return False
    return any(jobs.is_unfinished(name, until=now + _SOON) for name in ("predictions.train", "predictions.refresh"))


def plan(*, now: datetime) -> Planned | None:
    """Make the list of today; None where there is one already, or nothing to make it from.

    What was left open before is closed as not called. Everything is found first, then written in one short transaction.
    """
    day, computed = today(now), value.computation()
    if computed is None or Entry.objects.filter(day=day).exists():
        return None
    rules = queries.settings()
    capacity = {staff: count for staff, count in queries.capacities().items() if count > 0}
    Entry.objects.filter(day__lt=day, state=EntryState.OPEN).update(state=EntryState.MISSED)
    found = in_turn(finding.candidates(rules.reasons, today=day, as_of=computed.as_of))
    rested = _rested(found, rules, day)
    called, held = _drawn(rested, rules, room=sum(capacity.values()), day=day, now=now)
    dealt = deal(called, capacity, queries.responsible_for([one.customer_id for one in called]))
    return _write([one for one in called if one.customer_id in dealt], held, dealt, day=day, now=now)


def _rested(found: Sequence[Chosen], rules: TeamSettings, day: date) -> list[Chosen]:
    """Without those who were listed lately, in either arm; what was agreed on the telephone comes all the same."""
    since = day - timedelta(days=rules.rest_days)
    listed = set(Entry.objects.filter(day__gt=since, customer__isnull=False).values_list("customer_id", flat=True))
    listed |= set(queries.heirs(listed).values())
    return [one for one in found if one.customer_id not in listed or _is_follow_up(one)]


def _is_follow_up(one: Chosen) -> bool:
    return any(code == FOLLOW_UP for code, _facts in one.reasons)


def _drawn(
    found: Sequence[Chosen], rules: TeamSettings, *, room: int, day: date, now: datetime
) -> tuple[list[Chosen], list[Chosen]]:
    """Fill the room with whoever may be called; chance holds a share of them out before anybody sees the list."""
    called: list[Chosen] = []
    held: list[Chosen] = []
    ordered = sorted(found, key=lambda one: not _is_follow_up(one))
    for start in range(0, len(ordered), _LOOKED_AT_ONCE):
        if len(called) >= room:
            break
        some = ordered[start : start + _LOOKED_AT_ONCE]
        numbers = calling.numbers_for([one.customer_id for one in some], now=now)
        for one in some:
            if len(called) >= room:
                break
            if not _keep_what_may_be_said(one, numbers.get(one.customer_id, {})):
                continue
            is_out = not _is_follow_up(one) and is_held(f"team.list:{day}", one.customer_id, rules.holdout)
            (held if is_out else called).append(one)
    return called, held


def _keep_what_may_be_said(one: Chosen, numbers: dict[int, tuple[bool, bool]]) -> bool:
    """Strike the reasons that sell where selling was forbidden; whether anything is left to call for."""
    if not any(serves for serves, _sells in numbers.values()):
        return False
    if not any(serves and sells for serves, sells in numbers.values()):
        one.reasons = [(code, facts) for code, facts in one.reasons if code not in SELLING]
    return bool(one.reasons)


@transaction.atomic
def _write(
    called: Sequence[Chosen], held: Sequence[Chosen], dealt: dict[int, int], *, day: date, now: datetime
) -> Planned:
    if Entry.objects.filter(day=day).exists():
        return Planned(0, 0)
    insert_rows(Entry, _COLUMNS, [
        (
            uuid7(), day, one.customer_id, arm, dealt.get(one.customer_id) if arm == Arm.CALL else None, one.reasons[0][0],
            [[code, dict(facts)] for code, facts in one.reasons], one.worth_minor,
            EntryState.OPEN if arm == Arm.CALL else EntryState.DONE, "", "", None, False, now, None, "", None, None, False,
        )
        for arm, some in ((Arm.CALL, called), (Arm.HELD, held)) for one in some
    ])  # fmt: skip
    agreed = [facts["entry"] for one in called for code, facts in one.reasons if code == FOLLOW_UP]
    Entry.objects.filter(pk__in=agreed).update(is_followed=True)
    for staff in sorted(set(dealt.values())):
        count = sum(one == staff for one in dealt.values())
        notices.notify(
            KIND, ONE, plural=MANY, facts={"count": count}, staff=[staff], link=reverse("team:today"),
            dedupe_key=str(day), to_targets=False, now=now,
        )  # fmt: skip
    return Planned(len(called), len(held))
