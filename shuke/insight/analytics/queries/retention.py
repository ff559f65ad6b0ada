"""Whether customers come back after they began."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from shuke.insight.analytics import rules
from shuke.insight.analytics.engine import retention as expressions
from shuke.insight.analytics.engine.retention import UNIT_DAYS, Retention
from shuke.insight.analytics.queries.asking import ask_of_today
from shuke.insight.analytics.rules import Period, Scope

__all__ = ["Line", "Retention", "lines"]


@dataclass(frozen=True, slots=True)
class Line:
    """One cohort: how many began, and by age how many of ``eligible`` came back; None where that time is not over.

    By the calendar the last age may still be going on; ``is_open`` says so.
    """

    cohort: Period
    size: int
    back: tuple[int | None, ...]
    eligible: tuple[int, ...]
    is_open: bool

    def share(self, age: int) -> float | None:
        """Return the share of those who could, that came back."""
        return rules.ratio(self.back[age], self.eligible[age]) if age < len(self.back) else None


def lines(asked: Retention, scope: Scope, *, ages: int, is_unbounded: bool) -> list[Line]:
    """Return the cohorts of a period, oldest first, empty ones with zeros."""
    began: dict[date, dict[int, int]] = defaultdict(dict)
    for row in ask_of_today(expressions.sizes, asked, scope):
        began[row["cohort"]][row["whole"]] = row["customers"]
    came: dict[date, dict[int, int]] = defaultdict(dict)
    for row in ask_of_today(expressions.lasting if is_unbounded else expressions.cells, asked, scope):
        came[row["cohort"]][row["age"]] = row["customers"]
    found = []
    for part in rules.steps(asked.period, asked.step):
        start = rules.start_of(asked.step, part.starts_on)
        cohort = Period(start, rules.next_start(asked.step, start))
        found.append(_line(asked, cohort, began[start], came[start], ages=ages, is_unbounded=is_unbounded))
    return found


def _line(
    asked: Retention, cohort: Period, began: dict[int, int], came: dict[int, int], *, ages: int, is_unbounded: bool
) -> Line:
    size, back, eligible = sum(began.values()), [], []
    for age in range(min(ages, _ages(asked, cohort)) if size else 0):
        # Only those for whom the whole step of time has passed can be judged; by the calendar all stand alike.
        could = sum(count for whole, count in began.items() if whole > age) if asked.is_rolling else size
        if asked.is_rolling and not could:
            break
        eligible.append(could)
        back.append(sum(count for at, count in came.items() if at >= age) if is_unbounded else came.get(age, 0))
    is_open = not asked.is_rolling and bool(back) and _start(asked, cohort, len(back)) > asked.until.ends_on
    return Line(cohort, size, tuple(back), tuple(eligible), is_open)


def _ages(asked: Retention, cohort: Period) -> int:
    """How many steps have begun since the cohort's first."""
    last = asked.until.last_day
    if asked.is_rolling:
        return (last - cohort.starts_on).days // UNIT_DAYS[asked.step] + 1
    number = 0
    while _start(asked, cohort, number) <= last:
        number += 1
    return number


def _start(asked: Retention, cohort: Period, age: int) -> date:
    start = cohort.starts_on
    for _each in range(age):
        start = rules.next_start(asked.step, start)
    return start
