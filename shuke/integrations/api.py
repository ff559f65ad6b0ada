"""The door that platforms call: ``POST /hooks/<kind>/<token>``.

A call is checked, stored as it came and answered; what it amounts to is worked out afterwards. Platforms take their
subscription away from an address that answers with errors, so nothing that goes wrong behind the door is told here. Raw
ASGI, so that no session, language or middleware stands between a shop and its answer.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import connections

from shuke.integrations import actions, queries
from shuke.integrations.errors import NotGenuine
from shuke.integrations.kinds import KINDS
from shuke.integrations.rules import wording
from shuke.kernel.clock import utcnow
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.http.hooks import read_body

log = logging.getLogger(__name__)

PREFIX = "/hooks/"
_THREADS = 4


class Hooks:
    """The ASGI application."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="hooks")

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one call."""
        kind, _slash, token = scope["path"].removeprefix(PREFIX).strip("/").partition("/")
        status = 405
        if scope["method"] in {"GET", "HEAD"}:
            status = 200  # some platforms look whether there is anybody before they send
        elif scope["method"] == "POST":
            body = await read_body(scope, receive)
            headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
            loop = asyncio.get_running_loop()
            status = await loop.run_in_executor(self._pool, answer, kind, token, headers, body)
        plain = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": plain})
        await send({"type": "http.response.body", "body": b"ok" if status == 200 else b""})


def answer(kind: str, token: str, headers: Mapping[str, str], body: bytes | None) -> int:
    """Take a call and return the status it is answered with, on a thread of its own."""
    try:
        return take(kind, token, headers, body, now=utcnow())
    except Exception:
        log.exception("a call of kind %s could not be kept", kind if kind in KINDS else "unknown")
        return 503
    finally:
        connections.close_all()


def take(kind: str, token: str, headers: Mapping[str, str], body: bytes | None, *, now: datetime) -> int:
    """Check and keep a call; return 200, 401 for a forged one, 404 for an address nobody has, 413 for too much."""
    connection = queries.by_token(kind, token) if kind in KINDS and len(token) <= 48 and "\0" not in token else None
    if connection is None:
        actions.count_refusal(None, wording.UNKNOWN_ADDRESS, now=now)
        return 404
    if body is None:
        actions.count_refusal(connection, wording.TOO_LARGE, now=now)
        return 413
    try:
        call = KINDS[kind].verify(headers, body, actions.secrets_of(connection), now=now)
    except (NotGenuine, Unreadable) as no:
        reason = wording.TOO_OLD if getattr(no, "facts", {}).get("reason") == wording.TOO_OLD else wording.NOT_GENUINE
        actions.count_refusal(connection, reason, now=now)
        return 401
    if not call.is_ping:
        actions.store(
            connection,
            topic=call.topic,
            external_id=call.external_id,
            triggered_at=call.triggered_at,
            body=body,
            now=now,
        )
    return 200
