"""The collector: takes events in, at the addresses and with the answers of the clients in the field.

A request is authenticated, unpacked, looked over and handed to the group commit. What its events say is read later, from
the inbox: here only their number matters, and that the whole can be read at all.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings

from shuke.cdp.ingest.actions import tallies
from shuke.cdp.ingest.actions.book import BOOK, Book, Known
from shuke.cdp.ingest.actions.receiving import Parcel, Writer
from shuke.cdp.ingest.actions.tallies import DOOR
from shuke.cdp.ingest.api import answers, credentials, discovery, script
from shuke.cdp.ingest.engine.packing import NotGzip, Request, TooMuch, gunzip
from shuke.cdp.ingest.engine.quota import Bucket
from shuke.cdp.ingest.errors import Overloaded
from shuke.cdp.ingest.rules import addresses, limits, reading
from shuke.cdp.ingest.rules.calls import ROUTES
from shuke.kernel.clock import utcnow
from shuke.platform.db.failpoint import failpoint

PREFIXES = ("/v1/", "/beacon/v1/", "/sourceConfig")
# Bodies that take longer to read than others may wait are read on another thread.
_LONG_BYTES = 128 * 1024
_RETRY_SECONDS = 2
_REMEMBERED_HEADERS = 10_000
_ADDRESSES = {
    **{f"/v1/{name}": (name, kind) for name, kind in ROUTES.items()},
    "/beacon/v1/batch": ("beacon", ""),
}


class Refusal(Exception):
    """A request that is turned away: HTTP status, code, message, and the outcome it counts as."""

    def __init__(self, status: int, code: str, message: str, outcome: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.outcome, self.retry_after = (
            status,
            code,
            message,
            outcome,
            retry_after,
        )


@dataclass(slots=True)
class _Asked:
    """The headers of a request that matter here."""

    authorization: bytes = b""
    origin: bytes = b""
    encoding: bytes = b""
    agent: bytes = b""
    host: bytes = b""
    asked_headers: bytes = b""
    forwarded_for: bytes = b""
    length: bytes = b""
    client: str = ""


_WANTED = {
    b"authorization": "authorization", b"origin": "origin", b"content-encoding": "encoding", b"user-agent": "agent",
    b"host": "host", b"access-control-request-headers": "asked_headers", b"x-forwarded-for": "forwarded_for",
    b"content-length": "length",
}  # fmt: skip


class Collector:
    """The ASGI application."""

    def __init__(self, *, writer: Writer | None = None, book: Book = BOOK) -> None:
        self._writer = writer or Writer()
        self._book = book
        self._buckets: dict[int, Bucket] = {}
        self._by_header: dict[bytes, Known] = {}
        self._edition = -1
        self._is_behind_proxy = bool(getattr(settings, "SECURE_PROXY_SSL_HEADER", None))

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one request."""
        asked = _asked(scope)
        path = scope["path"].rstrip("/")
        method = scope["method"]
        if method == "OPTIONS":
            await answers.preflight(send, asked.origin, asked.asked_headers)
        elif method == "POST" and (address := _ADDRESSES.get(path)):
            await self._take(address, scope, asked, receive, send)
        elif method == "GET" and path == addresses.SCRIPT:
            await script.serve(send, scope["headers"])
        elif method == "GET" and discovery.is_about(path):
            await self._describe(path, scope, asked, send)
        else:
            status, code = (405, "method_not_allowed") if path in _ADDRESSES else (404, "not_found")
            await answers.refuse(send, asked.origin, status, code, "There is nothing here; POST to /v1/batch.")

    # -- events

    async def _take(
        self, address: tuple[str, str], scope: Mapping[str, Any], asked: _Asked, receive: Any, send: Any
    ) -> None:
        now = utcnow()
        source: Known | None = None
        try:
            body = await _body(asked, receive)
            if body is None:
                return
            key = credentials.from_query(scope["query_string"]) if scope["query_string"] else ""
            source = await self._source(asked.authorization, key)
            if source is None and (key or asked.authorization):
                raise _unknown_key()
            found = await _read(body, asked.encoding)
            if source is None:
                source = await self._source(b"", found.key)
            if source is None:
                raise _unknown_key()
            await self._admit(source, found, address, asked, now)
        except Refusal as no:
            DOOR.add(source.id if source else tallies.NOBODY, no.outcome, now=now)
            await answers.refuse(send, asked.origin, no.status, no.code, no.message, retry_after=no.retry_after)
        else:
            await answers.ok(send, asked.origin)

    async def _admit(
        self, source: Known, found: "_Found", address: tuple[str, str], asked: _Asked, now: datetime
    ) -> None:
        """Let a request through to the inbox and wait until it is durable."""
        name, kind = address
        if not kind and not found.is_batch:
            raise Refusal(400, "invalid_request", 'This address takes {"batch": [...]}.', tallies.BAD_REQUEST)
        if found.events == 0:
            return
        self._keep_quota(source, found.events)
        failpoint("ingest.after_parse")
        request = Request(
            "" if found.is_batch else kind, found.body, self._ip(asked), asked.agent[:300].decode("latin1"),
            name == "import",
        )  # fmt: skip
        try:
            await self._writer.offer(Parcel(source.id, now, found.events, request))
        except Overloaded as busy:
            message = "Too much at once; come back in a moment."
            raise Refusal(503, "overloaded", message, tallies.OVERLOADED, retry_after=_RETRY_SECONDS) from busy

    def _keep_quota(self, source: Known, events: int) -> None:
        if not source.quota_per_second:
            return
        at = time.monotonic()
        bucket = self._buckets.get(source.id)
        if bucket is None or bucket.rate != source.quota_per_second:
            bucket = self._buckets[source.id] = Bucket.full(source.quota_per_second, at=at)
        if wait := bucket.take(events, at=at):
            message = "This source sends more than its quota."
            raise Refusal(429, "over_quota", message, tallies.OVER_QUOTA, retry_after=wait)

    def _ip(self, asked: _Asked) -> str:
        if self._is_behind_proxy and asked.forwarded_for:
            return asked.forwarded_for.rpartition(b",")[2].strip()[:45].decode("latin1")
        return asked.client

    # -- sources

    async def _source(self, authorization: bytes, key: str) -> Known | None:
        """Return the source of a header or key; looks into the database when the book is old or does not know it."""
        if self._book.is_stale():
            await asyncio.to_thread(_refresh, self._book)
        if self._edition != self._book.edition:
            self._by_header, self._edition = {}, self._book.edition
        if not key and (known := self._by_header.get(authorization)):
            return known
        key = key or credentials.from_header(authorization)
        if not key:
            return None
        known = self._book.find(key)
        if known is None and self._book.is_stale(unknown=True):
            await asyncio.to_thread(_refresh, self._book)
            known = self._book.find(key)
        is_in_header = bool(authorization) and credentials.from_header(authorization) == key
        if known is not None and is_in_header and len(self._by_header) < _REMEMBERED_HEADERS:
            self._by_header[authorization] = known
        return known

    async def _describe(self, path: str, scope: Mapping[str, Any], asked: _Asked, send: Any) -> None:
        """Answer what browser clients ask before they start."""
        key = discovery.key_in(path) or credentials.from_query(scope["query_string"])
        source = await self._source(asked.authorization if not key else b"", key)
        if source is None:
            DOOR.add(tallies.NOBODY, tallies.UNAUTHORIZED, now=utcnow())
            await answers.refuse(send, asked.origin, 401, "unauthorized", "This write key is not known here.")
            return
        here = discovery.Here(settings.SHUKE_PUBLIC.is_https, asked.host.decode("latin1"))
        said = discovery.describe(path, source, here)
        await answers.ok(send, asked.origin, msgspec.json.encode(said))


