"""Orders in the warehouse. Days and hours are those of the company's time zone."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Model, QuerySet
from typing_extensions import override

from shuke.cdp.orders.models import Adjustment, Order, OrderCoupon, OrderLine, Refund, RefundLine
from shuke.cdp.orders.queries import checkouts
from shuke.cdp.orders.queries.rating import in_base
from shuke.platform.company import queries as company

Rows = list[tuple[Any, ...]]
_LINES_PER_ORDER = 20


def _local() -> Callable[[datetime], tuple[date, int]]:
    """Return a function that gives the company's day and hour of a moment."""
    found = company.find_company()
    zone = ZoneInfo(found.time_zone if found else "UTC")

    def day_and_hour(moment: datetime) -> tuple[date, int]:
        local = moment.astimezone(zone)
        return local.date(), local.hour

    return day_and_hour


def _by_id(found: QuerySet[Any, Any], size: int) -> Iterator[list[Any]]:
    """Yield a queryset of tuples that begin with the primary key, in batches."""
    last = 0
    while batch := list(found.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1][0]


def _named(events: Iterable[Any], names: set[str], one: str, many: str) -> set[int]:
    """Return the ids under ``one`` in events called ``names``, and under ``many`` in import undos."""
    touched: set[int] = set()
    for event in events:
        if event.name in names and event.properties.get(one) is not None:
            touched.add(event.properties[one])
        elif event.name in {"import.rows_undone", "sales.rated"}:
            touched.update(event.properties[many])
    return touched


def _of_joined(events: Iterable[Any], model: type[Model]) -> set[int]:
    """Return the facts of customers who were merged or split, erased or restricted: what they say of whom changed."""
    ends: set[int] = set()
    for event in events:
        if event.name in {"customer.merged", "customer.split"}:
            ends.update((event.properties["survivor_id"], event.properties["merged_id"]))
        elif event.name == "customer.erased":
            ends.update(event.properties["customer_ids"])
        elif event.name == "customer.restricted":
            ends.add(event.customer_id)
    return set(model._default_manager.filter(customer_id__in=ends).values_list("pk", flat=True)) if ends else set()


_SALES = {"order.placed", "order.changed"}
_RETURNS = {"order.refunded", "refund.changed"}


