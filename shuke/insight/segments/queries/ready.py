"""Types of consumers as ready segments: a rule to start from, and what the data must hold for it to mean anything."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shuke.cdp.warehouse import queries as warehouse

Text = str | Promise
_YEAR = {"last_days": 365}
# Categories that people who buy for others buy from; the first thing to adapt to a shop.
_GIFTS = ["gifts", "Gifts", "gift", "Gift", "礼品", "礼盒", "礼物"]
_RECOMMENDING = ("Product Shared", "Product Reviewed", "Cart Shared")


@dataclass(frozen=True, slots=True)
class Need:
    """Something the data must hold: how it is called, and the question whether it does."""

    label: Text
    rows: Callable[[], ir.Table]


@dataclass(frozen=True, slots=True)
class ConsumerType:
    """A type of consumer: who they are, the rule that finds them, what that rule rests on."""

    code: str
    name: Text
    description: Text
    rule: dict[str, Any]
    needs: tuple[Need, ...] = ()


def _orders(condition: Callable[[ir.Table], Any] | None = None) -> Callable[[], ir.Table]:
    def rows() -> ir.Table:
        orders = warehouse.table("orders")
        return orders if condition is None else orders.filter(condition(orders))

    return rows


def _events(*names: str) -> Callable[[], ir.Table]:
    def rows() -> ir.Table:
        events = warehouse.table("events")
        return events.filter(events.name.isin(names))

    return rows


def _products(condition: Callable[[ir.Table], Any]) -> Callable[[], ir.Table]:
    def rows() -> ir.Table:
        products = warehouse.table("products")
        return products.filter(condition(products))

    return rows


_BUYS = Need(_("orders"), _orders())
_DISCOUNTS = Need(_("orders with a discount"), _orders(lambda orders: orders.discount_minor > 0))
_HOURS = Need(_("orders with a time of day"), _orders(lambda orders: orders.placed_hour != 0))
_REFUNDS = Need(_("refunds"), lambda: warehouse.table("refunds"))
_VIEWS = Need(_("product views from the tracked shop"), _events("Product Viewed"))
_CATEGORIES = Need(_("products with a category"), _products(lambda products: products.category != ""))
_GIFT_CATEGORY = Need(_("a category of gifts"), _products(lambda products: products.category.isin(_GIFTS)))
_RECOMMENDS = Need(_("events of sharing or reviewing a product"), _events(*_RECOMMENDING))


def _share(percent: int, **where: Any) -> dict[str, Any]:
    return {"orders": "share", "op": "at_least", "value": percent, "period": _YEAR, "where": where}


def _at_least(measure: str, number: int, **said: Any) -> dict[str, Any]:
    return {"orders": measure, "op": "at_least", "value": number, **said}


TYPES = (
    ConsumerType(
        "bargain_hunters", _("Bargain hunters"), _("Buy mostly when there is a discount, but not only then."),
        {"all": [_at_least("count", 3, period=_YEAR), _share(60, discounted=True), {"none": [_share(100, discounted=True)]}]},
        (_BUYS, _DISCOUNTS),
    ),
    ConsumerType(
        "full_price", _("Full-price loyalists"), _("Come back and pay the full price."),
        {"all": [_at_least("count", 4, period=_YEAR), _share(80, discounted=False)]},
        (_BUYS, _DISCOUNTS),
    ),
    ConsumerType(
        "browsers", _("Browsers"), _("Look often and do not buy."),
        {"all": [
            {"event": "Product Viewed", "measure": "days", "op": "at_least", "value": 3, "period": {"last_days": 60}},
            {"orders": "count", "op": "equals", "value": 0, "period": {"last_days": 60}},
        ]},
        (_VIEWS,),
    ),
    ConsumerType(
        "gift_buyers", _("Gift buyers"), _("Buy from the categories of gifts. Put the names of yours into the rule."),
        {"all": [_at_least("count", 2, period={"last_days": 730}, where={"category": _GIFTS})]},
        (_BUYS, _GIFT_CATEGORY),
    ),
    ConsumerType(
        "routine_buyers", _("Routine buyers"), _("Buy in most months of the half-year."),
        {"all": [_at_least("months", 5, period={"last_days": 183})]},
        (_BUYS,),
    ),
    ConsumerType(
        "night_owls", _("Night owls"), _("Place most of their orders between ten in the evening and five in the morning."),
        {"all": [_at_least("count", 3, period=_YEAR), _share(60, hours=[22, 4])]},
        (_BUYS, _HOURS),
    ),
    ConsumerType(
        "high_return", _("High-return customers"), _("Send back something of at least half of their orders."),
        {"all": [_at_least("count", 3, period=_YEAR), _share(50, refunded=True)]},
        (_BUYS, _REFUNDS),
    ),
    ConsumerType(
        "promotion_only", _("Promotion-only"), _("Never bought without a discount in the last year."),
        {"all": [_at_least("count", 2, period=_YEAR), _share(100, discounted=True)]},
        (_BUYS, _DISCOUNTS),
    ),
    ConsumerType(
        "category_explorers", _("Category explorers"), _("Bought from many different categories."),
        {"all": [_at_least("categories", 4, period=_YEAR)]},
        (_BUYS, _CATEGORIES),
    ),
    ConsumerType(
        "advocates", _("Advocates"), _("Buy again, send little back, and tell others: share or review products."),
        {"all": [
            _at_least("count", 2, period=_YEAR),
            {"any": [{"event": name, "op": "did", "period": _YEAR} for name in _RECOMMENDING]},
            {"none": [_share(50, refunded=True)]},
        ]},
        (_BUYS, _RECOMMENDS),
    ),
)  # fmt: skip
BY_CODE = {one.code: one for one in TYPES}


def missing() -> dict[str, list[str]]:
    """Return what the data does not hold of what each type needs: one question to the warehouse per need."""
    needs = {str(need.label): need for one in TYPES for need in one.needs}
    has = {label: bool(warehouse.scalar(need.rows().limit(1).count())) for label, need in needs.items()}
    return {one.code: [str(need.label) for need in one.needs if not has[str(need.label)]] for one in TYPES}
