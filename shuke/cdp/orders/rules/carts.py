"""What visitors do with a cart, event by event. Pure: a cart and an event make the cart after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from shuke.kernel.money import to_minor

ADDED, REMOVED, VIEWED = "Product Added", "Product Removed", "Cart Viewed"
STARTED, BOUGHT = "Checkout Started", "Order Completed"
NAMES = (ADDED, REMOVED, VIEWED, STARTED, BOUGHT)
_MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as its lines, its currency and how far it has come."""

    currency: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()
    stated_minor: int | None = None
    checkout_at: datetime | None = None
    completed_at: datetime | None = None
    order_number: str = ""

    @property
    def value_minor(self) -> int:
        """Return what the cart comes to: as stated, or else what its lines come to."""
        return sum(int(line["amount_minor"]) for line in self.lines) if self.lines else self.stated_minor or 0


def token(said: Mapping[str, Any], identity_id: int | None) -> str:
    """Return the key under which events of one cart belong together, "" for none.

    >>> token({"cart_id": "c7"}, 3), token({}, 3), token({}, None)
    ('c7', 'visitor:3', '')
    """
    named = _text(said.get("cart_id")) or _text(said.get("checkout_id"))
    return named[:120] or (f"visitor:{identity_id}" if identity_id is not None else "")


def after(cart: Cart, name: str, said: Mapping[str, Any], at: datetime) -> Cart:
    """Return a cart after an event. What cannot be read changes nothing; an event never fails.

    >>> tea = {"product_id": "tea", "price": "4.50", "quantity": 2, "currency": "GBP"}
    >>> full = after(Cart(), ADDED, tea, datetime(2024, 1, 1))
    >>> full.value_minor, after(full, REMOVED, {"product_id": "tea", "quantity": 1}, datetime(2024, 1, 1)).value_minor
    (900, 450)
    """
    currency = _text(said.get("currency")).upper()
    if len(currency) == 3 and currency.isalpha() and currency.isascii():
        cart = replace(cart, currency=currency)
    listed = said.get("products")
    if isinstance(listed, list):
        lines = [_line(one, cart.currency) for one in listed[:_MOST_LINES] if isinstance(one, Mapping)]
        cart = replace(cart, lines=tuple(line for line in lines if line))
    elif name == ADDED:
        cart = replace(cart, lines=_with(cart, said))
    elif name == REMOVED:
        cart = replace(cart, lines=_without(cart, said))
    stated = next(
        (amount for key in ("total", "value", "revenue") if (amount := _number(said.get(key))) is not None), None
    )
    if stated is not None and name in (VIEWED, STARTED, BOUGHT):
        cart = replace(cart, stated_minor=to_minor(stated, cart.currency or "USD"))
    if name == STARTED:
        cart = replace(cart, checkout_at=cart.checkout_at or at)
    if name == BOUGHT:
        cart = replace(cart, completed_at=at, order_number=_text(said.get("order_id"))[:120])
    return cart


def _with(cart: Cart, said: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    new = _line(said, cart.currency)
    if not new:
        return cart.lines
    lines = list(cart.lines)
    for place, line in enumerate(lines):
        if _key(line) == _key(new):
            quantity = Decimal(line["quantity"]) + Decimal(new["quantity"])
            amount = int(line["amount_minor"]) + int(new["amount_minor"])
            lines[place] = {**line, "quantity": str(quantity), "amount_minor": amount}
            return tuple(lines)
    return (*lines, new)[:_MOST_LINES]


def _without(cart: Cart, said: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Take out as many as the event names; without a quantity, all of them."""
    gone = {"product": _text(said.get("product_id")), "sku": _text(said.get("sku"))}
    count = _number(said.get("quantity"))
    kept: list[Mapping[str, Any]] = []
    for line in cart.lines:
        if _key(line) != _key(gone):
            kept.append(line)
            continue
        had = Decimal(line["quantity"])
        left = had - count if count is not None else Decimal(0)
        if left > 0 and had:
            amount = int((Decimal(int(line["amount_minor"])) * left / had).to_integral_value())
            kept.append({**line, "quantity": str(left), "amount_minor": amount})
    return tuple(kept)


def _key(line: Mapping[str, Any]) -> str:
    return str(line["product"] or line["sku"])


def _line(said: Mapping[str, Any], currency: str) -> dict[str, Any] | None:
    product, sku, title = (_text(said.get(name)) for name in ("product_id", "sku", "name"))
    if not (product or sku or title):
        return None
    quantity = _number(said.get("quantity"))
    quantity = Decimal(1) if quantity is None or quantity <= 0 else quantity
    price = _number(said.get("price")) or Decimal(0)
    return {
        "product": product[:120] or title[:120], "sku": sku[:120], "title": title[:300], "quantity": str(quantity),
        "amount_minor": to_minor(quantity * price, currency or "USD"),
    }  # fmt: skip


def _number(value: Any) -> Decimal | None:
    if value is None or value == "" or isinstance(value, bool | list | dict):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 9 else None


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
