"""Group commit: one thread writes whatever is waiting in one transaction, then tells all who wait.

A commit costs the same for one request as for a thousand. While one is being written the next gather, so the more arrive
the more share a commit, and nobody is told that a request is safe before the disk has said so.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from shuke.cdp.ingest.engine.packing import Request, pack
from shuke.cdp.ingest.errors import Overloaded
from shuke.cdp.ingest.models import Inbox
from shuke.platform.crypto.sealing import seal_bytes
from shuke.platform.db.bulk import insert_rows
from shuke.platform.db.failpoint import failpoint
from shuke.platform.jobs.bell import Bell

log = logging.getLogger(__name__)

SEALED_AS = b"ingest.inbox"
# Rung after every commit: there is something in the inbox.
INBOX_BELL = Bell()
MOST_REQUESTS_AT_ONCE = 1_000
MOST_BYTES_AT_ONCE = 8 * 1024 * 1024
# What may wait to be written; beyond it we say so instead of growing.
MOST_WAITING_BYTES = 64 * 1024 * 1024
_INBOX_LOCK = "shuke.ingest.inbox"


class Pressure:
    """Whether senders wait in line: then whoever works behind the door leaves the processors to it for a while."""

    _LINE = 16
    _FRESH_SECONDS = 0.2

    def __init__(self) -> None:
        self._requests, self._at = 0, 0.0

    def note(self, requests: int) -> None:
        """Take down how many requests shared a commit."""
        self._requests, self._at = requests, time.monotonic()

    def is_high(self) -> bool:
        """Return whether many shared the last commit, just now."""
        return self._requests >= self._LINE and time.monotonic() - self._at < self._FRESH_SECONDS


PRESSURE = Pressure()


@dataclass(slots=True)
class Parcel:
    """A request on its way into the inbox, and who waits for it."""

    source_id: int
    received_at: datetime
    events: int
    request: Request
    waiter: "asyncio.Future[None] | None" = None


class Writer:
    """Writes requests into the inbox on a thread of its own, which begins with the first of them."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def offer(self, parcel: Parcel) -> "asyncio.Future[None]":
        """Hand over a request; the future is done once it is durable, or failed. Raises ``Overloaded``."""
        size = len(parcel.request.body)
        if self._waiting_bytes + size > MOST_WAITING_BYTES:
            raise Overloaded("too much is waiting to be written")
        if self._thread is None:
            self._start()
        parcel.waiter = asyncio.get_running_loop().create_future()
        with self._guard:
            self._waiting_bytes += size
        self._waiting.put(parcel)
        failpoint("ingest.after_enqueue")
        return parcel.waiter

    def _start(self) -> None:
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Write what is waiting, and let go of the thread and its connection. Another request begins a new one."""
        with self._guard:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()

    def _run(self) -> None:
        is_closed = False
        while not is_closed:
            group, is_closed = self._next_group()
            size = sum(len(parcel.request.body) for parcel in group)
            if group:
                self._deal_with(group)
            with self._guard:
                self._waiting_bytes -= size
        connection.close()

    def _next_group(self) -> tuple[list[Parcel], bool]:
        """Wait for a request and take all that wait with it; also return whether that was the last."""
        group: list[Parcel] = []
        size, parcel = 0, self._waiting.get()
        while parcel is not None:
            group.append(parcel)
            size += len(parcel.request.body)
            if len(group) >= MOST_REQUESTS_AT_ONCE or size >= MOST_BYTES_AT_ONCE or self._waiting.empty():
                return group, False
            parcel = self._waiting.get()
        return group, True

    def _deal_with(self, group: list[Parcel]) -> None:
        """Write, then answer: in this order."""
        try:
            write(group)
        except Exception as error:
            log.exception("could not write %s requests to the inbox", len(group))
            connection.close()
            self._tell(group, error)
        else:
            failpoint("ingest.after_commit_before_ack")
            self._tell(group, None)
            PRESSURE.note(len(group))
            INBOX_BELL.ring()

    def _tell(self, group: list[Parcel], error: Exception | None) -> None:
        """Wake those who wait, all of one event loop with one call."""
        by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        for parcel in group:
            if parcel.waiter is not None:
                by_loop.setdefault(parcel.waiter.get_loop(), []).append(parcel.waiter)
        for loop, waiters in by_loop.items():
            try:
                loop.call_soon_threadsafe(_settle, waiters, error)
            except RuntimeError:
                log.debug("nobody waits any more: the loop is closed")


def _settle(waiters: list["asyncio.Future[None]"], error: Exception | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(Overloaded("could not be written"))


def receive(source_id: int, calls: Sequence[Mapping[str, Any]], *, now: datetime, agent: str = "") -> None:
    """Take calls of a source as its collector would, without a network: they are safe when this returns."""
    body = msgspec.json.encode({"batch": list(calls), "sentAt": now.isoformat()})
    write([Parcel(source_id, now, len(calls), Request("", body, agent=agent))])
    INBOX_BELL.ring()


def write(group: Sequence[Parcel]) -> None:
    """Write requests in one transaction; when this returns they survive anything but the loss of the disk."""
    rows = [
        (
            parcel.source_id, parcel.received_at, parcel.events,
            seal_bytes(pack(parcel.request), context=SEALED_AS),
        )
        for parcel in group
    ]  # fmt: skip
    with transaction.atomic():
        in_turn()
        insert_rows(Inbox, ("source_id", "received_at", "events", "sealed"), rows)
        failpoint("ingest.before_commit")


def in_turn() -> None:
    """Make writers of the inbox commit in the order of their ids, so that a reader's cursor passes nobody by.

    SQLite has one writer at a time anyway. Held until the end of the transaction.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_INBOX_LOCK])
