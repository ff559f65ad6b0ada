"""Django behind ASGI: each request runs start to finish on one thread of a pool.

Django's own ASGI handler hops between the event loop and a thread several times per request, and reads a synchronous
streaming response to its end before it sends the first byte. All our views are synchronous, so one hop is enough,
requests run in parallel up to the size of the pool, and streams flow as they are produced.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIRequest, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import FileResponse, HttpResponseBadRequest, HttpResponseBase
from django.urls import set_script_prefix

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CHUNK_BYTES = 64 * 1024
# Seconds a reader may leave one chunk unread before we give its thread to somebody else.
STALLED_READER_SECONDS = 60


class Disconnected(Exception):
    """The browser went away before the exchange was complete."""


class DjangoInThreads:
    """An ASGI application that answers HTTP requests with Django, on at most ``threads`` threads at once."""

    def __init__(self, threads: int) -> None:
        self._handler = _Handler()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body (to disk when it is large), then let a thread answer."""
        try:
            body = await _read_body(receive)
        except Disconnected:
            return
        loop = asyncio.get_running_loop()
        with body:
            waiting = await loop.run_in_executor(self._pool, self._answer, scope, body, _Wire(loop, receive, send))
        for message in waiting:
            await send(message)

    def _answer(self, scope: Scope, body: Any, wire: "_Wire") -> list[Message]:
        """Answer on this thread: a stream is sent while it is produced, anything else is returned to be sent."""
        response = self._handler.respond(scope, body)
        try:
            if not response.streaming:
                return [_head(response), {"type": "http.response.body", "body": response.content}]  # type: ignore[attr-defined]
            with wire:
                wire.send(_head(response))
                for part in _parts_of(response):
                    wire.send({"type": "http.response.body", "body": part, "more_body": True})
                wire.send({"type": "http.response.body", "body": b""})
        except Disconnected:
            log.debug("the reader of %s went away", scope["path"])
        finally:
            # Also ends the request for Django, which is when its database connections are closed.
            response.close()
        return []

    def close(self) -> None:
        """Take no more requests; those that are running may end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class _Wire:
    """Lets a thread send to a connection that lives on the event loop, and notice that its reader left."""

    def __init__(self, loop: asyncio.AbstractEventLoop, receive: Receive, send: Send) -> None:
        self._loop, self._receive, self._send = loop, receive, send

    def __enter__(self) -> None:
        # After the body has been read, the only message left to receive is that the reader left. Nothing else would
        # tell: what is sent to a closed connection is never reported as sent, nor as lost.
        self._gone = self._schedule(self._receive)

    def __exit__(self, *_: object) -> None:
        self._gone.cancel()

    def send(self, message: Message) -> None:
        """Send one message and wait until it was taken; raise ``Disconnected`` when nobody takes it."""
        if self._loop.is_closed():
            raise Disconnected
        sent = self._schedule(self._send, message)
        done, _ = wait((sent, self._gone), timeout=STALLED_READER_SECONDS, return_when=FIRST_COMPLETED)
        if sent not in done or sent.cancelled() or sent.exception():
            sent.cancel()
            raise Disconnected

    def _schedule(self, call: Callable[..., Awaitable[Any]], *arguments: Any) -> Future[Any]:
        async def run() -> Any:
            return await call(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop)


class _Handler(BaseHandler):
    """Django's synchronous handler, fed with what an ASGI server knows."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware()

    def respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        try:
            request = ASGIRequest(scope, body)
        except UnicodeDecodeError:
            return HttpResponseBadRequest()
        response = self.get_response(request)
        if isinstance(response, FileResponse):
            response.block_size = CHUNK_BYTES
        return response


async def _read_body(receive: Receive) -> Any:
    body = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by the caller, who reads it
        max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, dir=settings.FILE_UPLOAD_TEMP_DIR
    )
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            body.close()
            raise Disconnected
        body.write(message.get("body", b""))
        if not message.get("more_body", False):
            body.seek(0)
            return body


def _head(response: HttpResponseBase) -> Message:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [
        (b"Set-Cookie", cookie.output(header="").strip().encode("ascii")) for cookie in response.cookies.values()
    ]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}


def _parts_of(response: HttpResponseBase) -> Iterator[bytes]:
    for part in response.streaming_content:  # type: ignore[attr-defined]
        for start in range(0, len(part), CHUNK_BYTES):
            yield part[start : start + CHUNK_BYTES]


def default_threads() -> int:
    """Return how many requests to serve at once: pages mostly wait for a database, so more than there are cores."""
    return min(32, 4 * (os.cpu_count() or 2) + 4)
