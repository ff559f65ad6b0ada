"""What programs ask about orders and refunds: by shop, number, customer and time."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shuke.cdp.orders.errors import UnknownRecord
from shuke.cdp.orders.models import Order, Refund
from shuke.platform.company.models import Shop

_MODELS: dict[str, type[Order] | type[Refund]] = {"order": Order, "refund": Refund}


def orders() -> QuerySet[Order]:
    """Return orders with everything a document of one shows, in six queries."""
    found = Order.objects.select_related("shop", "customer")
    return found.prefetch_related("lines__product", "coupons", "payments", "shipments")


def refunds() -> QuerySet[Refund]:
    """Return refunds with everything a document of one shows, in three queries."""
    return Refund.objects.select_related("shop", "customer", "order").prefetch_related("lines__product")


def orders_matching(
    *,
    shop: str = "",
    number: str = "",
    payment_state: str = "",
    fulfilment_state: str = "",
    customer: UUID | None = None,
    placed_from: datetime | None = None,
    placed_before: datetime | None = None,
    changed_since: datetime | None = None,
) -> QuerySet[Order]:
    """Return the orders that answer to everything said."""
    said = {
        "shop__code": shop, "number": number, "customer__uuid": customer, "placed_at__gte": placed_from,
        "placed_at__lt": placed_before, "changed_at__gte": changed_since, "payment_state": payment_state,
        "fulfilment_state": fulfilment_state,
    }  # fmt: skip
    return orders().filter(**{name: value for name, value in said.items() if value})


def refunds_matching(
    *,
    shop: str = "",
    number: str = "",
    customer: UUID | None = None,
    refunded_from: datetime | None = None,
    refunded_before: datetime | None = None,
    changed_since: datetime | None = None,
) -> QuerySet[Refund]:
    """Return the refunds that answer to everything said."""
    said = {
        "shop__code": shop, "number": number, "customer__uuid": customer, "refunded_at__gte": refunded_from,
        "refunded_at__lt": refunded_before, "changed_at__gte": changed_since,
    }  # fmt: skip
    return refunds().filter(**{name: value for name, value in said.items() if value})


def versions_of(shop: Shop, numbers: Sequence[str]) -> dict[str, datetime]:
    """Return when the source last changed each order, by number, of those that are stored and say so."""
    found = Order.objects.filter(shop=shop, number__in=numbers, version__isnull=False)
    return {number: version for number, version in found.values_list("number", "version") if version}


def order_by_uuid(uuid: UUID) -> Order:
    """Return one order. Raises ``UnknownRecord``."""
    found = orders().filter(uuid=uuid).first()
    if found is None:
        raise UnknownRecord(_("There is no such order."))
    return found


def refund_by_uuid(uuid: UUID) -> Refund:
    """Return one refund. Raises ``UnknownRecord``."""
    found = refunds().filter(uuid=uuid).first()
    if found is None:
        raise UnknownRecord(_("There is no such refund."))
    return found


def uuids_of(records: Iterable[tuple[str, int]]) -> dict[tuple[str, int], UUID]:
    """Return the public ids of records named by kind and id, one query per kind."""
    wanted: dict[str, list[int]] = {}
    for kind, pk in records:
        wanted.setdefault(kind, []).append(pk)
    found: dict[tuple[str, int], UUID] = {}
    for kind, ids in wanted.items():
        rows = _MODELS[kind].objects.filter(pk__in=ids).values_list("pk", "uuid")
        found |= {(kind, pk): uuid for pk, uuid in rows}
    return found
