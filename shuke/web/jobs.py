"""Background work: what runs, how far it is, and stopping it."""

from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from shuke.platform.http.keyset import paginate
from shuke.platform.http.pages import STAFF, may, page
from shuke.platform.http.request import Request
from shuke.platform.jobs import queries
from shuke.platform.jobs.models import Job, JobState
from shuke.web import labels
from shuke.web.actions import jobs as actions

_TONES = {
    JobState.QUEUED: "info", JobState.RUNNING: "accent", JobState.DONE: "good", JobState.FAILED: "bad",
    JobState.CANCELLED: "neutral",
}  # fmt: skip

HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True, slots=True)
class Progress:
    """A job as people see it. ``percent`` and ``left`` are None while they cannot be known."""

    job: Job
    label: str | Promise
    tone: str
    percent: float | None
    left: timedelta | None
    is_open: bool
    may_cancel: bool

    @classmethod
    def of(cls, job: Job, request: Request) -> "Progress":
        """Return how far ``job`` is, at the moment of ``request``."""
        is_open = job.state in {JobState.QUEUED, JobState.RUNNING}
        return cls(
            job=job,
            label=labels.job(job.name),
            tone=_TONES[JobState(job.state)],
            percent=job.done / job.total if job.total else None,
            left=queries.eta(job, request.now),
            is_open=is_open,
            may_cancel=is_open and not job.is_cancel_requested and _is_concerned(request, job),
        )


@page("jobs.view")
def queue(request: Request) -> HttpResponse:
    """List jobs, newest first, optionally only those in one state; what recurs by itself is housekeeping."""
    state = request.GET.get("state", "")
    jobs = Job.objects.filter(requested_by="") if state == HOUSEKEEPING else Job.objects.exclude(requested_by="")
    if state in JobState.values:
        # A failure matters whoever asked for the work.
        jobs = Job.objects.filter(state=state) if state == JobState.FAILED else jobs.filter(state=state)
    found = paginate(jobs, request, keys=("-id",))
    rows = [Progress.of(job, request) for job in found.rows]
    context = {"page": found, "rows": rows, "states": JobState.choices, "state": state}
    return render(request, "web/jobs.html", context)


@page(STAFF)
def progress(request: Request, pk: int) -> HttpResponse:
    """Show one job to whoever asked for it and to managers: a page, or for htmx only its progress.

    ``?reload=1`` makes the browser load the surrounding page again once the job has ended, since that page has
    something new to say then.
    """
    job = _concerning(request, pk)
    shown = Progress.of(job, request)
    wants_reload = request.GET.get("reload") == "1"
    if not request.htmx:
        return render(request, "web/job.html", {"progress": shown, "may_list": may(request, "jobs.view")})
    response = render(request, "jobs/_progress_body.html", {"progress": shown, "reload": wants_reload})
    if wants_reload and not shown.is_open:
        response["HX-Refresh"] = "true"
    return response


@page(STAFF, methods=("POST",))
def cancel(request: Request, pk: int) -> HttpResponse:
    """Ask a job to stop at its next safe point."""
    job = _concerning(request, pk)
    actions.cancel(job.pk, by=request.actor, now=request.now)
    if request.htmx:
        job.refresh_from_db()
        return render(request, "jobs/_progress_body.html", {"progress": Progress.of(job, request)})
    messages.info(request, _("The work will stop at its next safe point."))
    return redirect("web:job", pk)


def _concerning(request: Request, pk: int) -> Job:
    job = get_object_or_404(Job, pk=pk)
    if not _is_concerned(request, job):
        raise PermissionDenied("jobs.view")
    return job


def _is_concerned(request: Request, job: Job) -> bool:
    return may(request, "jobs.view") or job.requested_by == request.actor.reference
