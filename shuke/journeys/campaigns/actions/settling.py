"""What members bought since a campaign began, and in as many days before: orders net of refunds, for all arms alike."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction

from shuke.cdp.customers.queries.merging import survivors_of
from shuke.cdp.orders.queries import buyers, exchange
from shuke.journeys.campaigns.models import Campaign, Member
from shuke.platform.db.bulk import update_rows

_AT_ONCE = 2_000
# Refunds and late orders reach us for a while after the days of measuring.
_PATIENCE = timedelta(days=3)


def settle(campaign_id: int, *, now: datetime) -> int:
    """Bring what members bought up to date; return how many they are. In short transactions, by a few queries for each."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if campaign.began_at is None or campaign.is_settled:
        return 0
    begins, length = campaign.began_at, timedelta(days=campaign.window_days)
    after = done = 0
    while some := list(
        Member.objects.filter(campaign=campaign, customer__isnull=False, pk__gt=after)
        .order_by("pk")
        .values_list("pk", "customer_id")[:_AT_ONCE]
    ):
        ids = [pk for _member, pk in some]
        heirs = {**{pk: pk for pk in ids}, **survivors_of(ids)}
        people = sorted(set(heirs.values()))
        since = _bought(people, begins, begins + length)
        before = _bought(people, begins - length, begins)
        rows = [(since[heirs[pk]], before[heirs[pk]], member) for member, pk in some]
        with transaction.atomic():
            update_rows(Member, ("since_minor", "before_minor"), rows)
        after, done = some[-1][0], done + len(some)
    Campaign.objects.filter(pk=campaign.pk).update(settled_at=now, is_settled=begins + length + _PATIENCE <= now)
    return done


def _bought(people: list[int], begins: datetime, ends: datetime) -> dict[int, int]:
    """Return what some people bought within two moments, net; what has no rate does not count."""
    money: dict[int, int] = defaultdict(int)
    sold = buyers.sales().filter(customer_id__in=people, placed_at__gte=begins, placed_at__lt=ends)
    for customer_id, minor in sold.order_by().values_list("customer_id", "base_minor"):
        money[customer_id or 0] += minor or 0
    back = exchange.refunds().filter(customer_id__in=people, refunded_at__gte=begins, refunded_at__lt=ends)
    for customer_id, minor in back.prefetch_related(None).order_by().values_list("customer_id", "base_minor"):
        money[customer_id or 0] -= minor or 0
    return money
