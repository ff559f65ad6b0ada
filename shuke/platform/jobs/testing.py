"""Running queued jobs in a test, on its own thread and in its own transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from shuke.kernel.clock import utcnow
from shuke.platform.jobs import actions, worker
from shuke.platform.jobs.context import JobContext
from shuke.platform.jobs.models import Job
from shuke.platform.manifest import JobSpec, job_specs


def run_queued(*, now: datetime | None = None, specs: Mapping[str, JobSpec] | None = None) -> list[Job]:
    """Run every due job, and those they queue in turn, until none is left; return them as they ended."""
    moment = now or utcnow()
    ran: list[int] = []
    while claimed := [
        job
        for lane in worker.LANES
        for job in actions.claim("test/0/0", lane, limit=50, lease=timedelta(minutes=1), now=moment)
    ]:
        for job in claimed:
            worker.run(JobContext(job), specs or job_specs())
            ran.append(job.pk)
    return list(Job.objects.filter(pk__in=ran).order_by("pk"))
