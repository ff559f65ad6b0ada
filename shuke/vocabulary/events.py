"""What happens to the log itself."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class EventsRemoved:
    """These positions are no longer in the log: a person was forgotten, or their time was over."""

    NAME: ClassVar[str] = "events.removed"
    VERSION: ClassVar[int] = 1

    positions: list[int]
