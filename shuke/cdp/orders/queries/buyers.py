"""Questions about orders, asked per customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet, Sum
from django.db.models.functions import Coalesce

from shuke.cdp.orders.models import Adjustment, Order, OrderLine, OrderStatus, Refund


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer bought and gave back, in one currency."""

    currency: str
    orders: int
    gross_minor: int
    refunds: int
    refunds_minor: int
    adjustments_minor: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def net_minor(self) -> int:
        """Return gross less refunds, plus adjustments."""
        return self.gross_minor - self.refunds_minor + self.adjustments_minor

    @property
    def average_minor(self) -> int | None:
        """Return the gross amount of an average sale; None without sales."""
        return round(self.gross_minor / self.orders) if self.orders else None


@dataclass(frozen=True, slots=True)
class Habit:
    """Something a customer keeps buying: a category or a product."""

    name: str
    orders: int
    amount_minor: int
    currency: str
    product_id: int | None = None


def sales() -> QuerySet[Order]:
    """Return the orders that count as sales, for lists that add their own conditions."""
    return Order.objects.exclude(status=OrderStatus.CANCELLED)


def ordered(
    customer_id: Any, *, since: datetime | None, until: datetime | None, shop_ids: tuple[int, ...]
) -> QuerySet[Order]:
    """Return a customer's sales in a half-open period and in some shops; both may be left open.

    ``customer_id`` may be an ``OuterRef``.
    """
    found = sales().filter(customer_id=customer_id)
    if since is not None:
        found = found.filter(placed_at__gte=since)
    if until is not None:
        found = found.filter(placed_at__lt=until)
    return found.filter(shop_id__in=shop_ids) if shop_ids else found


def order_counts(customer_ids: Sequence[int]) -> dict[int, int]:
    """Return how many orders each of some customers has; none is left out of the answer."""
    rows = Order.objects.filter(customer_id__in=customer_ids).values("customer_id").annotate(n=Count("pk")).order_by()
    return {row["customer_id"]: row["n"] for row in rows}


def worth_of(customer_id: int) -> list[Worth]:
    """Return what a customer is worth in each currency, most sales first. Three queries."""
    sold = {row["currency"]: row for row in _sold(customer_id)}
    returned = {row["currency"]: row for row in _totals(Refund.objects.filter(customer_id=customer_id))}
    adjusted = {row["currency"]: row for row in _totals(Adjustment.objects.filter(customer_id=customer_id))}
    empty: dict[str, Any] = {"n": 0, "total": 0, "first": None, "last": None}
    found = [
        Worth(
            currency=currency,
            orders=sold.get(currency, empty)["n"],
            gross_minor=sold.get(currency, empty)["total"],
            refunds=returned.get(currency, empty)["n"],
            refunds_minor=returned.get(currency, empty)["total"],
            adjustments_minor=adjusted.get(currency, empty)["total"],
            first_at=sold.get(currency, empty)["first"],
            last_at=sold.get(currency, empty)["last"],
        )
        for currency in sold.keys() | returned.keys() | adjusted.keys()
    ]
    return sorted(found, key=lambda worth: (-worth.orders, worth.currency))


def _sold(customer_id: int) -> list[dict[str, Any]]:
    mine = sales().filter(customer_id=customer_id).order_by().values("currency")
    counted = mine.annotate(n=Count("pk"), total=Sum("gross_minor"), first=Min("placed_at"), last=Max("placed_at"))
    return [dict(row) for row in counted]


def _totals(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows.order_by().values("currency").annotate(n=Count("pk"), total=Sum("amount_minor"))]


def categories_of(customer_id: int, *, limit: int = 5) -> list[Habit]:
    """Return the top-level words of the categories a customer buys most, by amount."""
    lines = _lines_of(customer_id).exclude(product__category="").values("product__category", "order__currency")
    found = lines.annotate(n=Count("order_id", distinct=True), total=Sum("amount_minor")).order_by("-total")[:limit]
    return [Habit(row["product__category"], row["n"], row["total"], row["order__currency"]) for row in found]


def products_of(customer_id: int, *, limit: int = 5) -> list[Habit]:
    """Return the products a customer ordered most often."""
    lines = _lines_of(customer_id).filter(product__isnull=False)
    grouped = lines.values("product_id", "order__currency", shown=Coalesce(F("product__title"), F("product__sku")))
    counted = grouped.annotate(n=Count("order_id", distinct=True), total=Sum("amount_minor"))
    found = counted.order_by("-n", "-total", "product_id")[:limit]
    return [Habit(row["shown"], row["n"], row["total"], row["order__currency"], row["product_id"]) for row in found]


def product_ids_bought(customer_id: int, *, since: datetime) -> frozenset[int]:
    """Return what a customer has bought since a moment."""
    lines = _lines_of(customer_id).filter(product__isnull=False, order__placed_at__gte=since)
    return frozenset(lines.values_list("product_id", flat=True).distinct())


def products_bought_by(customer_ids: Sequence[int], *, since: datetime) -> dict[int, frozenset[int]]:
    """Return what each of some customers has bought since a moment, in one query."""
    lines = OrderLine.objects.filter(
        order__customer_id__in=customer_ids, order__placed_at__gte=since, product__isnull=False
    )
    found: dict[int, set[int]] = {}
    for customer_id, product_id in lines.values_list("order__customer_id", "product_id").distinct():
        found.setdefault(customer_id, set()).add(product_id)
    return {customer_id: frozenset(products) for customer_id, products in found.items()}


def amounts_of(order_ids: Sequence[int]) -> dict[int, tuple[Order, dict[int, int]]]:
    """Return sales with what each product came to, in the sale's currency, in two queries."""
    found: dict[int, tuple[Order, dict[int, int]]] = {
        one.pk: (one, {}) for one in Order.objects.filter(pk__in=order_ids).exclude(status=OrderStatus.CANCELLED)
    }
    lines = OrderLine.objects.filter(order_id__in=list(found), product__isnull=False)
    for order_id, product_id, amount in lines.values_list("order_id", "product_id", "amount_minor"):
        sold = found[order_id][1]
        sold[product_id] = sold.get(product_id, 0) + amount
    return found


def _lines_of(customer_id: int) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(order__customer_id=customer_id).exclude(order__status=OrderStatus.CANCELLED)


def orders_of(customer_id: int) -> QuerySet[Order]:
    """Return all orders of a customer with their shops, cancelled ones too."""
    return Order.objects.filter(customer_id=customer_id).select_related("shop")


def refunds_of(customer_id: int, *, limit: int = 20) -> list[Refund]:
    """Return the latest refunds of a customer with their shops."""
    rows = Refund.objects.filter(customer_id=customer_id).select_related("shop", "order")
    return list(rows.order_by("-refunded_at", "-pk")[:limit])


def buyer_ids(*, since: datetime | None, until: datetime | None, shop_ids: tuple[int, ...]) -> QuerySet[Order, Any]:
    """Return the customers who ordered in a half-open period and in some shops, once per sale."""
    found = sales().filter(customer__isnull=False)
    if since is not None:
        found = found.filter(placed_at__gte=since)
    if until is not None:
        found = found.filter(placed_at__lt=until)
    return (found.filter(shop_id__in=shop_ids) if shop_ids else found).values("customer_id")
