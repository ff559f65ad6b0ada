"""Machines that open messages and follow links before, or instead of, people."""

import re
from datetime import datetime, timedelta

# Loads every picture of every message when it arrives, whether or not anybody reads it.
_PREFETCHING = frozenset({"mozilla/5.0", "mozilla/4.0", ""})
_SCANNERS = re.compile(
    r"bot\b|crawl|spider|barracuda|proofpoint|mimecast|urldefense|safelinks|scan|preview|facebookexternalhit|"
    r"python|curl|wget|headless|go-http-client|java/",
    re.IGNORECASE,
)
# Nobody reads faster.
_SOONEST = timedelta(seconds=2)


def is_proxy(agent: str, sent_at: datetime | None, now: datetime) -> bool:
    """Whether an opening was a machine's: a mailbox that loads everything ahead, a scanner, or faster than anybody reads.

    A proxy that fetches a picture when a person looks (Gmail's) counts as the person.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 6, 15, 12, tzinfo=UTC)
    >>> is_proxy("Mozilla/5.0", None, noon), is_proxy("Mozilla/5.0 (via ggpht.com GoogleImageProxy)", None, noon)
    (True, False)
    """
    return agent.strip().lower() in _PREFETCHING or is_scanner(agent, sent_at, now)


def is_scanner(agent: str, sent_at: datetime | None, now: datetime) -> bool:
    """Whether a link was followed by a program that looks for bad ones.

    >>> from datetime import UTC
    >>> noon = datetime(2024, 6, 15, 12, tzinfo=UTC)
    >>> is_scanner("curl/8", None, noon), is_scanner("Mozilla/5.0 (iPhone)", noon - timedelta(seconds=1), noon)
    (True, True)
    >>> is_scanner("Mozilla/5.0 (iPhone)", noon - timedelta(minutes=1), noon)
    False
    """
    return bool(_SCANNERS.search(agent)) or (sent_at is not None and now - sent_at < _SOONEST)
