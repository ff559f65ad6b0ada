"""What can be worked out: which facts, which measures of which columns, and of what kind that is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Facts(StrEnum):
    """What is looked at."""

    ORDERS = "orders"
    LINES = "lines"
    EVENTS = "events"


class Measure(StrEnum):
    """What is worked out over a customer's facts."""

    COUNT = "count"
    SUM = "sum"
    AVERAGE = "average"
    LEAST = "least"
    MOST = "most"
    FIRST = "first"
    LAST = "last"
    FAVORITE = "favorite"
    DISTINCT = "distinct"


class Sort(StrEnum):
    """What a column holds."""

    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    TEXT = "text"


# What can be asked of each kind of fact, and the warehouse's column; ``day`` and texts of products are joined in.
COLUMNS: Mapping[Facts, Mapping[str, Sort]] = {
    Facts.ORDERS: {
        "amount": Sort.MONEY, "lines": Sort.NUMBER, "day": Sort.DAY, "channel": Sort.TEXT, "country": Sort.TEXT,
        "city": Sort.TEXT,
    },
    Facts.LINES: {
        "amount": Sort.MONEY, "quantity": Sort.NUMBER, "day": Sort.DAY, "product": Sort.TEXT, "category": Sort.TEXT,
        "brand": Sort.TEXT,
    },
    Facts.EVENTS: {"value": Sort.MONEY, "day": Sort.DAY, "product": Sort.TEXT},
}  # fmt: skip

FITTING: Mapping[Measure, frozenset[Sort]] = {
    Measure.COUNT: frozenset(),
    Measure.SUM: frozenset({Sort.MONEY, Sort.NUMBER}),
    Measure.AVERAGE: frozenset({Sort.MONEY, Sort.NUMBER}),
    Measure.LEAST: frozenset({Sort.MONEY, Sort.NUMBER, Sort.DAY}),
    Measure.MOST: frozenset({Sort.MONEY, Sort.NUMBER, Sort.DAY}),
    Measure.FIRST: frozenset({Sort.DAY, Sort.TEXT, Sort.MONEY, Sort.NUMBER}),
    Measure.LAST: frozenset({Sort.DAY, Sort.TEXT, Sort.MONEY, Sort.NUMBER}),
    Measure.FAVORITE: frozenset({Sort.TEXT}),
    Measure.DISTINCT: frozenset({Sort.TEXT, Sort.DAY}),
}

# Filters each kind of fact knows; of several values of one, any will do.
FILTERS: Mapping[Facts, tuple[str, ...]] = {
    Facts.ORDERS: ("shop", "channel", "country"),
    Facts.LINES: ("shop", "category", "brand"),
    Facts.EVENTS: ("event", "product"),
}
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a value is worked out. ``days`` counts back from the day where the data ends; None is all time."""

    facts: Facts
    measure: Measure
    column: str = ""
    days: int | None = None
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def sort(self) -> Sort:
        """What the result holds.

        >>> Recipe(Facts.ORDERS, Measure.FIRST, "channel").sort
        <Sort.TEXT: 'text'>
        """
        if self.measure in (Measure.COUNT, Measure.DISTINCT):
            return Sort.NUMBER
        return COLUMNS[self.facts][self.column]

    def values_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a filter, none for all."""
        return dict(self.where).get(name, ())


def is_sound(recipe: Recipe) -> str:
    """Return which part of a recipe does not go with the others, "" if all do.

    >>> is_sound(Recipe(Facts.ORDERS, Measure.SUM, "channel")), is_sound(Recipe(Facts.ORDERS, Measure.COUNT))
    ('column', '')
    """
    fitting = FITTING[recipe.measure]
    if not fitting and recipe.column:
        return "column"
    if fitting and COLUMNS[recipe.facts].get(recipe.column) not in fitting:
        return "column"
    if recipe.days is not None and not 1 <= recipe.days <= MOST_DAYS:
        return "days"
    if recipe.facts is Facts.EVENTS and not recipe.values_of("event"):
        return "event"
    known = FILTERS[recipe.facts]
    return next((name for name, _values in recipe.where if name not in known), "")


def plain(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as plain JSON."""
    return {
        "facts": recipe.facts.value, "measure": recipe.measure.value, "column": recipe.column, "days": recipe.days,
        "where": {name: list(values) for name, values in recipe.where},
    }  # fmt: skip


def read(said: Mapping[str, Any]) -> Recipe:
    """Read what ``plain`` wrote."""
    where = tuple(sorted((name, tuple(values)) for name, values in said["where"].items() if values))
    return Recipe(Facts(said["facts"]), Measure(said["measure"]), said["column"], said["days"], where)
