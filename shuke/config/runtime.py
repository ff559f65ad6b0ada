"""What works beside the pages: the job worker, and the loop that carries the log to its readers.

Only the owner of ``SHUKE_HOME`` runs it (see ``lock``), so the warehouse file has one owner and a job one worker.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connections

from shuke.cdp.events import actions as log_of_events
from shuke.cdp.events import queries as events
from shuke.cdp.ingest import actions as ingest
from shuke.cdp.warehouse import actions as warehouse
from shuke.config import memory
from shuke.kernel.clock import utcnow
from shuke.platform.db import statistics
from shuke.platform.jobs.worker import Worker, node_of
from shuke.platform.manifest import installed

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# Loading costs much the same for one event as for thousands. While they stream in, some are left to gather: at most for
# this long, and no longer than a few times what a load takes, so that cheap loads keep the warehouse close behind.
LOAD_AT_LEAST_EVERY = timedelta(seconds=15)
LOAD_AT_MOST_EVERY = timedelta(seconds=1)
GATHER_FOR_LOADS = 3
# Whoever follows the warehouse also notices that a day has turned.
FOLLOW_AT_LEAST_EVERY = timedelta(seconds=30)
# Nobody waits for a part of an import: its readers get it whole, or at least this often.
HISTORY_AT_LEAST_EVERY = timedelta(seconds=60)
# A batch from the inbox costs much the same for one event as for a hundred: when they come singly, some are left to gather.
WORTH_A_BATCH = 100
GATHER_SECONDS = 0.2
# While senders stand in line at the door, it goes first: the inbox is worked off for one part of the time in three, until
# it is this far behind.
YIELD_TIMES = 2
YIELD_UNTIL_BEHIND = timedelta(seconds=5)
# A subscriber that failed is told again, although nothing new has happened.
RETRY_SUBSCRIBERS_AFTER = timedelta(seconds=30)
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
REFRESH_STATISTICS_EVERY = timedelta(minutes=10)


class Runtime:
    """Runs jobs, delivers events and loads the warehouse while its block is open."""

    def __init__(self, home: Path, *, grace_seconds: float = 10) -> None:
        self._worker = Worker(node_of(home))
        self._grace_seconds = grace_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow_log, name="log", daemon=True)
        self._inbox = threading.Thread(target=self._work_off_inbox, name="inbox", daemon=True)

    def __enter__(self) -> Self:
        memory.settle()
        self._worker.start()
        self._thread.start()
        self._inbox.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if not self._worker.stop(self._grace_seconds):
            log.warning("a job did not leave in time; it is taken up again at the next start")
        ingest.INBOX_BELL.ring()
        self._inbox.join(self._grace_seconds)
        self._thread.join(self._grace_seconds)
        if self._thread.is_alive():
            log.warning("loading the warehouse did not end in time; it goes on at the next start")
        else:
            warehouse.close()

    def _work_off_inbox(self) -> None:
        """Carry what the collector took in to the log, as soon as it is there."""
        with ingest.Reader() as reader:
            self._follow_inbox(reader)
        connections.close_all()

    def _follow_inbox(self, reader: ingest.Reader) -> None:
        heard, pause = ingest.INBOX_BELL.rings, FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                heard = ingest.INBOX_BELL.wait(heard, LOOK_SECONDS)
                began = time.monotonic()
                while not self._stopping.is_set() and (done := ingest.work_off(now=utcnow(), reader=reader)):
                    if done < WORTH_A_BATCH:
                        self._stopping.wait(GATHER_SECONDS)
                    elif ingest.PRESSURE.is_high() and ingest.lag(now=utcnow()) < YIELD_UNTIL_BEHIND:
                        self._stopping.wait(YIELD_TIMES * (time.monotonic() - began))
                    began = time.monotonic()
                ingest.DOOR.write_down()
                pause = FIRST_PAUSE_SECONDS
            except Exception:
                log.exception("working off the inbox failed; trying again in %.0f s", pause)
                connections.close_all()
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _follow_log(self) -> None:
        """Carry what is new in the log to its subscribers and to the warehouse, for as long as we run."""
        following, pause = Following(self._stopping), FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            try:
                following.look()
                pause = FIRST_PAUSE_SECONDS
                self._stopping.wait(LOOK_SECONDS)
            except Exception:
                log.exception("following the log failed; trying again in %.0f s", pause)
                connections.close_all()
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        connections.close_all()


class Following:
    """How far the readers of the log have been brought, and when it is time for more.

    Live events are handed on at once. History that streams in, as in an import, would only have its readers compete
    with its writer and look again and again at what is half there: it waits until the stream pauses, or a while.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._last_seen: int | None = None
        self._told = self._loaded = self._measured = -1
        self._told_at = self._loaded_at = self._retry_at = self._refresh_at = self._follow_again_at = utcnow()
        self._gathering = LOAD_AT_MOST_EVERY

    def look(self) -> None:
        """Carry on what is due."""
        log_of_events.number_committed()
        last, now = events.last_position(), utcnow()
        is_quiet = self._last_seen in (None, last)
        is_live = not is_quiet and events.holds_live(after=self._last_seen or 0)
        self._last_seen = last
        is_due = is_quiet or is_live or now - self._told_at >= HISTORY_AT_LEAST_EVERY
        if (last != self._told and is_due) or (now >= self._retry_at and events.undelivered() and is_due):
            self._tell(last, now)
        patience = self._gathering if is_live else HISTORY_AT_LEAST_EVERY
        if last != self._loaded and (is_quiet or now - self._loaded_at >= patience):
            warehouse.catch_up(now=now)
            self._loaded, self._loaded_at = last, utcnow()
            gather = GATHER_FOR_LOADS * (self._loaded_at - now)
            self._gathering = max(LOAD_AT_MOST_EVERY, min(gather, LOAD_AT_LEAST_EVERY))
            self._follow(utcnow())
        elif now >= self._follow_again_at:
            self._follow(now)
        if is_quiet and last != self._measured and now >= self._refresh_at:
            statistics.refresh()
            self._measured, self._refresh_at = last, now + REFRESH_STATISTICS_EVERY

    def _follow(self, now: datetime) -> None:
        """Let those go on who follow the warehouse; one that fails is asked again and holds up nobody."""
        self._follow_again_at = now + FOLLOW_AT_LEAST_EVERY
        for follow in (manifest.after_load for manifest in installed() if manifest.after_load is not None):
            try:
                follow(now)
            except Exception:
                log.exception("following the warehouse failed; trying again")

    def _tell(self, last: int, now: datetime) -> None:
        while log_of_events.deliver(now=now) and not self._stopping.is_set():
            pass
        self._told, self._told_at, self._retry_at = last, utcnow(), now + RETRY_SUBSCRIBERS_AFTER
