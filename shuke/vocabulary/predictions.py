"""What happens to predictions."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class CustomersScored:
    """Everybody's predicted scores were replaced, as of a day. Says which run they come from, not who has which."""

    NAME: ClassVar[str] = "customers.scored"
    VERSION: ClassVar[int] = 1

    run_id: int
    as_of: str
    customers: int
