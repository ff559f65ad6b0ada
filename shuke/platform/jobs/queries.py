"""Questions about the queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from shuke.platform.jobs.models import Job, JobState
from shuke.platform.jobs.rules import pace_left


@dataclass(frozen=True, slots=True)
class Status:
    """How far a job is. ``total`` is 0 while unknown."""

    id: int
    name: str
    state: JobState
    done: int
    total: int
    note: str
    error: str

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


def status_of(job_id: int) -> Status:
    """Return how far a job is; raise ``Job.DoesNotExist`` for an unknown one."""
    job = Job.objects.get(pk=job_id)
    return Status(job.pk, job.name, JobState(job.state), job.done, job.total, job.note_text, job.error_text)


def find(job_id: int | None) -> Job | None:
    """Return a job, or None."""
    return Job.objects.filter(pk=job_id).first() if job_id else None


def find_unfinished(dedupe_key: str) -> Job | None:
    """Return the job that waits or runs under a key, or None."""
    return Job.objects.filter(dedupe_key=dedupe_key, state__in=(JobState.QUEUED, JobState.RUNNING)).first()


def is_unfinished(name: str, *, until: datetime) -> bool:
    """Whether a job of a kind runs, or waits to start before ``until``."""
    return Job.objects.filter(name=name, state__in=(JobState.QUEUED, JobState.RUNNING), run_at__lte=until).exists()


def eta(job: Job, now: datetime) -> timedelta | None:
    """Return how long a running job still takes at its present pace; None when that cannot be said."""
    if job.state != JobState.RUNNING or job.resumed_at is None:
        return None
    spent = (now - job.resumed_at).total_seconds()
    left = pace_left(job.done, job.total, since=job.resumed_done, seconds=spent)
    return None if left is None else timedelta(seconds=round(left))


def counts() -> dict[str, int]:
    """Return how many jobs are in each state; finished ones are remembered for a month."""
    return dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))


def unfinished_of_system(*, until: datetime) -> int:
    """Return how many jobs that nobody asked for by hand run, or wait to start before ``until``; not those that recur."""
    unfinished = Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING), requested_by="", run_at__lte=until)
    return unfinished.exclude(dedupe_key__startswith="every:", dedupe_key__isnull=False).count()


def has_due(lane: str, *, now: datetime) -> bool:
    """Whether a job of ``lane`` waits to be taken."""
    return Job.objects.filter(state=JobState.QUEUED, lane=lane, run_at__lte=now).exists()
