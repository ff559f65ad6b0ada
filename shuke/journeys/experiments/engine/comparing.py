"""Whether a difference between arms is one.

While a campaign runs people look as often as they like, so intervals hold at every look at once (a confidence sequence: the
normal mixture of Robbins in its asymptotic form). When the days of measuring are over there is one last look, and the usual
interval by Welch holds.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ALPHA, POWER = 0.05, 0.8
# Where the confidence sequence is tightest; any value keeps its promise.
_TIGHTEST_AT = 2_000


@dataclass(frozen=True, slots=True)
class Arm:
    """What is known of one arm: how many people, and the mean and variance of what is measured per person."""

    people: int
    mean: float
    variance: float

    @classmethod
    def of_rate(cls, people: int, hits: int) -> "Arm":
        """Return the arm of a yes-or-no measure."""
        rate = hits / people if people else 0.0
        return cls(people, rate, rate * (1 - rate))

    @classmethod
    def of_values(cls, values: Sequence[float]) -> "Arm":
        """Return the arm of measured values."""
        if not values:
            return cls(0, 0.0, 0.0)
        mean = math.fsum(values) / len(values)
        spread = math.fsum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
        return cls(len(values), mean, spread)


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two arms per person, with an interval; ``is_sure`` if nothing lies outside what was seen."""

    difference: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low > 0 or self.high < 0


def at_any_look(first: Arm, second: Arm, *, alpha: float = ALPHA) -> Difference | None:
    """Return ``second`` minus ``first`` with an interval that holds however often it is looked at; None with too few.

    >>> found = at_any_look(Arm.of_rate(5_000, 500), Arm.of_rate(5_000, 650))
    >>> found.is_sure, at_any_look(Arm.of_rate(50, 5), Arm.of_rate(50, 6)).is_sure
    (True, False)
    """
    if min(first.people, second.people) < 2:
        return None
    half = sum(_sequence_variance(one) for one in (first, second))
    people = min(first.people, second.people)
    rho = 1 / math.sqrt(_TIGHTEST_AT)
    grown = people * rho**2 + 1
    radius = math.sqrt(2 * grown / (people * rho**2) * math.log(math.sqrt(grown) / alpha)) * math.sqrt(half)
    return _around(second.mean - first.mean, radius)


def _sequence_variance(arm: Arm) -> float:
    """Return the variance of a mean; where nothing has happened yet, that of one event, so that no interval is empty."""
    floor = 1 / arm.people if arm.variance == 0 else 0.0
    return max(arm.variance, floor * (1 - floor)) / arm.people


def at_the_end(first: Arm, second: Arm, *, alpha: float = ALPHA) -> Difference | None:
    """Return ``second`` minus ``first`` with the interval for a single look; None with too few.

    >>> found = at_the_end(Arm(100, 10.0, 4.0), Arm(100, 11.0, 4.0))
    >>> round(found.difference, 1), found.is_sure
    (1.0, True)
    """
    from scipy.stats import t

    if min(first.people, second.people) < 2:
        return None
    parts = [one.variance / one.people for one in (first, second)]
    both = sum(parts)
    if both == 0:
        return _around(second.mean - first.mean, 0.0)
    freedom = both**2 / sum(
        part**2 / (one.people - 1) for part, one in zip(parts, (first, second), strict=True) if part
    )
    return _around(second.mean - first.mean, float(t.ppf(1 - alpha / 2, freedom)) * math.sqrt(both))


def _around(difference: float, radius: float) -> Difference:
    return Difference(difference, difference - radius, difference + radius)


def winner(arms: Mapping[str, Arm], *, alpha: float = ALPHA) -> str:
    """Return the arm that is better than every other beyond doubt, "" if there is none; safe at any look.

    >>> winner({"a": Arm.of_rate(5_000, 500), "b": Arm.of_rate(5_000, 700)}), winner({"a": Arm.of_rate(9, 1), "b": Arm.of_rate(9, 2)})
    ('b', '')
    """
    if len(arms) < 2:
        return ""
    best = max(arms, key=lambda name: arms[name].mean)
    for name, arm in arms.items():
        if name == best:
            continue
        # One comparison for each other arm: together they err no more often than alpha.
        found = at_any_look(arm, arms[best], alpha=alpha / (len(arms) - 1))
        if found is None or found.low <= 0:
            return ""
    return best


def people_needed(base: float, lift: float, *, arms: int = 2, alpha: float = ALPHA, power: float = POWER) -> int:
    """Return how many people each arm needs to find a relative lift of a rate.

    >>> people_needed(0.10, 0.20)
    3839
    """
    from scipy.stats import norm

    other = min(1.0, base * (1 + lift))
    if not 0 < base < 1 or base == other:
        return 0
    line = float(norm.ppf(1 - alpha / max(1, arms - 1) / 2)) + float(norm.ppf(power))
    return math.ceil(line**2 * (base * (1 - base) + other * (1 - other)) / (other - base) ** 2)
