"""A funnel as rules of segments: who came as far as each step, and who went no further.

Steps follow each other in the order given, each later than the one before and, where that is said, within so many
days of it. A rule can be counted, opened, explained for any one customer and saved, and so can every part of a funnel.
"""

from dataclasses import dataclass
from typing import Any

from shuke.insight.analytics.rules import Period

# Stands for an order among the names of events; no shop can send an event of this name.
ORDER = "order:placed"
MOST_STEPS = 6
Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Funnel:
    """At least two steps, by name of event or ``ORDER``; ``within_days`` None lets any time pass between two."""

    steps: tuple[str, ...]
    period: Period
    within_days: int | None = None

    def reached(self, step: int) -> Rule:
        """Return the rule of those who came as far as a step, counted from 0.

        >>> from datetime import date
        >>> funnel = Funnel(("Product Viewed", ORDER), Period(date(2024, 1, 1), date(2024, 2, 1)), 3)
        >>> funnel.reached(0)["all"][0]["event"], funnel.reached(1)["all"][0]["sequence"][1]
        ('Product Viewed', {'order': 'placed', 'within': {'days': 3}})
        """
        return {"all": [self._clause(step)]}

    def left_after(self, step: int) -> Rule:
        """Return the rule of those who came as far as a step and not to the next."""
        return {"all": [self._clause(step), {"none": [self._clause(step + 1)]}]}

    def _clause(self, step: int) -> Rule:
        days = {"from": self.period.starts_on.isoformat(), "to": self.period.last_day.isoformat()}
        if step:
            steps = [self._step(number) for number in range(step + 1)]
            return {"sequence": steps, "op": "did", "period": days}
        if self.steps[0] == ORDER:
            return {"orders": "count", "op": "at_least", "value": 1, "period": days}
        return {"event": self.steps[0], "op": "did", "period": days}

    def _step(self, number: int) -> Rule:
        name = self.steps[number]
        said: Rule = {"order": "placed"} if name == ORDER else {"event": name}
        if number and self.within_days is not None:
            said["within"] = {"days": self.within_days}
        return said
