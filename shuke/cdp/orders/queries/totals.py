"""What all orders come to."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from shuke.cdp.orders.models import Adjustment, Order, OrderLine, OrderStatus, Refund, RefundLine


@dataclass(frozen=True, slots=True)
class Money:
    """The amounts in one currency, in minor units: gross sales, refunds (positive), adjustments (signed)."""

    gross_minor: int = 0
    refunds_minor: int = 0
    adjustments_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Return what is left.

        >>> Money(1000, 200, -50).net_minor
        750
        """
        return self.gross_minor - self.refunds_minor + self.adjustments_minor


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over all shops, and the money by currency: amounts in different currencies are never added."""

    buyers: int
    orders: int
    guest_orders: int
    returns: int
    adjustments: int
    lines: int
    currencies: dict[str, Money]


def totals() -> Totals:
    """Count everything. Cancelled orders are no sales; a line is a line of a sale or return, or an adjustment."""
    sales = Order.objects.exclude(status=OrderStatus.CANCELLED)
    counted = sales.aggregate(
        orders=Count("pk"),
        guests=Count("pk", filter=Q(customer=None)),
        buyers=Count("customer", distinct=True),
    )
    adjustments = Adjustment.objects.count()
    gross = dict(sales.order_by().values_list("currency").annotate(Sum("gross_minor")))
    refunds = dict(Refund.objects.order_by().values_list("currency").annotate(Sum("amount_minor")))
    corrections = dict(Adjustment.objects.order_by().values_list("currency").annotate(Sum("amount_minor")))
    return Totals(
        buyers=counted["buyers"],
        orders=counted["orders"],
        guest_orders=counted["guests"],
        returns=Refund.objects.count(),
        adjustments=adjustments,
        lines=OrderLine.objects.count() + RefundLine.objects.count() + adjustments,
        currencies={
            currency: Money(gross.get(currency, 0), refunds.get(currency, 0), corrections.get(currency, 0))
            for currency in sorted({*gross, *refunds, *corrections})
        },
    )
