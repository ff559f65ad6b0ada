"""Writing rules as JSON: the same rule is always written the same way."""

import json
from typing import Any

from shuke.insight.segments.rules.language import (
    PURPOSES,
    BeforeDays,
    Between,
    Coming,
    EventClause,
    EventMeasure,
    FieldClause,
    Group,
    LastDays,
    Node,
    OrdersClause,
    Period,
    Previous,
    PropertyFilter,
    ReachClause,
    SequenceClause,
    Since,
    SplitClause,
    Step,
    This,
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
        case EventClause():
            return _event(node)
        case SequenceClause(steps, op, period, without):
            unfollowed = {} if without is None else {"without": _step(without)}
            return {"sequence": [_step(one) for one in steps], "op": op.value, **_period(period), **unfollowed}
        case SplitClause(name, first, last):
            return {"split": name, "op": "between", "value": [first, last]}
        case ReachClause(channel, op, value, purpose, topic):
            scope = {"purpose": purpose} if purpose != PURPOSES[0] else {}
            return {"reach": channel, "op": op.value, **_value(value), **scope, **({"topic": topic} if topic else {})}


def _event(clause: EventClause) -> dict[str, Any]:
    measured = {} if clause.measure is EventMeasure.COUNT else {"measure": clause.measure.value}
    of = {"of": clause.of} if clause.of else {}
    return {
        "event": clause.name, **measured, **of, "op": clause.op.value, **_value(clause.value), **_period(clause.period),
        **_event_where(clause.product, clause.properties),
    }  # fmt: skip


def _event_where(product: tuple[str, ...], properties: tuple[PropertyFilter, ...]) -> dict[str, Any]:
    said: dict[str, Any] = {"product": list(product)} if product else {}
    if properties:
        said["properties"] = [{"name": one.name, "op": one.op.value, **_value(one.value)} for one in properties]
    return {"where": said} if said else {}


def _step(step: Step) -> dict[str, Any]:
    within = {} if step.within is None else {"within": _time(step.within)}
    if step.event is None:
        return {"order": "placed", **_where(step.where), **within}
    return {"event": step.event, **_event_where(step.product, step.properties), **within}


def _time(hours: int) -> dict[str, int]:
    return {"hours": hours} if hours % 24 else {"days": hours // 24}


def _value(value: Value) -> dict[str, Any]:
    match value:
        case None:
            return {}
        case tuple():
            return {"value": list(value)}
        case str() | int() | float():
            return {"value": value}
        case _:
            return {"value": _days(value)}


def _period(period: Period | None) -> dict[str, Any]:
    return {} if period is None else {"period": _days(period)}


def _days(period: Period | Coming) -> dict[str, Any]:
    match period:
        case LastDays(days):
            return {"last_days": days}
        case BeforeDays(days):
            return {"before_days": days}
        case Coming(days):
            return {"next_days": days}
        case Between(first, last):
            named = {"from": first, "to": last}
            return {name: day.isoformat() for name, day in named.items() if day is not None}
        case This(unit):
            return {"this": unit.value}
        case Previous(unit):
            return {"previous": unit.value}
        case Since(event, is_first, days):
            which = "first" if is_first else "last"
            anchor = {"order": which} if event is None else {"event": event, **({"which": which} if is_first else {})}
            return {"since": anchor, **({} if days is None else {"days": days})}


def _where(where: Where) -> dict[str, Any]:
    lists = {
        "product": where.product, "category": where.category, "brand": where.brand, "shop": where.shop,
        "country": where.country, "channel": where.channel, "currency": where.currency,
    }  # fmt: skip
    said: dict[str, Any] = {name: list(values) for name, values in lists.items() if values}
    asked = {"refunded": where.refunded, "discounted": where.discounted}
    said |= {name: answer for name, answer in asked.items() if answer is not None}
    bands = {"amount": (where.amount_from, where.amount_to), "price": (where.price_from, where.price_to)}
    for name, (low, high) in bands.items():
        if band := {side: minor for side, minor in (("at_least", low), ("at_most", high)) if minor is not None}:
            said[name] = band
    if where.hours is not None:
        said["hours"] = list(where.hours)
    if where.weekday:
        said["weekday"] = list(where.weekday)
    return {"where": said} if said else {}
