"""The segments and saved views that the staff of the demo company keep. Pure."""

from datetime import date
from typing import Any

from shuke.insight.traits.actions import Facts, Measure, Recipe

Rule = dict[str, Any]
WHOLESALE_TAG = "Asked about wholesale 咨询批发"
WHOLESALE_LIST = ("Wholesale enquiries 批发咨询", "Shops that asked for prices. 询问过批发价的店家。")

CHAMPIONS, CHAMPION_TAG = "Champions 冠军客户", "Champion 冠军"

# What is worked out of everybody: code, names, how.
TRAITS: tuple[tuple[str, dict[str, str], Recipe], ...] = (
    (
        "orders_365", {"en": "Orders in a year", "zh-hans": "一年内订单数"},
        Recipe(Facts.ORDERS, Measure.COUNT, days=365),
    ),
    (
        "favourite_category", {"en": "Favourite category", "zh-hans": "最常购买类目"},
        Recipe(Facts.LINES, Measure.FAVORITE, "category"),
    ),
    (
        "largest_order", {"en": "Largest order", "zh-hans": "最大单笔金额"},
        Recipe(Facts.ORDERS, Measure.MOST, "amount"),
    ),
)  # fmt: skip

# Name and address of views of the list of customers, shared with everybody.
VIEWS = (
    ("Best customers 最有价值", "sort=-net"),
    ("About to leave 快要流失", "group=at_risk&group=cant_lose&sort=-net"),
    ("New this year, Britain 英国新客", "country=United+Kingdom&sort=-first_seen"),
)


def segments(until: date) -> tuple[tuple[str, str, Rule], ...]:
    """Return name, description and rule of each segment; ``until`` is the last day of the data."""
    # The last 双11 that is over.
    year = until.year if until > date(until.year, 11, 11) else until.year - 1
    singles_day = {"from": f"{year}-11-01", "to": f"{year}-11-11"}
    since = {"from": f"{year}-11-12"}
    return (
        (
            CHAMPIONS,
            "Bought lately, often and much. 近期购买、频次高、金额大。",
            {"all": [{"field": "value.group", "op": "is", "value": ["champions"]}]},
        ),
        (
            "Win back 挽回名单",
            "Good customers who have gone quiet. 曾经的好客户，最近没有来。",
            {"all": [
                {"field": "value.group", "op": "is", "value": ["at_risk", "cant_lose"]},
                {"orders": "gross", "op": "at_least", "value": 50_000},
            ]},
        ),
        (
            "Left in the cart 加购未买",
            "Put something in the cart in the last 30 days and bought nothing since. 近30天加购但没有下单。",
            {"all": [
                {"event": "Product Added", "op": "did", "period": {"last_days": 30}},
                {"orders": "count", "op": "equals", "value": 0, "period": {"last_days": 30}},
            ]},
        ),
        (
            "双11 only 仅双11购买",
            "Bought during the last 双11 and nothing after it. 上次双11下单，之后没有再买。",
            {"all": [
                {"orders": "count", "op": "at_least", "value": 1, "period": singles_day},
                {"orders": "count", "op": "equals", "value": 0, "period": since},
            ]},
        ),
        (
            "Gift buyers 送礼人群",
            "Bought a gift set at least once. 至少买过一次礼盒。",
            {"all": [{"orders": "count", "op": "at_least", "value": 1, "where": {"category": ["礼盒", "Gifts"]}}]},
        ),
        (
            "New this month 近30天新客",
            "First order in the last 30 days. 近30天首次下单。",
            {"all": [{"field": "value.first_order", "op": "within", "value": {"last_days": 30}}]},
        ),
    )  # fmt: skip


def promotions(today: date) -> list[tuple[bool, str, date, date]]:
    """Return the company's own sales of the last two years and the next one: in which shop, name, first and last day."""
    own = ((True, "99 划算节", (9, 7), (9, 9)), (False, "January sale", (1, 2), (1, 14)))
    return [
        (chinese, name, date(year, *first), date(year, *last))
        for chinese, name, first, last in own
        for year in range(today.year - 1, today.year + 2)
    ]
