"""How far people came in a funnel."""

from shuke.insight.analytics.engine.funnels import Funnel
from shuke.insight.segments import queries as segments

# By what a funnel may be divided: a column that every customer has.
DIVISIONS = ("country", "rfm_group", "tier")
MOST_PARTS = 8


def reached(funnel: Funnel) -> list[int]:
    """Return how many customers came as far as each step."""
    rules = {str(step): funnel.reached(step) for step in range(len(funnel.steps))}
    counts = segments.counted(rules)
    return [counts.get((name, None), 0) for name in rules]


def reached_by(funnel: Funnel, division: str) -> dict[str, list[int]]:
    """Return the same for each value of a division, those with most people first; "" where it is not known."""
    rules = {str(step): funnel.reached(step) for step in range(len(funnel.steps))}
    counts = segments.counted(rules, by=division)
    parts = sorted({part or "" for _step, part in counts}, key=lambda part: -_of(counts, "0", part))
    return {part: [_of(counts, step, part) for step in rules] for part in parts[:MOST_PARTS]}


def _of(counts: dict[tuple[str, str | None], int], step: str, part: str) -> int:
    return counts.get((step, part), 0) + (counts.get((step, None), 0) if not part else 0)
