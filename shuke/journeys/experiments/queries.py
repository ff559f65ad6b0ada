"""The doors to experiments: dividing by chance, comparing, and what something earned."""

from shuke.journeys.experiments.engine.comparing import (
    Arm,
    Difference,
    at_any_look,
    at_the_end,
    people_needed,
    winner,
)
from shuke.journeys.experiments.engine.incrementing import LEAST_PEOPLE, Increment, increment
from shuke.journeys.experiments.engine.splitting import SRM_LINE, arm_at, place_of, split_chance

__all__ = [
    "LEAST_PEOPLE",
    "SRM_LINE",
    "Arm",
    "Difference",
    "Increment",
    "arm_at",
    "at_any_look",
    "at_the_end",
    "increment",
    "people_needed",
    "place_of",
    "split_chance",
    "winner",
]
