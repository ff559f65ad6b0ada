"""The one-time link to the set-up page, printed on the terminal of a new installation.

Whoever reads the terminal owns the machine; nobody else can become the first owner. ``SHUKE_HOME/setup-token`` holds
only a digest.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings


def issue() -> str:
    """Make a new token and return it; an earlier one stops working."""
    token = secrets.token_urlsafe(24)
    draft = _path().with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_digest(token))
    draft.replace(_path())
    return token


def check(token: str) -> bool:
    """Whether ``token`` is the one that was printed last and has not been used."""
    try:
        stored = _path().read_text().strip()
    except FileNotFoundError:
        return False
    return bool(stored) and hmac.compare_digest(stored, _digest(token))


def spend() -> None:
    """Use the token up."""
    _path().unlink(missing_ok=True)


def _path() -> Path:
    return Path(settings.SHUKE_HOME) / "setup-token"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
