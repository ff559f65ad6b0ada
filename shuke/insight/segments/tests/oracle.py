"""A second reading of the rule language, in plain loops over plain rows; shares no code with the compiler.

Works on the JSON form, not on the parsed rule.
"""

import hashlib
import json
import math
import re
from datetime import UTC, date, timedelta


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
    if "sequence" in node:
        return sequence(node, person["customer_id"], data, as_of) == (node["op"] == "did")
    if "split" in node:
        return node["value"][0] <= bucket(node["split"], person["draw"]) <= node["value"][1]
    if "reach" in node:
        return reach(node, person["customer_id"], data, as_of)
    return events(node, person["customer_id"], data, as_of)


def bucket(name, draw):
    digest = hashlib.sha256(b"split:" + name.encode()).digest()
    prime = 2**31 - 1
    a, b, c, d = (int.from_bytes(digest[8 * at : 8 * at + 8], "big") % prime for at in range(4))
    return (max(a, 1) * draw**3 + b * draw**2 + c * draw + d) % prime % 100 + 1


def reach(node, me, data, as_of):
    rows = [
        row
        for row in data["reachability"]
        if (row["customer_id"], row["channel"], row["purpose"], row["topic"])
        == (me, node["reach"], node.get("purpose", "marketing"), node.get("topic", ""))
    ]
    assert len(rows) <= 1
    states = []
    for row in rows:
        state = row["state"] or "never_asked"
        if state in ("granted", "confirmed") and row["valid_until"] and row["valid_until"].date() <= as_of:
            state = "expired"
        states.append(state)
    if node["op"] in ("is", "is_not"):
        return any(state in node["value"] for state in states) == (node["op"] == "is")
    confirmed_only = node["reach"] == "email" and node.get("purpose", "marketing") == "marketing"
    enough = ["confirmed"] if confirmed_only else ["granted", "confirmed"]
    may = any(state in enough and not row["is_suppressed"] for state, row in zip(states, rows, strict=True))
    return may == (node["op"] == "may")


def said(event, name):
    value = json.loads(event["properties"]).get(name)
    return None if value is None else value if isinstance(value, str) else json.dumps(value)


def figure(text):
    return float(text) if text is not None and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else None


def has_property(event, asked):
    text, op = said(event, asked["name"]), asked["op"]
    if op in ("is_known", "is_unknown"):
        return bool(text) == (op == "is_known")
    if op in ("is", "is_not"):
        return (text is not None and text in asked["value"]) == (op == "is")
    if op == "contains":
        return text is not None and asked["value"].lower() in text.lower()
    return figure(text) is not None and number(figure(text), op, asked["value"])


def event_counts(event, node, me):
    where = node.get("where", {})
    return (
        event["customer_id"] == me
        and event["name"] == node["event"]
        and ("product" not in where or event["product"] in where["product"])
        and all(has_property(event, asked) for asked in where.get("properties", []))
    )


def begun(period, me, data, as_of):
    """The moment after which facts count: (None, None) for always, False for never."""
    if not period or "since" not in period:
        return None
    anchor = period["since"]
    if "order" in anchor:
        which = anchor["order"]
        moments = [
            row["placed_at"]
            for row in data["orders"]
            if row["customer_id"] == me and row["status"] != "cancelled" and row["placed_on"] <= as_of
        ]
    else:
        which = anchor.get("which", "last")
        moments = [
            row["occurred_at"]
            for row in data["events"]
            if row["customer_id"] == me and row["name"] == anchor["event"] and row["occurred_on"] <= as_of
        ]
    if not moments:
        return False
    start = min(moments) if which == "first" else max(moments)
    return start, start + timedelta(days=period["days"]) if "days" in period else start + timedelta(days=36_500)


def after(moment, start):
    return start is None or (start is not False and start[0] < moment <= start[1])


def events(node, me, data, as_of):
    start = begun(node.get("period"), me, data, as_of)
    found = [
        event
        for event in data["events"]
        if event_counts(event, node, me)
        and inside(event["occurred_on"], node.get("period"), as_of)
        and after(event["occurred_at"], start)
    ]
    measure = node.get("measure", "count")
    if node["op"] in ("did", "did_not"):
        return bool(found) == (node["op"] == "did")
    days = [event["occurred_on"] for event in found]
    if measure in ("first", "last"):
        return bool(days) and inside(min(days) if measure == "first" else max(days), node["value"], as_of)
    if measure in ("count", "days"):
        return number(len(found) if measure == "count" else len(set(days)), node["op"], node["value"])
    texts = [text for event in found if (text := said(event, node["of"])) is not None]
    if measure == "distinct":
        return number(len(set(texts)), node["op"], node["value"])
    figures = [value for text in texts if (value := figure(text)) is not None]
    if measure == "sum":
        return number(sum(figures), node["op"], node["value"])
    return bool(figures) and number(sum(figures) / len(figures), node["op"], node["value"])


