"""Putting jobs into the queue and taking them out of it."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, Q
from django.utils.translation import gettext_noop

from shuke.kernel.errors import ShukeError
from shuke.platform.jobs.bell import BELL
from shuke.platform.jobs.models import Job, JobState
from shuke.platform.jobs.rules import MAX_CRASHES, is_final, pause_after
from shuke.platform.manifest import JobSpec, job_specs
from shuke.platform.staff.actor import Actor

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
MAX_ERROR_CHARACTERS = 4_000
UNFORESEEN = gettext_noop("Something went wrong that nobody foresaw: %(said)s")
KILLED = gettext_noop("The process that ran this job died each time before it got any further.")


def enqueue(
    name: str,
    *,
    now: datetime,
    dedupe_key: str | None = None,
    run_at: datetime | None = None,
    by: Actor | None = None,
    max_attempts: int | None = None,
    repeat_if_running: bool = False,
    **arguments: Any,
) -> Job:
    """Queue a job in the caller's transaction and return it; it starts after the commit, not before ``run_at``.

    With a ``dedupe_key`` that an unfinished job holds, that job is returned and nothing is queued; where a running job
    may have looked too early at what changed now, ``repeat_if_running`` makes it run once more when it is done.
    ``arguments`` are plain values. Raises ``LookupError`` for a kind of job that no manifest declares.
    """
    spec = job_specs().get(name)
    if spec is None:
        raise LookupError(f"no manifest declares the job {name}")
    if dedupe_key and (waiting := _unfinished(dedupe_key)):
        if repeat_if_running and waiting.state == JobState.RUNNING:
            Job.objects.filter(pk=waiting.pk).update(again_at=run_at or now)
        return waiting
    try:
        with transaction.atomic():
            job = Job.objects.create(
                name=name,
                arguments=arguments,
                lane=spec.lane,
                run_at=run_at or now,
                max_attempts=max_attempts or spec.max_attempts,
                dedupe_key=dedupe_key,
                requested_by=by.reference if by else "",
                created_at=now,
            )
    except IntegrityError:
        other = _unfinished(dedupe_key) if dedupe_key else None
        if other is None:
            raise
        return other
    transaction.on_commit(BELL.ring)
    return job


def _unfinished(dedupe_key: str) -> Job | None:
    return Job.objects.filter(dedupe_key=dedupe_key, state__in=UNFINISHED).first()


@transaction.atomic
def request_cancel(job_id: int, *, by: Actor | None = None, now: datetime) -> bool:
    """Ask a job to stop, and return whether there was anything to stop.

    One that waits is cancelled at once; one that runs stops when it next looks. The caller audits ``by``.
    """
    del by
    waiting = Job.objects.filter(pk=job_id, state=JobState.QUEUED)
    if waiting.update(state=JobState.CANCELLED, is_cancel_requested=True, finished_at=now):
        return True
    return bool(Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(is_cancel_requested=True))


def claim(worker: str, lane: str, *, limit: int, lease: timedelta, now: datetime) -> list[Job]:
    """Take up to ``limit`` due jobs of a lane for ``worker``, in one statement, and return them in order.

    Two workers never get the same job: SQLite admits one writer at a time, PostgreSQL skips what another has locked.
    """
    skip = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    encode = Job._meta.get_field("run_at").get_db_prep_value
    moment, until = encode(now, connection), encode(now + lease, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE jobs_job SET state = 'running', worker = %s, lease_until = %s, started_at = coalesce(started_at, %s),
                resumed_at = %s, resumed_done = done, error = '', error_facts = '{{}}'
            WHERE id IN (
                SELECT id FROM jobs_job WHERE state = 'queued' AND lane = %s AND run_at <= %s
                ORDER BY run_at, id LIMIT %s{skip}
            ) RETURNING id
            """,  # noqa: S608  the only thing filled in is a constant of ours
            [worker, until, moment, moment, lane, moment, limit],
        )
        taken = [row[0] for row in cursor.fetchall()]
    return list(Job.objects.filter(pk__in=taken).order_by("run_at", "pk")) if taken else []


def renew(job: Job, *, lease: timedelta, now: datetime) -> bool:
    """Keep our lease on a running job and save its progress; return False if the job is no longer ours."""
    mine = Job.objects.filter(pk=job.pk, worker=job.worker, state=JobState.RUNNING)
    progress = {"done": job.done, "total": job.total, "note": job.note}
    crashes = {"crashes": 0} if job.done > job.resumed_done else {}
    return bool(mine.update(lease_until=now + lease, **progress, **crashes))


