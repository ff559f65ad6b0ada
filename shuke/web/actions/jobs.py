"""Stopping background work."""

from datetime import datetime

from django.db import transaction

from shuke.platform.audit.actions import record
from shuke.platform.jobs import actions as jobs
from shuke.platform.staff.actor import Actor


@transaction.atomic
def cancel(job_id: int, *, by: Actor, now: datetime) -> None:
    """Ask a job to stop; it does at its next safe point. Nothing happens to one that has ended."""
    if jobs.request_cancel(job_id, by=by, now=now):
        record(by, "jobs.cancelled", target=f"jobs.Job:{job_id}", now=now)
