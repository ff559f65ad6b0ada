"""Names that stay the same however often something is tried."""

from typing import Literal

CAUSE: Literal["journey"] = "journey"


def message_key(run_id: int, step: str, hop: int) -> str:
    """Return the key of the message that a visit asks for.

    >>> message_key(9, "send1", 2)
    'journey-run:9:step:send1:visit:2'
    """
    return f"journey-run:{run_id}:step:{step}:visit:{hop}"
