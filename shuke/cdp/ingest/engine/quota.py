"""How much of one source is let in: a bucket that fills at a steady rate and empties with every event."""

from dataclasses import dataclass

# A source may save up this many seconds of its rate for a busy moment.
BURST_SECONDS = 10


@dataclass(slots=True)
class Bucket:
    """Room for events; ``rate`` a second, at most ``BURST_SECONDS`` of it at once. ``at`` is a monotonic clock."""

    rate: float
    level: float
    at: float

    @classmethod
    def full(cls, rate: float, *, at: float) -> "Bucket":
        """Return a bucket nobody has taken from.

        >>> Bucket.full(5, at=0.0).level
        50.0
        """
        return cls(rate, float(rate * BURST_SECONDS), at)

    def take(self, events: int, *, at: float) -> int:
        """Take ``events`` out; return 0, or after how many seconds there is room again.

        A batch larger than what is there is let in while anything is, and paid for afterwards: otherwise one larger
        than the whole bucket could never pass.

        >>> bucket = Bucket.full(1, at=0.0)
        >>> bucket.take(12, at=0.0), bucket.take(1, at=0.0), bucket.take(1, at=3.0)
        (0, 3, 0)
        """
        self.level = min(self.rate * BURST_SECONDS, self.level + (at - self.at) * self.rate)
        self.at = at
        if self.level <= 0:
            return max(1, int(-self.level / self.rate) + 1)
        self.level -= events
        return 0
