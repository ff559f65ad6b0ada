"""What happens to orders."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """A sale was made. Amounts in minor units of ``currency``."""

    NAME: ClassVar[str] = "order.placed"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str
    line_count: int


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """A sale was replaced by what its source says now."""

    NAME: ClassVar[str] = "order.changed"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str
    line_count: int


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """Money was given back; ``order_id`` is None where the source does not say for which sale."""

    NAME: ClassVar[str] = "order.refunded"
    VERSION: ClassVar[int] = 1

    refund_id: int
    order_id: int | None
    shop: str
    number: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class RefundChanged:
    """A refund was replaced by what its source says now."""

    NAME: ClassVar[str] = "refund.changed"
    VERSION: ClassVar[int] = 1

    refund_id: int
    order_id: int | None
    shop: str
    number: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class SalesAdjusted:
    """A bookkeeping correction was entered. Signed."""

    NAME: ClassVar[str] = "sales.adjusted"
    VERSION: ClassVar[int] = 1

    adjustment_id: int
    shop: str
    number: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class ImportRowsUndone:
    """Part of an import was taken back: these records are gone or are as they were before."""

    NAME: ClassVar[str] = "import.rows_undone"
    VERSION: ClassVar[int] = 1

    import_id: int
    order_ids: list[int]
    refund_ids: list[int]
    adjustment_ids: list[int]
    customer_ids: list[int]
    product_ids: list[int]


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """A sale was paid in full for the first time."""

    NAME: ClassVar[str] = "order.paid"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderShipped:
    """Something of a sale went out for the first time."""

    NAME: ClassVar[str] = "order.shipped"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderDelivered:
    """A sale arrived."""

    NAME: ClassVar[str] = "order.delivered"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderCompleted:
    """A sale is done: nothing more is expected of either side."""

    NAME: ClassVar[str] = "order.completed"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """A sale was called off."""

    NAME: ClassVar[str] = "order.cancelled"
    VERSION: ClassVar[int] = 1

    order_id: int
    shop: str
    number: str
    gross_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class SalesRated:
    """Exchange rates gave these records an amount in the company's currency, or another one."""

    NAME: ClassVar[str] = "sales.rated"
    VERSION: ClassVar[int] = 1

    order_ids: list[int]
    refund_ids: list[int]
    adjustment_ids: list[int]


@dataclass(frozen=True, slots=True)
class CheckoutAbandoned:
    """A cart with something in it was left behind."""

    NAME: ClassVar[str] = "checkout.abandoned"
    VERSION: ClassVar[int] = 1

    checkout_id: int
    shop: str
    value_minor: int
    currency: str
    line_count: int


@dataclass(frozen=True, slots=True)
class CheckoutRecovered:
    """A cart that had been left behind was bought after all."""

    NAME: ClassVar[str] = "checkout.recovered"
    VERSION: ClassVar[int] = 1

    checkout_id: int
    order_id: int | None
    shop: str
    value_minor: int
    currency: str
