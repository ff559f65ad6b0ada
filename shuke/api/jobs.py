"""Tidying up behind the API."""

from typing import Any

from shuke.api import idempotency
from shuke.kernel.clock import utcnow


def forget_answers(_context: Any) -> None:
    """Delete answers that no repeated request can ask for any more."""
    idempotency.forget_old(now=utcnow())
