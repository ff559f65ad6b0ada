"""Who has a reason to be called, as of a day: one declared rule for each reason, each with the figures behind it.

Every rule says what holds of whoever it finds; a test computes it again from the facts themselves.
"""

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from shuke.cdp.customers import queries as customers
from shuke.cdp.warehouse import queries as warehouse
from shuke.crm.team import rules
from shuke.crm.team.models import Basis, Crossing, Entry
from shuke.crm.team.rules.dealing import Candidate
from shuke.insight.predictions import queries as predictions
from shuke.insight.value import queries as value

MOST_OF_A_REASON = 2_000


def candidates(reasons: list[str], *, today: date, as_of: date, limit: int = MOST_OF_A_REASON) -> list[list[Candidate]]:
    """Return who has which reason, those of each reason together, follow-ups first."""
    return [_FINDERS[reason](today, as_of, limit) for reason in rules.REASONS if reason in reasons]


def _follow_ups(today: date, as_of: date, limit: int) -> list[Candidate]:
    """Somebody was called, and it was agreed to call again on this day or one that has passed."""
    del as_of
    due = Entry.objects.filter(follow_up_on__lte=today, is_followed=False, customer__isnull=False)
    return [
        Candidate(one.customer_id, rules.FOLLOW_UP, {
            "outcome": one.outcome, "on": one.day.isoformat(), "agreed": str(one.follow_up_on), "entry": one.pk,
        }, one.worth_minor)
        for one in due.order_by("follow_up_on", "pk")[:limit] if one.customer_id is not None
    ]  # fmt: skip


def _churn(today: date, as_of: date, limit: int) -> list[Candidate]:
    """Over the line, by prediction or, where there is none, by the time since the last order."""
    del today
    over = Crossing.objects.filter(ended_on=None, customer__merged_into=None).order_by("-at_risk_minor", "pk")
    columns = (
        "customer_id", "basis", "risk", "since", "at_risk_minor", "customer__standing__last_order_on",
        "customer__standing__cadence_days", "customer__standing__orders", "customer__standing__stage",
    )  # fmt: skip
    rows = list(over.filter(customer__standing__last_order_on__isnull=False).values_list(*columns)[:limit])
    scores = predictions.scores_of([row[0] for row in rows if row[1] == Basis.PREDICTION])
    found = []
    for customer_id, basis, risk, since, at_risk, last, cadence, orders, stage in rows:
        themes = [one.theme for one in predictions.reasons_of(scores[customer_id])] if customer_id in scores else []
        found.append(Candidate(customer_id, rules.CHURN, {
            "basis": basis, "risk": risk, "since": since.isoformat(), "last": last.isoformat(), "days": (as_of - last).days,
            "rhythm": cadence, "orders": orders, "stage": stage, "themes": themes, "minor": at_risk,
        }, at_risk))  # fmt: skip
    return found


def _standing() -> ir.Table:
    return warehouse.table("value_standing")


def _overdue(today: date, as_of: date, limit: int) -> list[Candidate]:
    """Several orders, a rhythm, and more than that rhythm has passed since the last one, but not very much more."""
    del today, as_of
    people = _standing()
    late = people.filter(
        people.orders >= rules.LEAST_ORDERS, people.cadence_days >= rules.LEAST_RHYTHM_DAYS,
        people.recency_days > people.cadence_days * rules.OVERDUE_FROM,
        people.recency_days <= people.cadence_days * rules.OVERDUE_UNTIL, people.recency_days <= rules.LATEST_DAYS,
        people.tier_minor > 0,
    )  # fmt: skip
    ordered = late.order_by(ibis.desc("tier_minor"), "customer_id").limit(limit)
    return [
        Candidate(row["customer_id"], rules.OVERDUE, {
            "orders": row["orders"], "rhythm": row["cadence_days"], "days": row["recency_days"],
            "last": row["last_order_on"].isoformat(),
        }, row["tier_minor"])
        for row in warehouse.rows(ordered)
    ]  # fmt: skip


def average_order() -> int:
    """Return the average sale of known customers, in minor units of the company's currency; 0 without any."""
    people = _standing()
    (row,) = warehouse.rows(people.aggregate(gross=people.gross_minor.sum(), orders=people.orders.sum()))
    return round(row["gross"] / row["orders"]) if row["orders"] else 0


