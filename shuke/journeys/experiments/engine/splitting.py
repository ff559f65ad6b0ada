"""Who is in which arm, and whether the arms came out as they should."""

import hashlib
from collections.abc import Mapping, Sequence

# Below this chance the arms were not divided as intended, and nothing may be concluded from them.
SRM_LINE = 0.001


def place_of(seed: str, customer_id: int) -> float:
    """Return where a customer stands between 0 and 1: by chance, and always the same for a seed.

    >>> place_of("a", 1) == place_of("a", 1), place_of("a", 1) == place_of("b", 1)
    (True, False)
    """
    digest = hashlib.sha256(f"{seed}:{customer_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def arm_at(place: float, shares: Sequence[tuple[str, float]]) -> str:
    """Return the arm at a place, "" beyond all of them. Shares are parts of 1.

    >>> [arm_at(at, [("a", 0.5), ("b", 0.25)]) for at in (0.1, 0.6, 0.9)]
    ['a', 'b', '']
    """
    edge = 0.0
    for name, share in shares:
        edge += share
        if place < edge:
            return name
    return ""


def split_chance(found: Mapping[str, int], shares: Mapping[str, float]) -> float | None:
    """Return how likely counts as uneven as these are if the arms were divided as intended; None with too few to say.

    >>> round(split_chance({"a": 500, "b": 500}, {"a": 1, "b": 1}), 3)
    1.0
    >>> split_chance({"a": 600, "b": 400}, {"a": 1, "b": 1}) < SRM_LINE
    True
    """
    from scipy.stats import chi2

    total, weight = sum(found.get(name, 0) for name in shares), sum(shares.values())
    if len(shares) < 2 or not weight:
        return None
    expected = {name: total * share / weight for name, share in shares.items()}
    if min(expected.values()) < 5:
        return None
    distance = sum((found.get(name, 0) - one) ** 2 / one for name, one in expected.items())
    return float(chi2.sf(distance, len(shares) - 1))
