"""Whether there is anything at all."""

from shuke.cdp.orders.models import Adjustment, Order, Refund


def any_recorded() -> bool:
    """Whether any sale, refund or bookkeeping entry is stored."""
    return any(model.objects.exists() for model in (Order, Refund, Adjustment))
