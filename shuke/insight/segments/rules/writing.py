"""Writing rules as JSON: the same rule is always written the same way."""

import json
from typing import Any

from shuke.insight.segments.rules.language import (
    BeforeDays,
    Between,
    EventClause,
    FieldClause,
    Group,
    LastDays,
    Node,
    OrdersClause,
    Period,
    Value,
    Where,
)


def canonical(rule: Group) -> str:
    """Return a rule as JSON text without spaces: what caches and comparisons key on."""
    return json.dumps(plain(rule), ensure_ascii=False, separators=(",", ":"))


def plain(node: Node) -> dict[str, Any]:
    """Return a rule as plain JSON values, such that ``parse(plain(rule)) == rule``."""
    match node:
        case Group(join, nodes):
            return {join.value: [plain(inner) for inner in nodes]}
        case FieldClause(name, op, value):
            return {"field": name, "op": op.value, **_value(value)}
        case OrdersClause(measure, op, value, period, where):
            return {"orders": measure.value, "op": op.value, **_value(value), **_period(period), **_where(where)}
        case EventClause(name, op, value, period, product):
            filters = {"where": {"product": list(product)}} if product else {}
            return {"event": name, "op": op.value, **_value(value), **_period(period), **filters}


def _value(value: Value) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case tuple():
            return {"value": list(value)}
        case LastDays() | BeforeDays() | Between():
            return {"value": _days(value)}
        case _:
            return {"value": value}


def _period(period: Period | None) -> dict[str, Any]:
    return {} if period is None else {"period": _days(period)}


def _days(period: Period) -> dict[str, Any]:
    match period:
        case LastDays(days):
            return {"last_days": days}
        case BeforeDays(days):
            return {"before_days": days}
        case Between(first, last):
            named = {"from": first, "to": last}
            return {name: day.isoformat() for name, day in named.items() if day is not None}


def _where(where: Where) -> dict[str, Any]:
    lists = {
        "product": where.product, "category": where.category, "brand": where.brand, "shop": where.shop,
        "country": where.country, "channel": where.channel, "currency": where.currency,
    }  # fmt: skip
    said: dict[str, Any] = {name: list(values) for name, values in lists.items() if values}
    if where.refunded is not None:
        said["refunded"] = where.refunded
    amounts = {"at_least": where.amount_from, "at_most": where.amount_to}
    if amount := {name: minor for name, minor in amounts.items() if minor is not None}:
        said["amount"] = amount
    return {"where": said} if said else {}
