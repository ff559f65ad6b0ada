"""What happens to the members of segments."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class SegmentEntered:
    """A customer became a member. The first computation of a segment announces nobody."""

    NAME: ClassVar[str] = "segment.entered"
    VERSION: ClassVar[int] = 1

    segment_id: int
    segment: str


@dataclass(frozen=True, slots=True)
class SegmentLeft:
    """A customer is no longer a member."""

    NAME: ClassVar[str] = "segment.left"
    VERSION: ClassVar[int] = 1

    segment_id: int
    segment: str
