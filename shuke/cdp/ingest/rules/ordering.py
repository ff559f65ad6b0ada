"""An order as ``Order Completed`` tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from shuke.kernel.money import to_minor


class NoOrder(ValueError):
    """What arrived does not make an order."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of it."""

    product_id: str
    sku: str
    name: str
    category: str
    brand: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Told:
    """The order."""

    number: str
    currency: str
    lines: tuple[Line, ...]
    discount_minor: int


def read(said: Mapping[str, Any], *, currency: str) -> Told:
    """Read the properties of ``Order Completed``; ``currency`` is the shop's, for events that name none."""
    number = _text(said.get("order_id"))
    if not number:
        raise NoOrder("order_id is missing")
    named = (_text(said.get("currency")) or currency).upper()
    products = said.get("products")
    listed = products if isinstance(products, list) else []
    lines = tuple(_line(product) for product in listed if isinstance(product, dict))
    if not lines:
        lines = (Line("", "", "", "", "", Decimal(1), _amount(said, "total", "revenue", "value")),)
    return Told(number, named, lines, to_minor(_number(said.get("discount"), Decimal(0)), named))


def _line(product: Mapping[str, Any]) -> Line:
    return Line(
        _text(product.get("product_id"))[:120], _text(product.get("sku"))[:120], _text(product.get("name"))[:300],
        _text(product.get("category")), _text(product.get("brand")),
        _number(product.get("quantity"), Decimal(1)), _number(product.get("price"), Decimal(0)),
    )  # fmt: skip


def _amount(said: Mapping[str, Any], *names: str) -> Decimal:
    for name in names:
        if said.get(name) not in (None, ""):
            return _number(said[name], Decimal(0))
    raise NoOrder("neither products nor a total")


def _number(value: Any, otherwise: Decimal) -> Decimal:
    if value is None or value == "" or isinstance(value, bool):
        return otherwise
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise NoOrder("an amount is not a number") from None
    if not found.is_finite() or abs(found) > Decimal(10) ** 12:
        raise NoOrder("an amount is not a number")
    return found


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