def milliseconds(moment):
    return math.floor(moment.replace(tzinfo=UTC).timestamp() * 1000 + 1e-6)


def step_facts(step, me, data, as_of, period):
    if "event" in step:
        return [
            (milliseconds(event["occurred_at"]), event["occurred_on"])
            for event in data["events"]
            if event_counts(event, step, me) and inside(event["occurred_on"], period, as_of)
        ]
    return [
        (milliseconds(order["placed_at"]), order["placed_on"])
        for order in data["orders"]
        if order_counts(order, step.get("where", {}), me, period, as_of)
        and (not names_goods(step.get("where", {})) or goods_of(order, step["where"], data))
    ]


def hours(within):
    return within["hours"] if "hours" in within else within["days"] * 24


def sequence(node, me, data, as_of):
    period = node.get("period")
    reached = step_facts(node["sequence"][0], me, data, as_of, period)
    for step in node["sequence"][1:]:
        most = hours(step["within"]) * 3_600_000 if "within" in step else 10**18
        reached = [
            (at, day)
            for at, day in step_facts(step, me, data, as_of, period)
            if any(0 < at - before <= most for before, _ in reached)
        ]
    if "without" not in node:
        return bool(reached)
    unwanted = [at for at, _ in step_facts(node["without"], me, data, as_of, None)]
    if "within" not in node["without"]:
        return any(all(bad <= at for bad in unwanted) for at, _ in reached)
    length = hours(node["without"]["within"])
    return any(
        day + timedelta(days=math.ceil(length / 24)) <= as_of
        and not any(0 < bad - at <= length * 3_600_000 for bad in unwanted)
        for at, day in reached
    )


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
    if "since" in period:
        return True
    if "this" in period or "previous" in period:
        unit = period.get("this") or period["previous"]
        here, there = stretch(unit, day), stretch(unit, as_of)
        return here == there if "this" in period else here == there - 1
    if "last_days" in period:
        return day > as_of - timedelta(days=period["last_days"])
    if "before_days" in period:
        return (as_of - day).days >= period["before_days"]
    low = date.fromisoformat(period.get("from", "0001-01-01"))
    high = date.fromisoformat(period.get("to", "9999-12-31"))
    return low <= day <= high


def stretch(unit, day):
    """A number that grows by one with every week, month, quarter, year."""
    return {
        "week": (day.toordinal() - 1) // 7,
        "month": day.year * 12 + day.month - 1,
        "quarter": (day.year * 12 + day.month - 1) // 3,
        "year": day.year,
    }[unit]


def comes_round(month, day, year, window, as_of):
    """Whether a day of the year lies in a window, in a later year than ``year`` if that is known."""
    if "next_days" in window:
        some = [as_of + timedelta(days=ahead) for ahead in range(window["next_days"])]
    else:
        near = [as_of + timedelta(days=ahead) for ahead in range(-800, 800)]
        if "this" in window:
            some = [one for one in near if stretch(window["this"], one) == stretch(window["this"], as_of)]
        else:
            some = [one for one in near if inside(one, window, as_of)]
    for one in some:
        is_day = (one.month, one.day) == (month, day)
        is_instead = (month, day, one.month, one.day) == (2, 29, 2, 28) and (one + timedelta(days=1)).month == 3
        if (is_day or is_instead) and (year is None or one.year > year):
            return True
    return False


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
    if name == "customer.birthday":
        known = person["birth_month"] is not None and person["birth_day"] is not None
        if op != "anniversary":
            return known == (op == "is_known")
        return known and comes_round(person["birth_month"], person["birth_day"], None, asked, as_of)
    subject, _, column = name.partition(".")
    if subject == "customer":
        actual = person[{"first_seen": "first_seen_on"}.get(column, column)]
    else:
        row = next((row for row in data["value_standing"] if row["customer_id"] == me), None)
        actual = row[COLUMNS.get(column, column)] if row else None
    if op == "anniversary":
        return actual is not None and comes_round(actual.month, actual.day, actual.year, asked, as_of)
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


