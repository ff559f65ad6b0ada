"""Chart descriptions made ready for a page: what the island draws, and the table that says the same in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shuke.kernel.money import minor_digits
from shuke.platform.ui import formats

HEAT_STEPS = 10
# Kinds whose series are the rows of a table and whose categories are its columns.
_MATRICES = frozenset({"heatmap", "grid", "sankey"})
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a chart, written out, with the page behind it and the depth of its tint (None: empty)."""

    text: str
    url: str
    heat: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a chart's table."""

    label: str
    cells: tuple[Cell, ...]
    total: str = ""


def for_browser(spec: Spec) -> Spec:
    """Return the description with the digits of its currency, which the browser must not guess."""
    return {**spec, "minor_units": minor_digits(spec.get("currency", ""))}


def columns(spec: Spec) -> list[str]:
    """Return the headings of the chart's table, without the first column's."""
    if spec["kind"] in _MATRICES:
        return [str(name) for name in spec["categories"]]
    return [str(series["name"]) for series in spec["series"]]


def rows(spec: Spec) -> list[Row]:
    """Return the chart's table: one row per category, or per series where a series is a row."""
    if spec["kind"] in _MATRICES:
        return _grid_rows(spec)
    return [
        Row(str(category), tuple(_cell(spec, series, place) for series in spec["series"]))
        for place, category in enumerate(spec["categories"])
    ]


def heat(value: float | None, most: float) -> int | None:
    """Return the tint of a cell, 0 to 9.

    Follows the square root: a grid has a few large figures and many small ones, and the small ones must still be
    told apart.

    >>> heat(0, 100), heat(25, 100), heat(100, 100), heat(None, 100)
    (0, 5, 9, None)
    """
    if value is None:
        return None
    if most <= 0 or value <= 0:
        return 0
    return min(HEAT_STEPS - 1, int(math.sqrt(value / most) * HEAT_STEPS))


def _grid_rows(spec: Spec) -> list[Row]:
    figures = [value for series in spec["series"] for value in series["values"] if value is not None]
    most = float(spec.get("max") or max(figures, default=0))
    totals: Sequence[Any] = spec.get("total", ())
    found = []
    for place, series in enumerate(spec["series"]):
        cells = tuple(_cell(spec, series, column, most=most) for column in range(len(spec["categories"])))
        total = (
            formats.figure(totals[place], spec.get("total_format", "number"), spec.get("currency", ""))
            if totals
            else ""
        )
        found.append(Row(str(series["name"]), cells, total))
    return found


def _cell(spec: Spec, series: Spec, place: int, *, most: float = 0) -> Cell:
    value = _at(series["values"], place)
    kind = series.get("format") or spec.get("format", "number")
    text = formats.figure(value, kind, spec.get("currency", ""), digits=spec.get("digits"))
    shared = spec.get("links") if spec["kind"] != "grid" else None
    url = _at(series.get("links"), place) or _at(shared, place) or ""
    detail = _at(series.get("details"), place) or ""
    low, high = _at(series.get("low"), place), _at(series.get("high"), place)
    if low is not None and high is not None:
        ends = (formats.figure(end, kind, spec.get("currency", ""), digits=spec.get("digits")) for end in (low, high))
        text = f"{text} ({' – '.join(ends)})"
    return Cell("" if value is None else text, url, heat(value, most), str(detail))


def _at(values: Sequence[Any] | None, place: int) -> Any:
    return values[place] if values is not None and place < len(values) else None
