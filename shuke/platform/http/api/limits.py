"""How fast one key may call: a bucket of tokens per key, in this process."""

import math
import threading
import time
from dataclasses import dataclass

CALLS_PER_SECOND = 20.0
BURST_CALLS = 100
# For what a shop asks while it builds a page: as often as it has visitors.
PAGE_CALLS_PER_SECOND = 300.0
PAGE_BURST_CALLS = 1_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Limiter:
    """Lets each key call ``burst`` times at once and ``rate`` times a second in the long run."""

    def __init__(self, rate: float = CALLS_PER_SECOND, burst: int = BURST_CALLS) -> None:
        self._rate, self._burst = rate, burst
        self._buckets: dict[int, _Bucket] = {}
        self._lock = threading.Lock()

    def wait_for(self, key_id: int, *, at: float | None = None) -> int:
        """Take a token; return 0, or after how many whole seconds there will be one."""
        at = time.monotonic() if at is None else at
        with self._lock:
            bucket = self._buckets.setdefault(key_id, _Bucket(self._burst, at))
            bucket.tokens = min(self._burst, bucket.tokens + (at - bucket.filled_at) * self._rate)
            bucket.filled_at = at
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0
            return max(1, math.ceil((1 - bucket.tokens) / self._rate))

    def reset(self) -> None:
        """Forget every key's calls."""
        with self._lock:
            self._buckets.clear()


LIMITER = Limiter()
PAGE_LIMITER = Limiter(PAGE_CALLS_PER_SECOND, PAGE_BURST_CALLS)
