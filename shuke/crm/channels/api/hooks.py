"""The door that providers call: ``/hooks/channels/<kind>/<token>``.

A call is checked by its kind, what it says is kept, and only then is it answered. Raw ASGI, so that no session, language or
middleware stands between a provider and its answer.
"""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import connections

from shuke.crm.channels import queries
from shuke.crm.channels.actions import receiving
from shuke.crm.channels.errors import NotGenuine
from shuke.crm.channels.kinds import KINDS
from shuke.crm.channels.kinds.kind import Call, Reply
from shuke.kernel.clock import utcnow
from shuke.platform.crypto.sealing import Unreadable
from shuke.platform.http.hooks import read_body

log = logging.getLogger(__name__)

PREFIX = queries.HOOK_PREFIX
_THREADS = 4
_NOTHING = Reply(body="")
Answered = tuple[int, Reply]


class Hooks:
    """The ASGI application."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="channel-hooks")

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one call."""
        kind, _slash, token = scope["path"].removeprefix(PREFIX).strip("/").partition("/")
        status, reply = 405, _NOTHING
        if scope["method"] in {"GET", "POST"}:
            body = await read_body(scope, receive)
            query = scope.get("query_string", b"").decode("latin1")
            headers = {name.decode("latin1").lower(): value.decode("latin1") for name, value in scope["headers"]}
            url = settings.SHUKE_PUBLIC.url + scope["path"] + (f"?{query}" if query else "")
            call = Call(scope["method"], url, dict(parse_qsl(query)), headers, body) if body is not None else None
            loop = asyncio.get_running_loop()
            status, reply = await loop.run_in_executor(self._pool, answer, kind, token, call)
        head = [(b"content-type", reply.content_type.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": reply.body.encode()})


def answer(kind: str, token: str, call: Call | None) -> Answered:
    """Take a call and return what it is answered with, on a thread of its own."""
    try:
        return take(kind, token, call, now=utcnow())
    except Exception:
        log.exception("a call of kind %s could not be kept", kind if kind in KINDS else "unknown")
        return 503, _NOTHING
    finally:
        connections.close_all()


def take(kind: str, token: str, call: Call | None, *, now: datetime) -> Answered:
    """Check and keep a call; 404 for an address nobody has, 413 for too much, 401 for one that is not genuine."""
    account = queries.by_token(kind, token) if kind in KINDS and len(token) <= 48 and "\0" not in token else None
    if account is None:
        return 404, _NOTHING
    if call is None:
        return 413, _NOTHING
    try:
        said = KINDS[kind].hear(call, queries.setup_of(account), now=now)
    except (NotGenuine, Unreadable):
        return 401, _NOTHING
    receiving.keep(account, said.heard, now=now)
    return 200, said
