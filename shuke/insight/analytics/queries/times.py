"""When people buy, and when they look."""

from dataclasses import dataclass

from shuke.insight.analytics.engine import times as expressions
from shuke.insight.analytics.queries.asking import ask, ask_of_today
from shuke.insight.analytics.rules import Scope

HOURS, WEEKDAYS = 24, 7


@dataclass(frozen=True, slots=True)
class Slot:
    """Sales of one hour of one weekday (0 is Monday)."""

    weekday: int
    hour: int
    orders: int = 0
    gross_minor: int = 0


def week(scope: Scope) -> list[list[Slot]]:
    """Return seven days of twenty-four slots, quiet ones with zeros."""
    found = {(row["weekday"], row["hour"]): Slot(**row) for row in ask(expressions.hours, scope)}
    return [[found.get((day, hour), Slot(day, hour)) for hour in range(HOURS)] for day in range(WEEKDAYS)]


def visits(scope: Scope) -> list[list[int]]:
    """Return how many visits began in each hour of each weekday."""
    found = {(row["weekday"], row["hour"]): row["visits"] for row in ask_of_today(expressions.visits, scope)}
    return [[found.get((day, hour), 0) for hour in range(HOURS)] for day in range(WEEKDAYS)]
