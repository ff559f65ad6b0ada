"""When something is sent again, how an address is shown, and what is not tried at all."""

import re
from datetime import date, datetime, timedelta
from typing import Any

MOST_ATTEMPTS = 6
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# As long as sending a batch may take: a batch whose sender died is sent by another one after it.
LEASE = timedelta(minutes=5)
# Services that would act upon the machine we run on.
LOCAL = frozenset({"syslog", "rsyslog", "dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "aprs"})
_ADDRESS = re.compile(r"([a-z][a-z0-9]{0,31})://(\S+)", re.IGNORECASE)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after the given number of failures in a row.

    >>> [int(pause_after(n).total_seconds()) for n in (1, 2, 3, 5, 9)]
    [30, 120, 480, 3600, 3600]
    """
    return min(FIRST_PAUSE * int(4 ** min(attempts - 1, 6)), LONGEST_PAUSE)


def service_of(address: str) -> str:
    """Return the service that an address names, "" where it is none.

    >>> service_of("dingtalk://secret"), service_of("hello")
    ('dingtalk', '')
    """
    found = _ADDRESS.fullmatch(address.strip())
    return found[1].lower() if found else ""


def shown(address: str) -> str:
    """Return what of an address may be shown: the service, and the host where it is an ordinary web address.

    >>> shown("dingtalk://0123456789/"), shown("https://oapi.dingtalk.com/robot/send?access_token=0123")
    ('dingtalk://***', 'https://oapi.dingtalk.com/***')
    """
    service = service_of(address)
    rest = address.strip().partition("://")[2]
    host = re.match(r"[\w.-]+(?=[:/?]|$)", rest) if service in {"http", "https"} else None
    return f"{service}://{host[0]}/***"[:80] if host else f"{service}://***"


def without_secrets(said: str, address: str) -> str:
    """Return what a service said, without any part of its address that could be a secret.

    >>> without_secrets("token abcdef0123 is unknown", "slack://abcdef0123/x")
    'token *** is unknown'
    """
    parts = {part for part in re.split(r"[^\w.-]+", address.partition("://")[2]) if len(part) >= 6}
    for part in sorted(parts, key=len, reverse=True):
        said = said.replace(part, "***")
    return said[:300]


# -- facts that each reader's language writes its own way


def money(minor: int, currency: str) -> dict[str, Any]:
    """Return an amount as a fact of a notice."""
    return {"money": minor, "currency": currency}


def day(on: date) -> dict[str, Any]:
    """Return a day as a fact of a notice."""
    return {"day": on.isoformat()}


def moment(at: datetime) -> dict[str, Any]:
    """Return a moment as a fact of a notice."""
    return {"moment": at.isoformat()}


def share(ratio: float) -> dict[str, Any]:
    """Return a ratio as a fact of a notice."""
    return {"share": ratio}


def words(message: str) -> dict[str, Any]:
    """Return a message id as a fact of a notice: it is translated too."""
    return {"words": message}
