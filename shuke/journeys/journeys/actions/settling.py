"""What people bought after they entered or were held out, and forgetting what is no longer asked for."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from shuke.cdp.customers.queries import merging
from shuke.cdp.orders.queries import buyers, exchange
from shuke.journeys.journeys import queries
from shuke.journeys.journeys.models import JourneyVersion, Refusal, Run
from shuke.platform.db.bulk import update_rows

_AT_ONCE = 500
# Refunds and late orders reach us for a while after.
_PATIENCE = timedelta(days=3)
_REFUSALS_KEPT = timedelta(days=90)


def settle(*, now: datetime) -> int:
    """Bring the revenue of every run up to date whose days are not over; return how many there were.

    In short transactions. What was sold in a currency without a rate has no amount to add and does not count.
    """
    after = done = 0
    days = {
        version.pk: queries.graph_of(version).settings.goal_days for version in JourneyVersion.objects.order_by("pk")
    }
    unsettled = Run.objects.filter(is_settled=False, customer__isnull=False)
    while some := list(unsettled.filter(pk__gt=after).order_by("pk")[:_AT_ONCE]):
        _settle_some(some, days, now=now)
        after, done = some[-1].pk, done + len(some)
    return done


def _settle_some(runs: Sequence[Run], days: dict[int, int], *, now: datetime) -> None:
    heirs = merging.survivors_of({run.customer_id or 0 for run in runs})
    whose = {run.pk: heirs.get(run.customer_id or 0, run.customer_id or 0) for run in runs}
    begins = min(run.entered_at for run in runs)
    ends = max(run.entered_at + timedelta(days=days[run.version_id]) for run in runs)
    money = _money(sorted(set(whose.values())), begins, ends)
    rows = []
    for run in runs:
        until = run.entered_at + timedelta(days=days[run.version_id])
        earned = sum(minor for at, minor in money.get(whose[run.pk], ()) if run.entered_at <= at < until)
        rows.append((earned, until + _PATIENCE <= now, run.pk))
    with transaction.atomic():
        update_rows(Run, ("revenue_minor", "is_settled"), rows)


def _money(people: Sequence[int], begins: datetime, ends: datetime) -> dict[int, list[tuple[datetime, int]]]:
    """Return what people bought and gave back between two moments, in the company's currency."""
    sold = buyers.sales().filter(
        customer_id__in=people, placed_at__gte=begins, placed_at__lt=ends, base_minor__isnull=False
    )
    back = exchange.refunds().filter(
        customer_id__in=people, refunded_at__gte=begins, refunded_at__lt=ends, base_minor__isnull=False
    )
    money: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for customer_id, at, minor in sold.order_by().values_list("customer_id", "placed_at", "base_minor"):
        money[customer_id or 0].append((at, minor or 0))
    returned = back.prefetch_related(None).order_by().values_list("customer_id", "refunded_at", "base_minor")
    for customer_id, at, minor in returned:
        money[customer_id or 0].append((at, -(minor or 0)))
    return money


def tidy(*, now: datetime) -> int:
    """Forget who was not let in long ago; return how many."""
    removed = 0
    while ids := list(
        Refusal.objects.filter(at__lt=now - _REFUSALS_KEPT).order_by("at").values_list("pk", flat=True)[:1_000]
    ):
        removed += Refusal.objects.filter(pk__in=ids).delete()[0]
    return removed
