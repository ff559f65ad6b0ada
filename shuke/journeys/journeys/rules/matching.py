"""Whether an event is the one that is waited for."""

import math
from collections.abc import Mapping
from typing import Any

from shuke.journeys.journeys.rules.graph import Signal


def fits(signal: Signal, name: str, properties: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    """Whether an event fulfils a signal; ``context`` is what set the journey off, for conditions that compare with it.

    >>> cart = Signal("checkout.recovered", ({"property": "checkout_id", "op": "same"},))
    >>> fits(cart, "checkout.recovered", {"checkout_id": 7}, {"checkout_id": 7})
    True
    >>> fits(cart, "checkout.recovered", {"checkout_id": 8}, {"checkout_id": 7})
    False
    """
    return signal.event == name and all(_holds(one, properties, context) for one in signal.where)


def _holds(condition: Mapping[str, Any], properties: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    name, op = str(condition["property"]), condition["op"]
    said = _found(name, properties)
    if op == "exists":
        return said is not None
    if op == "same":
        return said is not None and said == _found(name, context)
    return said is not None and _compares(op, said, condition.get("value"))


def _found(name: str, properties: Mapping[str, Any]) -> Any:
    """Return a property, by its name or by a way through objects: ``product.price``."""
    if name in properties:
        return properties[name]
    here: Any = properties
    for part in name.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def _compares(op: str, said: Any, wanted: Any) -> bool:
    if op == "in":
        options = wanted if isinstance(wanted, list | tuple) else str(wanted).split(",")
        return any(_is_equal(said, one) for one in options)
    if op == "contains":
        if isinstance(said, list | tuple):
            return any(_is_equal(one, wanted) for one in said)
        return str(wanted).casefold() in str(said).casefold()
    if op in ("eq", "ne"):
        return _is_equal(said, wanted) is (op == "eq")
    a, b = _number(said), _number(wanted)
    if a is None or b is None:
        return False
    return {"gt": a > b, "ge": a >= b, "lt": a < b, "le": a <= b}[op]


def _is_equal(said: Any, wanted: Any) -> bool:
    a, b = _number(said), _number(wanted)
    if a is not None and b is not None:
        return a == b
    return str(said).strip().casefold() == str(wanted).strip().casefold()


def _number(said: Any) -> float | None:
    if isinstance(said, bool):
        return None
    try:
        found = float(said)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
