"""Figures as rules of segments."""

from typing import Any

from shuke.insight.analytics.rules import Scope


def bought(scope: Scope, where: dict[str, Any], *, least: int = 1) -> dict[str, Any]:
    """Return the rule of those who ordered so often in a scope, what ``where`` names."""
    days = {"from": scope.period.starts_on.isoformat(), "to": scope.period.last_day.isoformat()}
    narrowed = {**where}
    if scope.shop_id is not None:
        narrowed["shop"] = [scope.shop_id]
    if scope.country:
        narrowed["country"] = [scope.country]
    clause = {"orders": "count", "op": "at_least", "value": least, "period": days, "where": narrowed}
    members = [{"field": "segment", "op": "in", "value": [scope.segment]}] if scope.segment else []
    return {"all": [clause, *members]}
