"""Wakes the workers of this process when there is something to do, so that nothing waits for the next look."""

import threading


class Bell:
    """Counts its rings, so that one rung between a look and the wait is not missed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """Return how often it was rung."""
        return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, heard: int, timeout: float) -> int:
        """Return the number of rings as soon as it differs from ``heard``, or after ``timeout`` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != heard, timeout)
            return self._rings


BELL = Bell()
