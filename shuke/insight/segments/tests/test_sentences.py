"""Rules in words."""

import pytest

from shuke.insight.segments.queries.labels import Names
from shuke.insight.segments.queries.sentences import worded
from shuke.insight.segments.rules.parsing import parse

NAMES = Names(
    tags={7: "VIP"},
    products={1: "Jam"},
    shops={3: "Main"},
    groups={"champions": "Champions"},
    stages={},
    currency="GBP",
)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"all": []}, "All customers."),
        (
            {"all": [{"field": "value.group", "op": "is", "value": ["champions"]}]},
            "Customers for whom this holds: RFM group is Champions.",
        ),
        (
            {"all": [{"orders": "count", "op": "at_least", "value": 2, "period": {"last_days": 90}, "where": {"category": ["护肤"], "refunded": False}}]},
            "Customers for whom this holds: placed at least 2 orders (category: 护肤; without a refund) in the last 90 days.",
        ),
        (
            {"all": [{"orders": "gross", "op": "more_than", "value": 123456, "where": {"product": [1], "shop": [3]}}]},
            "Customers for whom this holds: spent more than £1,234.56 before refunds on orders (product: Jam; shop: Main).",
        ),
        (
            {"any": [{"event": "email.opened", "op": "did_not", "period": {"last_days": 30}}, {"field": "customer.tag", "op": "has_any", "value": [7, 8]}]},
            "Customers for whom this holds: did not do “email.opened” in the last 30 days or is tagged VIP or #8.",
        ),
        (
            {"all": [{"event": "Product Viewed", "op": "did"}]},
            "Customers for whom this holds: did “Looked at a product”.",
        ),
        (
            {"all": [{"field": "value.net", "op": "between", "value": [0, 5000]}, {"none": [{"field": "customer.country", "op": "is_unknown"}]}]},
            "Customers for whom this holds: net revenue is between £0.00 and £50.00 and none of this (country is not known).",
        ),
        (
            {"all": [{"field": "customer.city", "op": "is", "value": list("abcdefg")}]},
            "Customers for whom this holds: city is a or b or c or d or e or 2 more.",
        ),
        (
            {"all": [{"orders": "last", "op": "within", "value": {"from": "2024-01-01", "to": "2024-01-31"}}]},
            "Customers for whom this holds: last order was placed from Jan 1, 2024 to Jan 31, 2024.",
        ),
        (
            {"all": [{"sequence": [{"event": "Product Added"}, {"order": "placed", "where": {"category": ["tea"]}, "within": {"days": 1}}], "op": "did", "without": {"event": "email.opened", "within": {"hours": 36}}, "period": {"this": "month"}}]},
            "Customers for whom this holds: did in this order this month: “Put a product in the cart”, then an order (category: tea) within 1 day, not followed by “email.opened” within 36 hours.",
        ),
        (
            {"all": [{"event": "Product Viewed", "measure": "average", "of": "price", "op": "more_than", "value": 9.5, "period": {"since": {"order": "first"}, "days": 7}, "where": {"properties": [{"name": "colour", "op": "is_not", "value": ["red"]}]}}]},
            "Customers for whom this holds: did “Looked at a product” (“colour” is not red) within 7 days after the first order with an average “price” of more than 9.5.",
        ),
        (
            {"all": [{"orders": "share", "op": "at_least", "value": 60, "where": {"hours": [22, 5], "discounted": True, "price": {"at_most": 990}}, "period": {"previous": "quarter"}}]},
            "Customers for whom this holds: at least 60% of the orders last quarter are orders (between 22:00 and 05:59 o’clock; with a discount; £9.90 or less a piece).",
        ),
        (
            {"any": [{"field": "customer.birthday", "op": "anniversary", "value": {"next_days": 7}}, {"split": "spring", "op": "between", "value": [1, 20]}, {"reach": "email", "op": "may_not"}, {"reach": "sms", "op": "is", "value": ["withdrawn"], "topic": "sale"}]},
            "Customers for whom this holds: birthday is in the next 7 days or is among the 20% drawn by “spring” (1 to 20 of 100) or may not be reached by e-mail for marketing or consent for SMS and marketing on “sale” is: withdrawn.",
        ),
    ],
)  # fmt: skip
def test_says_a_rule_in_words(rule, words):
    assert worded(parse(rule), NAMES) == words
