"""Access tokens: fetched once, whoever asks first, and used by all threads until shortly before they end."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

# A token is not used in its last minutes: it may end under way.
_MARGIN = 300


@dataclass(frozen=True, slots=True)
class Token:
    """What a provider gave, and for how many seconds."""

    text: str
    seconds: int


class Tokens:
    """The tokens of this process, by account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._fetching: dict[str, threading.Lock] = {}
        self._held: dict[str, tuple[str, float]] = {}

    def get(self, name: str, fetch: Callable[[], Token], *, not_this: str = "") -> str:
        """Return a token; one thread fetches it while the others wait for the same.

        ``not_this`` is one that the provider has refused: it is replaced, unless another thread has done so already.
        """
        with self._lock:
            fetching = self._fetching.setdefault(name, threading.Lock())
        with fetching:
            text, until = self._held.get(name, ("", 0.0))
            if text and text != not_this and until > self._clock():
                return text
            made = fetch()
            self._held[name] = (made.text, self._clock() + max(made.seconds - _MARGIN, 1))
            return made.text


TOKENS = Tokens()