class OrdersDataset:
    """One row per sale, cancelled ones included."""

    name = "orders"
    key = "order_id"
    columns: Mapping[str, str] = {
        "order_id": "int64", "shop_id": "int64", "number": "string", "customer_id": "int64", "identity_id": "int64",
        "placed_at": "timestamp", "placed_on": "date", "placed_hour": "int16", "currency": "string",
        "gross_minor": "int64", "base_minor": "int64", "discount_minor": "int64", "shipping_minor": "int64",
        "tax_minor": "int64", "refunded_minor": "int64", "status": "string", "payment_state": "string",
        "fulfilment_state": "string", "country": "string", "region": "string", "city": "string", "channel": "string",
        "line_count": "int32",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the sales placed, changed, refunded or taken back."""
        return _named(events, _SALES | _RETURNS, "order_id", "order_ids") | _of_joined(events, Order)

    def rows(self, keys: list[int]) -> Rows:
        """Return the present rows of ``keys``."""
        return self._rows(self._found().filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield every row, by id."""
        for batch in _by_id(self._found(), size):
            yield self._rows(batch)

    def _found(self) -> QuerySet[Any, Any]:
        return Order.objects.values_list(
            "pk", "shop_id", "number", "customer_id", "identity_id", "placed_at", "currency", "gross_minor", "base_minor",
            "discount_minor", "shipping_minor", "tax_minor", "refunded_minor", "status", "payment_state",
            "fulfilment_state", "country", "region", "city", "channel", "line_count",
        )  # fmt: skip

    def _rows(self, found: Iterable[tuple[Any, ...]]) -> Rows:
        local = _local()
        return [(*row[:6], *local(row[5]), *row[6:]) for row in found]


class OrderCouponsDataset:
    """One row per code used for a sale, replaced together with it."""

    name = "order_coupons"
    key = "order_id"
    columns: Mapping[str, str] = {
        "order_id": "int64", "shop_id": "int64", "customer_id": "int64", "placed_on": "date", "code": "string",
        "kind": "string", "currency": "string", "amount_minor": "int64",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the sales whose coupons were written or taken back."""
        return _named(events, _SALES, "order_id", "order_ids") | _of_joined(events, Order)

    def rows(self, keys: list[int]) -> Rows:
        """Return the present rows of ``keys``."""
        local = _local()
        found = OrderCoupon.objects.filter(order__in=keys).order_by("order_id", "pk").values_list(
            "order_id", "order__shop_id", "order__customer_id", "order__placed_at", "code", "kind", "order__currency",
            "amount_minor",
        )  # fmt: skip
        return [(*row[:3], local(row[3])[0], *row[4:]) for row in found]

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield every row, sale by sale."""
        last = 0
        used = OrderCoupon.objects.order_by("order_id").values_list("order_id", flat=True).distinct()
        while orders := list(used.filter(order__gt=last)[:size]):
            yield self.rows(orders)
            last = orders[-1]


class RefundsDataset:
    """One row per refund; amounts are positive."""

    name = "refunds"
    key = "refund_id"
    columns: Mapping[str, str] = {
        "refund_id": "int64", "order_id": "int64", "shop_id": "int64", "number": "string", "customer_id": "int64",
        "refunded_at": "timestamp", "refunded_on": "date", "refunded_hour": "int16", "currency": "string",
        "amount_minor": "int64", "base_minor": "int64", "country": "string",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the refunds given, changed or taken back."""
        return _named(events, _RETURNS, "refund_id", "refund_ids") | _of_joined(events, Refund)

    def rows(self, keys: list[int]) -> Rows:
        """Return the present rows of ``keys``."""
        return self._rows(self._found().filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield every row, by id."""
        for batch in _by_id(self._found(), size):
            yield self._rows(batch)

    def _found(self) -> QuerySet[Any, Any]:
        return Refund.objects.values_list(
            "pk", "order_id", "shop_id", "number", "customer_id", "refunded_at", "currency", "amount_minor", "base_minor",
            "country",
        )  # fmt: skip

    def _rows(self, found: Iterable[tuple[Any, ...]]) -> Rows:
        local = _local()
        return [(*row[:6], *local(row[5]), *row[6:]) for row in found]


class AdjustmentsDataset:
    """One row per bookkeeping entry; amounts are signed."""

    name = "adjustments"
    key = "adjustment_id"
    columns: Mapping[str, str] = {
        "adjustment_id": "int64", "shop_id": "int64", "customer_id": "int64", "adjusted_at": "timestamp",
        "adjusted_on": "date", "currency": "string", "amount_minor": "int64", "base_minor": "int64",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the entries made or taken back."""
        return _named(events, {"sales.adjusted"}, "adjustment_id", "adjustment_ids") | _of_joined(events, Adjustment)

    def rows(self, keys: list[int]) -> Rows:
        """Return the present rows of ``keys``."""
        return self._rows(self._found().filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield every row, by id."""
        for batch in _by_id(self._found(), size):
            yield self._rows(batch)

    def _found(self) -> QuerySet[Any, Any]:
        return Adjustment.objects.values_list(
            "pk", "shop_id", "customer_id", "adjusted_at", "currency", "amount_minor", "base_minor",
        )  # fmt: skip

    def _rows(self, found: Iterable[tuple[Any, ...]]) -> Rows:
        local = _local()
        return [(*row[:4], local(row[3])[0], *row[4:]) for row in found]


# In the place of a rate: the record is in the company's own currency.
_OWN = Decimal(1)


class _Worth:
    """What lines are worth in the company's currency. Rounded as they add up, so that they come to their record's sum."""

    def __init__(self) -> None:
        self._sums: dict[int, tuple[int, int]] = {}
        self._base = ""

    def of(self, owner_id: int, amount_minor: int, currency: str, rate: Decimal | None) -> int | None:
        """Return the worth of the next line of a record; None without a rate."""
        if rate is None:
            return None
        if not self._base:
            found = company.find_company()
            self._base = found.currency if found else currency
        own, base = self._sums.get(owner_id, (0, 0))
        sum_own = own + amount_minor
        sum_base = in_base(sum_own, currency, rate, self._base)
        self._sums[owner_id] = sum_own, sum_base
        return sum_base - base


def _rate_of(base_minor: int | None, rate: Decimal | None) -> Decimal | None:
    """Return the rate of a record's lines: ``_OWN`` in the company's currency, None while it has none."""
    return None if base_minor is None else _OWN if rate is None else rate


class _LinesDataset:
    """Lines with what they need of the record they belong to; replaced together with it."""

    owner: type[Model]
    line: type[Model]
    owner_fields: tuple[str, ...]

    def rows(self, keys: list[int]) -> Rows:
        """Return the present rows of ``keys``."""
        return self._rows(self._owners().filter(pk__in=keys))

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield every row, owner by owner."""
        last, some = 0, max(1, size // _LINES_PER_ORDER)
        while owners := list(self._owners().filter(pk__gt=last).order_by("pk")[:some]):
            yield self._rows(owners)
            last = owners[-1][0]

    def _owners(self) -> QuerySet[Any, Any]:
        return self.owner._default_manager.values_list("pk", *self.owner_fields)

    def _rows(self, owners: Iterable[tuple[Any, ...]]) -> Rows:
        local = _local()
        complete = {owner[0]: self._head(owner, local) for owner in owners}
        worth = _Worth()
        return [
            (
                *before, position, product_id, quantity, amount,
                amount if rate is _OWN else worth.of(owner_id, amount, currency, rate), currency,
            )
            for owner_id, position, product_id, quantity, amount in self._lines_of(list(complete))
            for before, currency, rate in (complete[owner_id],)
        ]  # fmt: skip

    def _lines_of(self, owner_ids: list[int]) -> Rows:
        """Return the lines, past the ORM, whose conversion of each value costs more than the query."""
        if not owner_ids:
            return []
        table, owner = self.line._meta.db_table, f"{self.owner._meta.model_name}_id"
        marks = ", ".join(["%s"] * len(owner_ids))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {owner}, position, product_id, CAST(quantity AS double precision), amount_minor FROM {table} "  # noqa: S608  names of our own
                f"WHERE {owner} IN ({marks}) ORDER BY {owner}, id",
                owner_ids,
            )
            return list(cursor)

    def _head(self, owner: tuple[Any, ...], local: Callable[[datetime], tuple[date, int]]) -> tuple[Any, ...]:
        raise NotImplementedError


class OrderLinesDataset(_LinesDataset):
    """One row per line of a sale."""

    name = "order_lines"
    key = "order_id"
    owner, line = Order, OrderLine
    owner_fields = ("shop_id", "customer_id", "placed_at", "currency", "base_minor", "rate")
    columns: Mapping[str, str] = {
        "order_id": "int64", "shop_id": "int64", "customer_id": "int64", "placed_on": "date", "position": "int32",
        "product_id": "int64", "quantity": "float64", "amount_minor": "int64", "base_minor": "int64",
        "currency": "string",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the sales whose lines were written or taken back."""
        return _named(events, _SALES, "order_id", "order_ids") | _of_joined(events, Order)

    @override
    def _head(self, owner: tuple[Any, ...], local: Callable[[datetime], tuple[date, int]]) -> tuple[Any, ...]:
        pk, shop_id, customer_id, placed_at, currency, base_minor, rate = owner
        return (pk, shop_id, customer_id, local(placed_at)[0]), currency, _rate_of(base_minor, rate)


class RefundLinesDataset(_LinesDataset):
    """One row per line of a refund; quantity and amount are positive."""

    name = "refund_lines"
    key = "refund_id"
    owner, line = Refund, RefundLine
    owner_fields = ("order_id", "shop_id", "customer_id", "refunded_at", "currency", "base_minor", "rate")
    columns: Mapping[str, str] = {
        "refund_id": "int64", "order_id": "int64", "shop_id": "int64", "customer_id": "int64", "refunded_on": "date",
        "position": "int32", "product_id": "int64", "quantity": "float64", "amount_minor": "int64",
        "base_minor": "int64", "currency": "string",
    }  # fmt: skip

    def touched_by(self, events: list[Any]) -> set[int]:
        """Return the refunds whose lines were written or taken back."""
        return _named(events, _RETURNS, "refund_id", "refund_ids") | _of_joined(events, Refund)

    @override
    def _head(self, owner: tuple[Any, ...], local: Callable[[datetime], tuple[date, int]]) -> tuple[Any, ...]:
        pk, order_id, shop_id, customer_id, refunded_at, currency, base_minor, rate = owner
        return (pk, order_id, shop_id, customer_id, local(refunded_at)[0]), currency, _rate_of(base_minor, rate)


def carts_panel(customer_id: int, viewer: Any, now: datetime) -> dict[str, Any] | None:  # noqa: ARG001  the port's
    """What the customer has put into carts lately; nothing to show without any."""
    rows = checkouts.recent_of(customer_id)
    return (
        {"carts": [(row, checkouts.state_of(row), checkouts.STATES[checkouts.state_of(row)]) for row in rows]}
        if rows
        else None
    )
