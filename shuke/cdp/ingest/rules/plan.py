"""The tracking plan: which events are expected, with which properties of which type.

Nothing is refused for not following it. What is unknown or of another type is accepted, counted and shown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from shuke.vocabulary.behaviour import NAMES_OF_CALLS

TEXT, NUMBER, MONEY, WHOLE, FLAG, OBJECT, LIST, PRODUCTS = (
    "text", "number", "money", "whole", "flag", "object", "list", "products",
)  # fmt: skip
TYPES = (TEXT, NUMBER, MONEY, WHOLE, FLAG, OBJECT, LIST, PRODUCTS)

_PYTHON: Mapping[str, Any] = {TEXT: str | int | float, FLAG: bool, OBJECT: dict, LIST: list}

UNKNOWN_EVENT, WRONG_TYPE, MISSING = "unknown_event", "wrong_type", "missing"


@dataclass(frozen=True, slots=True)
class Planned:
    """An event that is expected."""

    name: str
    properties: Mapping[str, str]
    required: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Where an event departs from the plan: ``problem`` is a stable code, ``field`` a path."""

    problem: str
    field: str = ""


def _of(text: str) -> dict[str, str]:
    """Read ``name:type`` pairs; a name alone is text."""
    return {name: kind or TEXT for name, _, kind in (pair.partition(":") for pair in text.split())}


_PRODUCT = _of(
    "product_id sku category name brand variant price:money quantity:number coupon position:whole url image_url"
)
_ORDER = _of(
    "order_id affiliation total:money revenue:money shipping:money tax:money discount:money coupon currency products:products"
)
_COUPON = _of("order_id cart_id coupon_id")
_WISHLIST = _of("wishlist_id wishlist_name")
_PROMOTION = _of("promotion_id creative name position")
_FILTERED = _of("list_id category filters:list sorts:list products:products")
_STEP = _of("checkout_id step:whole shipping_method payment_method")

_SPECIFICATION: dict[str, tuple[dict[str, str], str]] = {
    "Products Searched": (_of("query"), ""),
    "Product List Viewed": (_of("list_id category products:products"), ""),
    "Product List Filtered": (_FILTERED, ""),
    "Promotion Viewed": (_PROMOTION, ""),
    "Promotion Clicked": (_PROMOTION, ""),
    "Product Clicked": (_PRODUCT, "product_id"),
    "Product Viewed": (_PRODUCT | _of("currency value:money"), "product_id"),
    "Product Added": (_PRODUCT | _of("cart_id"), "product_id"),
    "Product Removed": (_PRODUCT | _of("cart_id"), "product_id"),
    "Cart Viewed": (_of("cart_id products:products"), ""),
    "Checkout Started": (_ORDER | _of("value:money"), ""),
    "Checkout Step Viewed": (_STEP, ""),
    "Checkout Step Completed": (_STEP, ""),
    "Payment Info Entered": (_STEP | _of("order_id"), ""),
    "Order Updated": (_ORDER, "order_id"),
    "Order Completed": (_ORDER | _of("checkout_id subtotal:money"), "order_id"),
    "Order Refunded": (_of("order_id total:money currency products:products"), "order_id"),
    "Order Cancelled": (_ORDER, "order_id"),
    "Coupon Entered": (_COUPON, "coupon_id"),
    "Coupon Applied": (_COUPON | _of("coupon_name discount:money"), "coupon_id"),
    "Coupon Removed": (_COUPON | _of("coupon_name discount:money"), "coupon_id"),
    "Coupon Denied": (_COUPON | _of("coupon_name reason"), "coupon_id"),
    "Product Added to Wishlist": (_WISHLIST | _PRODUCT, "product_id"),
    "Product Removed from Wishlist": (_WISHLIST | _PRODUCT, "product_id"),
    "Wishlist Product Added to Cart": (_WISHLIST | _of("cart_id") | _PRODUCT, "product_id"),
    "Product Shared": (_of("share_via share_message recipient") | _PRODUCT, "product_id"),
    "Cart Shared": (_of("share_via share_message recipient cart_id products:products"), ""),
    "Product Reviewed": (_of("product_id review_id review_body rating:number"), "product_id"),
}
# Ecommerce Spec V2, and the calls that have no name of their own: known, their properties are free.
KNOWN: Mapping[str, Planned] = MappingProxyType(
    {
        name: Planned(name, properties, frozenset(required.split()))
        for name, (properties, required) in _SPECIFICATION.items()
    }
    | {name: Planned(name, {}) for name in NAMES_OF_CALLS.values()}
)


def findings(name: str, properties: Mapping[str, Any], plan: Mapping[str, Planned]) -> list[Finding]:
    """Return where an event departs from the plan.

    >>> findings("Product Viewed", {"price": "cheap"}, KNOWN)
    [Finding(problem='missing', field='product_id'), Finding(problem='wrong_type', field='price')]
    >>> findings("Dance Started", {}, KNOWN)
    [Finding(problem='unknown_event', field='')]
    """
    planned = plan.get(name)
    if planned is None:
        return [Finding(UNKNOWN_EVENT)]
    found = [Finding(MISSING, key) for key in sorted(planned.required) if properties.get(key) in (None, "")]
    for key, value in properties.items():
        kind = planned.properties.get(key)
        if kind is None or value is None:
            continue
        if not _fits(value, kind):
            found.append(Finding(WRONG_TYPE, key))
        elif kind == PRODUCTS and value:
            found.extend(_in_products(key, value))
    return found


def _in_products(key: str, products: list[Any]) -> Iterator[Finding]:
    wrong = {
        inner
        for product in products[:100]
        for inner, kind in _PRODUCT.items()
        if (value := product.get(inner)) is not None and not _fits(value, kind)
    }
    if any(product.get("product_id") in (None, "") and product.get("sku") in (None, "") for product in products[:100]):
        yield Finding(MISSING, f"{key}.product_id")
    yield from (Finding(WRONG_TYPE, f"{key}.{inner}") for inner in sorted(wrong))


def _fits(value: Any, kind: str) -> bool:
    """Whether a value is of a planned type; clients write numbers as text and ids as numbers, which is fine."""
    if kind in (NUMBER, MONEY):
        return _is_number(value)
    if kind == WHOLE:
        return _is_number(value) and float(value).is_integer()
    if kind == PRODUCTS:
        return isinstance(value, list) and all(isinstance(each, dict) for each in value)
    if kind == TEXT and isinstance(value, bool):
        return False
    return isinstance(value, _PYTHON[kind])


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return True
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return value.strip().lower() not in ("nan", "inf", "-inf", "infinity", "-infinity")