def names_goods(where):
    return any(key in where for key in ("product", "category", "brand", "price"))


def good(line, where, data):
    products = {row["product_id"]: row for row in data["products"]}
    product = products.get(line["product_id"], {"category": None, "brand": None})
    if "product" in where and line["product_id"] not in where["product"]:
        return False
    if "brand" in where and product["brand"] not in where["brand"]:
        return False
    if "price" in where:
        if line.get("quantity", 1) <= 0:
            return False
        each = line["base_minor"] / line["quantity"]
        if not where["price"].get("at_least", -(10**18)) <= each <= where["price"].get("at_most", 10**18):
            return False
    return "category" not in where or any(
        product["category"] is not None and (product["category"] == one or product["category"].startswith(one + "/"))
        for one in where["category"]
    )


def goods_of(order, where, data):
    return [line for line in data["order_lines"] if line["order_id"] == order["order_id"] and good(line, where, data)]


def order_counts(order, where, me, period, as_of):
    amount = where.get("amount", {})
    columns = (("shop", "shop_id"), ("country", "country"), ("channel", "channel"), ("currency", "currency"))
    late, early = where.get("hours", (0, 23))
    hour = order["placed_hour"]
    return (
        order["customer_id"] == me
        and order["status"] != "cancelled"
        and inside(order["placed_on"], period, as_of)
        and all(key not in where or order[column] in where[key] for key, column in columns)
        and ("refunded" not in where or (order["refunded_minor"] > 0) == where["refunded"])
        and ("discounted" not in where or (order["discount_minor"] > 0) == where["discounted"])
        and ("weekday" not in where or order["placed_on"].isoweekday() in where["weekday"])
        and (late <= hour <= early if late <= early else hour >= late or hour <= early)
        and amount.get("at_least", -(10**18)) <= order["base_minor"] <= amount.get("at_most", 10**18)
    )


def orders(node, person, data, as_of):
    where, me, measure, period = node.get("where", {}), person["customer_id"], node["orders"], node.get("period")
    start = begun(period, me, data, as_of)
    products = {row["product_id"]: row for row in data["products"]}
    found, lines, everything = [], [], 0
    for order in data["orders"]:
        if not after(order["placed_at"], start):
            continue
        everything += order_counts(order, {}, me, period, as_of)
        if not order_counts(order, where, me, period, as_of):
            continue
        fitting = goods_of(order, where, data)
        lines += fitting
        if not names_goods(where):
            found.append((order["placed_on"], order["base_minor"]))
        elif fitting:
            found.append((order["placed_on"], sum(line["base_minor"] for line in fitting)))
    days = [day for day, _ in found]
    if measure in ("first", "last"):
        return bool(days) and inside(min(days) if measure == "first" else max(days), node["value"], as_of)
    gross = sum(amount for _, amount in found)
    if measure == "average":
        return bool(found) and number(gross / len(found), node["op"], node["value"])
    if measure == "largest":
        return bool(found) and number(max(amount for _, amount in found), node["op"], node["value"])
    if measure == "share":
        return everything > 0 and number(100 * len(found) / everything, node["op"], node["value"])
    known = [products[line["product_id"]] for line in lines if line["product_id"] in products]
    figures = {
        "count": len(found),
        "gross": gross,
        "days": len(set(days)),
        "months": len({(day.year, day.month) for day in days}),
        "items": sum(line["quantity"] for line in lines),
        "products": len({line["product_id"] for line in lines} - {None}),
        "categories": len({product["category"] for product in known if product["category"]}),
        "brands": len({product["brand"] for product in known if product["brand"]}),
    }
    if measure in figures:
        return number(figures[measure], node["op"], node["value"])
    return number(gross - returned(where, me, period, start, data, as_of), node["op"], node["value"])


def returned(where, me, period, start, data, as_of):
    back = 0
    for refund in data["refunds"]:
        if refund["customer_id"] != me or not inside(refund["refunded_on"], period, as_of):
            continue
        if not after(refund["refunded_at"], start):
            continue
        if any(
            key in where and refund[column] not in where[key]
            for key, column in (("shop", "shop_id"), ("country", "country"), ("currency", "currency"))
        ):
            continue
        lines = [line for line in data["refund_lines"] if line["refund_id"] == refund["refund_id"]]
        lines = [line for line in lines if good(line, where, data)]
        back += sum(line["base_minor"] for line in lines) if names_goods(where) else refund["base_minor"]
    return back
