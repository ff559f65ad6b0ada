"""Carts: lists, sums, and what the company decided about them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel, Field

from shuke.cdp.orders.models import Checkout
from shuke.platform.company import queries as company

SETTINGS = "orders.checkouts"
OPEN, ABANDONED, RECOVERED, COMPLETED = "open", "abandoned", "recovered", "completed"
STATES: Mapping[str, Any] = {
    ABANDONED: _("Abandoned"), OPEN: _("In progress"), RECOVERED: _("Recovered"), COMPLETED: _("Bought"),
}  # fmt: skip
_OF: Mapping[str, Q] = {
    OPEN: Q(completed_at=None, abandoned_at=None),
    ABANDONED: Q(completed_at=None, abandoned_at__isnull=False),
    RECOVERED: Q(recovered_at__isnull=False),
    COMPLETED: Q(completed_at__isnull=False, recovered_at=None),
}


class CheckoutSettings(BaseModel):
    """When a cart counts as abandoned, and how long after that an order still recovers it."""

    abandoned_after_minutes: int = Field(60, ge=5, le=60 * 24 * 30)
    recovered_within_days: int = Field(7, ge=1, le=90)


def settings() -> CheckoutSettings:
    """Return what the company decided."""
    return company.settings_of(SETTINGS, CheckoutSettings)


def found(*, state: str = "", shop: int | None = None, customer: int | None = None) -> QuerySet[Checkout]:
    """Return the carts that answer to everything said; empty ones are none."""
    rows = Checkout.objects.filter(Q(line_count__gt=0) | Q(value_minor__gt=0))
    if state in _OF:
        rows = rows.filter(_OF[state])
    if shop is not None:
        rows = rows.filter(shop=shop)
    return rows.filter(customer=customer) if customer is not None else rows


def state_of(row: Checkout) -> str:
    """Return where a cart stands."""
    if row.recovered_at:
        return RECOVERED
    if row.completed_at:
        return COMPLETED
    return ABANDONED if row.abandoned_at else OPEN


def totals(rows: QuerySet[Checkout]) -> list[dict[str, Any]]:
    """Return how many carts there are and what they come to, per currency, in one query."""
    summed = rows.order_by().values("currency").annotate(count=Count("pk"), value=Sum("value_minor"))
    return [dict(row) for row in summed.order_by("-count")]


def recent_of(customer_id: int, *, most: int = 5) -> list[Checkout]:
    """Return the newest carts of a customer."""
    return list(found(customer=customer_id).select_related("shop", "order").order_by("-active_at", "-pk")[:most])


def find(uuid: Any) -> Checkout | None:
    """Return one cart with its shop, buyer and order, or None."""
    return Checkout.objects.select_related("shop", "customer", "order").filter(uuid=uuid).first()
