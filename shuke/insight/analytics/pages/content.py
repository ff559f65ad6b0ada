"""What a report shows, said once: figures, charts and tables. The page, the file and the tile of a board are made from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shuke.insight.analytics import rules
from shuke.platform.ui import formats


@dataclass(frozen=True, slots=True)
class Stat:
    """A key figure, written out."""

    label: str
    value: str
    url: str = ""
    delta: float | None = None
    hint: str = ""
    good: str = "up"


@dataclass(frozen=True, slots=True)
class Card:
    """A chart with its heading; ``name`` is unique on its page."""

    name: str
    title: str
    chart: dict[str, Any]
    subtitle: str = ""
    height: str = "md"
    shows: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and how its cells are written (text, number, money, percent, day, change)."""

    label: str
    kind: str = "text"
    digits: int | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether cells stand to the right."""
        return self.kind not in {"text", "day"}

    def written(self, value: Any, currency: str) -> str:
        """Return a cell as people read it."""
        if value is None or value == "":
            return "–"
        if self.kind == "text":
            return str(value)
        if self.kind == "day":
            return formats.day(value)
        if self.kind == "change":
            return formats.change(value)
        return formats.figure(value, self.kind, currency, digits=self.digits)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells in the order of the columns; ``links`` by place of the column; a note stands under the first cell."""

    cells: Sequence[Any]
    links: dict[int, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table. ``name`` is unique in its report, and part of the address of its file."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    currency: str = ""
    subtitle: str = ""
    footer: str = ""
    empty: str = ""
    # How many rows a page shows; the file has all of them.
    most: int = 100

    @property
    def is_cut(self) -> bool:
        """Whether the page shows less than there is."""
        return len(self.rows) > self.most

    @property
    def written(self) -> list[tuple[list[dict[str, Any]], str]]:
        """The rows as templates need them: what each cell says, where it leads, under which heading."""
        return [
            (
                [
                    {"text": column.written(value, self.currency), "url": row.links.get(place, ""), "column": column}
                    for place, (column, value) in enumerate(zip(self.columns, row.cells, strict=True))
                ],
                row.note,
            )
            for row in self.rows[: self.most]
        ]


@dataclass(frozen=True, slots=True)
class Content:
    """A whole report. Rows of cards stand beside each other; ``notes`` are what a reader has to know."""

    title: str
    subtitle: str = ""
    stats: Sequence[Stat] = ()
    cards: Sequence[Sequence[Card]] = ()
    sheets: Sequence[Sheet] = ()
    notes: Sequence[str] = ()
    # What to say instead, where there is nothing.
    empty: str = ""
    hint: str = ""
    # The days it is about, where these are not those that were asked for.
    period_text: str = ""
    # Whether it is the report of its address: only that can be kept, and its tables taken out.
    is_whole: bool = True

    @property
    def first_chart(self) -> Card | None:
        """The chart that stands for the report on a board."""
        return next((card for row in self.cards for card in row), None)


def bars(
    names: Sequence[str], values: Sequence[Any], *, name: str, links: Sequence[str | None] = (), kind: str = "number",
    currency: str = "", horizontal: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return a chart of one series of bars."""
    return {
        "kind": "bar", "format": kind, "currency": currency, "horizontal": horizontal, "categories": list(names),
        "series": [{"name": name, "values": list(values), "links": [link or None for link in links]}],
    }  # fmt: skip


def money(minor: int | None, currency: str) -> str:
    """Return an amount written out, a dash where there is none."""
    return "–" if minor is None else formats.money(minor, currency)


def share(part: float | None, whole: float | None) -> str:
    """Return a share written out, a dash where it says nothing."""
    found = rules.ratio(part, whole)
    return "–" if found is None else formats.percent(found, 1)


def change(now: float | None, then: float | None) -> float | None:
    """Return the relative change; None where nothing was asked to compare with."""
    return rules.change(now, then)
