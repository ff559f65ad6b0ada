"""Asking the warehouse."""

from typing import Any

from shuke.cdp.warehouse import queries as warehouse
from shuke.insight.analytics.engine.results import Row, typed

tables = warehouse.table


def ask(expression: Any) -> list[Row]:
    """Evaluate an expression and return its rows in the types it promised."""
    return typed(warehouse.rows(expression), expression)


def ask_one(expression: Any) -> Row:
    """Evaluate an expression that has exactly one row."""
    (row,) = ask(expression)
    return row
