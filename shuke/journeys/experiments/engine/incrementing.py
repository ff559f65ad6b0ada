"""What something earned: people who were to get it beside people who by chance were not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shuke.journeys.experiments.engine.comparing import Arm, Difference, at_any_look, at_the_end

# Fewer than these in either group say nothing about money.
LEAST_PEOPLE = 30


@dataclass(frozen=True, slots=True)
class Increment:
    """What was earned beyond what would have come anyway: per person, and for everybody who was to get it."""

    treated: int
    held: int
    # Means per person, in minor units.
    treated_mean: float
    held_mean: float
    each: Difference
    # Whether what people spent before was made use of, and by how much it narrowed the interval (0 to 1).
    narrowed: float

    @property
    def total(self) -> Difference:
        """The same for everybody who was to get it."""
        one = self.each
        return Difference(one.difference * self.treated, one.low * self.treated, one.high * self.treated)


def increment(
    treated: Sequence[tuple[float, float]], held: Sequence[tuple[float, float]], *, is_over: bool
) -> Increment | None:
    """Return what was earned, from (spent since, spent before) of each person; None with too few people.

    Everybody who was to get it counts, reached or not: only so are both groups alike. What was spent before takes away what
    differed from the start (CUPED); it cannot move the result, since chance divided the groups. Until ``is_over`` the
    interval holds at every look.
    """
    if min(len(treated), len(held)) < LEAST_PEOPLE:
        return None
    slope = _slope([*treated, *held])
    middle = math.fsum(before for _since, before in (*treated, *held)) / (len(treated) + len(held))
    raw = [Arm.of_values([since for since, _before in group]) for group in (held, treated)]
    fitted = [
        Arm.of_values([since - slope * (before - middle) for since, before in group]) for group in (held, treated)
    ]
    each = (at_the_end if is_over else at_any_look)(fitted[0], fitted[1])
    if each is None:
        return None
    widths = [sum(one.variance / one.people for one in arms) for arms in (raw, fitted)]
    narrowed = 1 - math.sqrt(widths[1] / widths[0]) if widths[0] else 0.0
    return Increment(len(treated), len(held), raw[1].mean, raw[0].mean, each, max(0.0, narrowed))


def _slope(both: Sequence[tuple[float, float]]) -> float:
    """Return how much of what was spent since goes with what was spent before."""
    people = len(both)
    since, before = (math.fsum(column) / people for column in zip(*both, strict=True))
    spread = math.fsum((x - before) ** 2 for _y, x in both)
    return math.fsum((y - since) * (x - before) for y, x in both) / spread if spread else 0.0
