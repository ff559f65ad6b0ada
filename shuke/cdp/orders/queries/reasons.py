"""Why money was given back, as shops wrote it. These texts are free, so they are asked here and not in the warehouse."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet, Sum

from shuke.cdp.orders.models import Refund
from shuke.platform.company import queries as company

MOST_REASONS = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """Refunds with one reason; "" are those without."""

    reason: str
    refunds: int
    customers: int
    refunds_minor: int


def refund_reasons(
    starts_on: date, ends_on: date, *, shop_id: int | None = None, country: str = ""
) -> list[Reason]:  # fmt: skip
    """Return the refunds of days of the company's calendar (``ends_on`` excluded) by reason, the most frequent first."""
    found = _refunds(starts_on, ends_on, shop_id, country).values("reason").order_by()
    counted = found.annotate(
        refunds=Count("pk"), customers=Count("customer", distinct=True), refunds_minor=Sum("base_minor")
    )
    rows = counted.order_by("-refunds", "reason")[:MOST_REASONS]
    return [Reason(row["reason"], row["refunds"], row["customers"], row["refunds_minor"] or 0) for row in rows]


def refunded_for(
    reason: str, starts_on: date, ends_on: date, *, shop_id: int | None = None, country: str = ""
) -> list[int]:  # fmt: skip
    """Return the customers to whom money was given back for a reason."""
    found = _refunds(starts_on, ends_on, shop_id, country).filter(reason=reason, customer__isnull=False)
    return sorted(pk for pk in found.values_list("customer_id", flat=True).distinct() if pk is not None)


def _refunds(starts_on: date, ends_on: date, shop_id: int | None, country: str) -> QuerySet[Any]:
    known = company.find_company()
    zone = ZoneInfo(known.time_zone if known else "UTC")
    first, last = (datetime.combine(day, time(), tzinfo=zone) for day in (starts_on, ends_on))
    found = Refund.objects.filter(refunded_at__gte=first, refunded_at__lt=last)
    if shop_id is not None:
        found = found.filter(shop_id=shop_id)
    return found.filter(country=country) if country else found