def finish(job: Job, *, is_cancelled: bool, now: datetime) -> None:
    """Mark a job as done, or as cancelled if it noticed that it should stop; queue it again if that was asked for."""
    if is_cancelled:
        _close(job, state=JobState.CANCELLED, finished_at=now)
        return
    mine = Job.objects.filter(pk=job.pk, worker=job.worker, state=JobState.RUNNING)
    # Somebody may ask for another run between our two looks.
    while mine.exists():
        again = mine.filter(again_at__isnull=False).update(
            state=JobState.QUEUED, run_at=F("again_at"), again_at=None, worker="", lease_until=None, started_at=None,
            done=0, total=0, note="", attempts=0,
        )  # fmt: skip
        if not again:
            _close(job, only=Q(again_at=None), state=JobState.DONE, finished_at=now)


def put_back(job: Job, *, now: datetime) -> None:
    """Return a job to the queue as it is, to be taken up again as soon as there is a worker."""
    _close(job, state=JobState.QUEUED, run_at=now)


def fail(job: Job, error: BaseException, *, now: datetime) -> None:
    """Note that a job ended in ``error``: to be tried again after a pause, or failed for good."""
    attempts = job.attempts + 1
    said, facts = _told(error)
    changes: dict[str, Any] = {"attempts": attempts, "error": said, "error_facts": facts}
    if is_final(error) or attempts >= job.max_attempts:
        changes |= {"state": JobState.FAILED, "finished_at": now}
    elif job.is_cancel_requested:
        changes |= {"state": JobState.CANCELLED, "finished_at": now}
    else:
        changes |= {"state": JobState.QUEUED, "run_at": now + pause_after(attempts)}
    _close(job, **changes)


def _told(error: BaseException) -> tuple[str, dict[str, str]]:
    """Return a message id that tells of ``error``, and the facts it names."""
    if isinstance(error, ShukeError):
        text = str(error.message)[:MAX_ERROR_CHARACTERS]
        named = set(re.findall(r"%\((\w+)\)", text))
        return text, {name: str(fact)[:MAX_ERROR_CHARACTERS] for name, fact in error.facts.items() if name in named}
    return UNFORESEEN, {"said": f"{type(error).__name__}: {error}"[:MAX_ERROR_CHARACTERS]}


def _close(job: Job, *, only: Q | None = None, **changes: Any) -> None:
    """Let go of a job that is still ours; one that another worker took over in the meantime is left alone."""
    mine = Job.objects.filter(only or Q(), pk=job.pk, worker=job.worker, state=JobState.RUNNING)
    mine.update(worker="", lease_until=None, done=job.done, total=job.total, note=job.note, **changes)


@transaction.atomic
def recover(*, now: datetime, node: str = "") -> int:
    """Return to the queue the running jobs whose worker is dead, and return how many.

    Dead are those whose lease ran out and, when ``node`` is given, all of that node: only its one owner calls this, at
    start. A job that keeps killing its worker without getting further fails.
    """
    is_dead = Q(lease_until__lt=now) | (Q(worker__startswith=f"{node}/") if node else Q())
    dead = Job.objects.filter(is_dead if node else Q(lease_until__lt=now), state=JobState.RUNNING)
    dead.filter(crashes__gte=MAX_CRASHES - 1).update(
        state=JobState.FAILED, finished_at=now, worker="", lease_until=None, crashes=F("crashes") + 1,
        error=KILLED, error_facts={},
    )  # fmt: skip
    return dead.update(state=JobState.QUEUED, run_at=now, worker="", lease_until=None, crashes=F("crashes") + 1)


@transaction.atomic
def ensure_recurring(specs: Iterable[JobSpec], *, now: datetime) -> int:
    """Queue the next run of every recurring kind of job that has none; return how many were queued."""
    recurring = {f"every:{spec.name}": spec for spec in specs if spec.every is not None}
    runs = Job.objects.filter(dedupe_key__in=recurring)
    waiting = set(runs.filter(state__in=UNFINISHED).values_list("dedupe_key", flat=True))
    missing = {key: spec for key, spec in recurring.items() if key not in waiting}
    if not missing:
        return 0
    last = dict(runs.filter(dedupe_key__in=missing).values_list("dedupe_key").annotate(last=Max("started_at")))
    created = Job.objects.bulk_create(
        [
            Job(
                name=spec.name,
                lane=spec.lane,
                run_at=max(now, last[key] + spec.every) if last.get(key) and spec.every else now,
                max_attempts=spec.max_attempts,
                dedupe_key=key,
                created_at=now,
            )
            for key, spec in missing.items()
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(BELL.ring)
    return len(created)


def forget_finished(*, before: datetime) -> int:
    """Delete jobs that ended before a moment; return how many."""
    ended = Job.objects.exclude(state__in=UNFINISHED).filter(finished_at__lt=before)
    return ended.delete()[0]
