"""From rows of the warehouse to series without gaps: a day without rows is a day on which nothing happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from shuke.insight.forecasts import rules
from shuke.insight.forecasts.rules import CATEGORY, COMPANY, SHOP, SeriesKey, Step

Array = Any
Rows = Iterable[Mapping[str, Any]]

# Behind the conversion rate; no series of its own.
CONVERTED = "converted"


@dataclass(slots=True)
class History:
    """Series of one step over one calendar: ``length`` steps from ``first``."""

    step: Step
    first: date
    length: int
    series: dict[SeriesKey, Array] = field(default_factory=dict)

    def row(self, key: SeriesKey) -> Array:
        """Return the values of a series to write into, zeros at first."""
        return self.series.setdefault(key, np.zeros(self.length))

    def day(self, place: int) -> date:
        """Return the first day of a step."""
        return self.first + timedelta(days=place * self.step.days)

    def starts(self, key: SeriesKey) -> int:
        """Return the place of the first value that is not zero."""
        found = np.flatnonzero(self.series[key])
        return int(found[0]) if len(found) else self.length


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: rows by day and shop, by day and category, visits by day and source, and what others declared."""

    shops: Rows
    categories: Rows
    visits: Rows
    # Shops by the source of events.
    sources: Mapping[str, int]
    declared: Mapping[str, Rows]


def daily(found: Found, first: date, until: date) -> History:
    """Return the series by day, from ``first`` to ``until``."""
    history = History(Step.DAY, first, (until - first).days + 1)
    for row in found.shops:
        place = _place(history, row["day"])
        if place is None:
            continue
        sums = {
            rules.GROSS: row["gross"], rules.REFUNDS: row["refunds"], rules.ORDERS: row["orders"], rules.NEW: row["new"],
            rules.NET: row["gross"] - row["refunds"] + row["adjustments"],
        }  # fmt: skip
        _add(history, place, sums, row["shop_id"])
    for row in found.visits:
        place = _place(history, row["day"])
        if place is not None:
            sums = {rules.VISITORS: row["visitors"], CONVERTED: row["converted"]}
            _add(history, place, sums, found.sources.get(row["source"]))
    for measure, rows in found.declared.items():
        for row in rows:
            place = _place(history, row["day"])
            if place is not None:
                _add(history, place, {measure: row["value"]}, row["shop_id"] or None)
    _add_categories(history, found.categories)
    return _finished(history)


def _add(history: History, place: int, sums: Mapping[str, float], shop_id: int | None) -> None:
    for measure, value in sums.items():
        history.row(SeriesKey(measure))[place] += value
        if shop_id is not None:
            history.row(SeriesKey(measure, SHOP, str(shop_id)))[place] += value


def _add_categories(history: History, rows: Rows) -> None:
    """Add the categories that sold most."""
    size: dict[str, float] = {}
    kept = [(place, row) for row in rows if (place := _place(history, row["day"])) is not None]
    for _where, row in kept:
        size[row["category"]] = size.get(row["category"], 0) + row["gross"]
    largest = set(sorted(size, key=lambda name: (-size[name], name))[: rules.MOST_CATEGORIES])
    for place, row in kept:
        if row["category"] in largest:
            for measure, value in (
                (rules.GROSS, row["gross"]), (rules.REFUNDS, row["refunds"]), (rules.ORDERS, row["orders"]),
                (rules.NET, row["gross"] - row["refunds"]),
            ):  # fmt: skip
                history.row(SeriesKey(measure, CATEGORY, row["category"]))[place] += value


def _place(history: History, day: date) -> int | None:
    place = (day - history.first).days
    return place if 0 <= place < history.length else None


def weekly(history: History) -> History:
    """Return the series by week, Monday to Sunday; weeks that are not whole are left out."""
    begins = history.first + timedelta(days=-history.first.weekday() % 7)
    skip = (begins - history.first).days
    weeks = max((history.length - skip) // 7, 0)
    made = History(Step.WEEK, begins, weeks)
    for key, values in history.series.items():
        if key.measure != rules.CONVERSION:
            made.series[key] = values[skip : skip + 7 * weeks].reshape(weeks, 7).sum(axis=1)
    for shop in {(key.scope, key.scope_key) for key in history.series if key.measure == rules.CONVERSION}:
        made.series[SeriesKey(CONVERTED, *shop)] = (
            _converted(history, *shop)[skip : skip + 7 * weeks].reshape(weeks, 7).sum(axis=1)
        )
    return _finished(made)


def _converted(history: History, scope: str, scope_key: str) -> Array:
    rate = history.series[SeriesKey(rules.CONVERSION, scope, scope_key)]
    return rate * history.series[SeriesKey(rules.VISITORS, scope, scope_key)] / 100


def _finished(history: History) -> History:
    """Put the conversion rate in the place of who bought: per cent of visitors, the usual where nobody came."""
    for key in [key for key in history.series if key.measure == CONVERTED]:
        bought = history.series.pop(key)
        visitors = history.series[SeriesKey(rules.VISITORS, key.scope, key.scope_key)]
        usual = 100 * bought.sum() / visitors.sum() if visitors.sum() else 0.0
        rate = np.where(visitors > 0, 100 * bought / np.maximum(visitors, 1), usual)
        begun = np.flatnonzero(visitors)
        if len(begun):
            rate[: begun[0]] = 0.0
            history.series[SeriesKey(rules.CONVERSION, key.scope, key.scope_key)] = rate
    if not any(values.any() for key, values in history.series.items() if key.measure == rules.VISITORS):
        history.series = {key: values for key, values in history.series.items() if key.measure != rules.VISITORS}
    return history


def scopes_of(history: History) -> list[tuple[str, str]]:
    """Return what there are series of: the company, then shops, then categories."""
    found = {(key.scope, key.scope_key) for key in history.series}
    order = {COMPANY: 0, SHOP: 1, CATEGORY: 2}
    return sorted(found, key=lambda one: (order[one[0]], one[1]))
