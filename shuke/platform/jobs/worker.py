"""The loop that runs jobs: a few threads per lane, one pulse for all of them."""

import hashlib
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connections
from django.utils import translation

from shuke.kernel.clock import utcnow
from shuke.platform.jobs import actions, queries
from shuke.platform.jobs.bell import BELL
from shuke.platform.jobs.context import JobContext
from shuke.platform.jobs.errors import LeaseLost, WorkerStops
from shuke.platform.jobs.models import Job, JobState
from shuke.platform.jobs.rules import is_final
from shuke.platform.manifest import JobSpec, job_specs

log = logging.getLogger(__name__)

# Long work and short work do not share threads, so that an import never keeps a small thing waiting.
# What goes out to people has a lane of its own: a message is on its way at once, whatever else is done.
LANES: Mapping[str, int] = {"work": 2, "quick": 1, "send": 1}
TAKEN_AT_ONCE: Mapping[str, int] = {"quick": 5}
LEASE = timedelta(seconds=60)
LEASE_RENEWED_EVERY = timedelta(seconds=15)
PULSE_SECONDS = 0.5
# Jobs speak the language of the sources: what they say is a message id, translated for whoever reads it.
SOURCES = "en"
IDLE_SECONDS = 2.0
HOUSEKEEPING_EVERY = timedelta(seconds=20)


def node_of(home: Path) -> str:
    """Name the one worker process that may run on this machine for this ``SHUKE_HOME``."""
    place = f"{socket.gethostname()}\0{home}"
    return f"{socket.gethostname()[:40]}-{hashlib.sha256(place.encode()).hexdigest()[:8]}"


class Worker:
    """Runs due jobs on threads of its own until it is stopped.

    Only one may live per ``node``; at start it takes up at once whatever its predecessor left behind.
    """

    def __init__(
        self, node: str, *, lanes: Mapping[str, int] = LANES, specs: Callable[[], Mapping[str, JobSpec]] = job_specs
    ) -> None:
        self._node = node
        self._lanes = lanes
        self._specs = specs
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._running: dict[int, JobContext] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Recover what a dead predecessor left, then begin."""
        recovered = actions.recover(now=utcnow(), node=self._node)
        if recovered:
            log.warning("took up %s jobs that an earlier process left unfinished", recovered)
        self._threads = [
            threading.Thread(
                target=self._work, args=(lane, f"{self._node}/{os.getpid()}/{lane}-{n}"), name=f"{lane}-{n}"
            )
            for lane, count in self._lanes.items()
            for n in range(count)
        ]
        self._threads.append(threading.Thread(target=self._pulse, name="pulse"))
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def stop(self, timeout: float) -> bool:
        """Ask running jobs to leave at their next safe point, and wait; return whether all of them did in time."""
        self._stopping.set()
        with self._guard:
            for context in self._running.values():
                context.ask_to_leave()
        BELL.ring()
        for thread in self._threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in self._threads)

    # -- the lanes

    def _work(self, lane: str, name: str) -> None:
        heard = BELL.rings
        try:
            while not self._stopping.is_set():
                if not self._take_and_run(lane, name):
                    heard = BELL.wait(heard, IDLE_SECONDS)
        finally:
            connections.close_all()

    def _take_and_run(self, lane: str, name: str) -> bool:
        """Run what is due; return whether there was anything."""
        try:
            now = utcnow()
            if not queries.has_due(lane, now=now):
                return False
            jobs = actions.claim(name, lane, limit=TAKEN_AT_ONCE.get(lane, 1), lease=LEASE, now=now)
            contexts = [self._register(job) for job in jobs]
            for context in contexts:
                self._run(context)
        except Exception:
            # The queue itself is out of reach: leases run out and somebody takes our jobs up again.
            log.exception("could not work on the queue; trying again")
            connections.close_all()
            self._stopping.wait(IDLE_SECONDS)
            return False
        return bool(jobs)

    def _register(self, job: Job) -> JobContext:
        context = JobContext(job)
        with self._guard:
            self._running[job.pk] = context
        if self._stopping.is_set():
            context.ask_to_leave()
        return context

    def _run(self, context: JobContext) -> None:
        try:
            run(context, self._specs())
        finally:
            with self._guard:
                self._running.pop(context.job_id, None)

    # -- the pulse

    def _pulse(self) -> None:
        """Save progress, renew leases, pass on wishes to cancel, and now and then keep the queue in order."""
        renewed: dict[int, datetime] = {}
        housekeeping = datetime.min.replace(tzinfo=utcnow().tzinfo)
        while not self._is_over():
            now = utcnow()
            try:
                renewed = self._beat(renewed, now)
                if now - housekeeping > HOUSEKEEPING_EVERY and not self._stopping.is_set():
                    housekeeping = now
                    if actions.recover(now=now) + actions.ensure_recurring(self._specs().values(), now=now):
                        BELL.ring()
            except Exception:
                log.exception("the pulse of the job queue skipped a beat")
                connections.close_all()
            self._stopping.wait(PULSE_SECONDS)
            if self._stopping.is_set():
                threading.Event().wait(PULSE_SECONDS / 5)
        connections.close_all()

    def _is_over(self) -> bool:
        return self._stopping.is_set() and not self._running

    def _beat(self, renewed: dict[int, datetime], now: datetime) -> dict[int, datetime]:
        with self._guard:
            running = dict(self._running)
        for pk, context in running.items():
            if context.is_changed or now - renewed.setdefault(pk, now) > LEASE_RENEWED_EVERY:
                context.is_changed = False
                if not actions.renew(context.job, lease=LEASE, now=now):
                    context.lose()
                renewed[pk] = now
        if running:
            wanted = Job.objects.filter(pk__in=running, is_cancel_requested=True, state=JobState.RUNNING)
            for pk in wanted.values_list("pk", flat=True):
                running[pk].ask_to_cancel()
        return {pk: moment for pk, moment in renewed.items() if pk in running}


def run(context: JobContext, specs: Mapping[str, JobSpec]) -> None:
    """Run one claimed job on this thread and write down how it ended."""
    job = context.job
    try:
        spec = specs.get(job.name)
        if spec is None:
            raise LookupError(f"no manifest declares the job {job.name}")
        context.heartbeat()
        with translation.override(SOURCES):
            spec.run(context, **job.arguments)
    except LeaseLost:
        log.warning("job %s was taken over by another worker", job)
    except WorkerStops:
        actions.put_back(job, now=utcnow())
    except Exception as error:
        log.warning("job %s failed: %s", job, error, exc_info=not is_final(error))
        _reset_connection()
        with translation.override(SOURCES):
            actions.fail(job, error, now=utcnow())
    else:
        actions.finish(job, is_cancelled=context.saw_cancel, now=utcnow())


def _reset_connection() -> None:
    """Drop a connection that the error broke; one inside a caller's transaction (a test's) is left to the caller."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
