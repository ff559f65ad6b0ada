"""What a sheet is made of: figures, verdicts, tables, charts, people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from shuke.platform.ui import formats

Spec = dict[str, Any]
GOOD, WARN, INFO = "good", "warn", "info"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with what it means."""

    label: str
    value: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence about what to trust, and whether it pleases."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: headings, and rows of written figures; the first column is text."""

    title: str
    subtitle: str
    head: list[str]
    rows: list[list[str]]

    @property
    def labelled(self) -> list[list[tuple[str, str]]]:
        """Return the rows with each figure's heading, for phones, where rows become cards."""
        return [list(zip(self.head, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its title."""

    id: str
    title: str
    subtitle: str
    spec: Spec


@dataclass(slots=True)
class Sheet:
    """Everything a back-test page shows of one prediction."""

    figures: list[Figure] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    people_title: str = ""
    people_head: list[str] = field(default_factory=list)
    segment: dict[str, Any] | None = None


def day(text: str) -> str:
    """Return a day written for the reader."""
    return formats.day(date.fromisoformat(text))


def number(value: float | None, digits: int = 2) -> str:
    """Return a number, a dash for none."""
    return "–" if value is None else formats.number(value, digits)


def points(value: float | None) -> str:
    """Return a difference of shares in points, with its sign."""
    return "–" if value is None else f"{'+' if value >= 0 else '−'}{formats.number(abs(value) * 100, 1)}"


def between(found: dict[str, float], *, percent: bool = False) -> str:
    """Return a difference with its interval."""
    if any(found.get(name) is None for name in ("value", "low", "high")):
        return "–"
    if percent:
        low, high = formats.percent(found["low"], 1), formats.percent(found["high"], 1)
        return _("%(value)s (%(low)s to %(high)s)") % {
            "value": formats.percent(found["value"], 1), "low": low, "high": high,
        }  # fmt: skip
    return _("%(value)s (%(low)s to %(high)s)") % {
        "value": points(found["value"]), "low": points(found["low"]), "high": points(found["high"]),
    }  # fmt: skip


def by_cutoff(rows: Sequence[Spec], named: Sequence[tuple[str, str]], kind: str = "number", currency: str = "") -> Spec:
    """Return a chart of some figures at every past day."""
    return {
        "kind": "bar", "format": kind, "currency": currency, "digits": 3 if kind == "number" else None,
        "categories": [day(row["cutoff"]) for row in rows],
        "series": [{"name": name, "values": [row.get(key) for row in rows]} for key, name in named],
    }  # fmt: skip


def calibration(rows: Sequence[Spec], kind: str, currency: str = "", *, digits: int | None = None) -> Spec:
    """Return promised against observed, by tenths of the promise."""
    return {
        "kind": "line", "format": kind, "currency": currency, "digits": digits, "x_name": _("Tenths of customers, lowest first"),
        "categories": [str(place) for place in range(1, len(rows) + 1)],
        "series": [
            {"name": _("Predicted"), "values": [_whole(row["predicted"], kind) for row in rows], "compare": True},
            {"name": _("What happened"), "values": [_whole(row["actual"], kind) for row in rows]},
        ],
    }  # fmt: skip


def _whole(value: float, kind: str) -> float:
    return round(value) if kind == "money" else value


def bars(
    name: str, labels: Sequence[str], values: Sequence[float], kind: str = "number", *, lying: bool = False
) -> Spec:
    """Return one series of bars."""
    return {
        "kind": "bar", "format": kind, "horizontal": lying, "categories": list(labels),
        "series": [{"name": name, "values": list(values)}],
    }  # fmt: skip