def _refresh(book: Book) -> None:
    from django.db import connection

    try:
        book.refresh()
    finally:
        connection.close()


def _asked(scope: Mapping[str, Any]) -> _Asked:
    asked = _Asked()
    for name, value in scope["headers"]:
        if wanted := _WANTED.get(name):
            setattr(asked, wanted, value)
    if client := scope.get("client"):
        asked.client = str(client[0])
    return asked


async def _body(asked: _Asked, receive: Any) -> bytes | None:
    """Return the body; None when the client left. Raises ``Refusal`` as soon as it is too large."""
    if asked.length.isdigit() and int(asked.length) > limits.MAX_BODY_BYTES:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limits.MAX_BODY_BYTES:
            raise _too_large()
        return body
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > limits.MAX_BODY_BYTES:
            raise _too_large()
    return b"".join(parts)


def _unknown_key() -> Refusal:
    return Refusal(401, "unauthorized", "This write key is not known here.", tallies.UNAUTHORIZED)


def _too_large() -> Refusal:
    return Refusal(413, "too_large", "A request may hold 4 MB.", tallies.TOO_LARGE)


@dataclass(slots=True)
class _Found:
    """What the door saw in a body."""

    body: bytes
    events: int
    is_batch: bool
    key: str


async def _read(body: bytes, encoding: bytes) -> _Found:
    if len(body) > _LONG_BYTES or encoding:
        return await asyncio.to_thread(_looked_over, body, encoding)
    found = reading.parcel(body)
    if found is None:
        return await asyncio.to_thread(_looked_over, body, encoding)
    return _of(body, found)


def _looked_over(body: bytes, encoding: bytes) -> _Found:
    """Unpack and read a body with patience. Raises ``Refusal``."""
    body = _unpacked(body, encoding.strip().lower())
    found = reading.parcel(body) or reading.rescued(body)
    if found is not None:
        return _of(body, found)
    try:
        said = reading.event(body)[0]
    except reading.Refused as no:
        if no.reason in ("invalid_json", "not_an_object"):
            raise Refusal(400, "invalid_json", "The body is not a JSON object.", tallies.BAD_REQUEST) from None
        return _Found(body, 1, False, "")
    key = said.get("writeKey")
    return _Found(body, 1, False, key if isinstance(key, str) else "")


def _unpacked(body: bytes, encoding: bytes) -> bytes:
    if encoding in (b"", b"identity"):
        return body
    if encoding not in (b"gzip", b"x-gzip"):
        raise Refusal(415, "unsupported_encoding", "Send gzip, or no Content-Encoding.", tallies.BAD_REQUEST)
    try:
        return gunzip(body)
    except TooMuch:
        raise _too_large() from None
    except NotGzip:
        raise Refusal(400, "invalid_gzip", "The body is not complete gzip.", tallies.BAD_REQUEST) from None


def _of(body: bytes, found: reading.Parcel) -> _Found:
    is_batch = not isinstance(found.batch, msgspec.UnsetType)
    key = found.write_key if isinstance(found.write_key, str) else ""
    return _Found(body, len(found.batch) if isinstance(found.batch, list) else 1, is_batch, key)
