"""When people buy."""

from dataclasses import dataclass

from shuke.insight.analytics.engine import times as expressions
from shuke.insight.analytics.queries.asking import ask
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
