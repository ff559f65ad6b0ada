"""The browser tracker's file, at an address that never changes.

Pages of shops name that address, so it carries no hash and is kept in caches only for an hour; after that a browser asks
whether it is still the same.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shuke

_FILE = Path(shuke.__file__).parent / "static" / "dist" / "tracker" / "shuke.js"
_HEADERS = [
    (b"content-type", b"text/javascript; charset=utf-8"),
    (b"cache-control", b"public, max-age=3600"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
]


@dataclass(frozen=True, slots=True)
class _Script:
    text: bytes
    tag: bytes


@lru_cache(maxsize=1)
def _script() -> _Script:
    text = _FILE.read_bytes()
    return _Script(text, b'"' + hashlib.sha256(text).hexdigest()[:20].encode() + b'"')


async def serve(send: Any, headers: list[tuple[bytes, bytes]]) -> None:
    """Answer the script, or 304 to a browser that has it; 404 where the interface was never built."""
    try:
        script = _script()
    except OSError:
        await _answer(
            send, 404, [(b"content-type", b"text/plain")], b"The interface of this installation is not built."
        )
        return
    common = [*_HEADERS, (b"etag", script.tag)]
    if any(name == b"if-none-match" and value == script.tag for name, value in headers):
        await _answer(send, 304, common, b"")
    else:
        await _answer(send, 200, common, script.text)


async def _answer(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
