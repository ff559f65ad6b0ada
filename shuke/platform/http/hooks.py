"""Reading what other programs send to our doors, outside Django."""

from collections.abc import Mapping
from typing import Any

MOST_BYTES = 5 * 1024 * 1024


async def read_body(scope: Mapping[str, Any], receive: Any) -> bytes | None:  # noqa: ARG001  ASGI's pair
    """Return what was sent, None if it is too much; the rest is read and let go of, so that the answer arrives."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        size += len(message.get("body", b""))
        if size <= MOST_BYTES:
            parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts) if size <= MOST_BYTES else None
        if size > 10 * MOST_BYTES:
            return None
