"""Asking the warehouse."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.analytics.engine.results import Row, typed

_REMEMBERED = 512


def ask(make: Callable[..., Any], *arguments: Any, **options: Any) -> list[Row]:
    """Evaluate the expression that ``make(tables, …)`` returns; its rows come in the types it promised."""
    expression = _built(make, *arguments, **options)
    return typed(warehouse.rows(expression), expression)


def ask_one(make: Callable[..., Any], *arguments: Any, **options: Any) -> Row:
    """Evaluate an expression that has exactly one row."""
    (row,) = ask(make, *arguments, **options)
    return row


def ask_of_today(make: Callable[..., Any], *arguments: Any, **options: Any) -> list[Row]:
    """Evaluate an expression over tables as they stand today: what events say of customers who were joined or split since.

    It is put together anew each time, since what has to be joined depends on the state of the warehouse.
    """
    expression = make(warehouse.today, *arguments, **options)
    return typed(warehouse.rows(expression), expression)


@lru_cache(maxsize=_REMEMBERED)
def _built(make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Put an expression together, which takes longer than many answers do, once per question."""
    return make(warehouse.table, *arguments, **options)
