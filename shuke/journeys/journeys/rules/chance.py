"""Chance that falls the same way however often it is asked: who is held out, who goes which way."""

import hashlib
from collections.abc import Sequence

from shuke.journeys.journeys.rules.kinds import Arm


def drawn(salt: str, customer_id: int) -> float:
    """Return a number from 0 up to 1, the same for the same salt and customer, and independent between salts."""
    digest = hashlib.blake2b(f"{salt}:{customer_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def is_held(journey: str, customer_id: int, per_cent: int) -> bool:
    """Whether chance holds somebody out of a journey: always the same people, in all its versions."""
    return drawn(f"journey:{journey}:holdout", customer_id) * 100 < per_cent


def arm_for(journey: str, step: str, customer_id: int, arms: Sequence[Arm]) -> str:
    """Return the arm that somebody is in, in proportion to the weights.

    >>> {arm_for("j", "s", one, [Arm("a", 1), Arm("b", 0)]) for one in range(20)}
    {'a'}
    """
    left = drawn(f"journey:{journey}:{step}", customer_id) * sum(arm.weight for arm in arms)
    for arm in arms:
        left -= arm.weight
        if left < 0:
            return arm.name
    return arms[-1].name
