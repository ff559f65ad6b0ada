"""What customers bought after they were listed or called: orders net of refunds, for both arms alike."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from shuke.cdp.orders.queries import buyers, exchange
from shuke.crm.team import queries
from shuke.crm.team.models import Entry
from shuke.crm.team.rules import EARNED_DAYS
from shuke.platform.db.bulk import update_rows

_AT_ONCE = 500
# Refunds and late orders reach us for a while after the 30 days.
_PATIENCE = timedelta(days=3)
Money = Mapping[int, Sequence[tuple[datetime, int]]]


def settle(*, now: datetime) -> int:
    """Bring the later revenue of every unsettled entry up to date; return how many there were. In short transactions.

    What was sold in a currency without a rate has no amount to add and does not count.
    """
    after = done = 0
    while some := list(
        Entry.objects.filter(is_settled=False, customer__isnull=False, pk__gt=after).order_by("pk")[:_AT_ONCE]
    ):
        _settle_some(some, now=now)
        after, done = some[-1].pk, done + len(some)
    return done


def _settle_some(entries: Sequence[Entry], *, now: datetime) -> None:
    heirs = queries.heirs(one.customer_id for one in entries if one.customer_id is not None)
    begins = min(one.listed_at for one in entries)
    ends = max(one.called_at or one.listed_at for one in entries) + timedelta(days=EARNED_DAYS)
    people = sorted(set(heirs.values()))
    sold = buyers.sales().filter(
        customer_id__in=people, placed_at__gte=begins, placed_at__lt=ends, base_minor__isnull=False
    )
    back = exchange.refunds().filter(
        customer_id__in=people, refunded_at__gte=begins, refunded_at__lt=ends, base_minor__isnull=False
    )
    money: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for customer_id, at, minor in sold.order_by().values_list("customer_id", "placed_at", "base_minor"):
        money[customer_id or 0].append((at, minor or 0))
    for customer_id, at, minor in (
        back.prefetch_related(None).order_by().values_list("customer_id", "refunded_at", "base_minor")
    ):
        money[customer_id or 0].append((at, -(minor or 0)))
    rows = []
    for one in entries:
        assert one.customer_id is not None
        theirs = money.get(heirs[one.customer_id], ())
        until = (one.called_at or one.listed_at) + timedelta(days=EARNED_DAYS)
        rows.append((
            _within(theirs, one.listed_at), _within(theirs, one.called_at) if one.called_at else None,
            until + _PATIENCE <= now, one.pk,
        ))  # fmt: skip
    with transaction.atomic():
        update_rows(Entry, ("revenue_minor", "after_call_minor", "is_settled"), rows)


def _within(theirs: Sequence[tuple[datetime, int]], since: datetime) -> int:
    until = since + timedelta(days=EARNED_DAYS)
    return sum(minor for at, minor in theirs if since <= at < until)
