"""How many letters a minute go to one provider of mailboxes: more than it likes, and it takes none at all."""

import re
import threading
import time
from collections.abc import Callable, Mapping

from shuke.crm.channels.errors import BadAccount

_LINE = re.compile(r"\s*(\*|[a-z0-9.-]+)\s*[ :=]\s*(\d{1,6})\s*")
# After so many answers in a row that ask for patience, a domain is left alone for a while.
_PATIENCE, _PAUSE = 5, 5 * 60.0


def parsed(text: str) -> dict[str, int]:
    """Return letters per minute by domain, ``*`` for all that are not named. Raises ``BadAccount``.

    >>> parsed("qq.com 60" + chr(10) + "*: 600")
    {'qq.com': 60, '*': 600}
    """
    found = {}
    for line in text.lower().splitlines():
        if not line.strip():
            continue
        said = _LINE.fullmatch(line)
        if said is None or int(said[2]) == 0:
            raise BadAccount("%(line)s is no domain with letters per minute", line=line.strip()[:60])
        found[said[1]] = int(said[2])
    return found


class Rates:
    """What is left of each domain's minute, for all threads that send through one account."""

    def __init__(self, per_minute: Mapping[str, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._lock = threading.Lock()
        # By domain: how many letters may go now, and when that was worked out.
        self._left: dict[str, tuple[float, float]] = {}
        self._asked_for_patience: dict[str, int] = {}
        self._until: dict[str, float] = {}

    def wait_for(self, domain: str) -> int:
        """Take a place for a letter and return 0; or return in how many seconds there may be one."""
        with self._lock:
            now = self._clock()
            if (until := self._until.get(domain, 0.0)) > now:
                return int(until - now) + 1
            limit = self._per_minute.get(domain) or self._per_minute.get("*")
            if limit is None:
                return 0
            left, at = self._left.get(domain, (float(limit), now))
            left = min(float(limit), left + (now - at) * limit / 60)
            if left < 1:
                self._left[domain] = (left, now)
                return int((1 - left) * 60 / limit) + 1
            self._left[domain] = (left - 1, now)
            return 0

    def heard(self, domain: str, *, is_patience: bool) -> None:
        """Note whether a domain asked for patience; when it keeps asking, leave it alone for a while."""
        with self._lock:
            count = self._asked_for_patience.get(domain, 0) + 1 if is_patience else 0
            self._asked_for_patience[domain] = count
            if count >= _PATIENCE:
                self._until[domain] = self._clock() + _PAUSE
                self._asked_for_patience[domain] = 0
