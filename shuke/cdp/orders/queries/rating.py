"""Exchange rates: what is known, and what an amount of some day comes to in the company's currency."""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from shuke.cdp.orders.models import Adjustment, ExchangeRate, Order, Refund
from shuke.kernel.money import minor_digits, to_minor
from shuke.platform.company import queries as company

_NONE: dict[str, Any] = {"base_minor": None, "rate": None, "rate_date": None}


@dataclass(frozen=True, slots=True)
class Rates:
    """Every known rate, by currency: on each day the nearest earlier one holds."""

    currency: str
    zone: ZoneInfo
    days: dict[str, list[date]]
    rates: dict[str, list[Decimal]]

    @classmethod
    def known(cls) -> Self:
        """Return what is known now."""
        own = company.find_company()
        days: dict[str, list[date]] = defaultdict(list)
        rates: dict[str, list[Decimal]] = defaultdict(list)
        for currency, day, rate in ExchangeRate.objects.order_by("currency", "day").values_list(
            "currency", "day", "rate"
        ):
            days[currency].append(day)
            rates[currency].append(rate)
        return cls(own.currency if own else "", ZoneInfo(own.time_zone if own else "UTC"), days, rates)

    def columns(self, amount_minor: int, currency: str, at: datetime) -> dict[str, Any]:
        """Return ``base_minor``, ``rate`` and ``rate_date`` of an amount; all None without a rate."""
        if not self.currency or currency not in self.days:
            return dict(_NONE)
        place = bisect_right(self.days[currency], at.astimezone(self.zone).date())
        if not place:
            return dict(_NONE)
        rate = self.rates[currency][place - 1]
        base = in_base(amount_minor, currency, rate, self.currency)
        return {"base_minor": base, "rate": rate, "rate_date": self.days[currency][place - 1]}


def in_base(amount_minor: int, currency: str, rate: Decimal, base: str) -> int:
    """Return an amount at a rate, rounded half up."""
    return to_minor(Decimal(amount_minor).scaleb(-minor_digits(currency)) * rate, base)


def listed() -> QuerySet[ExchangeRate]:
    """Return every rate, for lists."""
    return ExchangeRate.objects.all()


def without_rate() -> list[dict[str, Any]]:
    """Return the currencies of amounts that cannot be added up for want of a rate, with how many; three queries."""
    counts: dict[str, int] = defaultdict(int)
    for model in (Order, Refund, Adjustment):
        for row in (
            model._default_manager.filter(base_minor=None).values("currency").annotate(count=Count("pk")).order_by()
        ):
            counts[row["currency"]] += row["count"]
    return [{"currency": name, "count": count} for name, count in sorted(counts.items(), key=lambda item: -item[1])]
