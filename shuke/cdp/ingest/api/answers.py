"""What the collector answers, in the forms that the clients in the field need.

Success is exactly 200: some clients take any other number for a failure and send again. Errors are JSON with ``code``
and ``message``: a client that does not find ``code`` raises, and retries for ever.
"""

from typing import Any

import msgspec

Headers = list[tuple[bytes, bytes]]

_JSON = (b"content-type", b"application/json")
_SENT_HEADERS = (
    b"authorization, content-type, content-encoding, anonymousid, sentat, x-retry-count, x-requested-with, accept"
)
_NAME = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_, ")
OK = b'{"success":true}'


async def ok(send: Any, origin: bytes, body: bytes = OK) -> None:
    """Answer 200."""
    await _answer(send, 200, body, cross_origin(origin))


async def refuse(send: Any, origin: bytes, status: int, code: str, message: str, *, retry_after: int = 0) -> None:
    """Answer an error; ``retry_after`` says in seconds when to come back."""
    headers = cross_origin(origin)
    if retry_after:
        headers.append((b"retry-after", str(retry_after).encode()))
    body = msgspec.json.encode({"success": False, "code": code, "message": message})
    await _answer(send, status, body, headers)


async def _answer(send: Any, status: int, body: bytes, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, *headers]})
    await send({"type": "http.response.body", "body": body})


def cross_origin(origin: bytes) -> Headers:
    """Return the headers that let a page of another origin read the answer.

    ``sendBeacon`` sends with credentials, which asks for an exact origin; there are no cookies here to abuse.
    """
    if not origin:
        return [(b"access-control-allow-origin", b"*")]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after"),
        (b"vary", b"origin"),
    ]


async def preflight(send: Any, origin: bytes, asked: bytes) -> None:
    """Answer OPTIONS: the headers asked for are allowed, whatever the next version of a client calls them."""
    allowed = asked if asked and len(asked) < 1_000 and _NAME.issuperset(asked) else _SENT_HEADERS
    headers = [
        *cross_origin(origin),
        (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"86400"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
