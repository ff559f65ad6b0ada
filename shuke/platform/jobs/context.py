"""What a job sees of the machinery that runs it."""

import threading
from datetime import datetime

from shuke.kernel.clock import utcnow
from shuke.platform.jobs.errors import LeaseLost, WorkerStops
from shuke.platform.jobs.models import Job


class JobContext:
    """Handed to every job function.

    Everything here is cheap: progress is kept in memory and saved by the worker's pulse, twice a second at most, never
    in the transaction of the job. Reporting progress is also where a job leaves when its worker stops; jobs are able
    to start again from their own checkpoint, so that is always safe.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.saw_cancel = False
        self.is_changed = False
        self._cancel = threading.Event()
        self._stop = threading.Event()
        self._lost = threading.Event()
        if job.is_cancel_requested:
            self._cancel.set()

    @property
    def job_id(self) -> int:
        """Return the id of the job."""
        return self.job.pk

    def now(self) -> datetime:
        """Read the clock."""
        return utcnow()

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Say how far we are; ``total`` 0 means unknown."""
        self.heartbeat()
        self.job.done, self.job.total, self.job.note = done, total, note[:200]
        self.is_changed = True

    def heartbeat(self) -> None:
        """Say that we are alive; leaves the job if its worker stops or the job is no longer ours."""
        if self._lost.is_set():
            raise LeaseLost
        if self._stop.is_set():
            raise WorkerStops

    def is_cancelled(self) -> bool:
        """Whether somebody asked us to stop. A job that returns after seeing True counts as cancelled."""
        self.heartbeat()
        self.saw_cancel = self.saw_cancel or self._cancel.is_set()
        return self.saw_cancel

    def ask_to_cancel(self) -> None:
        """Pass on that somebody asked for an end."""
        self._cancel.set()

    def ask_to_leave(self) -> None:
        """Pass on that the worker stops."""
        self._stop.set()

    def lose(self) -> None:
        """Pass on that the job is no longer ours."""
        self._lost.set()
