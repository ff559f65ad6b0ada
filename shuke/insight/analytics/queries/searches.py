"""What visitors look for."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from math import sqrt

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import searches as expressions
from shuke.insight.analytics.engine.searches import LEAST_PEOPLE
from shuke.insight.analytics.queries.asking import ask_of_today
from shuke.insight.analytics.rules import Scope

__all__ = ["LEAST_PEOPLE", "Demand", "Rising", "Term", "demand", "rising"]

# Searches that both periods are granted beforehand: a term has to rise against them, not against nothing.
PRIOR = 5.0
# Standard errors by which a rise has to exceed chance.
NOTABLE = 2.0


@dataclass(frozen=True, slots=True)
class Term:
    """One term: searches, visitors, customers among them, of these who ordered within a week, and searches without result."""

    term: str
    searches: int
    people: int
    customers: int
    buyers: int
    answered: int
    without: int

    @property
    def buying(self) -> float | None:
        """Return the share of known searchers who ordered within a week."""
        return rules.ratio(self.buyers, self.customers)

    @property
    def empty(self) -> float | None:
        """Return the share of searches, of those whose shop told, that found nothing."""
        return rules.ratio(self.without, self.answered)


@dataclass(frozen=True, slots=True)
class Demand:
    """All terms that enough people looked for, and what the rare ones add up to."""

    terms: list[Term]
    rare_searches: int
    rare_terms: int
    searches: int
    answered: int
    without: int


@dataclass(frozen=True, slots=True)
class Rising:
    """A term looked for more often than before: by which factor, held back where little is known."""

    term: str
    now: int
    then: int
    factor: float


def demand(scope: Scope) -> Demand:
    """Return what was looked for in a scope."""
    rows = ask_of_today(expressions.terms, scope)
    shown = [Term(**row) for row in rows if row["people"] >= LEAST_PEOPLE]
    rare = [row for row in rows if row["people"] < LEAST_PEOPLE]
    return Demand(
        _joined(shown), sum(row["searches"] for row in rare), len(rare), sum(row["searches"] for row in rows),
        sum(row["answered"] for row in rows), sum(row["without"] for row in rows),
    )  # fmt: skip


def rising(scope: Scope, before: Scope) -> list[Rising]:
    """Return terms that rose by more than chance between two periods, the strongest first.

    Both counts are held against all searches of their period. The factor is shrunk towards one by ``PRIOR`` searches, and the
    rise has to exceed twice its standard error, so that three searches after none are no trend.
    """
    now, then = ask_of_today(expressions.counts, scope), ask_of_today(expressions.counts, before)
    total_now, total_then = sum(row["searches"] for row in now), sum(row["searches"] for row in then)
    if not total_now or not total_then:
        return []
    earlier = {row["term"]: row["searches"] for row in then}
    scale, found = total_now / total_then, []
    for row in now:
        if row["people"] < LEAST_PEOPLE:
            continue
        expected = earlier.get(row["term"], 0) * scale
        surplus = row["searches"] - expected
        if surplus > NOTABLE * sqrt(row["searches"] + expected * scale + 1):
            factor = (row["searches"] + PRIOR) / (expected + PRIOR)
            found.append(Rising(row["term"], row["searches"], earlier.get(row["term"], 0), factor))
    return sorted(found, key=lambda each: (-each.factor, each.term))


def _joined(terms: list[Term]) -> list[Term]:
    """Join terms that differ only in how their letters are written: full width, composed accents."""
    groups: dict[str, list[Term]] = defaultdict(list)
    for each in terms:
        groups[unicodedata.normalize("NFKC", each.term)].append(each)
    return sorted((max(found, key=lambda one: one.searches) if len(found) == 1 else _sum(name, found)
                   for name, found in groups.items()), key=lambda one: (-one.searches, one.term))  # fmt: skip


def _sum(name: str, found: list[Term]) -> Term:
    return Term(name, *(sum(getattr(one, each) for one in found) for each in (
        "searches", "people", "customers", "buyers", "answered", "without",
    )))  # fmt: skip
