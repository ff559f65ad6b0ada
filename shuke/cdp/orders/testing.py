"""Factories that tests of orders and of the domains above may use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from django.db import transaction

from shuke.cdp.catalog.actions import ProductRecord
from shuke.cdp.customers.actions import PersonRecord
from shuke.cdp.events.actions import Provenance
from shuke.cdp.orders import actions
from shuke.cdp.orders.actions import AdjustmentRecord, LineRecord, OrderRecord, Outcome, RefundRecord
from shuke.cdp.orders.actions.records import Record
from shuke.platform.company import actions as company
from shuke.platform.company.models import Shop

_numbers = count(1)


def shop(name: str = "Willow", *, now: datetime, currency: str = "GBP", time_zone: str = "UTC") -> Shop:
    """Return the shop called ``name``."""
    return company.shop_named(name, now=now, currency=currency, time_zone=time_zone)


def line(
    price: str = "10.00", quantity: str = "1", *, product: str = "mug", title: str = "Mug", category: str = ""
) -> LineRecord:
    """Return one line."""
    return LineRecord(
        Decimal(quantity), Decimal(price), ProductRecord(product, title=title, category=category) if product else None
    )


def order(
    number: str = "", *, customer: str = "ada", at: datetime, lines: Sequence[LineRecord] = (), currency: str = "GBP",
    status: str = "completed", country: str = "",
) -> OrderRecord:  # fmt: skip
    """Return a sale to the customer with that external id; "" makes a guest order."""
    return OrderRecord(
        number or f"T{next(_numbers)}", at, currency, lines or [line()],
        person=PersonRecord(external_id=customer, country=country) if customer else None, status=status, country=country,
    )  # fmt: skip


def refund(
    number: str = "", *, customer: str = "ada", at: datetime, amount_minor: int | None = None,
    lines: Sequence[LineRecord] = (), currency: str = "GBP", order_number: str = "",
) -> RefundRecord:  # fmt: skip
    """Return a refund."""
    return RefundRecord(
        number or f"R{next(_numbers)}", at, currency, lines=lines, amount_minor=amount_minor,
        person=PersonRecord(external_id=customer) if customer else None, order_number=order_number,
    )  # fmt: skip


def adjustment(number: str = "", *, at: datetime, amount_minor: int = -500, currency: str = "GBP") -> AdjustmentRecord:
    """Return a bookkeeping entry."""
    return AdjustmentRecord(number or f"A{next(_numbers)}", at, currency, amount_minor, "Correction")


def recorded(where: Shop, *records: Record, now: datetime, historical: bool = False) -> list[Outcome]:
    """Record facts in a transaction of their own, as received a minute ago."""
    by = Provenance(source=where.code, actor="system:test", now=now - timedelta(minutes=1), historical=historical)
    with transaction.atomic():
        return actions.record(where, records, by=by)
