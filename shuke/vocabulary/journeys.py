"""What happens to people on journeys."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class JourneyEntered:
    """Somebody began a journey; ``is_held``: chance put them into the comparison group, and nothing will reach them."""

    NAME: ClassVar[str] = "journey.entered"
    VERSION: ClassVar[int] = 1

    journey_id: int
    journey: str
    title: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class JourneyExited:
    """Somebody's journey ended: ``how`` is done, goal or left."""

    NAME: ClassVar[str] = "journey.exited"
    VERSION: ClassVar[int] = 1

    journey_id: int
    journey: str
    title: str
    how: str