def _welcome(today: date, as_of: date, limit: int) -> list[Candidate]:
    """One order so far, in the last days, and a large one."""
    del today, as_of
    usual = average_order()
    people = _standing()
    new = people.filter(
        people.orders == 1, people.recency_days <= rules.WELCOME_DAYS, people.recency_days >= 0,
        people.gross_minor >= max(round(usual * rules.WELCOME_TIMES), 1), people.net_minor > 0,
    )  # fmt: skip
    ordered = new.order_by(ibis.desc("gross_minor"), "customer_id").limit(limit)
    return [
        Candidate(row["customer_id"], rules.WELCOME, {
            "minor": row["gross_minor"], "usual": usual, "last": row["last_order_on"].isoformat(), "days": row["recency_days"],
        }, row["net_minor"])
        for row in warehouse.rows(ordered)
    ]  # fmt: skip


def _refunds(today: date, as_of: date, limit: int) -> list[Candidate]:
    """A refund in the last days that is large against an average order, or several within two months."""
    del today
    usual = average_order()
    refunds = warehouse.table("refunds")
    within = refunds.filter(
        refunds.customer_id.notnull(), refunds.refunded_on <= as_of,
        refunds.refunded_on > as_of - timedelta(days=rules.REFUNDS_WITHIN_DAYS), refunds.base_minor.notnull(),
    )  # fmt: skip
    lately = within.refunded_on > as_of - timedelta(days=rules.REFUND_DAYS)
    counted = within.group_by("customer_id").aggregate(
        count=within.count(), last=within.refunded_on.max(),
        lately=ibis.ifelse(lately, within.base_minor, 0).sum(), total=within.base_minor.sum(),
    )  # fmt: skip
    large = counted.lately >= max(round(usual * rules.REFUND_SHARE), 1)
    many = counted["count"] >= rules.MANY_REFUNDS
    annoyed = counted.filter(counted.last > as_of - timedelta(days=rules.REFUND_DAYS), large | many)
    ordered = annoyed.order_by(ibis.desc("total"), "customer_id").limit(limit)
    return [
        Candidate(row["customer_id"], rules.REFUNDS, {
            "count": row["count"], "minor": row["lately"], "total": row["total"], "last": row["last"].isoformat(),
            "usual": usual,
        }, row["total"])
        for row in warehouse.rows(ordered)
    ]  # fmt: skip


def _tier_fell(today: date, as_of: date, limit: int) -> list[Candidate]:
    """The value tier fell from one of the best in the last days, and is still lower."""
    del today
    falls = value.tier_falls(as_of - timedelta(days=rules.FELL_DAYS), was=rules.FELL_FROM, limit=limit)
    people = customers.customers().filter(pk__in=[fall.customer_id for fall in falls])
    worth = {row[0]: row[1:] for row in people.values_list("pk", "standing__net_minor", "standing__tier_minor")}
    period = value.settings().tier_days
    return [
        Candidate(fall.customer_id, rules.TIER_FELL, {
            "was": fall.was, "now": fall.now, "on": fall.on.isoformat(), "minor": worth[fall.customer_id][1],
            "period": period,
        }, worth[fall.customer_id][0])
        for fall in falls if fall.customer_id in worth
    ]  # fmt: skip


def _birthday(today: date, as_of: date, limit: int) -> list[Candidate]:
    """The birthday is today, and there was an order within a year; whoever was born on a leap day has it on 28 February."""
    days = [(today.month, today.day)]
    is_leap = today.year % 4 == 0 and (today.year % 100 != 0 or today.year % 400 == 0)
    if days == [(2, 28)] and not is_leap:
        days.append((2, 29))
    buyers = customers.customers().filter(
        standing__orders__gte=1,
        standing__last_order_on__gt=as_of - timedelta(days=rules.LATEST_DAYS),
        standing__tier_minor__gt=0,
    )
    found: list[Candidate] = []
    for month, number in days:
        born = buyers.filter(birthday__month=month, birthday__day=number).order_by("-standing__tier_minor", "pk")
        found += [
            Candidate(pk, rules.BIRTHDAY, {"last": str(last), "orders": orders}, worth)
            for pk, last, orders, worth in born.values_list(
                "pk", "standing__last_order_on", "standing__orders", "standing__tier_minor"
            )[:limit]
        ]
    return found


_FINDERS: dict[str, Callable[[date, date, int], list[Candidate]]] = {
    rules.FOLLOW_UP: _follow_ups, rules.CHURN: _churn, rules.REFUNDS: _refunds, rules.WELCOME: _welcome,
    rules.OVERDUE: _overdue, rules.TIER_FELL: _tier_fell, rules.BIRTHDAY: _birthday,
}  # fmt: skip
