"""What happens between staff and customers."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CustomerCalled:
    """Somebody of the team called a customer, or corrected what had come of it. What was said stays with the entry."""

    NAME: ClassVar[str] = "customer.called"
    VERSION: ClassVar[int] = 1

    entry_id: int
    reason: str
    outcome: str
