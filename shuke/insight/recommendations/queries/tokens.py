"""The token of an answer: says who was shown what, where and in which group, signed so that nobody else can say it."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing

from shuke.insight.recommendations.errors import InvalidToken

_SALT = "recommendations"
_MOST_AGE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Token:
    """One answer. ``subject`` is a customer or a visitor; ``number`` is the answer's own."""

    number: str
    subject: str
    customer_id: int | None
    group: str
    placement: str
    products: tuple[int, ...]
    given_at: datetime


def written(token: Token) -> str:
    """Return a token as text."""
    parts = [
        token.number, token.subject, token.customer_id, token.group, token.placement, list(token.products),
        int(token.given_at.timestamp()),
    ]  # fmt: skip
    return signing.Signer(salt=_SALT).sign_object(parts, compress=True)


def read(text: str, *, now: datetime) -> Token:
    """Return what a token says. Raises ``InvalidToken``."""
    try:
        number, subject, customer_id, group, placement, products, given = signing.Signer(salt=_SALT).unsign_object(text)
        token = Token(
            number, subject, customer_id, group, placement, tuple(products), datetime.fromtimestamp(given, UTC)
        )
    except (signing.BadSignature, ValueError, TypeError) as bad:
        raise InvalidToken from bad
    if now - token.given_at > _MOST_AGE:
        raise InvalidToken
    return token


def packed(products: Iterable[int]) -> bytes:
    """Return ids as bytes."""
    found = list(products)
    return struct.pack(f"<{len(found)}q", *found)


def unpacked(products: Any) -> tuple[int, ...]:
    """Return ids from bytes."""
    raw = bytes(products)
    return struct.unpack(f"<{len(raw) // 8}q", raw)
