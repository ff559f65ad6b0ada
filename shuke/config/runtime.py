"""What works beside the pages: the job worker, and the loop that carries the log to its readers.

Only the owner of ``SHUKE_HOME`` runs it (see ``lock``), so the warehouse file has one owner and a job one worker.
"""

import logging
import threading
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connections

from shuke.cdp.events import actions as log_of_events
from shuke.cdp.events import queries as events
from shuke.cdp.warehouse import actions as warehouse
from shuke.kernel.clock import utcnow
from shuke.platform.jobs.worker import Worker, node_of

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# Loading costs much the same for one event as for a few hundred: during an import let some gather.
LOAD_EVERY = timedelta(seconds=2)
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0


class Runtime:
    """Runs jobs, delivers events and loads the warehouse while its block is open."""

    def __init__(self, home: Path, *, grace_seconds: float = 10) -> None:
        self._worker = Worker(node_of(home))
        self._grace_seconds = grace_seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow_log, name="log", daemon=True)

    def __enter__(self) -> Self:
        self._worker.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if not self._worker.stop(self._grace_seconds):
            log.warning("a job did not leave in time; it is taken up again at the next start")
        self._thread.join(self._grace_seconds)
        if self._thread.is_alive():
            log.warning("loading the warehouse did not end in time; it goes on at the next start")
        else:
            warehouse.close()

    def _follow_log(self) -> None:
        """Carry what is new in the log to its subscribers and to the warehouse, for as long as we run."""
        pause = FIRST_PAUSE_SECONDS
        seen = -1
        loaded_at = utcnow() - LOAD_EVERY
        while not self._stopping.is_set():
            try:
                log_of_events.number_committed()
                last, now = events.last_position(), utcnow()
                if last != seen:
                    while log_of_events.deliver(now=now) and not self._stopping.is_set():
                        pass
                    if now - loaded_at >= LOAD_EVERY:
                        warehouse.catch_up(now=now)
                        seen, loaded_at = last, utcnow()
                pause = FIRST_PAUSE_SECONDS
                self._stopping.wait(LOOK_SECONDS)
            except Exception:
                log.exception("following the log failed; trying again in %.0f s", pause)
                connections.close_all()
                self._stopping.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        connections.close_all()
