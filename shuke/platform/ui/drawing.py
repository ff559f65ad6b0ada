"""Chart descriptions drawn as SVG on the server, for paper: what the island draws in a browser, without its movement.

Nothing is measured: widths of letters are estimated, and what does not fit is left out rather than laid over another.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from math import cos, floor, log10, pi, sin
from typing import Any
from unicodedata import east_asian_width

from shuke.platform.ui import charts, formats

Spec = dict[str, Any]
INK, MUTED, LINE = "#2a2521", "#6b635b", "#e6e0d8"
SERIES = ("#c2582c", "#2f7f86", "#d6a03a", "#5a67b8", "#8f9d4d", "#9a5b8f", "#6f9fc2", "#a2938a")
HEAT = (
    "#fbf4ee", "#f9e8db", "#f6d9c4", "#f2c7a9", "#ecb28c", "#e49a6f", "#d98254", "#c9693b", "#b25126", "#943d17",
)  # fmt: skip
_DARK_FROM = 7
_LETTER = 10.0
_MOST_ROWS, _MOST_COLUMNS, _MOST_BARS = 24, 31, 20
_ROW_HEIGHT, _MOST_WIDE = 20.0, 72.0


@dataclass(slots=True)
class _Sheet:
    """A drawing that is being made."""

    width: float
    height: float
    parts: list[str] = field(default_factory=list)

    def add(self, name: str, **said: Any) -> None:
        told = " ".join(f'{key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"' for key, value in said.items())
        self.parts.append(f"<{name} {told}/>")

    def text(self, x: float, y: float, words: str, *, anchor: str = "start", fill: str = MUTED) -> None:
        self.parts.append(
            f'<text x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{_LETTER:g}">'
            f"{escape(words)}</text>"
        )

    def written(self) -> str:
        size = f'width="{_short(self.width)}" height="{_short(self.height)}" viewBox="0 0 {_short(self.width)} {_short(self.height)}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(self.parts)}</svg>'


def svg(spec: Spec, *, width: float = 660, height: float = 200) -> str:
    """Return a chart as SVG; "" where there is nothing to draw, or for a kind that paper says better as a table."""
    if not spec["categories"] or not any(_figures(spec)):
        return ""
    kind = spec["kind"]
    if kind in {"heatmap", "grid"}:
        return _matrix(spec, width)
    if kind == "pie":
        return _pie(spec, width, height)
    if kind == "bar" and spec.get("horizontal"):
        return _lying_bars(spec, width)
    return _upright(spec, width, height) if kind in {"bar", "line", "area"} else ""


def _figures(spec: Spec) -> list[float]:
    return [float(value) for series in spec["series"] for value in series["values"] if value is not None]


def _short(value: Any) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _long(words: str) -> float:
    """Return about how wide a text is: letters of East Asia are square, others two thirds as wide at most."""
    return sum(_LETTER if east_asian_width(letter) in "WF" else _LETTER * 0.64 for letter in words)


def _fitting(words: str, width: float) -> str:
    """Return as much of a text as fits."""
    if _long(words) <= width:
        return words
    while words and _long(f"{words}…") > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


# -- axes


def ticks(least: float, most: float, wanted: int = 4) -> list[float]:
    """Return round figures from at or below the least to at or above the most; zero is among them.

    >>> ticks(0, 87), ticks(-3, 9)
    ([0.0, 25.0, 50.0, 75.0, 100.0], [-5.0, 0.0, 5.0, 10.0])
    """
    low, high = min(least, 0.0), max(most, 0.0)
    if high <= low:
        high = low + 1.0
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= rough * 0.999)
    first, last = floor(low / step), -floor(-high / step)
    return [float(place * step) for place in range(int(first), int(last) + 1)]


def _tick(value: float, spec: Spec, series: Spec | None = None) -> str:
    kind = (series or {}).get("format") or spec.get("format") or "number"
    if kind == "money":
        return formats.money_short(round(value), spec.get("currency", ""))
    return formats.percent(value) if kind == "percent" else formats.number_short(round(value, 6))


# -- upright bars and lines


@dataclass(frozen=True, slots=True)
class _Plot:
    """Where a figure stands: the frame of the plot and its scale."""

    left: float
    right: float
    top: float
    bottom: float
    least: float
    most: float
    places: int

    def y(self, value: float) -> float:
        return self.bottom - (value - self.least) / (self.most - self.least) * (self.bottom - self.top)

    def x(self, place: float) -> float:
        """Return the middle of a category."""
        return self.left + (place + 0.5) * self.step

    @property
    def step(self) -> float:
        return (self.right - self.left) / self.places


def _upright(spec: Spec, width: float, height: float) -> str:
    found, sheet = spec["series"], _Sheet(width, height)
    top = _legend(sheet, spec)
    values = _stacks(spec) if spec.get("stacked") else _figures(spec)
    bounds = [
        float(one) for each in found for side in ("low", "high") for one in each.get(side) or () if one is not None
    ]
    scale = ticks(min([*values, *bounds]), max([*values, *bounds]))
    labels = [_tick(value, spec, found[0]) for value in scale]
    left = max(_long(label) for label in labels) + 8
    plot = _Plot(left, width - 6, top + 6, height - 20, scale[0], scale[-1], len(spec["categories"]))
    for value, label in zip(scale, labels, strict=True):
        sheet.add(
            "line", x1=plot.left, x2=plot.right, y1=plot.y(value), y2=plot.y(value), stroke=LINE if value else MUTED
        )
        sheet.text(left - 6, plot.y(value) + 3.5, label, anchor="end")
    _categories(sheet, plot, spec["categories"])
    bars = [one for one in found if _kind_of(spec, one) == "bar"]
    _bars(sheet, plot, spec, bars)
    for series in found:
        if series not in bars:
            _line(sheet, plot, spec, series)
    return sheet.written()


def _kind_of(spec: Spec, series: Spec) -> str:
    kind = str(series.get("kind") or spec["kind"])
    # What it is compared with is a line over bars, so that both can be read.
    return "line" if kind == "bar" and series.get("compare") else kind


def _colour(spec: Spec, series: Spec) -> str:
    same = [one for one in spec["series"] if bool(one.get("compare")) == bool(series.get("compare"))]
    return SERIES[next(place for place, one in enumerate(same) if one is series) % len(SERIES)]


def _stacks(spec: Spec) -> list[float]:
    sides: list[float] = []
    for place in range(len(spec["categories"])):
        values = [float(one["values"][place] or 0) for one in spec["series"]]
        sides += [sum(value for value in values if value > 0), sum(value for value in values if value < 0)]
    return sides


def _legend(sheet: _Sheet, spec: Spec) -> float:
    """Write which colour is what, and return how high that is; one series needs none."""
    if len(spec["series"]) < 2:
        return 4.0
    x, y = 0.0, 10.0
    for series in spec["series"]:
        name = _fitting(str(series["name"]), 180)
        if x and x + _long(name) + 16 > sheet.width:
            x, y = 0.0, y + 14
        faint = {"opacity": 0.45} if series.get("compare") else {}
        sheet.add("rect", x=x, y=y - 8, width=9, height=9, rx=2, fill=_colour(spec, series), **faint)
        sheet.text(x + 13, y, name, fill=INK)
        x += _long(name) + 30
    return y + 8


def _categories(sheet: _Sheet, plot: _Plot, names: Sequence[Any]) -> None:
    """Write the names below, only as many as fit beside each other."""
    widest = max(_long(str(name)) for name in names) + 8
    every = max(1, -floor(-widest / plot.step)) if widest > plot.step else 1
    for place in range(0, len(names), every):
        sheet.text(plot.x(place), plot.bottom + 14, _fitting(str(names[place]), plot.step * every), anchor="middle")


def _bars(sheet: _Sheet, plot: _Plot, spec: Spec, bars: list[Spec]) -> None:
    stacked = bool(spec.get("stacked"))
    room = min(plot.step * 0.72, 44.0 * max(1, 1 if stacked else len(bars)))
    wide = room if stacked else room / max(1, len(bars))
    heaps: dict[tuple[int, bool], float] = {}
    for number, series in enumerate(bars):
        for place, value in enumerate(series["values"]):
            if not value:
                continue
            start = heaps.get((place, value > 0), 0.0) if stacked else 0.0
            heaps[place, value > 0] = start + value
            top, bottom = plot.y(max(start, start + value)), plot.y(min(start, start + value))
            x = plot.x(place) - room / 2 + (0 if stacked else number * wide)
            sheet.add(
                "rect", x=x + wide * 0.04, y=top, width=wide * 0.92, height=max(bottom - top, 0.5), rx=1.5, fill=_colour(spec, series)
            )  # fmt: skip


def _line(sheet: _Sheet, plot: _Plot, spec: Spec, series: Spec) -> None:
    colour, faint = _colour(spec, series), bool(series.get("compare"))
    if series.get("low") and series.get("high"):
        for run in _runs(zip(series["low"], series["high"], strict=True)):
            above = [f"{_short(plot.x(place))},{_short(plot.y(high))}" for place, (_low, high) in run]
            below = [f"{_short(plot.x(place))},{_short(plot.y(low))}" for place, (low, _high) in reversed(run)]
            sheet.add("polygon", points=" ".join(above + below), fill=colour, opacity=0.16)
    for run in _runs((value,) for value in series["values"]):
        points = [(plot.x(place), plot.y(value)) for place, (value,) in run]
        drawn = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
        if _kind_of(spec, series) == "area":
            ends = f"{_short(points[-1][0])},{_short(plot.y(0))} {_short(points[0][0])},{_short(plot.y(0))}"
            sheet.add("polygon", points=f"{drawn} {ends}", fill=colour, opacity=0.14)
        told = {"opacity": 0.5, "stroke_dasharray": "4 3"} if faint else {}
        if len(points) == 1:
            sheet.add("circle", cx=points[0][0], cy=points[0][1], r=2.5, fill=colour)
        sheet.add(
            "polyline", points=drawn, fill="none", stroke=colour, stroke_width=1.8, stroke_linejoin="round", **told
        )


def _runs(values: Iterable[tuple[float | None, ...]]) -> Iterator[list[tuple[int, tuple[float, ...]]]]:
    """Yield the stretches without a gap, each figure with its place."""
    run: list[tuple[int, tuple[float, ...]]] = []
    for place, figures in enumerate(values):
        if any(figure is None for figure in figures):
            if run:
                yield run
            run = []
        else:
            run.append((place, tuple(float(figure) for figure in figures if figure is not None)))
    if run:
        yield run


# -- lying bars, pies, grids


def _lying_bars(spec: Spec, width: float) -> str:
    names = [str(name) for name in spec["categories"][:_MOST_BARS]]
    bars = [series for series in spec["series"] if not series.get("compare")]
    sheet = _Sheet(width, 0)
    top = _legend(sheet, {**spec, "series": bars})
    deep = _ROW_HEIGHT * max(1.0, 0.7 * len(bars))
    left = min(max(_long(name) for name in names) + 10, width * 0.36)
    right = width - 84
    figures = [float(value or 0) for series in bars for value in series["values"][: len(names)]]
    least, most = min(0.0, *figures), max(0.0, *figures)
    scale = (right - left) / ((most - least) or 1)
    zero = left - least * scale
    for place, name in enumerate(names):
        y = top + place * deep
        sheet.text(left - 8, y + deep / 2 + 3.5, _fitting(name, left - 10), anchor="end", fill=INK)
        thick = deep * 0.72 / len(bars)
        for number, series in enumerate(bars):
            value = float(series["values"][place] or 0)
            at = y + deep * 0.14 + number * thick
            start, end = sorted((zero, zero + value * scale))
            sheet.add(
                "rect",
                x=start,
                y=at,
                width=max(end - start, 0.5),
                height=thick * 0.94,
                rx=1.5,
                fill=_colour({**spec, "series": bars}, series),
            )
            sheet.text(end + 5, at + thick / 2 + 3.5, _tick(value, spec, series))
    sheet.height = top + deep * len(names) + 4
    return sheet.written()


def _pie(spec: Spec, width: float, height: float) -> str:
    values = [max(0.0, float(value or 0)) for value in spec["series"][0]["values"]]
    total = sum(values)
    if not total:
        return ""
    sheet, radius, hole = _Sheet(width, height), height / 2 - 8, height / 4 - 2
    middle, angle = height / 2, -pi / 2
    for place, value in enumerate(values):
        turn, colour = 2 * pi * value / total, SERIES[place % len(SERIES)]
        if turn >= 2 * pi - 1e-9:
            sheet.add(
                "circle",
                cx=middle,
                cy=middle,
                r=(radius + hole) / 2,
                fill="none",
                stroke=colour,
                stroke_width=radius - hole,
            )
        elif turn > 0:
            sheet.add(
                "path",
                d=_wedge(middle, radius, hole, angle, angle + turn),
                fill=colour,
                stroke="#fff",
                stroke_width=1.5,
            )
        angle += turn
    most = int((height - 10) // 16)
    for place, (name, value) in enumerate(zip(spec["categories"][:most], values, strict=False)):
        y = 20 + place * 16
        sheet.add("rect", x=height + 20, y=y - 8, width=9, height=9, rx=2, fill=SERIES[place % len(SERIES)])
        words = f"{_fitting(str(name), width - height - 180)}  {_tick(value, spec, spec['series'][0])}  {formats.percent(value / total)}"
        sheet.text(height + 34, y, words, fill=INK)
    return sheet.written()


def _wedge(middle: float, radius: float, hole: float, start: float, end: float) -> str:
    def at(distance: float, angle: float) -> str:
        return f"{_short(middle + distance * cos(angle))} {_short(middle + distance * sin(angle))}"

    large = int(end - start > pi)
    return (
        f"M{at(radius, start)} A{_short(radius)} {_short(radius)} 0 {large} 1 {at(radius, end)} "
        f"L{at(hole, end)} A{_short(hole)} {_short(hole)} 0 {large} 0 {at(hole, start)} Z"
    )


def _matrix(spec: Spec, width: float) -> str:
    """Draw a tinted table; of more columns than paper takes, the first."""
    found = charts.rows({**spec, "kind": "grid"})[:_MOST_ROWS]
    names = [str(name) for name in spec["categories"][:_MOST_COLUMNS]]
    left = min(max(_long(row.label) for row in found) + 10, width * 0.3)
    step, sheet = min((width - left) / len(names), _MOST_WIDE), _Sheet(width, 16 + _ROW_HEIGHT * len(found) + 2)
    every = max(1, -floor(-(max(_long(name) for name in names) + 4) / step))
    for place in range(0, len(names), every):
        sheet.text(left + (place + 0.5) * step, 11, _fitting(names[place], step * every), anchor="middle")
    for number, row in enumerate(found):
        y = 16 + number * _ROW_HEIGHT
        sheet.text(left - 8, y + _ROW_HEIGHT / 2 + 3.5, _fitting(row.label, left - 10), anchor="end", fill=INK)
        for place, cell in enumerate(row.cells[: len(names)]):
            if cell.heat is None:
                continue
            x = left + place * step
            sheet.add(
                "rect", x=x + 0.75, y=y + 0.75, width=step - 1.5, height=_ROW_HEIGHT - 1.5, rx=2, fill=HEAT[cell.heat]
            )
            if _long(cell.text) <= step - 3:
                fill = "#ffffff" if cell.heat >= _DARK_FROM else INK
                sheet.text(x + step / 2, y + _ROW_HEIGHT / 2 + 3.5, cell.text, anchor="middle", fill=fill)
    return sheet.written()
