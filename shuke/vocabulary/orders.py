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
