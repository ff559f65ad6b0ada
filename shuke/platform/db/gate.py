"""A first-come, first-served gate that every SQLite write transaction passes.

SQLite lets one writer in at a time and makes the others poll; a busy writer starves its neighbours for seconds.
Within one process we hand the turn on in arrival order instead, so a page's small write waits at most for the
transactions queued before it.
"""

import threading
from collections import deque


class FairGate:
    """A reentrant lock that serves waiting threads in the order in which they arrived."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, timeout: float | None = None) -> bool:
        """Enter, waiting for our turn; return False if ``timeout`` seconds pass first."""
        me = threading.get_ident()
        with self._guard:
            if self._owner == me:
                self._depth += 1
                return True
            if self._owner is None:
                self._owner, self._depth = me, 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            with self._guard:
                self._owner, self._depth = me, 1
            return True
        with self._guard:
            if turn.is_set():  # our turn came while we gave up: keep it
                self._owner, self._depth = me, 1
                return True
            self._waiting.remove(turn)
        return False

    def release(self) -> None:
        """Leave; the longest-waiting thread enters next."""
        with self._guard:
            self._depth -= 1
            if self._depth:
                return
            if self._waiting:
                self._owner = -1  # reserved for the thread we wake, so nobody overtakes it
                self._waiting.popleft().set()
            else:
                self._owner = None

    @property
    def is_mine(self) -> bool:
        """Whether the calling thread is inside."""
        return self._owner == threading.get_ident()

    @property
    def waiting(self) -> int:
        """How many threads wait for their turn."""
        return len(self._waiting)
