"""What calling earned: those on the list against those whom chance held out. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_OF_AN_ARM = 50
LEAST_BUYERS = 10
_QUANTILE = 1.96


@dataclass(frozen=True, slots=True)
class Side:
    """What one arm brought in the 30 days after the listing: counts and sums."""

    people: int
    buyers: int
    total_minor: int
    squares: float

    @property
    def mean(self) -> float:
        """Return the revenue per person."""
        return self.total_minor / self.people if self.people else 0.0

    @property
    def variance_of_mean(self) -> float:
        """Return the squared standard error of the mean."""
        if self.people < 2:
            return math.inf
        return max(self.squares / self.people - self.mean**2, 0.0) / (self.people - 1)

    @property
    def share_buying(self) -> float | None:
        """Return how many of them bought; None for nobody."""
        return self.buyers / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Earned:
    """The difference per person with its 95% interval, and over everybody who was to be called."""

    each: float
    low: float
    high: float
    people: int

    @property
    def total_minor(self) -> int:
        """Return what calling earned over all."""
        return round(self.each * self.people)

    @property
    def total_low(self) -> int:
        """Return the lower end of it."""
        return round(self.low * self.people)

    @property
    def total_high(self) -> int:
        """Return the upper end of it."""
        return round(self.high * self.people)

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


def side(revenues: Sequence[int]) -> Side:
    """Sum up one arm."""
    return Side(
        len(revenues), sum(one > 0 for one in revenues), sum(revenues), float(sum(one * one for one in revenues))
    )


def earned(called: Side, held: Side) -> Earned | None:
    """Return what calling earned (Welch's interval), or None where there is not enough to say.

    Everybody who was to be called counts, reached or not: only so are both arms the same kind of people.

    >>> few = side([100] * 10)
    >>> earned(few, few) is None
    True
    >>> found = earned(side([0, 300] * 50), side([0, 100] * 50))
    >>> round(found.each), round(found.low), round(found.high), found.is_clear
    (100, 69, 131, True)
    """
    if min(called.people, held.people) < LEAST_OF_AN_ARM or min(called.buyers, held.buyers) < LEAST_BUYERS:
        return None
    each = called.mean - held.mean
    wide = _QUANTILE * math.sqrt(called.variance_of_mean + held.variance_of_mean)
    return Earned(each, each - wide, each + wide, called.people)
