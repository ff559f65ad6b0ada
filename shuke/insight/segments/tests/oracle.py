"""A second reading of the rule language, in plain loops over plain rows; shares no code with the compiler.

Works on the JSON form, not on the parsed rule.
"""

from datetime import date, timedelta


def members(rule, data, as_of, lists=None, rules=None):
    return {row["customer_id"] for row in data["customers"] if true(rule, row, data, as_of, lists or {}, rules or {})}


def true(node, person, data, as_of, lists, rules):
    for join, rule in (("all", all), ("any", any)):
        if join in node:
            return rule(true(inner, person, data, as_of, lists, rules) for inner in node[join])
    if "none" in node:
        return not any(true(inner, person, data, as_of, lists, rules) for inner in node["none"])
    if "field" in node:
        return field(node, person, data, as_of, lists, rules)
    if "orders" in node:
        return orders(node, person, data, as_of)
    count = sum(
        1
        for event in data["events"]
        if event["customer_id"] == person["customer_id"]
        and event["name"] == node["event"]
        and inside(event["occurred_on"], node.get("period"), as_of)
        and ("product" not in node.get("where", {}) or event["product"] in node["where"]["product"])
    )
    if node["op"] == "did":
        return count != 0
    if node["op"] == "did_not":
        return count == 0
    return number(count, node["op"], node["value"])


def number(actual, op, asked):
    if op == "between":
        return asked[0] <= actual <= asked[1]
    return {
        "at_least": actual >= asked,
        "at_most": actual <= asked,
        "more_than": actual > asked,
        "less_than": actual < asked,
        "equals": actual == asked,
    }[op]


def inside(day, period, as_of):
    if day > as_of:
        return False
    if not period:
        return True
    if "last_days" in period:
        return day > as_of - timedelta(days=period["last_days"])
    if "before_days" in period:
        return (as_of - day).days >= period["before_days"]
    low = date.fromisoformat(period.get("from", "0001-01-01"))
    high = date.fromisoformat(period.get("to", "9999-12-31"))
    return low <= day <= high


COLUMNS = {
    "group": "rfm_group",
    "net": "net_minor",
    "gross": "gross_minor",
    "refunds": "refunds_minor",
    "average_order": "average_order_minor",
    "first_order": "first_order_on",
    "last_order": "last_order_on",
}


def field(node, person, data, as_of, lists, rules):
    name, op, asked = node["field"], node["op"], node.get("value")
    me = person["customer_id"]
    if name == "customer.tag":
        mine = {row["tag_id"] for row in data["customer_tags"] if row["customer_id"] == me}
        return {
            "has_any": any(tag in mine for tag in asked),
            "has_all": all(tag in mine for tag in asked),
            "has_none": all(tag not in mine for tag in asked),
        }[op]
    if name.startswith("attribute."):
        mine = [
            row
            for row in data["customer_attributes"]
            if row["customer_id"] == me and f"attribute.{row['code']}" == name
        ]
        return attribute(mine, op, asked, as_of)
    if name == "segment":
        hit = any(
            me in lists[one] if one in lists else true(rules[one], person, data, as_of, lists, rules) for one in asked
        )
        return hit if op == "in" else not hit
    subject, _, column = name.partition(".")
    if subject == "customer":
        actual = person[{"first_seen": "first_seen_on"}.get(column, column)]
    else:
        row = next((row for row in data["value_standing"] if row["customer_id"] == me), None)
        actual = row[COLUMNS.get(column, column)] if row else None
    if op == "within":
        return actual is not None and inside(actual, asked, as_of)
    if op == "is_known":
        return actual not in (None, "")
    if op == "is_unknown":
        return actual in (None, "")
    if op == "is":
        return actual is not None and actual in asked
    if op == "is_not":
        return actual is None or actual not in asked
    if op == "contains":
        return actual is not None and asked.lower() in actual.lower()
    return actual is not None and number(actual, op, asked)


def attribute(mine, op, asked, as_of):
    texts = [row["text"] for row in mine if row.get("text") is not None]
    figures = [row["number"] for row in mine if row.get("number") is not None]
    if op in ("is_known", "is_unknown"):
        return (len(mine) > 0) == (op == "is_known")
    if op == "within":
        return any(inside(row["day"], asked, as_of) for row in mine if row.get("day"))
    if op in ("is_yes", "is_no"):
        return any(figure == (1 if op == "is_yes" else 0) for figure in figures)
    if op == "contains":
        return any(asked.lower() in text.lower() for text in texts)
    if op == "has_all":
        return all(one in texts for one in asked)
    if op in ("is", "has_any", "is_not", "has_none"):
        return any(one in texts for one in asked) == (op in ("is", "has_any"))
    return any(number(figure, op, asked) for figure in figures)


def orders(node, person, data, as_of):
    where, me, measure = node.get("where", {}), person["customer_id"], node["orders"]
    products = {row["product_id"]: row for row in data["products"]}

    def goods(line):
        product = products.get(line["product_id"], {"category": None, "brand": None})
        if "product" in where and line["product_id"] not in where["product"]:
            return False
        if "brand" in where and product["brand"] not in where["brand"]:
            return False
        return "category" not in where or any(
            product["category"] is not None
            and (product["category"] == one or product["category"].startswith(one + "/"))
            for one in where["category"]
        )

    def counts(order):
        amount = where.get("amount", {})
        return (
            order["customer_id"] == me
            and order["status"] != "cancelled"
            and inside(order["placed_on"], node.get("period"), as_of)
            and all(
                key not in where or order[column] in where[key]
                for key, column in (
                    ("shop", "shop_id"),
                    ("country", "country"),
                    ("channel", "channel"),
                    ("currency", "currency"),
                )
            )
            and ("refunded" not in where or (order["refunded_minor"] > 0) == where["refunded"])
            and order["base_minor"] >= amount.get("at_least", -(10**18))
            and order["base_minor"] <= amount.get("at_most", 10**18)
        )

    named = any(key in where for key in ("product", "category", "brand"))
    found = []
    for order in data["orders"]:
        if not counts(order):
            continue
        if not named:
            found.append((order["placed_on"], order["base_minor"]))
            continue
        amounts = [
            line["base_minor"] for line in data["order_lines"] if line["order_id"] == order["order_id"] and goods(line)
        ]
        if amounts:
            found.append((order["placed_on"], sum(amounts)))
    if measure in ("first", "last"):
        days = [day for day, _ in found]
        return bool(days) and inside(min(days) if measure == "first" else max(days), node["value"], as_of)
    gross = sum(amount for _, amount in found)
    if measure == "count":
        return number(len(found), node["op"], node["value"])
    if measure == "gross":
        return number(gross, node["op"], node["value"])
    if measure == "average":
        return bool(found) and number(gross / len(found), node["op"], node["value"])
    back = 0
    for refund in data["refunds"]:
        if refund["customer_id"] != me or not inside(refund["refunded_on"], node.get("period"), as_of):
            continue
        if any(
            key in where and refund[column] not in where[key]
            for key, column in (("shop", "shop_id"), ("country", "country"), ("currency", "currency"))
        ):
            continue
        lines = [line for line in data["refund_lines"] if line["refund_id"] == refund["refund_id"] and goods(line)]
        back += sum(line["base_minor"] for line in lines) if named else refund["base_minor"]
    return number(gross - back, node["op"], node["value"])
