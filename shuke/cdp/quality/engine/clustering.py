"""From pairs to people, without chains: everybody in a group has to fit everybody else.

Plain connected components join A with C because both resemble B, and a single bad pair joins two crowds. Here groups
grow from the surest pair down, and two groups join only if their members agree on average, nothing forbids it and
the group stays small.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_GROUP = 30
# A pair's evidence counts at most this much (natural logarithm), so that one perfect pair cannot drown a contradiction.
_CEILING = 10.0
_SURELY_OTHERS = -8.0


@dataclass(slots=True)
class _Group:
    members: list[int]
    # Evidence between this group and others: sum and number of the pairs that were compared.
    towards: dict[int, tuple[float, int]]


def clusters(
    a: NDArray[Any],
    b: NDArray[Any],
    evidence: NDArray[np.float64],
    forbidden: NDArray[np.bool_],
    *,
    join_at: float,
    unknown: float = -1.0,
    largest: int = LARGEST_GROUP,
) -> list[list[int]]:
    """Return groups of two and more.

    Pairs are given with their evidence; what was never compared counts as ``unknown``. ``join_at`` is the mean
    evidence that two groups need. ``forbidden`` pairs are never in one group.
    """
    groups: dict[int, _Group] = {}
    clipped = np.clip(evidence, -_CEILING, _CEILING)
    banned: set[tuple[int, int]] = set()
    for x, y, weight, is_forbidden in zip(a.tolist(), b.tolist(), clipped.tolist(), forbidden.tolist(), strict=True):
        if is_forbidden or weight <= _SURELY_OTHERS:
            banned |= {(x, y), (y, x)}
        for one, other in ((x, y), (y, x)):
            groups.setdefault(one, _Group([one], {})).towards[other] = (weight, 1)
    home = {row: row for row in groups}
    strong = np.flatnonzero(clipped >= join_at)
    for at in strong[np.argsort(-evidence[strong], kind="stable")].tolist():
        x, y = _home(home, int(a[at])), _home(home, int(b[at]))
        if x == y or len(groups[x].members) + len(groups[y].members) > largest:
            continue
        if _agree(groups[x], groups[y], towards=y, unknown=unknown) >= join_at and not _contradict(
            groups[x], groups[y], banned
        ):
            _join(groups, home, x, y)
    return [sorted(group.members) for group in groups.values() if len(group.members) > 1]


def _home(home: dict[int, int], row: int) -> int:
    while home[row] != row:
        home[row] = home[home[row]]
        row = home[row]
    return row


def _contradict(one: _Group, other: _Group, banned: set[tuple[int, int]]) -> bool:
    return bool(banned) and any((x, y) in banned for x in one.members for y in other.members)


def _agree(one: _Group, other: _Group, *, towards: int, unknown: float) -> float:
    """The mean evidence between the members of two groups."""
    total, compared = one.towards.get(towards, (0.0, 0))
    pairs = len(one.members) * len(other.members)
    return (total + (pairs - compared) * unknown) / pairs


def _join(groups: dict[int, _Group], home: dict[int, int], x: int, y: int) -> None:
    """Let the group with fewer ties move into the other."""
    if len(groups[x].towards) < len(groups[y].towards):
        x, y = y, x
    kept, gone = groups[x], groups.pop(y)
    home[y] = x
    kept.members += gone.members
    kept.towards.pop(y, None)
    for other, (total, count) in gone.towards.items():
        if other == x:
            continue
        before = kept.towards.get(other, (0.0, 0))
        kept.towards[other] = joined = (before[0] + total, before[1] + count)
        ties = groups[other].towards
        ties.pop(y, None)
        ties[x] = joined


def components(a: Iterable[int], b: Iterable[int]) -> list[list[int]]:
    """Return the connected components of two and more."""
    home: dict[int, int] = {}
    for x, y in zip(a, b, strict=True):
        p, q = _home(home, home.setdefault(x, x)), _home(home, home.setdefault(y, y))
        if p != q:
            home[q] = p
    found: dict[int, list[int]] = {}
    for row in home:
        found.setdefault(_home(home, row), []).append(row)
    return [members for members in found.values() if len(members) > 1]
