"""Results in the types the expression promised."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]


def typed(rows: list[Row], expression: Any) -> list[Row]:
    """Return ``rows`` with whole numbers as ``int`` and days as ``date``.

    Engines answer a sum of integers as a decimal and a truncated date as a timestamp, each in its own way.
    """
    casts = {name: cast for name, kind in expression.schema().items() if (cast := _cast(kind)) is not None}
    return [
        {name: value if value is None or name not in casts else casts[name](value) for name, value in row.items()}
        for row in rows
    ]


def _cast(kind: Any) -> Callable[[Any], Any] | None:
    if kind.is_integer():
        return int
    if kind.is_floating():
        return float
    return _day if kind.is_date() else None


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
