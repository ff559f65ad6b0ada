"""Where the tracker fetches what waits for the visitor: ``/onsite/v1/messages`` and ``/onsite/v1/seen``.

A browser is known by the random id that the tracker gave it, at the shop of the write key; who claims to be somebody by
an id that can be guessed gets nothing. What cannot be answered is answered with nothing: a shop's page must not break.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.db import connections

from shuke.cdp.customers.queries import identities
from shuke.cdp.ingest.actions.book import BOOK
from shuke.crm.channels.actions import onsite
from shuke.kernel.clock import utcnow
from shuke.platform.http.hooks import read_body

log = logging.getLogger(__name__)

PREFIX = "/onsite/v1/"
_THREADS = 2
_LEAST_ID, _MOST_ID = 16, 200
_HEAD = [
    (b"content-type", b"application/json"), (b"cache-control", b"no-store"), (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"), (b"access-control-allow-headers", b"content-type"),
]  # fmt: skip


class Onsite:
    """The ASGI application."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="onsite")

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one call."""
        what, method = scope["path"].removeprefix(PREFIX).strip("/"), scope["method"]
        status = 404
        said: dict[str, Any] = {}
        if method == "OPTIONS":
            status = 200
        elif (method, what) in {("GET", "messages"), ("POST", "seen")}:
            if method == "GET":
                asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin1")))
            else:
                asked = _read(await read_body(scope, receive))
            loop = asyncio.get_running_loop()
            status, said = await loop.run_in_executor(self._pool, _answer, what, asked)
        await send({"type": "http.response.start", "status": status, "headers": _HEAD})
        await send({"type": "http.response.body", "body": json.dumps(said, ensure_ascii=False).encode()})


def _read(body: bytes | None) -> dict[str, str]:
    try:
        said = json.loads(body or b"")
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else {}


def _answer(what: str, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    try:
        return take(what, asked, now=utcnow())
    except Exception:
        log.exception("a visitor could not be answered")
        return 503, {}
    finally:
        connections.close_all()


def take(what: str, asked: Mapping[str, str], *, now: datetime) -> tuple[int, dict[str, Any]]:
    """Return what waits for a visitor, or keep what they did; 401 for a key that no source has."""
    if BOOK.is_stale(unknown=BOOK.find(asked.get("writeKey", "")) is None):
        BOOK.refresh(now=now)
    source = BOOK.find(asked.get("writeKey", ""))
    if source is None:
        return 401, {}
    browser = asked.get("anonymousId", "")
    if not _LEAST_ID <= len(browser) <= _MOST_ID or "\0" in browser:
        return 200, {"messages": []}
    customer_id = identities.customer_of_browser(source.shop_code, browser)
    if what == "messages":
        return 200, {"messages": onsite.waiting_for(customer_id, now=now) if customer_id else []}
    is_kept = bool(customer_id) and onsite.heard(customer_id or 0, asked.get("key", ""), asked.get("what", ""), now=now)
    return 200, {"success": is_kept}
