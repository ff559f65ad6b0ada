"""How far a share can be trusted."""

from math import sqrt

_Z = 1.96


def wilson(right: int, total: int) -> tuple[float, float]:
    """Return the interval that holds the true share behind ``right`` of ``total`` in 95 of 100 cases.

    >>> [round(bound, 3) for bound in wilson(8, 10)], wilson(0, 0)
    ([0.49, 0.943], (0.0, 1.0))
    """
    if total <= 0:
        return 0.0, 1.0
    share = right / total
    middle = (share + _Z * _Z / (2 * total)) / (1 + _Z * _Z / total)
    half = _Z / (1 + _Z * _Z / total) * sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)
