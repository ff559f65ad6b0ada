"""Counts and sums over everything stored."""

from dataclasses import dataclass, field

from django.db.models import Count, Sum

from shuke.cdp.orders.models import Adjustment, Order, OrderLine, OrderStatus, Refund, RefundLine


@dataclass(frozen=True, slots=True)
class Stats:
    """What is stored. Cancelled sales are no sales; money is per currency, in minor units, refunds positive."""

    orders: int
    guest_orders: int
    buyers: int
    returns: int
    adjustments: int
    lines: int
    currencies: dict[str, dict[str, int]] = field(default_factory=dict)


def stats() -> Stats:
    """Return counts and sums over all shops. ``lines`` are those of sales and refunds, and one per adjustment."""
    sales = Order.objects.exclude(status=OrderStatus.CANCELLED)
    counted = sales.aggregate(orders=Count("pk"), buyers=Count("customer", distinct=True))
    adjustments = Adjustment.objects.count()
    money: dict[str, dict[str, int]] = {}
    for name, rows, amount in (
        ("gross_minor", sales, "gross_minor"),
        ("refunds_minor", Refund.objects.all(), "amount_minor"),
        ("adjustments_minor", Adjustment.objects.all(), "amount_minor"),
    ):
        for currency, total in rows.order_by().values_list("currency").annotate(total=Sum(amount)):
            money.setdefault(currency, {"gross_minor": 0, "refunds_minor": 0, "adjustments_minor": 0})[name] = total
    for sums in money.values():
        sums["net_minor"] = sums["gross_minor"] - sums["refunds_minor"] + sums["adjustments_minor"]
    return Stats(
        orders=counted["orders"],
        guest_orders=sales.filter(customer=None).count(),
        buyers=counted["buyers"],
        returns=Refund.objects.count(),
        adjustments=adjustments,
        lines=OrderLine.objects.count() + RefundLine.objects.count() + adjustments,
        currencies=money,
    )
