"""How far a run is, told to whoever waits for it; and whether they still want it."""

from collections.abc import Callable
from dataclasses import dataclass

NOTES = ("facts", "learning", "scores", "writing")
Tell = Callable[[int, int, str], None]


class Cancelled(Exception):
    """Somebody asked for an end; nothing of this run is kept."""


@dataclass(slots=True)
class Watch:
    """Counts steps, tells them on, and raises ``Cancelled`` between two of them when nobody wants the rest."""

    tell: Tell
    is_cancelled: Callable[[], bool]
    done: int = 0
    total: int = 0

    def add(self, steps: int) -> None:
        """Say that so many more steps are ahead."""
        self.total += steps

    def step(self, note: str) -> None:
        """Say that a step is done."""
        self.done += 1
        self.look()
        self.tell(self.done, max(self.total, self.done), note)

    def look(self) -> None:
        """Leave if nobody wants the rest."""
        if self.is_cancelled():
            raise Cancelled


def silent() -> Watch:
    """Return a watch for whoever waits without looking."""
    return Watch(lambda *_: None, lambda: False)
