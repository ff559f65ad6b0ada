"""Sales by price band."""

from dataclasses import dataclass

from shuke.insight.analytics.engine import prices as expressions
from shuke.insight.analytics.queries.asking import ask, ask_one
from shuke.insight.analytics.rules import Scope

USUAL_PARTS = 5
MOST_CATEGORIES = 12


@dataclass(frozen=True, slots=True)
class Band:
    """What was sold at prices from ``low`` up to and without ``high`` (None is open), and to how many it is typical."""

    number: int
    low: int | None
    high: int | None
    lines: int = 0
    orders: int = 0
    buyers: int = 0
    quantity: float = 0.0
    gross_minor: int = 0
    typical: int = 0


def usual_limits(scope: Scope) -> tuple[int, ...]:
    """Return the limits that give five bands about equally many lines; fewer where prices are few, none without sales."""
    found = ask_one(expressions.quantiles, scope, USUAL_PARTS)
    cuts = [found[f"cut{number}"] for number in range(1, USUAL_PARTS)]
    return tuple(sorted({round(cut) for cut in cuts if cut is not None}))


def bands(scope: Scope, limits: tuple[int, ...]) -> list[Band]:
    """Return every band between the limits, the cheapest first."""
    found = {row["band"]: row for row in ask(expressions.bands, scope, limits)}
    typical = {row["band"]: row["customers"] for row in ask(expressions.typical, scope, limits)}
    edges: list[int | None] = [None, *limits, None]
    return [
        Band(
            number, edges[number], edges[number + 1], typical=typical.get(number, 0),
            **{name: value for name, value in found.get(number, {}).items() if name != "band"},
        )
        for number in range(len(limits) + 1)
    ]  # fmt: skip


def by_category(scope: Scope, limits: tuple[int, ...]) -> dict[str, list[int]]:
    """Return gross sales by category and band, the categories that sold most first."""
    found: dict[str, list[int]] = {}
    for row in ask(expressions.by_category, scope, limits, most=MOST_CATEGORIES):
        found.setdefault(row["category"], [0] * (len(limits) + 1))[row["band"]] = row["gross_minor"]
    return found
