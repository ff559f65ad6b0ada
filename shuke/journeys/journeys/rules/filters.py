"""Conditions on what an event says, as people type them: one a line, property, operator, value.

value_minor >= 10000
checkout_id same
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SIGNS = {
    "=": "eq",
    "==": "eq",
    "!=": "ne",
    "≠": "ne",
    ">": "gt",
    ">=": "ge",
    "≥": "ge",
    "<": "lt",
    "<=": "le",
    "≤": "le",
}
WORDS = {"contains": "contains", "in": "in", "exists": "exists", "same": "same"}
_LINE = re.compile(
    r"\s*(?P<property>[^\s=!<>≠≥≤]+)\s*(?P<op>==|!=|>=|<=|=|>|<|≠|≥|≤|contains\b|in\b|exists\b|same\b)\s*(?P<value>.*)"
)
_BY_OP = {"eq": "=", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def read(text: str) -> list[dict[str, Any]]:
    r"""Read conditions. Raises ``ValueError`` with the line that is none.

    >>> read("value_minor >= 10000\ncheckout_id same")
    [{'property': 'value_minor', 'op': 'ge', 'value': 10000}, {'property': 'checkout_id', 'op': 'same'}]
    """
    return [_condition(line) for line in text.splitlines() if line.strip()]


def _condition(line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(line.strip())
    op, value = SIGNS.get(found["op"]) or WORDS[found["op"]], found["value"].strip()
    if op in ("exists", "same"):
        if value:
            raise ValueError(line.strip())
        return {"property": found["property"], "op": op}
    if not value:
        raise ValueError(line.strip())
    if op == "in":
        return {"property": found["property"], "op": op, "value": [_plain(one.strip()) for one in value.split(",")]}
    return {"property": found["property"], "op": op, "value": _plain(value)}


def _plain(value: str) -> Any:
    if re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    return value.strip("\"'“”")


def write(where: Sequence[Mapping[str, Any]]) -> str:
    """Write conditions so that they are read as they are.

    >>> write([{"property": "tag", "op": "in", "value": ["a", "b"]}])
    'tag in a, b'
    """
    return "\n".join(_line(one) for one in where)


def _line(one: Mapping[str, Any]) -> str:
    op, value = str(one["op"]), one.get("value", "")
    if op in ("exists", "same"):
        return f"{one['property']} {op}"
    said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return f"{one['property']} {_BY_OP.get(op, op)} {said}"
