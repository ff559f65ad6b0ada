"""Looking who is over the line: crossings open and end, each noting since when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from shuke.cdp.customers import queries as customers
from shuke.crm.team import queries
from shuke.crm.team.models import Basis, Crossing, Look
from shuke.crm.team.rules import HYSTERESIS, TeamSettings, is_over
from shuke.insight.predictions import queries as predictions
from shuke.insight.value import queries as value
from shuke.platform.db.bulk import insert_rows, update_rows
from shuke.platform.jobs.actions import enqueue

JOB = "team.watch"
_ROWS_AT_ONCE = 1_000
_NEW = ("customer_id", "basis", "since", "ended_on", "risk", "expected_minor", "at_risk_minor", "from_ltv", "told_at")
_CHANGED = ("basis", "risk", "expected_minor", "at_risk_minor", "from_ltv")
# Where there is no prediction: these stages say that the usual time between two orders is long over.
_QUIET_STAGES = ("at_risk", "dormant")


@dataclass(frozen=True, slots=True)
class _Over:
    """Somebody over the line, as of now."""

    customer_id: int
    risk: float | None
    expected: int
    at_risk: int
    from_ltv: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found: how many are over the line, how many crossed it or came back."""

    over: int
    crossed: int
    returned: int


def ask_for_look(*, now: datetime) -> None:
    """Queue a look; one that runs looks once more."""
    enqueue(JOB, now=now, dedupe_key=JOB, repeat_if_running=True)


def keep_up(*, now: datetime) -> None:
    """Ask for a look when values were computed since the last one: a question of two single rows."""
    computed, last = value.computation(), queries.look()
    if computed is not None and (last is None or computed.computed_at > last.computed_at):
        ask_for_look(now=now)


def look(*, now: datetime) -> Looked | None:
    """Compare everybody with the line and note who crossed it; None while no value has been computed.

    Walks by customer in short transactions; a repetition after a crash finishes the work. Whoever is over the line at the
    first look of all, or at the first by predictions, counts as known: nobody is alerted about a whole company at once.
    """
    computed = value.computation()
    if computed is None:
        return None
    rules = queries.settings()
    run = predictions.last_run()
    report = predictions.report_of(run, "churn") if run else None
    basis = Basis.PREDICTION if report is not None and report.is_ready else Basis.RECENCY
    last = queries.look()
    is_known = last is None or last.basis != basis
    over = crossed = returned = after = 0
    for rows in _chunks(basis, rules):
        until = rows[-1].customer_id
        counts = _compare(
            rows, after, until, basis=basis, rules=rules, as_of=computed.as_of, told=now if is_known else None
        )
        over, crossed, returned, after = over + counts[0], crossed + counts[1], returned + counts[2], until
    returned += _end(Q(customer_id__gt=after), computed.as_of)
    Look.objects.update_or_create(pk=1, defaults={
        "as_of": computed.as_of, "looked_at": now, "computed_at": computed.computed_at, "basis": basis,
        "refusal": report.refusal if report is not None and not report.is_ready else {}, "line": rules.risk_line, "over": over,
    })  # fmt: skip
    return Looked(over, crossed, returned)


def _chunks(basis: str, rules: TeamSettings) -> Iterator[list[_Over]]:
    """Everybody who may be over the line, by customer."""
    after = 0
    while rows := _found(basis, rules, after):
        yield rows
        after = rows[-1].customer_id


def _found(basis: str, rules: TeamSettings, after: int) -> list[_Over]:
    if basis == Basis.PREDICTION:
        risky = predictions.scores().filter(
            customer_id__gt=after, churn_risk__gte=rules.risk_line - HYSTERESIS, customer__merged_into=None,
            customer__standing__orders__gte=1,
        )  # fmt: skip
        columns = ("customer_id", "churn_risk", "ltv_minor", "customer__standing__tier_minor")
        rows: Any = risky.order_by("customer_id").values_list(*columns)[:_ROWS_AT_ONCE]
    else:
        quiet = customers.customers().filter(pk__gt=after, standing__stage__in=_QUIET_STAGES, standing__orders__gte=1)
        found = quiet.order_by("pk").values_list("pk", "standing__tier_minor")[:_ROWS_AT_ONCE]
        rows = [(pk, None, None, lately) for pk, lately in found]
    return [_over(*row) for row in rows]


def _over(customer_id: int, risk: float | None, ltv: int | None, lately: int) -> _Over:
    """What is at stake: risk times what is expected; without a risk, all of what they brought lately."""
    expected = max(ltv if ltv is not None else lately, 0)
    return _Over(customer_id, risk, expected, expected if risk is None else round(expected * risk), ltv is not None)


@transaction.atomic
def _compare(
    rows: Sequence[_Over],
    after: int,
    until: int,
    *,
    basis: str,
    rules: TeamSettings,
    as_of: date,
    told: datetime | None,
) -> tuple[int, int, int]:
    """Bring the customers in (``after``, ``until``] up to date; return how many are over, crossed, returned."""
    within = Q(customer_id__gt=after, customer_id__lte=until)
    known = {one.customer_id: one for one in Crossing.objects.filter(within, ended_on=None)}
    over = [
        one for one in rows if one.risk is None or is_over(one.risk, rules.risk_line, was_over=one.customer_id in known)
    ]
    new = [one for one in over if one.customer_id not in known]
    insert_rows(Crossing, _NEW, [
        (one.customer_id, basis, as_of, None, one.risk, one.expected, one.at_risk, one.from_ltv, told) for one in new
    ])  # fmt: skip
    changed = []
    for one in over:
        was = known.pop(one.customer_id, None)
        present = (basis, one.risk, one.expected, one.at_risk, one.from_ltv)
        if was is not None and present != tuple(getattr(was, name) for name in _CHANGED):
            changed.append((*present, was.pk))
    update_rows(Crossing, _CHANGED, changed)
    returned = _end(Q(pk__in=[one.pk for one in known.values()]), as_of) if known else 0
    return len(over), len(new), returned


def _end(which: Q, as_of: date) -> int:
    return Crossing.objects.filter(which, ended_on=None).update(ended_on=as_of)
