"""How much to do in one transaction: found by measuring, since neither the machine nor the rows are known beforehand."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class Pace:
    """Sizes of batches that take about ``seconds`` each: half of what a writer may hold up the others.

    Below ``least`` a batch costs what its queries cost, however little is in it, so making it smaller helps nobody.
    """

    def __init__(self, *, first: int = 20, least: int = 10, most: int = 500, seconds: float = 0.05) -> None:
        self.size, self._least, self._most, self._seconds = first, least, most, seconds

    @contextmanager
    def measured(self, count: int) -> Iterator[None]:
        """Time the work on ``count`` things, and choose the next size by it: at most twice the last one."""
        began = time.perf_counter()
        yield
        self.took(count, time.perf_counter() - began)

    def took(self, count: int, seconds: float) -> None:
        """Choose the next size, now that ``count`` things took so long.

        >>> pace = Pace(first=20, least=5, seconds=0.05)
        >>> pace.took(20, 0.1)
        >>> pace.size
        10
        >>> pace.took(10, 0.001)
        >>> pace.size
        20
        """
        fitting = int(count * self._seconds / max(seconds, 1e-6))
        self.size = max(self._least, min(fitting, 2 * self.size, self._most))

    def batches(self, things: Sequence[T], weight: Callable[[T], int] = lambda _: 1) -> Iterator[Sequence[T]]:
        """Yield ``things`` in order, as many at a time as weigh the present size, and at least one."""
        start = 0
        while start < len(things):
            end, held = start + 1, weight(things[start])
            while end < len(things) and held + weight(things[end]) <= self.size:
                held, end = held + weight(things[end]), end + 1
            yield things[start:end]
            start = end
